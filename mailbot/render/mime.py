"""The body of every mail: the same words as text and as HTML (RFC 2046 section 5.1.4), 7-bit, lines of 76 at most."""

import binascii
import re

# binascii counts one octet for the space that ends a line and then writes three.
_TOO_LONG = re.compile(rb"^(.{74})(=(?:20|09)\r)$", re.MULTILINE)


def alternative(text: str, html: str, boundary: str) -> bytes:
    """`boundary` begins with "=_", which neither quoted-printable nor base64 can hold (RFC 2045 section 6.7)."""
    delimiter = f"--{boundary}".encode()
    return b"".join(
        (
            delimiter,
            b"\r\nContent-Type: text/plain; charset=utf-8\r\n",
            _part(text),
            delimiter,
            b"\r\nContent-Type: text/html; charset=utf-8\r\n",
            _part(html),
            delimiter,
            b"--\r\n",
        )
    )


def _part(content: str) -> bytes:
    octets = (content.replace("\r", "") + "\n").replace("\n", "\r\n").encode()
    quoted = _TOO_LONG.sub(rb"\1=\r\n\2", binascii.b2a_qp(octets))
    # Text of few Latin letters is shorter in base64, four characters for three octets and a line end every 57.
    if len(quoted) * 57 <= len(octets) * 78:
        return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted
    return b"Content-Transfer-Encoding: base64\r\n\r\n" + _base64(octets)


def _base64(octets: bytes) -> bytes:
    lines = (binascii.b2a_base64(octets[place : place + 57], newline=False) for place in range(0, len(octets), 57))
    return b"\r\n".join(lines) + b"\r\n"
