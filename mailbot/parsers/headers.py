"""The header section of RFC 5322: where it ends, its fields as octets, and the Headers that everybody else reads."""

import re
from dataclasses import dataclass

from mailbot.parsers import printable
from mailbot.parsers.charset import decode_field
from mailbot.parsers.encoded_words import decoded
from mailbot.parsers.limits import MAX_FIELD, MAX_HEADER_BLOCK, MAX_HEADER_LINES
from mailbot.parsers.structure import Headers

# The only fields in which encoded-words are decoded here. RFC 2047 section 5 allows them in no structured field, and
# decoding one there would let a sender write an Authentication-Results that his relay could not recognise and remove.
_UNSTRUCTURED = frozenset({"subject", "comments", "content-description", "thread-topic"})
# Blanks before the colon are obsolete syntax (RFC 5322 section 4.5): a border may pass over such a field where it takes
# out what is written in its name, so nobody is believed in one.
_STRICT = frozenset({"authentication-results"})
_BEGINNING = re.compile(rb"[\r\n]*+(?:>?From [^\n]*+\n)?")
_BLANK_LINE = re.compile(rb"\n\r?(?:\n|\Z)")
_FIELD = re.compile(rb"(?P<name>[!-9;-~]++)(?P<blank>[ \t]*+):(?P<value>[^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_EMPTY_LINE = re.compile(rb"\r?(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class RawField:
    """One field, unfolded and not decoded; `name` is lower case."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """A header section: `head` goes up to the first blank line, `body` is where the body begins in the whole mail."""

    head: bytes
    fields: tuple[RawField, ...]
    body: int


def beginning(raw: bytes) -> int:
    """Past the blank lines and the mbox line that some programs put in front of a mail."""
    match = _BEGINNING.match(raw)
    return match.end() if match else 0


def section(raw: bytes, start: int, stop: int) -> Section:
    """The header section that begins at `start` and ends before `stop`."""
    empty = _EMPTY_LINE.match(raw, start, stop)
    if empty is not None:
        return Section(b"", (), empty.end())
    blank = _BLANK_LINE.search(raw, start, stop)
    head = raw[start : stop if blank is None else blank.start() + 1]
    found, end = _fields(head)
    # A line that is no field ends the header without a blank line; relays see it so too.
    early = end < len(head) and len(found) < MAX_HEADER_LINES
    return Section(head, found, start + end if early or blank is None else blank.end())


def _fields(head: bytes) -> tuple[tuple[RawField, ...], int]:
    found: list[RawField] = []
    position = 0
    while len(found) < MAX_HEADER_LINES:
        match = _FIELD.match(head, position, MAX_HEADER_BLOCK)
        if match is None:
            break
        octets, blank, value = match.group("name", "blank", "value")
        name = octets.decode("ascii").lower()
        if not (blank and name in _STRICT):
            unfolded = value[:MAX_FIELD].replace(b"\r\n", b"").replace(b"\n", b"")
            found.append(RawField(name, unfolded.strip()))
        position = match.end()
    return tuple(found), position


def headers(raw: tuple[RawField, ...]) -> Headers:
    return Headers(tuple((field.name, _value(field)) for field in raw))


def values(raw: tuple[RawField, ...], name: str) -> tuple[bytes, ...]:
    """All values of a field, undecoded, topmost first; `name` in lower case."""
    return tuple(field.value for field in raw if field.name == name)


def _value(field: RawField) -> str:
    characters = decode_field(field.value)
    if field.name in _UNSTRUCTURED:
        characters = decoded(characters)
    return printable.line(characters, MAX_FIELD)
