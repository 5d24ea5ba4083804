"""IMAPClient on a socket that is bounded in time and octets. The only code that knows imaplib's inside."""

import imaplib
import logging
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from imapclient import IMAPClient, SocketTimeout, imap_utf7

from mailbot.imap.answers import Record
from mailbot.imap.errors import TlsRefused, TooLong

# At DEBUG the library writes user names and subjects.
logging.getLogger("imapclient").setLevel(logging.CRITICAL)

# Nearly all lines are, and none of those with text for people.
_USUAL = re.compile(rb"\* (?:\d+ [A-Z]|[A-Z]+ [^\[{]*$)|[^*]")
_RESPONSE = re.compile(rb"\* +(\d+ +|)([A-Za-z-]+)(.*)", re.DOTALL)
# Until we are logged in, nobody has a reason to send more.
_BEFORE_LOGIN = 64 * 1024
_SLOWEST = 8 * 1024  # octets a second


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, for silence, and for a whole answer beyond one second for every 8 KiB of it."""

    connect: float = 30.0
    read: float = 60.0
    answer: float = 600.0


class Wire(imaplib.IMAP4):
    """imaplib with its five overridable methods replaced (its only opening), and a STARTTLS that nobody can talk into.

    An answer brings at most `most` octets; memory grows with what arrives, never with what is announced.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, patience: Patience) -> None:
        self.most = _BEFORE_LOGIN
        self._context = context
        self._patience = patience
        self._buffer = bytearray()
        self._in_line = False
        self.heard: Callable[[], None] | None = None
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), self._patience.connect)
        # Without it each literal we send waits 40 ms for the server's delayed ACK.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            self._protect(self._context)
        self._new_answer()

    def read(self, size: int) -> bytes:
        self._in_line = True
        if size > self._left + len(self._buffer):
            raise TooLong(f"{self.host}:{self.port}: the server announced {size} octets in one piece; not read.")
        while len(self._buffer) < size:
            self._receive()
        return self._take(size)

    def readline(self) -> bytes:
        """As imaplib knows lines: it takes a blank one for the end of the dialogue, but behind a literal."""
        line = self._line_of_server()
        while not (self._in_line or line.strip()):
            line = self._line_of_server()
        self._in_line = False
        return line if _USUAL.match(line) else _mended(line)

    def _line_of_server(self) -> bytes:
        looked_at = 0
        while (end := self._buffer.find(b"\n", looked_at)) < 0:
            looked_at = len(self._buffer)
            self._receive()
        return self._take(end + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override]
        self._new_answer()
        self.sock.sendall(data)

    def shutdown(self) -> None:
        self.sock.close()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Literal["OK"], list[None]]:
        """What came in plain text is forgotten; what follows the OK in plain text was put there by somebody else."""
        typ, _ = self._simple_command("STARTTLS")
        if typ != "OK" or ssl_context is None:
            raise TlsRefused(f"{self.host}:{self.port}: the server refused STARTTLS: check port and security.")
        if self._buffer or self._ready(0):
            raise TlsRefused(f"{self.host}:{self.port}: somebody put plain text behind the answer to STARTTLS.")
        self._protect(ssl_context)
        self.untagged_responses.clear()
        self._get_capabilities()
        return "OK", [None]

    def fetched(self, uid_set: str, items: str) -> list[Record | None]:
        """What could be fetched: a NO may follow it where one of the mails has just vanished (RFC 2180 section 4.1.2),
        and a BAD where Exchange cannot read one.
        """
        try:
            typ, answer = self.uid("FETCH", uid_set, items)
        except self.abort:
            raise
        except self.error:
            typ, answer = "BAD", []
        return list(answer) if typ == "OK" else list(self.untagged_responses.pop("FETCH", []))

    def listed(self, *arguments: str) -> list[Record | None]:
        """The LIST responses as they came; none where the server refuses that kind of LIST."""
        return self.told("LIST", "LIST", *arguments)

    def told(self, command: str, response: str, *arguments: str) -> list[Record | None]:
        """The responses of that name as they came; none where the server refuses the command by a NO."""
        self.untagged_responses.pop(response, None)
        typ, data = self._simple_command(command, *arguments)
        return list(self._untagged_response(typ, data, response)[1]) if typ == "OK" else []

    def forget_remarks(self) -> None:
        """Untagged responses that nobody asked for would pile up for as long as the connection lasts."""
        for name in self.untagged_responses.keys() - {"BYE", "READ-ONLY"}:
            del self.untagged_responses[name]

    def idle_until(self, seconds: float, wake: socket.socket) -> bool:
        """IDLE until the server speaks, `wake` is readable or time is up; False where the server refuses IDLE.

        The DONE at the end reads with a deadline, so a dead and a half-open connection are noticed (IMAPClient's
        idle_check answers an empty list for ever).
        """
        tag = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands[tag]:
                del self.tagged_commands[tag]
                return False
        if not self._buffer:
            self._ready(seconds, wake)
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)
        return True

    def _ready(self, seconds: float, *others: socket.socket) -> bool:
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        return readable(seconds, self.sock, *others)

    def _protect(self, context: ssl.SSLContext) -> None:
        plain = self.sock
        try:
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def _new_answer(self) -> None:
        self._left = self.most
        self._deadline = time.monotonic() + self._patience.answer

    def _receive(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError("too slow")
        data = self.sock.recv(65536)
        if not data:
            raise self.abort("closed by the server")
        if self.heard:
            self.heard()
        self._left -= len(data)
        if self._left < 0:
            raise TooLong(f"{self.host}:{self.port}: one answer of the server was longer than {self.most} octets.")
        self._deadline += len(data) / _SLOWEST
        self._buffer += data

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken


class Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient over our Wire. `context` None: plain text, perhaps STARTTLS later."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, patience: Patience) -> None:
        self._patience = patience
        super().__init__(
            host,
            port,
            ssl=context is not None,
            ssl_context=context,
            timeout=SocketTimeout(patience.connect, patience.read),
        )
        # IMAPClient sets 5, at which imaplib writes repr() of every mail, log or no log: three quarters of its time.
        self.wire.debug = 0

    @property
    def wire(self) -> Wire:
        wire: Wire = self._imap
        return wire

    def opened(self, folder: str | bytes, readonly: bool) -> Mapping[str, Sequence[Record | None]]:
        """What was told meanwhile, by name and as it came: IMAPClient stumbles over numbers that are none."""
        self._command_and_check("select", self._normalise_folder(folder), readonly)
        return self.wire.untagged_responses

    def _normalise_capabilites(self, raw_response: Record) -> tuple[bytes, ...]:
        """A list that came as a literal is none."""
        return tuple(raw_response.upper().split()) if isinstance(raw_response, bytes) else ()

    def _create_IMAP4(self) -> Wire:
        return Wire(self.host, self.port, self.ssl_context, self._patience)

    def _normalise_folder(self, folder_name: str | bytes) -> bytes:
        """A name that the server wrote goes back octet by octet, whatever it had to say of UTF-7."""
        return quoted(imap_utf7.encode(folder_name))


def _mended(line: bytes) -> bytes:
    """What RFC 9051 allows or servers do and imaplib does not know: several blanks, keywords in small letters, and text
    for people that ends like the announcement of a literal.
    """
    response = _RESPONSE.fullmatch(line)
    if response is None:
        return line
    number, keyword, rest = response.groups()
    if keyword.upper() in (b"OK", b"NO", b"BAD", b"BYE") and rest.rstrip().endswith(b"}"):
        rest = rest.rstrip() + b".\r\n"
    return b"* " + number + keyword.upper() + rest


def quoted(octets: bytes) -> bytes:
    """RFC 9051 section 4.3. Control characters are kept out where names come in."""
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", octets) + b'"'


def readable(seconds: float, *sockets: socket.socket) -> bool:
    poll = select.poll()
    for one in sockets:
        poll.register(one, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
