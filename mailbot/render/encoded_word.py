"""Text beyond ASCII in a header field: encoded words (RFC 2047)."""

import binascii
import string

# A word has 75 characters at most (RFC 2047 section 2); shorter ones fit on one line with the name of any field.
_MOST = 60
_PAYLOAD = _MOST - len("=?utf-8?q??=")
_OCTETS = _PAYLOAD // 4 * 3

# RFC 2047 section 5 (3): the letters that stand for themselves in every place, a display name included.
_PLAIN = frozenset((string.ascii_letters + string.digits + "!*+-/").encode())
_Q = tuple("_" if octet == 0x20 else chr(octet) if octet in _PLAIN else f"={octet:02X}" for octet in range(256))


def words(text: str) -> tuple[str, ...]:
    """One line of text as a header field may hold it, parted at spaces: as it is while it is plain, encoded from there.

    >>> words("Re: déjà vu")
    ('Re:', '=?utf-8?q?d=C3=A9j=C3=A0_vu?=')
    """
    if _is_plain(text):
        return tuple(text.split(" "))
    plain: list[str] = []
    rest = text.split(" ")
    while _is_plain(rest[0]):
        plain.append(rest.pop(0))
    return (*plain, *encoded(" ".join(rest)))


def encoded(text: str) -> tuple[str, ...]:
    """Each word whole characters (RFC 2047 section 5): Q where most letters are Latin, B elsewhere."""
    octets = text.encode()
    quoted = "".join(map(_Q.__getitem__, octets))
    if len(quoted) <= _PAYLOAD:
        return (f"=?utf-8?q?{quoted}?=",)
    if len(quoted) <= 2 * len(octets):
        return tuple(f"=?utf-8?q?{''.join(map(_Q.__getitem__, piece))}?=" for piece in _pieces(text, quoted=True))
    pieces = _pieces(text, quoted=False)
    return tuple(f"=?utf-8?b?{binascii.b2a_base64(piece, newline=False).decode()}?=" for piece in pieces)


def _is_plain(text: str) -> bool:
    # A long word is encoded as well: so it can be folded. "=?" would be read as the beginning of an encoded word.
    if not (text.isascii() and text.isprintable()) or "=?" in text:
        return False
    return len(text) <= _MOST or all(len(word) <= _MOST for word in text.split(" "))


def _pieces(text: str, quoted: bool) -> tuple[bytes, ...]:
    most = _PAYLOAD if quoted else _OCTETS
    pieces: list[bytes] = []
    piece, size = b"", 0
    for letter in text:
        octets = letter.encode()
        cost = sum(len(_Q[octet]) for octet in octets) if quoted else len(octets)
        if size + cost > most:
            pieces.append(piece)
            piece, size = b"", 0
        piece += octets
        size += cost
    return (*pieces, piece)
