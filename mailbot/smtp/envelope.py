"""A letter as SMTP carries it: its two paths, and its text with every line ended and every dot doubled."""

import re
from dataclasses import dataclass

import idna

from mailbot.smtp.answer import Letter

# RFC 5321 section 4.5.3.1.3: 256 octets with the angle brackets.
_PATH_OCTETS = 254

# RFC 5321 section 4.1.2, with the characters of RFC 6531: nothing in it can end the path or begin a parameter. Halves
# of surrogate pairs are no characters.
_MAILBOX = re.compile(
    r"""(?P<local> [^\s\x00-\x20\x7f\ud800-\udfff<>()\[\]\\,;:@"]+ |
                   "(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\[\x20-\x7e])*" )
        @ (?P<domain> [^\s\x00-\x20\x7f\ud800-\udfff<>()\[\]\\,;:@"]+ | \[[0-9A-Za-z.:]+\] )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`wide`: needs SMTPUTF8. Our mails are 7-bit by construction (quoted-printable, base64) and need no 8BITMIME."""

    sender: bytes
    recipient: bytes
    wide: bool


def envelope(letter: Letter) -> Envelope | None:
    """None where an address cannot be written into an SMTP command."""
    sender = path(letter.envelope_from) if letter.envelope_from else b"<>"
    recipient = path(letter.recipient)
    if sender is None or recipient is None:
        return None
    wide = not (sender.isascii() and recipient.isascii() and letter.raw.isascii())
    return Envelope(sender, recipient, wide)


def path(address: str) -> bytes | None:
    """`<local@domain>`; a domain beyond ASCII goes as its A-label, so that only a local part can need SMTPUTF8."""
    parts = _MAILBOX.fullmatch(address)
    if parts is None:
        return None
    octets = f"{parts['local']}@{_a_label(parts['domain'])}".encode()
    return b"<" + octets + b">" if len(octets) <= _PATH_OCTETS else None


def _a_label(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def as_transmitted(raw: bytes) -> bytes:
    """What follows DATA: every line ends in CRLF, leading dots are doubled (RFC 5321 section 4.5.2).

    A lone CR or LF would let a server see the end of the mail, and another mail, where we see none.
    """
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    if text.startswith(b"."):
        text = b"." + text
    return text.replace(b"\r\n.", b"\r\n..") + b".\r\n"
