"""Whether the threads of a daemon still work, and what systemd is told of it (sd_notify(3))."""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

log = logging.getLogger(__name__)

# Seconds. The clock looks so often where systemd does not want to hear more often than that.
LOOK = 15.0
# sd_watchdog_enabled(3) recommends to be heard twice in the time; a busy machine may be late once.
_OFTEN = 3
# A systemd that does not read must not hold up the clock.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Watchdog:
    """What the service manager asked for. `address`: "" where there is none; `every`: seconds between our looks."""

    address: str = ""
    every: float = LOOK

    def tell(self, *lines: str) -> None:
        """Each line is NAME=value. Nobody may be listening any more; then nobody misses it."""
        if not self.address:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            wire.settimeout(_PATIENCE)
            wire.sendto("\n".join(lines).encode(), os.fsencode(name))


NOBODY = Watchdog()


def watchdog(environ: Mapping[str, str], pid: int) -> Watchdog:
    """$WATCHDOG_PID says whom $WATCHDOG_USEC is for: it may have been inherited."""
    asked = environ.get("WATCHDOG_USEC", "")
    ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    patience = int(asked) / 1e6 if ours and asked.isascii() and asked.isdigit() else 0.0
    return Watchdog(environ.get("NOTIFY_SOCKET", ""), min(patience / _OFTEN, LOOK) if patience else LOOK)


class Vigil:
    """Each thread says by when it will be heard of again; while one that is stuck breaks its word, nothing is well."""

    def __init__(self, threads: Iterable[str], watchdog: Watchdog, now: Callable[[], float] = time.monotonic) -> None:
        self._watchdog = watchdog
        self._now = now
        self._guard = threading.Lock()
        self._awaited = set(threads)
        self._until: dict[str, float] = {}
        self._states: dict[str, str] = {}

    def heard(self, within: float) -> None:
        """The calling thread works, and will be heard of again within so many seconds.

        The service is ready when each of those awaited has been heard of.
        """
        name = threading.current_thread().name
        with self._guard:
            self._until[name] = self._now() + within
            ready = self._awaited == {name}
            self._awaited.discard(name)
        if ready:
            self._watchdog.tell("READY=1", self._status())

    def over(self) -> None:
        """The calling thread ends as it should."""
        with self._guard:
            self._until.pop(threading.current_thread().name, None)

    def note(self, what: str, state: str) -> None:
        """What `systemctl status` shows."""
        with self._guard:
            self._states[what] = state

    def report(self) -> None:
        """By the clock, every `Watchdog.every` seconds."""
        with self._guard:
            now = self._now()
            late = sorted(name for name, until in self._until.items() if until < now)
        if late:
            log.critical("%s hangs, so the watchdog is not told that all is well", " and ".join(late))
            self._watchdog.tell(f"STATUS={' and '.join(late)} hangs")
        else:
            self._watchdog.tell("WATCHDOG=1", self._status())

    def stopping(self) -> None:
        self._watchdog.tell("STOPPING=1", "STATUS=stopping")

    def _status(self) -> str:
        with self._guard:
            return f"STATUS={', '.join(f'{what} {state}' for what, state in sorted(self._states.items()))}"
