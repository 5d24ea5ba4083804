"""The one builder of header fields. Only whole fields come out, folded at spaces alone (RFC 5322 section 2.1.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import idna

from mailbot.render.encoded_word import encoded, words

# RFC 5322 section 2.1.1: 78 should not be passed, 998 must not; an id is never split, so it alone may be long.
_LINE = 76
_ID = 900
# RFC 5322 section 3.6.4: dot-atoms, and the brackets that Exchange adds, which mean nothing to anybody outside of a
# domain-literal. "=?" is left out, for a reader might take it for an encoded word.
_ID_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:\[\]-]+"
_MESSAGE_ID = re.compile(rf"<{_ID_WORD}@{_ID_WORD}>")
_ADDRESS = re.compile(
    r"""(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]+|"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.()<>@,;: -]+")"""
    r"@(?P<domain>[A-Za-z0-9._\x80-\U0010ffff-]+|\[[A-Za-z0-9.:]+\])"
)
# A domain of RFC 5321 section 4.5.3.1.2, a local part of 4.5.3.1.1.
_ADDRESS_OCTETS = 320
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")

# A thread's first id and its last 99, within what relays take for a header field (Postfix: 102,400 octets for all).
REFERENCES = 100
_REFERENCES_OCTETS = 16 * 1024


class Kind(StrEnum):
    """How a reader reads the value: as it stands, as text with encoded words, or as a mailbox with a display name."""

    PLAIN = "plain"
    TEXT = "text"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Header:
    """A field: `value` is what a reader shall read, `tokens` what is written, to be parted by single spaces."""

    name: str
    value: str
    tokens: tuple[str, ...]
    kind: Kind = Kind.PLAIN

    def __str__(self) -> str:
        whole = f"{self.name}: {' '.join(self.tokens)}"
        if len(whole) <= _LINE:
            return whole
        lines: list[str] = []
        line = f"{self.name}:"
        for place, token in enumerate(self.tokens):
            if place and len(line) + 1 + len(token) > _LINE:
                lines.append(line)
                line = ""
            line += f" {token}"
        lines.append(line)
        return "\r\n".join(lines)


def plain(name: str, value: str) -> Header:
    """For values of our own: ASCII, and folded at any of its spaces."""
    return Header(name, value, tuple(value.split(" ")))


def text(name: str, value: str) -> Header:
    """`value` is one line already (`lines.one_line`)."""
    return Header(name, value, words(value), Kind.TEXT)


def mailbox(name: str, address: str, display_name: str = "") -> Header:
    """RFC 5322 section 3.4: name-addr, or the addr-spec alone."""
    if not display_name:
        return Header(name, address, (address,))
    return Header(name, f"{display_name} <{address}>", (*_phrase(display_name), f"<{address}>"), Kind.MAILBOX)


def is_message_id(value: str) -> bool:
    return len(value) <= _ID and "=?" not in value and _MESSAGE_ID.fullmatch(value) is not None


def thread(references: Iterable[str], parent: str) -> tuple[str, ...]:
    """References of a reply to `parent`: only ids that can stand there, each once, the first and the last 99."""
    ids = tuple(dict.fromkeys(entry for entry in references if entry != parent and is_message_id(entry)))
    ids += (parent,) if is_message_id(parent) else ()
    if len(ids) > REFERENCES:
        ids = (ids[0], *ids[1 - REFERENCES :])
    size = sum(map(len, ids))
    while size > _REFERENCES_OCTETS:
        size -= len(ids[1])
        ids = (ids[0], *ids[2:])
    return ids


def writable(address: str) -> str | None:
    """The address as a header may hold it, its domain as A-label (RFC 5890), or None where none can be written safely.

    A local part beyond ASCII stays as it is, and the mail needs SMTPUTF8 (RFC 6531); it is never encoded or mapped.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or "=?" in address or not address.isprintable() or len(address.encode()) > _ADDRESS_OCTETS:
        return None
    if address.isascii():
        return address
    try:
        return f"{found['local']}@{idna.encode(found['domain'], uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return None


def _phrase(display_name: str) -> tuple[str, ...]:
    if _ATOMS.fullmatch(display_name):
        return words(display_name)
    quotable = display_name.isascii() and len(display_name) <= 60 and not {'"', "\\"} & set(display_name)
    return (f'"{display_name}"',) if quotable and "=?" not in display_name else encoded(display_name)
