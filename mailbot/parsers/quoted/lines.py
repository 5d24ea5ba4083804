"""The lines of a letter as the reading of quotations sees them: stripped, capped, with their places in the text."""

from dataclasses import dataclass
from itertools import accumulate

MAX_LINES = 10_000
"""What stands below shares the kind of the last line read."""
MAX_WIDTH = 1_000

# All white space, and the marks of no width and of direction that clients put at the ends of lines.
_BLANK = " \t\r\n\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x2028, 0x2030)))
)


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
