"""What a letter asks for, by the phrases that stand in it."""

from collections import Counter

from mailbot.model import Mention, Policy, Request, RequestClass
from mailbot.policy.phrases import found

# Who writes a subject says there what it is about.
_SUBJECT = 2
# Characters at each end of a text: what is longer has a log in its middle, or is meant to keep us busy.
END = 64 * 1024


def classify(subject: str, new_text: str, policy: Policy) -> Request:
    """Of the subject and what its author wrote anew: a quotation or a signature asks for nothing.

    Reliability 5.3: the strictest class that is named wins, and a letter that names none is about an account.
    """
    whole = len(new_text) <= 2 * END
    text = new_text if whole else f"{new_text[:END]}\n\n{new_text[-END:]}"
    mentions = tuple(
        Mention(phrase, source)
        for source, said in (("subject", subject), ("text", text))
        for phrase in found(policy.tree, said)
    )
    if not mentions:
        return Request()
    classes = [mention.phrase.klass for mention in mentions]
    # What was not read may be about an account.
    klass = max(classes if whole else [*classes, RequestClass.ACCOUNT], key=lambda one: one.rank)
    return Request(_main(mentions, klass, policy), klass, mentions)


def _main(mentions: tuple[Mention, ...], klass: RequestClass, policy: Policy) -> str:
    """The intent with the most phrases, those of the subject counting double; of two the stricter, then the first.

    Where something sensitive is asked for, that is what the letter is about. Else words that only make an intent
    stricter than it is ("my account") count where there are no others.
    """
    ranks = {intent.key: intent.klass.rank for intent in policy.intents}
    if klass is RequestClass.SENSITIVE:
        telling = [one for one in mentions if one.phrase.klass is klass]
    else:
        telling = [one for one in mentions if one.phrase.klass.rank <= ranks[one.phrase.intent]] or list(mentions)
    weight: Counter[str] = Counter()
    for one in telling:
        weight[one.phrase.intent] += _SUBJECT if one.source == "subject" else 1
    return max(weight, key=lambda intent: (weight[intent], ranks[intent]))
