"""The lines of a letter as the reading of quotations sees them: stripped, capped, with their places in the text."""

from dataclasses import dataclass
from itertools import accumulate

MAX_LINES = 10_000
"""What stands below shares the kind of the last line read."""
MAX_WIDTH = 1_000

_BLANK = " \t\r\n\f\v\u00a0\u202f\u2007\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Lines:
    """`text[i]` is line i, stripped and at most MAX_WIDTH wide; it stands at `starts[i]` to `starts[i + 1]`."""

    text: tuple[str, ...]
    starts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.text)

    def filled(self, index: int, end: int) -> int:
        """The first line from `index` on that is not blank, or `end`."""
        while index < end and not self.text[index]:
            index += 1
        return index


def read(text: str) -> Lines:
    pieces = text.split("\n", MAX_LINES)
    starts = [0, *accumulate(len(piece) + 1 for piece in pieces)]
    starts[-1] = len(text)
    if not pieces[-1]:
        pieces.pop()
        starts.pop()
    return Lines(tuple(piece[:MAX_WIDTH].strip(_BLANK) for piece in pieces), tuple(starts))
