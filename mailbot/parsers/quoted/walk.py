"""Which lines of a letter are quoted."""

import re
from dataclasses import dataclass

from mailbot.model import PartKind
from mailbot.parsers.quoted.introduction import Introduction, introduction, is_rule
from mailbot.parsers.quoted.lines import Lines

_LONG = 60
_QUOTED_WORD = re.compile(r">+ ?[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Walk:
    """`kinds` has NEW or QUOTED for each line; `carried` is the line where the text of a forwarded letter begins."""

    kinds: list[PartKind]
    carried: int | None


def walk(lines: Lines, end: int) -> Walk:
    """Reads the lines before `end`; what stands from there on is quoted."""
    kinds = [PartKind.NEW] * end + [PartKind.QUOTED] * (len(lines) - end)
    lone = _lone_mark(lines) if end == len(lines) else None
    carried: int | None = None
    index = 0
    while index < end:
        after = index + 1
        if _is_marked(lines, index) and index != lone:
            after = _marked_run(lines, index, end)
            kinds[index:after] = [PartKind.QUOTED] * (after - index)
        elif lines.text[index] and (found := introduction(lines, index, end)) is not None:
            below = lines.filled(found.end, end)
            marked = below == end < len(lines) or (below < end and _is_marked(lines, below))
            if marked or found.sure:
                after = below if marked else end
                top = _rule_above(lines, index)
                kinds[top:after] = [PartKind.QUOTED] * (after - top)
                carried = _carried(carried, found, below, marked)
                lone = None
        index = after
    _settle_blanks(lines, kinds)
    return Walk(kinds, carried)


def _is_marked(lines: Lines, index: int) -> bool:
    line = lines.text[index]
    return line.startswith(">") and not line.endswith(" >>>")


def _lone_mark(lines: Lines) -> int | None:
    """The only line of a letter that begins with ">" may be a measure or what a colon announces."""
    marks = [index for index, line in enumerate(lines.text) if line.startswith(">")]
    if len(marks) != 1:
        return None
    above = marks[0] - 1
    while above > 0 and not lines.text[above]:
        above -= 1
    shown = above >= 0 and lines.text[above].endswith(":")
    return marks[0] if shown or not _QUOTED_WORD.match(lines.text[marks[0]]) else None


def _marked_run(lines: Lines, start: int, end: int) -> int:
    """The line after the last ">" line of a run; blank lines and what a client wrapped without mark belong to it."""
    after = start + 1
    while (below := lines.filled(after, end)) < end:
        if _is_marked(lines, below):
            after = below + 1
        elif below == after and below + 1 < end and _is_marked(lines, below + 1) and _is_wrapped(lines, below):
            after = below + 2
        else:
            break
    return after


def _is_wrapped(lines: Lines, index: int) -> bool:
    above, line = lines.text[index - 1], lines.text[index]
    return len(above) >= _LONG and not above.endswith((".", "?", "!", ":", ";")) and line[0].islower()


def _rule_above(lines: Lines, index: int) -> int:
    top = index
    while top > 0 and not lines.text[top - 1]:
        top -= 1
    return top - 1 if top > 0 and is_rule(lines.text[top - 1]) else index


def _carried(carried: int | None, found: Introduction, below: int, marked: bool) -> int | None:
    return below if carried is None and (found.forward or not marked) else carried


def _settle_blanks(lines: Lines, kinds: list[PartKind]) -> None:
    """Blank lines belong to what stands above them; those at the top to what stands below."""
    first = lines.filled(0, len(lines))
    kinds[:first] = kinds[first : first + 1] * first if first < len(lines) else kinds[:first]
    for index in range(first + 1, len(lines)):
        if not lines.text[index]:
            kinds[index] = kinds[index - 1]
