"""Parameterised fields such as Content-Type (RFC 2045 section 5.1, RFC 2231), read as far as they can be read."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, takewhile
from urllib.parse import unquote_to_bytes

from mailbot.parsers.charset import decode
from mailbot.parsers.encoded_words import decoded

MAX_PARAMETERS = 100
# `text/plain; charset="utf-8"` and its like: a few of them stand in all mail.
_SHORT = 60
_PARAMETER = re.compile(
    r"""[\s;="]*+ (?P<name>[^\s;="]++) \s*+ (?: = \s*+ (?: "(?P<quoted>(?:[^"\\]|\\.)*+)"? | (?P<token>[^;]*+) ) )?""",
    re.VERBOSE | re.DOTALL,
)
_SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>[0-9]{1,3}))?(?P<encoded>\*)?", re.ASCII)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Parameterised:
    """`value` is what stands before the first semicolon, lower case; names of `parameters` are lower case too."""

    value: str
    parameters: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        return next((value for key, value in self.parameters if key == name), "")


@dataclass(frozen=True, slots=True)
class _Section:
    """One piece of a value cut by RFC 2231 section 3; `number` is None for a parameter that is not cut."""

    number: int | None
    encoded: bool
    content: str


def read(field: str) -> Parameterised:
    """The first MAX_PARAMETERS are read. RFC 2231 wins over a plain parameter of the same name, else the first wins.

    >>> read("attachment; filename*0*=utf-8''r%C3%A9; filename*1=seau.pdf").get("filename")
    'réseau.pdf'
    """
    return _remembered(field) if len(field) <= _SHORT else _read(field)


def _read(field: str) -> Parameterised:
    value = field.partition(";")[0]
    sections: dict[str, list[_Section]] = {}
    position = len(value)
    for _ in range(MAX_PARAMETERS if position < len(field) else 0):
        found = _PARAMETER.match(field, position)
        if found is None:
            break
        position = found.end()
        _note(found, sections)
    whole = tuple((name, _whole(pieces)) for name, pieces in sections.items())
    return Parameterised(_COMMENT.sub("", value).strip().lower(), whole)


_remembered = lru_cache(maxsize=256)(_read)


def _note(found: re.Match[str], sections: dict[str, list[_Section]]) -> None:
    quoted, token = found["quoted"], found["token"]
    content = _ESCAPED.sub(r"\1", quoted) if quoted is not None else (token or "").strip()
    section = _SECTION.fullmatch(found["name"].lower())
    if section is None:
        return
    number = None if section["number"] is None else int(section["number"])
    sections.setdefault(section["name"], []).append(_Section(number, section["encoded"] is not None, content))


def _whole(pieces: list[_Section]) -> str:
    extended = [piece for piece in pieces if piece.number is not None or piece.encoded]
    if not extended:
        return decoded(pieces[0].content)
    by_number: dict[int, _Section] = {}
    for piece in extended:
        by_number.setdefault(piece.number or 0, piece)
    # a piece that is missing ends the value: what comes after it belongs to nobody knows what
    return _joined([by_number[number] for number in takewhile(by_number.__contains__, count())])


def _joined(run: list[_Section]) -> str:
    if not run:
        return ""
    label, first = _split_label(run[0])
    octets = b"".join(
        unquote_to_bytes(content) if piece.encoded else content.encode("utf-8", "replace")
        for piece, content in zip(run, (first, *(piece.content for piece in run[1:])), strict=True)
    )
    return decode(octets, label)[0]


def _split_label(section: _Section) -> tuple[str, str]:
    """RFC 2231 section 4: charset'language'value."""
    if not section.encoded or section.content.count("'") < 2:
        return "utf-8", section.content
    label, _, rest = section.content.partition("'")
    return label, rest.partition("'")[2]
