"""The number of a customer's contract: the site's patterns, and eight digits after "compte" or "account"."""

import re
from collections.abc import Iterator

from mailbot.model import Reading
from mailbot.parsers.fields import Found
from mailbot.parsers.patterns import spans

_LABEL = "comptes?|accounts?"
_NUMBER = re.compile(
    r"(?:[\s:=°º#.,;()/*_-]|(?:client|customer|num[ée]ro|number|no|n|nr|is|est|le|et|and|ou|or)(?![^\W_])){0,40}+"
    r"(?<![^\W_])(?P<digits>[0-9]{8})(?![^\W_])",
    re.IGNORECASE,
)


def extract(text: str, reading: Reading) -> Iterator[Found]:
    """Canonical in upper case.

    >>> [found.value for found in extract("Compte ac-123456, ou compte n° 12345678.", Reading())]
    ['AC-123456', '12345678']
    >>> list(extract("Compte 123456789, commande 12345678", Reading()))
    []
    """
    for pattern in reading.account_patterns:
        for start, end in spans(pattern, text):
            yield Found(text[start:end].upper(), start, end, "pattern", 0.95)
    for _, end in spans(_LABEL, text):
        number = _NUMBER.match(text, end)
        while number:
            yield Found(number["digits"], *number.span("digits"), "label", 0.85)
            number = _NUMBER.match(text, number.end())
