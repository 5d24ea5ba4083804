"""Message-IDs (RFC 5322 section 3.6.4): only those of the strict grammar count, byte for byte as they came."""

import re

from mailbot.parsers.limits import MAX_REFERENCES

# Dots may stand anywhere, as in obsolete forms and in the ids that real programs make. No quoted strings, and no "=?":
# what is echoed into a header must not read as an encoded-word there.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_IDENTIFIER = re.compile(rf"<{_WORD}@(?:{_WORD}|\[[!-Z^-~]*\])>")
_CANDIDATE = re.compile(r"<[^<>\s]{3,996}>")


def identifiers(value: str) -> tuple[str, ...]:
    """Each id once, oldest first; of more than 100 the first and the last 99.

    >>> identifiers("<a@b> junk <[x@y]> <c.@d>")
    ('<a@b>', '<c.@d>')
    """
    found = tuple(dict.fromkeys(_strict(value)))
    return found if len(found) <= MAX_REFERENCES else (found[0], *found[1 - MAX_REFERENCES :])


def _strict(value: str) -> list[str]:
    return [found for found in _CANDIDATE.findall(value) if "=?" not in found and _IDENTIFIER.fullmatch(found)]
