"""What the examinations look with: each can be another in a test."""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.model import Site
from mailbot.store.engine import Database
from mailbot.work.desk import clock

# Seconds for all of it.
WITHIN = 15.0


def addresses(host: str) -> tuple[str, ...]:
    """Raises OSError."""
    return tuple(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))


def room(path: str) -> tuple[int, int]:
    """Free for us, who are not root: some file systems keep a part back."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


@dataclass(frozen=True, slots=True)
class Instruments:
    """`room` gives free octets and all octets of a path's file system; `resolve` raises OSError."""

    now: Callable[[], datetime] = clock
    room: Callable[[str], tuple[int, int]] = room
    resolve: Callable[[str], Sequence[str]] = addresses
    seconds: float = WITHIN


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is examined. `database` None: there is none yet, or it cannot be asked, which is told once."""

    site: Site
    database: Database | None
    instruments: Instruments
