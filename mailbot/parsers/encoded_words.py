"""RFC 2047 encoded-words in linear time; what cannot be decoded stays as it stands."""

import binascii
import re

from mailbot.parsers.charset import decode

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")


def decoded(value: str) -> str:
    """Text with its encoded-words decoded.

    >>> decoded("=?utf-8?q?R=C3=A9seau?= =?utf-8?b?IGVu?= panne")
    'Réseau en panne'
    """
    if "=?" not in value:
        return value
    done: list[str] = []
    pending = b""
    charset = ""
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        octets = _octets(match[2], match[3])
        # RFC 2047 section 6.2: blanks between encoded-words go. One character may be cut over two words of one charset:
        # forbidden by section 5, done by many.
        joined = not between.strip() and end > 0 and match[1].lower() == charset
        if not joined:
            done.append(decode(pending, charset)[0])
            done.append("" if end > 0 and not between.strip() else between)
            pending = b""
        pending += octets
        charset = match[1].lower()
        end = match.end()
    return "".join((*done, decode(pending, charset)[0], value[end:]))


def _octets(encoding: str, content: str) -> bytes:
    ascii_content = content.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(ascii_content, header=True)
    return base64_octets(ascii_content)


def base64_octets(content: bytes) -> bytes:
    """As much as can be had: what is no base64 is passed over, missing padding made up (RFC 2045 section 6.8)."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content.partition(b"=")[0])
        whole = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
