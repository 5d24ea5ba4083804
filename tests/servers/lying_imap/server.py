"""The listening side: connections, folders, and which lie comes next."""

import contextlib
import functools
import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Self

from mailbot.model import Imap, Transport
from servers.certificates import Certificate
from servers.lying_imap.box import Box
from servers.lying_imap.lies import Lie, Planned
from servers.lying_imap.session import Session

PASSWORD = "s3cret"
CAPABILITIES = frozenset({"IMAP4REV1", "IDLE", "MOVE", "UIDPLUS", "LITERAL+", "AUTH=PLAIN"})


class LyingImap:
    """Started by entering it. Any user name logs in with PASSWORD.

    `told` holds commands of extensions and the untagged line that each is answered with.
    `certificate` offers STARTTLS, or TLS from the first octet with `implicit`; `oldest_tls` offers 1.1 at most.
    """

    def __init__(
        self,
        capabilities: frozenset[str] = CAPABILITIES,
        certificate: Certificate | None = None,
        implicit: bool = False,
        delimiter: str = "/",
        oldest_tls: bool = False,
    ) -> None:
        self.capabilities = capabilities | ({"STARTTLS"} if certificate and not implicit else set())
        self.implicit = implicit
        self.delimiter = delimiter
        self.boxes = {"INBOX": Box()}
        self.passwords = {PASSWORD}
        self.tells_uidnext = True
        self.told: dict[str, str] = {}
        self.marks_in_list = True
        self.breaks_at: set[int] = set()  # mails at whose bytes the connection ends, each time
        self.breaks_listing: set[int] = set()  # mails at whose size it ends
        self.refuses: dict[int, str] = {}  # mails at whose bytes the answer ends with these words, each time
        self.commands: list[str] = []
        self.lock = threading.RLock()
        self._context = _context(certificate, oldest_tls) if certificate else None
        self._planned: list[Planned] = []
        self._races: list[tuple[str, Callable[[], object]]] = []
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *tuple(self._sockets)):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()

    def settings(self, folder: str = "INBOX", security: Transport = Transport.NONE) -> Imap:
        return Imap("127.0.0.1", self.port, security, "support", PASSWORD, folder=folder)

    def lie(self, lie: Lie, at: str, text: str = "", times: int = 1) -> None:
        """`at`: GREETING or a command without UID, such as FETCH; "*" is whatever comes next."""
        self._planned.append(Planned(lie, at, text, times))

    def forget_lies(self) -> None:
        """From now on the truth."""
        with self.lock:
            self._planned = []

    def before(self, command: str, race: Callable[[], object]) -> None:
        """Runs `race` once, when that command has come and before it is worked."""
        self._races.append((command, race))

    def deliver(self, raw: bytes, folder: str = "INBOX", internaldate: datetime | None = None) -> int:
        with self.lock:
            return self.boxes[folder].add(raw, internaldate)

    def expunge(self, *uids: int, folder: str = "INBOX") -> None:
        """As another client would."""
        with self.lock:
            self.boxes[folder].remove(set(uids))

    def arguments(self, command: str) -> list[str]:
        """What came with each of the commands of that name, UID taken off: the audit of RC-04."""
        plain = [line.removeprefix("UID ").partition(" ") for line in self.commands]
        return [rest for name, _, rest in plain if name == command]

    def lies_at(self, command: str) -> list[Planned]:
        """Taken out of the plan: what the session has to do wrong now."""
        with self.lock:
            now = [planned for planned in self._planned if planned.at in (command, "*")]
            for planned in now:
                planned.times -= 1
            self._planned = [planned for planned in self._planned if planned.times > 0]
            races = [race for name, race in self._races if name == command]
            self._races = [(name, race) for name, race in self._races if name != command]
        for race in races:
            race()
        return now

    def protected(self, plain: socket.socket) -> socket.socket:
        assert self._context is not None
        self._sockets.discard(plain)
        wrapped = self._context.wrap_socket(plain, server_side=True)
        self._sockets.add(wrapped)
        return wrapped

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.add(connection)
                self._start(functools.partial(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        session = Session(self, connection)
        with contextlib.suppress(OSError, ValueError):  # ValueError: select on what was closed meanwhile
            session.run()
        with contextlib.suppress(OSError):
            session.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


def _context(certificate: Certificate, oldest_tls: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if oldest_tls:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(certificate.file, certificate.key)
    return context
