"""Folder names: as a server lists them, and as the operator writes what he sees in his mail program."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imapclient import imap_utf7

from mailbot.imap.answers import Record

# RFC 9051 section 7.3.1: attributes, delimiter, name; a name that is no string runs to the end, blanks and all.
_LISTED = re.compile(rb'\(([^()]*)\) +(NIL|"(?:\\.|[^"\\])*") +(.*)', re.IGNORECASE | re.DOTALL)
_MODIFIED_UTF_7 = re.compile(rb"(?:[^&]|&[A-Za-z0-9+,]*-)*+")
# Nothing that a server says may end a command of ours.
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_QUOTED = re.compile(rb'"((?:\\.|[^"\\])*)"', re.DOTALL)
# RFC 6154 section 2.
SPECIAL = ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")
SENT = "\\Sent"
# Folders of people stand below these at some servers (Courier and Cyrus; Gmail), and many mail programs leave them out.
_ROOTS = frozenset(("INBOX", "[GMAIL]", "[GOOGLE MAIL]"))
# INBOX has one name on the wire (RFC 9051 section 5.1) and another on the screen.
_INBOXES = frozenset(("inbox", "boîte de réception", "courrier entrant", "réception", "courriel entrant"))
# What servers that mark no folder as \Sent call it, in English and French.
_SENT_NAMES = frozenset(
    (
        *("sent", "sent items", "sent messages", "sent mail", "envoyés", "éléments envoyés", "messages envoyés"),
        *("courrier envoyé", "courriels envoyés", "objets envoyés"),
    )
)
_NEAREST = 5
_ALIKE = 0.6
_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A folder of the server: `name` as people read it, `wire` as it is told in commands, `attributes` in lower case.

    `delimiter` is "" where the server has no hierarchy.
    """

    name: str
    wire: bytes
    delimiter: str
    attributes: frozenset[str]

    @property
    def path(self) -> tuple[str, ...]:
        return _path(self.name, self.delimiter)

    @property
    def holds_mail(self) -> bool:
        return self.attributes.isdisjoint(("\\noselect", "\\nonexistent"))


def named(records: Sequence[Record | None]) -> Iterator[Named]:
    """Of the LIST responses that make sense. imaplib files one with a literal as (text, literal), then its rest."""
    for record in records:
        text, literal = record if isinstance(record, tuple) else (record or b"", None)
        found = _LISTED.fullmatch(text)
        if found is None:
            continue
        attributes, delimiter, rest = found.groups()
        wire = literal if literal is not None else _string(rest)
        if _CONTROL.search(wire):
            continue
        words = frozenset(attributes.decode("ascii", "replace").lower().split())
        yield Named(readable(wire), wire, _string(delimiter).decode("ascii", "replace"), words)


def _string(text: bytes) -> bytes:
    if text.upper() == b"NIL":
        return b""
    quoted = _QUOTED.match(text)
    return re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL) if quoted else text.rstrip()


def readable(wire: bytes) -> str:
    """RFC 3501 section 5.1.3, as far as the server keeps to it: some write UTF-8, some a bare &.

    >>> readable(b"Trait&AOk-s &- co"), readable("Traités".encode()), readable(b"R&D")
    ('Traités & co', 'Traités', 'R&D')
    """
    if not wire.isascii():
        return wire.decode("utf-8", "replace")
    plain = wire.decode("ascii")
    try:
        name: str = imap_utf7.decode(wire) if _MODIFIED_UTF_7.fullmatch(wire) else plain
    except ValueError:
        return plain
    return name if name.isprintable() else plain


def own_name(written: str, wire: str | bytes) -> str:
    """One for a folder however it was written: that of the server, where it was looked up."""
    name = readable(wire) if isinstance(wire, bytes) else written
    return "INBOX" if name.upper() == "INBOX" else name


def meant(written: str, listed: Sequence[Named]) -> Named | None:
    """The folder that `written` names, however its path is written; \\Sent and its like by attribute. None: no such."""
    if written.title() in SPECIAL:
        return _special(written.title(), listed)
    exact = next((entry for entry in listed if entry.name == written), None)
    if exact:
        return exact
    for fits in (_is_path, _is_path_below_root):
        found = [entry for entry in listed if fits(entry, written)]
        if found:
            return found[0] if len(found) == 1 else None
    if _folded(written) in map(_folded, _INBOXES):
        return next((entry for entry in listed if entry.path == ("INBOX",)), None)
    return None


def _special(attribute: str, listed: Sequence[Named]) -> Named | None:
    marked = [entry for entry in listed if attribute.lower() in entry.attributes]
    if marked or attribute != SENT:
        return next((entry for entry in marked if entry.holds_mail), next(iter(marked), None))
    usual = [entry for entry in listed if entry.holds_mail and _below_root(entry.path)[-1].lower() in _SENT_NAMES]
    near = [entry for entry in usual if len(_below_root(entry.path)) == 1]
    return near[0] if len(near) == 1 else None


def _is_path(entry: Named, written: str) -> bool:
    return entry.path in (_path(written, entry.delimiter), _path(written, "/"))


def _is_path_below_root(entry: Named, written: str) -> bool:
    below = _below_root(entry.path)
    return below != entry.path and below in (_path(written, entry.delimiter), _path(written, "/"))


def _below_root(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[1:] if len(path) > 1 and path[0].upper() in _ROOTS else path


def _path(name: str, delimiter: str) -> tuple[str, ...]:
    """Composed letters, for some systems write é as two; INBOX is the same in any case."""
    composed = unicodedata.normalize("NFC", name)
    first, *rest = composed.split(delimiter) if delimiter else [composed]
    return ("INBOX" if first.upper() == "INBOX" else first, *rest)


def nearest(written: str, listed: Sequence[Named]) -> tuple[str, ...]:
    """Names that look alike, the likest first; else some of those there are. None that holds an address."""
    shown = [entry for entry in listed if entry.holds_mail and "@" not in entry.name and entry.name.isprintable()]
    likeness = {entry.name: _likeness(written, entry) for entry in shown}
    alike = [name for name in sorted(likeness, key=lambda name: -likeness[name]) if likeness[name] >= _ALIKE]
    return tuple((alike or list(likeness))[:_NEAREST])


def _likeness(written: str, entry: Named) -> float:
    """Of the whole names or of their last words: many people leave out what stands above."""
    last = _path(written, entry.delimiter)[-1].rpartition("/")[2]
    pairs = ((written, entry.name), (last, entry.path[-1]))
    return max(difflib.SequenceMatcher(None, _folded(one), _folded(other)).ratio() for one, other in pairs)


def _folded(name: str) -> str:
    """Without accents and case; cut, for it is compared letter by letter with others."""
    parts = unicodedata.normalize("NFD", name[:_COMPARED].casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
