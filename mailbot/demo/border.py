"""The mail border of the demo's world: whose mail it takes, and the trace fields it puts on top."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.utils import format_datetime, getaddresses

AUTHSERV_ID = "mx.nordet.example"
_FIELD_NAME = re.compile(rb"[!-9;-~]+")
_HEAD_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail on its way, RFC 5321 section 2.3.1. `mail_from` "" is the null sender."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Border:
    """`mailboxes` are (key, address); `vouched` the domains whose mail passes DMARC in this world."""

    mailboxes: tuple[tuple[str, str], ...]
    vouched: frozenset[str]

    def mailbox(self, recipient: str) -> str | None:
        """The key of the mailbox behind an address, with or without a +subaddress."""
        local, _, domain = recipient.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return next((key for key, address in self.mailboxes if address == plain), None)

    def stamped(self, envelope: Envelope, recipient: str, now: datetime) -> bytes:
        """As the mailbox holds it: what only a border may say is taken out, then said by us (RFC 8601 section 5)."""
        trace = (
            f"Return-Path: <{envelope.mail_from}>",
            f"Delivered-To: {recipient}",
            f"Received: from [127.0.0.1] by {AUTHSERV_ID} with ESMTP for <{recipient}>;\r\n {format_datetime(now)}",
            f"Authentication-Results: {AUTHSERV_ID};\r\n {self._dmarc(envelope.content)}",
        )
        return "".join(f"{line}\r\n" for line in trace).encode("utf-8") + b"".join(_honest(envelope.content))

    def _dmarc(self, content: bytes) -> str:
        head = message_from_bytes(content[:_HEAD_LIMIT].partition(b"\r\n\r\n")[0])
        authors = getaddresses([str(value) for value in head.get_all("From", [])])
        if len(authors) != 1:
            # RFC 7489 section 6.6.1: several authors have no one domain to look up.
            return "dmarc=permerror"
        domain = authors[0][1].rpartition("@")[2].lower()
        if not re.fullmatch(r"[a-z0-9.-]+", domain):
            return "dmarc=permerror"
        return f"dmarc={'pass' if domain in self.vouched else 'none'} header.from={domain}"


def _honest(content: bytes) -> Iterator[bytes]:
    """The content without the fields that a stranger could have written in the border's name."""
    head, separator, body = content.partition(b"\r\n\r\n")
    dropped = False
    for line in head.splitlines(keepends=True):
        name = _FIELD_NAME.match(line)
        if name:
            dropped = name[0].lower() in {b"return-path", b"delivered-to", b"authentication-results"}
        if not dropped:
            yield line
    yield separator + body
