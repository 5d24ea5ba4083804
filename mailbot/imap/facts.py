"""What a server says of itself and of one mailbox's room: asked with commands that change nothing."""

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailbot.imap.answers import Folder, Record
from mailbot.imap.wire import Client

# RFC 9208 section 5.1: in units of 1024 octets.
STORAGE = "STORAGE"
_RESOURCES = re.compile(rb"\(([^()]{0,1000})\)[^()]{0,10}\Z")
_STRING = re.compile(rb'"((?:\\.|[^"\\])*+)"|(NIL)', re.IGNORECASE)
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Quota:
    """One resource of one quota root (RFC 9208); `limit` is never 0."""

    resource: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Facts:
    """`tls` is the protocol version, "" where there is none; `program` what the server calls itself (RFC 2971)."""

    tls: str
    certificate_until: datetime | None
    program: str
    version: str
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What `check --connect` tells of a mailbox."""

    folder: Folder
    capabilities: frozenset[str]
    delimiter: str


def facts(client: Client, capabilities: frozenset[str], folder: str | bytes) -> Facts:
    """`folder` as it is told in commands. What the server does not offer, or refuses, is empty."""
    told = dict(_pairs(_told(client, "ID", "ID", "NIL"))) if "ID" in capabilities else {}
    measured = any(name.partition("=")[0] == "QUOTA" for name in capabilities)
    name = client._normalise_folder(folder).decode("ascii")
    quotas = _told(client, "GETQUOTAROOT", "QUOTA", name) if measured else []
    return Facts(
        tls=_tls(client),
        certificate_until=_certificate_until(client),
        program=told.get("name", ""),
        version=told.get("version", ""),
        quotas=tuple(_quotas(quotas)),
    )


def _told(client: Client, command: str, response: str, argument: str) -> list[Record | None]:
    """Some servers announce what they do not know: nothing of that is worth the connection."""
    try:
        return client.wire.told(command, response, argument)
    except imaplib.IMAP4.error as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        return []


def _quotas(records: Iterable[Record | None]) -> Iterator[Quota]:
    """
    >>> list(_quotas([b'"" (STORAGE 460 512 MESSAGE 3 0)']))
    [Quota(resource='STORAGE', used=460, limit=512)]
    """
    for record in records:
        # A root whose name came as a literal has its resources in the line that follows.
        line = record if isinstance(record, bytes) else b""
        found = _RESOURCES.search(line[-_LONGEST:])
        words = found[1].split() if found else []
        for name, used, limit in zip(words[::3], words[1::3], words[2::3], strict=False):
            if used.isdigit() and limit.isdigit() and len(used + limit) < 40 and int(limit):
                yield Quota(name.decode("ascii", "replace").upper(), int(used), int(limit))


def _pairs(records: Iterable[Record | None]) -> Iterator[tuple[str, str]]:
    """
    >>> list(_pairs([b'("name" "Dovecot" "version" "2.3.19" "os" NIL)']))
    [('name', 'Dovecot'), ('version', '2.3.19'), ('os', '')]
    """
    for record in records:
        line = record if isinstance(record, bytes) else b""
        words = [_printable(string) for string, _ in _STRING.findall(line[:_LONGEST])]
        yield from zip((word.lower() for word in words[::2]), words[1::2], strict=False)


def _printable(string: bytes) -> str:
    text = re.sub(rb"\\(.)", rb"\1", string).decode("ascii", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:100]


def _tls(client: Client) -> str:
    return str(client.wire.sock.version()) if isinstance(client.wire.sock, ssl.SSLSocket) else ""


def _certificate_until(client: Client) -> datetime | None:
    shown = client.wire.sock.getpeercert() if isinstance(client.wire.sock, ssl.SSLSocket) else None
    until = shown.get("notAfter") if shown else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None
