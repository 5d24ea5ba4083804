"""The number of an order, by the site's patterns."""

from collections.abc import Iterator

from mailbot.model import Reading
from mailbot.parsers.fields import Found
from mailbot.parsers.patterns import spans


def extract(text: str, reading: Reading) -> Iterator[Found]:
    """Canonical in upper case.

    >>> [found.value for found in extract("Commandes #123456 et #1234567 (#654321)", Reading())]
    ['#123456', '#654321']
    """
    for pattern in reading.order_patterns:
        for start, end in spans(pattern, text):
            yield Found(text[start:end].upper(), start, end, "pattern", 0.95)
