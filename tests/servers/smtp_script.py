"""What a faulty relay is told to do, and what it noted."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(\S+)")


class Moment(StrEnum):
    ACCEPT = "ACCEPT"
    CONNECT = "CONNECT"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "."
    RSET = "RSET"
    QUIT = "QUIT"


@dataclass(frozen=True, slots=True)
class Say:
    """These octets instead of the usual reply; then the connection may be dropped, or go on with TLS."""

    octets: bytes
    drop: bool = False
    encrypt: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """No reply, connection closed. `accept`: after ".", the mail was taken all the same."""

    accept: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """No reply until `until` is set; then the usual one."""

    until: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Ask:
    """Calls `question` with the recipient; then the usual reply."""

    question: Callable[[str], None]


Action = Say | Drop | Stall | Ask


@dataclass(frozen=True, slots=True)
class Command:
    connection: int
    line: str


@dataclass(frozen=True, slots=True)
class Mail:
    connection: int
    sender: str
    recipient: str
    raw: bytes

    @property
    def message_id(self) -> str:
        found = _MESSAGE_ID.search(self.raw)
        return found[1].decode() if found else ""
