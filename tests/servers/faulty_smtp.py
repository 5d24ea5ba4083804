"""A relay on loopback that does as it is told: every reply may be another, late, cut short or missing.

It keeps each command and each mail that it took. A thread a connection; nothing here waits for a fixed time.
"""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from servers.smtp_script import Action, Ask, Command, Drop, Mail, Moment, Say, Stall

PATIENCE = 10.0


@dataclass(slots=True)
class _Rule:
    moment: Moment
    action: Action
    times: int
    to: str | None


class FaultyRelay:
    """`extensions` are EHLO lines. `tls` comes at once where `implicit`, else after STARTTLS."""

    def __init__(
        self,
        extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "DSN"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.extensions = extensions
        self.tls = tls
        self.implicit = implicit
        self.password = b"\0robot\0s3cret"
        self.tokens: list[str] = []
        self.commands: list[Command] = []
        self.mails: list[Mail] = []
        self.connections = 0
        self.present = 0
        self.waiting = 0
        self.most_present = 0
        self.failed_handshakes = 0
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self._rules: list[_Rule] = []
        self._sessions: set[_Session] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.refuse()
        self.drop_all()
        for rule in self._rules:
            if isinstance(rule.action, Stall):
                rule.action.until.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def on(self, moment: Moment, action: Action, times: int = 1, to: str | None = None) -> None:
        """Does this at the next `times` such moments, for one recipient or all; earlier rules first."""
        self._rules.append(_Rule(moment, action, times, to))

    def refuse(self) -> None:
        """No new connection from here on."""
        # A close alone would leave a blocked accept() waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def listen_again(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._start(self._accept)

    def drop_all(self) -> None:
        with self.changed:
            sessions = tuple(self._sessions)
        for session in sessions:
            with contextlib.suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), "the relay waited in vain"

    def note(self, waiting: int) -> None:
        with self.changed:
            self.waiting += waiting
            self.changed.notify_all()

    def seen(self, verb: str) -> list[str]:
        return [command.line for command in self.commands if command.line.upper().startswith(verb)]

    def action(self, moment: Moment, recipient: str) -> Action | None:
        with self.changed:
            for rule in self._rules:
                if rule.moment is moment and rule.times > 0 and rule.to in (None, recipient):
                    rule.times -= 1
                    return rule.action
        return None

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        listener = self._listener
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                self.connections += 1
                number = self.connections
            self._start(lambda sock=sock, number=number: self._serve(sock, number))  # type: ignore[misc]

    def _serve(self, sock: socket.socket, number: int) -> None:
        session = _Session(self, sock, number)
        with self.changed:
            self.present += 1
            self.most_present = max(self.most_present, self.present)
            self._sessions.add(session)
            self.changed.notify_all()
        try:
            with contextlib.suppress(OSError, _Over):
                session.run()
        finally:
            # Also after a question that complains: whoever waits for a reply is not to wait for minutes.
            session.sock.close()
            with self.changed:
                self.present -= 1
                self._sessions.discard(session)
                self.changed.notify_all()


class _Over(Exception):
    """The session ends."""


class _Session:
    def __init__(self, relay: FaultyRelay, sock: socket.socket, number: int) -> None:
        self.relay = relay
        self.sock = sock
        self.number = number
        self.buffer = b""
        self.sender = ""
        self.recipient: str | None = None
        self.encrypted = False

    def run(self) -> None:
        self.reply(Moment.ACCEPT, b"")
        if self.relay.implicit:
            self.encrypt()
        self.reply(Moment.CONNECT, b"220 faulty.example ESMTP")
        while True:
            line = self.line().decode("utf-8", "replace")
            with self.relay.changed:
                self.relay.commands.append(Command(self.number, line))
                self.relay.changed.notify_all()
            self.command(line)

    def command(self, line: str) -> None:
        match line.split(" ")[0].upper():
            case "EHLO":
                self.reply(Moment.EHLO, self.offer())
            case "STARTTLS" if self.relay.tls is not None:
                if self.reply(Moment.STARTTLS, b"220 2.0.0 go on"):
                    self.encrypt()
            case "AUTH":
                self.reply(Moment.AUTH, self.judged(line))
            case "MAIL":
                self.mail(line)
            case "RCPT":
                self.rcpt(line)
            case "DATA":
                self.data()
            case "RSET":
                self.recipient = None
                self.sender = ""
                self.reply(Moment.RSET, b"250 2.0.0 reset")
            case "QUIT":
                self.reply(Moment.QUIT, b"221 2.0.0 bye")
                raise _Over
            case _:
                self.send(b"500 5.5.1 what?\r\n")

    def offer(self) -> bytes:
        shown = [word for word in self.relay.extensions if not (word == "STARTTLS" and self.encrypted)]
        lines = ["faulty.example", *shown]
        return "\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{text}" for n, text in enumerate(lines)).encode()

    def judged(self, line: str) -> bytes:
        given = base64.b64decode(line.split(" ")[-1])
        if line.upper().startswith("AUTH XOAUTH2 "):
            token = given.decode().split("\1")[1].removeprefix("auth=Bearer ")
            if token in self.relay.tokens:
                return b"235 2.7.0 welcome"
            self.send(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")
            assert self.line() == b""
            return f"535 5.7.8 wrong token {token}".encode()
        return b"235 2.7.0 welcome" if given == self.relay.password else b"535 5.7.8 wrong password"

    def mail(self, line: str) -> None:
        if self.sender:
            self.send(b"503 5.5.1 nested MAIL\r\n")
            return
        if self.reply(Moment.MAIL, b"250 2.1.0 ok"):
            self.sender = line[10:].split(">")[0].removeprefix("<") or "<>"

    def rcpt(self, line: str) -> None:
        address = line[8:].split(">")[0].removeprefix("<")
        if self.reply(Moment.RCPT, b"250 2.1.5 ok", address):
            self.recipient = address

    def data(self) -> None:
        if self.recipient is None:
            self.send(b"503 5.5.1 no recipient\r\n")
            return
        if not self.reply(Moment.DATA, b"354 go on", self.recipient):
            return
        lines = []
        while (line := self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = Mail(self.number, self.sender, self.recipient, b"\r\n".join([*lines, b""]))
        self.sender = ""
        self.recipient = None
        self.reply(Moment.DOT, b"250 2.0.0 queued", mail.recipient, mail)

    def reply(self, moment: Moment, usual: bytes, recipient: str = "", mail: Mail | None = None) -> bool:
        """Whether the reply was the usual one; the mail is then taken before it is said."""
        match self.relay.action(moment, recipient):
            case Say(octets, drop, encrypt):
                self.send(octets)
                if drop:
                    raise _Over
                return encrypt
            case Drop(accept):
                if accept and mail is not None:
                    self.take(mail)
                raise _Over
            case Stall(until):
                self.relay.note(waiting=1)
                until.wait()
                self.relay.note(waiting=-1)
                if self.relay.closing.is_set():
                    raise _Over
            case Ask(question):
                question(recipient)
        if mail is not None:
            self.take(mail)
        if usual:
            self.send(usual + b"\r\n")
        return True

    def take(self, mail: Mail) -> None:
        with self.relay.changed:
            self.relay.mails.append(mail)
            self.relay.changed.notify_all()

    def encrypt(self) -> None:
        assert self.relay.tls is not None
        try:
            self.sock = self.relay.tls.wrap_socket(self.sock, server_side=True)
        except OSError:
            with self.relay.changed:
                self.relay.failed_handshakes += 1
            raise
        self.encrypted = True

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            more = self.sock.recv(65536)
            if not more:
                raise _Over
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def send(self, octets: bytes) -> None:
        self.sock.sendall(octets)
