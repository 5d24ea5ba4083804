"""The trace fields of a mail (RFC 5322 section 3.6.7): each host writes its own on top of those that it found."""

from dataclasses import dataclass

from mailbot.parsers.authentication import authserv_id_of
from mailbot.parsers.headers import beginning, headers, section


@dataclass(frozen=True, slots=True)
class Stamp:
    """An Authentication-Results field, and how many Received fields stand above it."""

    authserv_id: str
    depth: int


def stamps(raw: bytes) -> tuple[Stamp, ...]:
    """From the top down. A host puts its stamp above or below the Received field that it writes itself.

    >>> stamps(b"Authentication-Results: mx.example; none\\nReceived: a\\nAuthentication-Results: b; none\\n\\n")
    (Stamp(authserv_id='mx.example', depth=0), Stamp(authserv_id='b', depth=1))
    """
    found: list[Stamp] = []
    depth = 0
    for name, value in headers(section(raw, beginning(raw), len(raw)).fields).fields:
        if name == "received":
            depth += 1
        elif name == "authentication-results":
            found.append(Stamp(authserv_id_of(value), depth))
    return tuple(found)
