"""Authentication-Results fields, read by the grammar of RFC 8601 section 2.2; a field that breaks it gives no result.

Not with authres 1.2: it refuses a quoted authserv-id and any comment that is not ASCII, recurses on nested comments,
and takes time that grows with the square of the field.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.model import Property
from mailbot.parsers import printable
from mailbot.parsers.address import lower as _lower

_MAX_LENGTH = 8192
_MAX_ID = 255

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_WORD = rf'(?:[^\s;=/"()\\]|{_QUOTED})++'
_ITEM = re.compile(
    rf"""\s*+(?:
        (?P<end>;)
      | (?P<name>[\w-]++ (?:\s*+[./]\s*+[\w-]++)*+) \s*+=\s*+ (?P<value>(?:[^\s;"()\\]|{_QUOTED})*+)
      | (?P<word>{_WORD})
    )""",
    re.VERBOSE | re.ASCII,
)
_AUTHSERV_ID = re.compile(rf"\s*+({_WORD})(?!\s*+=)")
_INSTANCE = re.compile(r"\s*+i\s*+=\s*+([0-9]{1,2})\s*+", re.ASCII)
_OUTSIDE = re.compile(rf"[^\"(]++|{_QUOTED}|\(")
_INSIDE = re.compile(r"[^()\\]++|\\.|[()]")
_PAIR = re.compile(r"\\(.)")


class UnreadableError(ValueError):
    """The field breaks the grammar, or is longer than any that an honest host writes."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one field says: `methods` in their order, each with its result and properties."""

    authserv_id: str
    methods: tuple[tuple[str, str, tuple[Property, ...]], ...]


def statement(value: str) -> Statement:
    """The value of one Authentication-Results field. Raises UnreadableError.

    Authserv-id, method, result and property names are lower case, values as they stand. Microsoft writes no
    authserv-id: it is "" then. Another version than 1 is unreadable (section 2.6).
    """
    head, *sections = _sections(_plain(value))
    if head and head[0][0]:
        return Statement("", tuple(_methods([head, *sections])))
    words = [word for name, word in head if not name]
    if len(words) != len(head) or len(words) not in (1, 2) or not words[0] or words[1:] not in ([], ["1"]):
        raise UnreadableError
    return Statement(words[0], tuple(_methods(sections)))


def sealed_statement(value: str) -> tuple[int, Statement]:
    """The value of one ARC-Authentication-Results field, with its instance (RFC 8617 section 4.1.1). As above."""
    instance, _, rest = _plain(value).partition(";")
    number = _INSTANCE.fullmatch(instance)
    if number is None:
        raise UnreadableError
    return int(number[1]), statement(rest)


def guessed_id(value: str) -> str:
    """The authserv-id that a field seems to claim, though it cannot be read; "" where it seems to claim none."""
    match = _AUTHSERV_ID.match(value)
    return printable.line(_lower(_unquoted(match[1])), _MAX_ID) if match else ""


def _methods(sections: Iterable[list[tuple[str, str]]]) -> Iterator[tuple[str, str, tuple[Property, ...]]]:
    for section in sections:
        match section:
            case [] | [("", "none")]:
                continue
            case [(method, result), *properties] if method and result:
                name, _, version = method.partition("/")
                if version in ("", "1"):
                    yield name, _lower(result), _properties(properties)
            case _:
                raise UnreadableError


def _properties(pairs: list[tuple[str, str]]) -> tuple[Property, ...]:
    if not all(name for name, _ in pairs):
        raise UnreadableError
    return tuple(Property(name, value) for name, value in pairs if name != "reason")


def _sections(plain: str) -> list[list[tuple[str, str]]]:
    """What stands between the semicolons: pairs of name and value, and words as ("", word). Values keep their case."""
    sections: list[list[tuple[str, str]]] = [[]]
    place, end = 0, len(plain)
    while place < end:
        item = _ITEM.match(plain, place)
        if item is None:
            raise UnreadableError
        place = item.end()
        match item.lastgroup:
            case "end":
                sections.append([])
            case "value":
                sections[-1].append((_lower("".join(item["name"].split())), _unquoted(item["value"])))
            case _ if len(sections[-1]) > 1:  # no section has so many words; trying on would take quadratic time
                raise UnreadableError
            case _:
                sections[-1].append(("", _lower(_unquoted(item["word"]))))
    return sections


def _plain(value: str) -> str:
    """Without comments. With characters that cannot be seen it is unreadable: a border may not know its name there."""
    plain = _without_comments(value)
    if printable.text(plain) != plain:
        raise UnreadableError
    return plain


def _without_comments(value: str) -> str:
    """RFC 5322 section 3.2.2: comments nest and hold quoted pairs; counted, not recursed. A blank replaces each."""
    if len(value) > _MAX_LENGTH:
        raise UnreadableError
    kept: list[str] = []
    place = 0
    while place < len(value):
        piece = _OUTSIDE.match(value, place)
        if piece is None:
            raise UnreadableError
        place = piece.end()
        if piece[0] == "(":
            place = _after_comment(value, place)
        kept.append(" " if piece[0] == "(" else piece[0])
    return "".join(kept).rstrip()


def _after_comment(value: str, place: int) -> int:
    depth = 1
    for piece in _INSIDE.finditer(value, place):
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if depth == 0:
            return piece.end()
    raise UnreadableError


def _unquoted(text: str) -> str:
    return re.sub(_QUOTED, lambda quoted: _PAIR.sub(r"\1", quoted[0][1:-1]), text) if '"' in text else text
