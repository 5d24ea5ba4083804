"""What a letter asks for, by the phrases that stand in it."""

from collections import Counter

from mailbot.model import Mention, Policy, Request, RequestClass
from mailbot.policy.phrases import found

# Who writes a subject says there what it is about.
_SUBJECT = 2


def classify(subject: str, new_text: str, policy: Policy) -> Request:
    """Of the subject and what its author wrote anew: a quotation or a signature asks for nothing.

    Reliability 5.3: the strictest class that is named wins, and a letter that names none is about an account.
    """
    mentions = tuple(
        Mention(phrase, source)
        for source, text in (("subject", subject), ("text", new_text))
        for phrase in found(policy.tree, text)
    )
    if not mentions:
        return Request()
    klass = max((mention.phrase.klass for mention in mentions), key=lambda one: one.rank)
    return Request(_main(mentions, klass), klass, mentions)


def _main(mentions: tuple[Mention, ...], klass: RequestClass) -> str:
    """The intent with the most phrases, those of the subject counting double; of two the stricter, then the first.

    Where something sensitive is asked for, that is what the letter is about.
    """
    sensitive = klass is RequestClass.SENSITIVE
    telling = [one for one in mentions if not sensitive or one.phrase.klass is klass]
    weight: Counter[str] = Counter()
    strictest: dict[str, int] = {}
    for one in telling:
        intent = one.phrase.intent
        weight[intent] += _SUBJECT if one.source == "subject" else 1
        strictest[intent] = max(strictest.get(intent, 0), one.phrase.klass.rank)
    return max(weight, key=lambda intent: (weight[intent], strictest[intent]))
