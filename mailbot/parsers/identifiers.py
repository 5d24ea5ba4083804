"""Message-IDs (RFC 5322 section 3.6.4), opaque as their makers want them: they tell letters apart and thread them.

Which of them can stand in a header of ours is the builder's business (`render.headers`).
"""

import re

from mailbot.parsers.encoded_words import decoded
from mailbot.parsers.limits import MAX_REFERENCES

# RFC 5322 section 2.1.1: no line is longer.
_LONGEST = 996
_CANDIDATE = re.compile(rf"<([^<>]{{3,{2 * _LONGEST}}})>")
# Exchange makes <[x@y]>, others quote and nest what no dot-atom holds.
_OPAQUE = re.compile(r"[!-~]+@[!-~]+")
_FOLDS = re.compile(r"[ \t]+")


def identifiers(value: str) -> tuple[str, ...]:
    """Each id once, oldest first; of more than 100 the first and the last 99.

    An id that was folded in its middle is whole again (by section 4.5.4 blanks say nothing there), one that a program
    took for text and encoded is decoded (Python does that to long ones).

    >>> identifiers("<a@b> junk <[x@y]> <c.@d> <folded. id@e>")
    ('<a@b>', '<[x@y]>', '<c.@d>', '<folded.id@e>')
    """
    inside = (_FOLDS.sub("", candidate) for candidate in _CANDIDATE.findall(decoded(value)))
    found = tuple(dict.fromkeys(f"<{bare}>" for bare in inside if _is_opaque(bare)))
    return found if len(found) <= MAX_REFERENCES else (found[0], *found[1 - MAX_REFERENCES :])


def _is_opaque(bare: str) -> bool:
    """What is echoed into a header must not read as an encoded-word there."""
    return len(bare) <= _LONGEST and "=?" not in bare and _OPAQUE.fullmatch(bare) is not None
