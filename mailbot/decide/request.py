"""What a letter asks for, and by which of its words."""

from mailbot.decide.case import Case
from mailbot.model import Because, Mention, Request
from mailbot.policy import classify

# Mentions in one sentence.
_SHOWN = 6


def request(case: Case) -> Request:
    """Of what its author wrote anew, and the subject."""
    return classify(case.message.subject, case.message.new_text, case.policy)


def addition(case: Case) -> Request:
    """Of a reply: its subject only repeats what was asked before."""
    return classify("", case.message.new_text, case.policy)


def reasons(asked: Request) -> Because:
    if not asked.mentions:
        return Because("request", "no phrase of rules/intents stands in it: it counts as about an account")
    said = ", ".join(_said(mention) for mention in asked.mentions[:_SHOWN])
    more = f", and {len(asked.mentions) - _SHOWN} more" if len(asked.mentions) > _SHOWN else ""
    return Because("request", f"{asked.intent}, {asked.klass}: {said}{more}")


def _said(mention: Mention) -> str:
    phrase = mention.phrase
    return f"“{phrase.written}” in the {mention.source} (rules/intents/{phrase.intent}.toml, {phrase.klass})"
