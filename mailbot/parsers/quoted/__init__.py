"""New text, signature and quotation told apart: split(text) gives parts that cover the text exactly.

First version: it knows French and English, the clients named in its tests, and says "new" where in doubt.
"""

from itertools import groupby

from mailbot.model import Part, PartKind
from mailbot.parsers.quoted import signature
from mailbot.parsers.quoted.introduction import delimiter
from mailbot.parsers.quoted.lines import Lines, read
from mailbot.parsers.quoted.walk import walk


def split(text: str) -> tuple[Part, ...]:
    """New text is never empty where the letter has any, except above our own delimiter: below it nothing is ever new.

    An agent who answers with nothing must not send our notice to a customer.
    """
    lines = read(text)
    if not lines.text:
        return ()
    return _parts(lines, _kinds(lines))


def _kinds(lines: Lines) -> list[PartKind]:
    cut = delimiter(lines)
    if cut is not None:
        return _above(lines, cut)
    read_ = walk(lines, len(lines))
    kinds = read_.kinds
    signature.mark(lines, kinds)
    if not _says(lines, kinds, PartKind.NEW):
        _give_words(lines, kinds, read_.carried)
    return kinds


def _above(lines: Lines, cut: int) -> list[PartKind]:
    kinds = walk(lines, cut).kinds
    signature.mark(lines, kinds)
    if not _says(lines, kinds, PartKind.NEW) and lines.text[cut].startswith(">"):
        _answer_below(lines, kinds)
    return kinds


def _answer_below(lines: Lines, kinds: list[PartKind]) -> None:
    """Where ">" marks what is quoted, an answer may stand under all of it."""
    last = max(index for index, line in enumerate(lines.text) if line.startswith(">"))
    kinds[last + 1 :] = [PartKind.NEW] * (len(lines) - last - 1)
    signature.mark(lines, kinds)


def _give_words(lines: Lines, kinds: list[PartKind], carried: int | None) -> None:
    """A forward without words of its own speaks by what it forwards; any other letter by the best it has."""
    if carried is not None and lines.filled(carried, len(lines)) < len(lines):
        kinds[carried:] = [PartKind.NEW] * (len(lines) - carried)
    elif _says(lines, kinds, PartKind.SIGNATURE):
        kinds[:] = [PartKind.NEW if kind is PartKind.SIGNATURE else kind for kind in kinds]
    else:
        kinds[:] = [PartKind.NEW] * len(kinds)


def _says(lines: Lines, kinds: list[PartKind], wanted: PartKind) -> bool:
    return any(line and kind is wanted for line, kind in zip(lines.text, kinds, strict=True))


def _parts(lines: Lines, kinds: list[PartKind]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for kind, run in groupby(range(len(lines)), key=kinds.__getitem__):
        indices = list(run)
        parts.append(Part(kind, lines.starts[indices[0]], lines.starts[indices[-1] + 1]))
    return tuple(parts)
