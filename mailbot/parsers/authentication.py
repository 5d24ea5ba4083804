"""Authentication-Results fields, read by the grammar of RFC 8601 section 2.2; a field that breaks it gives no result.

Not with authres 1.2: it refuses a quoted authserv-id and any comment that is not ASCII, recurses on nested comments,
and takes time that grows with the square of the field.
"""

import re
from collections.abc import Iterator

from mailbot.model import AuthenticationResult, Property
from mailbot.parsers.structure import Headers

_MAX_FIELDS = 20
_MAX_LENGTH = 8192

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
_AUTHSERV_ID = re.compile(rf"\s*+({_WORD})")
_OUTSIDE = re.compile(rf"[^\"(]++|{_QUOTED}|\(")
_INSIDE = re.compile(r"[^()\\]++|\\.|[()]")
_PAIR = re.compile(r"\\(.)")


class _UnreadableError(ValueError):
    """The field breaks the grammar, or is longer than any that an honest host writes."""


def results(headers: Headers) -> tuple[AuthenticationResult, ...]:
    """Of the topmost 20 fields, from the top down; whose word counts is for the reader to say (RFC 8601 section 7.1).

    Authserv-id, method, result and property names are lower case, values as they stand. A field without an
    authserv-id (Microsoft writes such) or of another version than 1 (section 2.6) gives none. Nor does any field below
    an unreadable one that claims the same authserv-id: who can spoil our border's field must not have his own believed.
    """
    found: list[AuthenticationResult] = []
    spoiled: set[str] = set()
    for value in headers.all("authentication-results")[:_MAX_FIELDS]:
        authserv_id = authserv_id_of(value)
        try:
            read = list(_field(authserv_id, value))
        except _UnreadableError:
            spoiled.add(authserv_id)
        else:
            found += read if authserv_id not in spoiled else []
    return tuple(found)


def authserv_id_of(value: str) -> str:
    """Of one Authentication-Results field, in lower case; "" where there is none to be read."""
    match = _AUTHSERV_ID.match(value)
    return _unquoted(match[1]).lower() if match else ""


def _field(authserv_id: str, value: str) -> Iterator[AuthenticationResult]:
    head, *sections = _sections(_without_comments(value))
    names = [word for name, word in head if not name]
    if len(names) != len(head) or not authserv_id or names not in ([authserv_id], [authserv_id, "1"]):
        raise _UnreadableError
    for section in sections:
        match section:
            case [] | [("", "none")]:
                continue
            case [(method, result), *properties] if method and result:
                name, _, version = method.partition("/")
                if version in ("", "1"):
                    yield AuthenticationResult(authserv_id, name, result.lower(), _properties(properties))
            case _:
                raise _UnreadableError


def _properties(pairs: list[tuple[str, str]]) -> tuple[Property, ...]:
    if not all(name for name, _ in pairs):
        raise _UnreadableError
    return tuple(Property(name, value) for name, value in pairs if name != "reason")


def _sections(plain: str) -> list[list[tuple[str, str]]]:
    """What stands between the semicolons: pairs of name and value, and words as ("", word). Values keep their case."""
    sections: list[list[tuple[str, str]]] = [[]]
    place, end = 0, len(plain)
    while place < end:
        item = _ITEM.match(plain, place)
        if item is None:
            raise _UnreadableError
        place = item.end()
        match item.lastgroup:
            case "end":
                sections.append([])
            case "value":
                sections[-1].append(("".join(item["name"].split()).lower(), _unquoted(item["value"])))
            case _ if len(sections[-1]) > 1:  # no section has so many words; trying on would take quadratic time
                raise _UnreadableError
            case _:
                sections[-1].append(("", _unquoted(item["word"]).lower()))
    return sections


def _without_comments(value: str) -> str:
    """RFC 5322 section 3.2.2: comments nest and hold quoted pairs; counted, not recursed. A blank replaces each."""
    if len(value) > _MAX_LENGTH:
        raise _UnreadableError
    kept: list[str] = []
    place = 0
    while place < len(value):
        piece = _OUTSIDE.match(value, place)
        if piece is None:
            raise _UnreadableError
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
    raise _UnreadableError


def _unquoted(text: str) -> str:
    return re.sub(_QUOTED, lambda quoted: _PAIR.sub(r"\1", quoted[0][1:-1]), text) if '"' in text else text
