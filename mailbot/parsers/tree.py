"""The MIME tree laid flat (RFC 2046) in one pass over the octets: linear, without recursion, no octet copied.

The standard library's parser recurses, does work in proportion to lines times depth, takes enclosed messages apart so
that their octets are lost, and costs ten times as much: it is not used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import RawField, Section, section
from mailbot.parsers.limits import MAX_BOUNDARY, MAX_DELIMITER_LINES, MAX_NESTING, MAX_PARTS
from mailbot.parsers.parameters import Parameterised, read

NO_BOUNDARY = "a multipart has no boundary"
NO_PARTS = "a multipart has no parts"
NOT_CLOSED = "a multipart is not closed"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_DELIMITER = re.compile(rb"\n--([^\n]{1,%d})" % (MAX_BOUNDARY + 8))


@dataclass(frozen=True, slots=True)
class Branch:
    """Below which child of which multipart/alternative a leaf stands."""

    alternative: int
    child: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A part of the mail; its content, still transfer-encoded, is raw[start:end]."""

    content_type: str
    content: Parameterised
    disposition: Parameterised
    fields: tuple[RawField, ...]
    start: int
    end: int
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """`leaves` in the order of the mail. `report_type` is that of the outermost multipart/report."""

    content_type: str
    report_type: str = ""
    leaves: tuple[Entity, ...] = ()
    defects: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(slots=True)
class _Multipart:
    """A multipart that the walk is inside of."""

    boundary: bytes
    content_type: str
    serial: int
    children: int = 0


@dataclass(slots=True)
class _Walk:
    """The open multiparts, outermost first, the leaf that has begun, and what is behind."""

    raw: bytes
    open: list[_Multipart] = field(default_factory=list)
    levels: dict[bytes, int] = field(default_factory=dict)
    begun: Entity | None = None
    leaves: list[Entity] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    serial: int = 0

    def begin(self, entity: Entity) -> None:
        """A multipart opens and its preamble is passed over; anything else is a leaf."""
        branches = tuple(
            Branch(each.serial, each.children) for each in self.open if each.content_type == "multipart/alternative"
        )
        boundary = _boundary(entity)
        if boundary:
            self.serial += 1
            self.open.append(_Multipart(boundary, entity.content_type, self.serial))
            self.levels[boundary] = len(self.open) - 1
            return
        if entity.content_type.startswith("multipart/"):
            self.defects.append(NO_BOUNDARY)
            entity = replace(entity, content_type="text/plain")
        self.begun = replace(entity, branches=branches)

    def end(self, position: int) -> None:
        if self.begun is not None:
            self.leaves.append(replace(self.begun, end=max(self.begun.start, position)))
            self.begun = None

    def close(self, level: int) -> None:
        """Close all multiparts from `level` inward."""
        del self.open[level:]
        self.levels = {each.boundary: index for index, each in enumerate(self.open)}


def tree(raw: bytes, top: Section) -> Tree:
    """All leaves of a mail, or why there were too many."""
    root = _entity(top, "text/plain")
    walk = _Walk(raw)
    walk.begin(root)
    report_type = root.content.get("report-type").lower() if root.content_type == "multipart/report" else ""
    refused = _through(walk, top.body) if walk.open else None
    if refused is not None:
        return Tree(root.content_type, report_type, refused=refused)
    if walk.open:
        walk.defects.append(NOT_CLOSED)
    walk.end(len(raw))
    if not walk.leaves:
        walk.defects.append(NO_PARTS)
        walk.leaves.append(replace(root, content_type="text/plain", end=len(raw)))
    return Tree(root.content_type, report_type, tuple(walk.leaves), tuple(dict.fromkeys(walk.defects)))


def _through(walk: _Walk, body: int) -> str | None:
    if walk.raw.count(b"\n--") > MAX_DELIMITER_LINES:
        return "it has too many lines that look like delimiters of parts"
    for line, start, content, stop in _delimiter_lines(walk.raw, body):
        level, closing = _level(walk, content)
        if level < 0:
            continue
        walk.end(line)
        walk.close(level if closing else level + 1)
        if closing:
            continue
        parent = walk.open[-1]
        parent.children += 1
        default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
        walk.begin(_entity(section(walk.raw, start, stop), default))
        if len(walk.open) > MAX_NESTING:
            return f"its parts are nested deeper than {MAX_NESTING}"
        if len(walk.leaves) > MAX_PARTS:
            return f"it has more than {MAX_PARTS} parts"
    return None


def _level(walk: _Walk, content: bytes) -> tuple[int, bool]:
    """Which open multipart a delimiter line belongs to, -1 for none, and whether it closes it."""
    level = walk.levels.get(content)
    if level is not None:
        return level, False
    return (walk.levels.get(content[:-2], -1), True) if content.endswith(b"--") else (-1, False)


def _delimiter_lines(raw: bytes, body: int) -> Iterator[tuple[int, int, bytes, int]]:
    """Lines that may be delimiters: end of the part before, end of the line, what it says, begin of the next."""
    matches = _DELIMITER.finditer(raw, max(0, body - 1))
    for match, following in pairwise(chain(matches, (None,))):
        if match is None:
            return
        # RFC 2046 section 5.1.1: the line end before a delimiter belongs to the delimiter
        before = match.start() - (raw[match.start() - 1 : match.start()] == b"\r")
        after = raw.find(b"\n", match.end())
        stop = len(raw) if following is None else following.start() + 1
        yield max(before, body), len(raw) if after < 0 else after + 1, match[1].rstrip(b" \t\r"), stop


def _entity(found: Section, default: str) -> Entity:
    content = read(_field(found, "content-type"))
    declared = content.value.split()[0] if content.value else default
    return Entity(
        # RFC 2045 section 5.2: what is no type at all is text/plain
        declared if _TYPE.fullmatch(declared) else default,
        content,
        read(_field(found, "content-disposition")),
        found.fields,
        found.body,
        found.body,
    )


def _field(found: Section, name: str) -> str:
    return next((decode_field(each.value) for each in found.fields if each.name == name), "")


def _boundary(entity: Entity) -> bytes:
    if not entity.content_type.startswith("multipart/"):
        return b""
    boundary = entity.content.get("boundary").rstrip().encode("utf-8", "replace")
    return boundary if len(boundary) <= MAX_BOUNDARY else b""
