"""The demo's post office: its IMAP boxes, the robot's SMTP relay, and an SMTP door for letters from the terminal."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from mailbot.demo.border import AUTHSERV_ID, Border, Envelope
from mailbot.demo.boxes import Boxes

# The box that keeps what the robot writes to people, so that a mail program can show it.
PEOPLE = "people"

_Deliver = Callable[[Envelope], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ports:
    """All on 127.0.0.1, unencrypted. `relay` is the robot's way out, `door` everybody's way in."""

    imap: int
    relay: int
    door: int


class PostOffice:
    """One thread with an event loop of its own, from `with` to its end.

    `sent` is what the robot gave to the relay, `received` how many letters lie in the robot's mailboxes.
    """

    def __init__(self, border: Border, passwords: Mapping[str, str]) -> None:
        self._border = border
        self._passwords = passwords
        self._opened = Future[Ports]()
        # Only ever appended to, by the office's own thread.
        self.sent: list[Envelope] = []
        self.received = 0
        self._thread = threading.Thread(target=self._serve, name="post-office")

    def __enter__(self) -> "PostOffice":
        self._thread.start()
        self.ports = self._opened.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def post(self, envelope: Envelope) -> None:
        """A letter from outside, into the boxes of those recipients that have one here."""
        asyncio.run_coroutine_threadsafe(self._deliver(envelope), self._loop).result()

    def _serve(self) -> None:
        try:
            asyncio.run(self._keep_open())
        finally:
            self._opened.cancel()

    async def _keep_open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._boxes = await Boxes.open(self._passwords)
        relay = await self._listen(_Relay(self._relay))
        door = await self._listen(_Door(self._deliver, self._border))
        self._opened.set_result(Ports(self._boxes.port, _port(relay), _port(door)))
        await self._closing.wait()
        for server in (relay, door, self._boxes):
            server.close()

    async def _listen(self, callbacks: "_Relay | _Door") -> asyncio.Server:
        def connection() -> SMTP:
            return SMTP(callbacks, hostname=AUTHSERV_ID, ident="demo", enable_SMTPUTF8=True, loop=self._loop)

        return await self._loop.create_server(connection, "127.0.0.1", 0)

    async def _relay(self, envelope: Envelope) -> None:
        await self._deliver(envelope)
        self.sent.append(envelope)

    async def _deliver(self, envelope: Envelope) -> None:
        now = datetime.now(UTC)
        for recipient in envelope.recipients:
            mailbox = self._border.mailbox(recipient)
            await self._boxes.put(mailbox or PEOPLE, self._border.stamped(envelope, recipient, now), now)
            self.received += 1 if mailbox else 0


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


class _Relay:
    """aiosmtpd's callbacks for the robot: it may write to everybody."""

    def __init__(self, deliver: _Deliver) -> None:
        self._deliver = deliver

    async def handle_DATA(self, server: SMTP, session: Session, transaction: Transaction) -> str:
        content = transaction.original_content or b""
        await self._deliver(Envelope(transaction.mail_from or "", tuple(transaction.rcpt_tos), content))
        return "250 2.0.0 Delivered"

    async def handle_exception(self, error: Exception) -> str:
        """What pymap cannot read it cannot keep: the sender is told, the next mail is taken."""
        return f"554 5.6.0 The demo's IMAP server cannot hold this mail: {type(error).__name__}"


class _Door(_Relay):
    """The same for people: they may write to the robot's mailboxes."""

    def __init__(self, deliver: _Deliver, border: Border) -> None:
        super().__init__(deliver)
        self._border = border

    async def handle_RCPT(
        self, server: SMTP, session: Session, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        if self._border.mailbox(address) is None:
            return f"550 5.1.1 Write to {', '.join(own for _, own in self._border.mailboxes)}"
        transaction.rcpt_tos.append(address)
        transaction.rcpt_options.extend(options)
        return "250 2.1.5 Ok"
