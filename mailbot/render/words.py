"""What the French mails call a request: the operator's `request_word` with its articles and its gender."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestWord:
    """`e` ends what agrees with it: reçu{{ request.e }}."""

    noun: str
    the: str
    of_the: str
    your: str
    this: str
    new: str
    it: str
    e: str


def _feminine(noun: str) -> RequestWord:
    return RequestWord(
        noun, f"la {noun}", f"de la {noun}", f"votre {noun}", f"cette {noun}", f"nouvelle {noun}", "elle", "e"
    )


def _masculine(noun: str) -> RequestWord:
    return RequestWord(noun, f"le {noun}", f"du {noun}", f"votre {noun}", f"ce {noun}", f"nouveau {noun}", "il", "")


_FORMS = {
    "demande": _feminine("demande"),
    "requête": _feminine("requête"),
    "billet": _masculine("billet"),
    "ticket": _masculine("ticket"),
}


def request_word(noun: str) -> RequestWord:
    """The settings let no other word through.

    >>> request_word("billet").of_the, request_word("requête").this
    ('du billet', 'cette requête')
    """
    return _FORMS[noun]
