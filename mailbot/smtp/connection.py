"""One connection to the relay, over aiosmtplib."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import aiosmtplib

from mailbot.smtp.answer import Reply, one_line
from mailbot.smtp.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, after RFC 5321 section 4.5.3.2.

    connect: TCP, TLS and greeting together. command: 4.5.3.2.2 and 3. data: 4.5.3.2.4. text: 4.5.3.2.6, from the first
    octet of the text to the answer. idle: a connection kept longer is not trusted (a firewall may have forgotten it).
    stop: for letters already handed over when we are told to stop.
    """

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    text: float = 600.0
    idle: float = 60.0
    stop: float = 10.0


class Lost(Exception):
    """The connection broke, stalled or spoke no SMTP. It is closed."""


class Connection:
    """Ready for transactions. Every method raises Lost, and a Connection that raised is closed for good."""

    def __init__(self, client: aiosmtplib.SMTP, greeting: str, timeouts: Timeouts) -> None:
        self.greeting = greeting
        self.used = False
        self._client = client
        self._extensions = frozenset(client.esmtp_extensions)
        self._size = client.esmtp_extensions.get("size", "")
        self._timeouts = timeouts
        self._transaction = False
        self._last_used = 0.0

    @property
    def open(self) -> bool:
        return self._client.is_connected

    @property
    def extensions(self) -> frozenset[str]:
        """EHLO keywords in lower case."""
        return self._extensions

    @property
    def tls(self) -> str:
        """The protocol version, "" where there is none."""
        if not self.open or (wrapped := self._client.get_transport_info("ssl_object")) is None:
            return ""
        return str(wrapped.version())

    @property
    def certificate_until(self) -> datetime | None:
        """When the relay's certificate ends; None where there is no TLS."""
        shown = self._client.get_transport_info("peercert") if self.open else None
        until = shown.get("notAfter") if isinstance(shown, dict) else None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None

    @property
    def size(self) -> int | None:
        """RFC 1870 section 3: the largest mail in octets; 0 says that there is no fixed limit."""
        return int(self._size) or None if self._size.isdecimal() and len(self._size) < 20 else None

    def rest(self, now: float) -> None:
        self._last_used = now

    def fresh(self, now: float) -> bool:
        return self.open and now - self._last_used <= self._timeouts.idle

    async def mail(self, envelope: Envelope) -> Reply:
        if envelope.wide and "smtputf8" not in self._extensions:
            # RFC 6531 section 3.5; never a downgraded address.
            return Reply(553, "5.6.7 not sent: it needs SMTPUTF8, which the relay does not offer")
        if self._transaction and not (await self._command(b"RSET")).accepted:
            raise self._lost("the relay refused RSET")
        self._transaction = self.used = True
        options = (b"SMTPUTF8", b"BODY=8BITMIME") if envelope.wide else ()
        return await self._command(b"MAIL", b"FROM:" + envelope.sender, *options)

    async def rcpt(self, envelope: Envelope) -> Reply:
        # RFC 3834 section 3.3: no report may answer what has nowhere to be reported to.
        quiet = envelope.sender == b"<>" and "dsn" in self._extensions
        return await self._command(b"RCPT", b"TO:" + envelope.recipient, *((b"NOTIFY=NEVER",) if quiet else ()))

    async def data(self) -> Reply:
        """354, or a refusal."""
        return await self._command(b"DATA", timeout=self._timeouts.data, positive=3)

    def hand_over(self, text: bytes) -> None:
        """After this returns, the relay may have the letter. Raises Lost only where not an octet was written.

        Client.data() does not tell a connection lost before the text from one lost after it; the difference is the
        whole of RFC 1047. Hence the library's protocol, one step lower.
        """
        if (protocol := self._client.protocol) is None:
            raise self._lost("the relay closed the connection")
        try:
            protocol.write(text)
        except aiosmtplib.SMTPServerDisconnected as error:
            raise self._lost("the relay closed the connection") from error
        self._transaction = False

    async def final_reply(self) -> Reply:
        """The relay's answer to the final dot."""
        if (protocol := self._client.protocol) is None:
            raise self._lost("the connection was lost before the relay answered")
        try:
            response = await protocol.read_response(timeout=self._timeouts.text)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._lost(what(error)) from error
        return self._checked(response, 2)

    async def quit(self, timeout: float) -> None:
        transport = self._client.transport
        try:
            await self._client.quit(timeout=timeout)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()
            _abort(transport)

    def close(self) -> None:
        cut(self._client)

    async def _command(self, *words: bytes, timeout: float | None = None, positive: int = 2) -> Reply:
        try:
            response = await self._client.execute_command(*words, timeout=timeout or self._timeouts.command)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._lost(what(error)) from error
        return self._checked(response, positive)

    def _checked(self, response: aiosmtplib.SMTPResponse, positive: int) -> Reply:
        """That DATA must be answered by 3yz also finds a relay whose replies are out of step with our commands."""
        if response.code // 100 not in (positive, 4, 5):
            raise self._lost(f"the relay answered out of turn: {response.code} {response.message}")
        reply = Reply(response.code, response.message)
        if reply.closing:
            self.close()
        return reply

    def _lost(self, sentence: str) -> Lost:
        self.close()
        return Lost(one_line(sentence))


def cut(client: aiosmtplib.SMTP) -> None:
    """Closes at once: nothing that still waits in a buffer may go out after we gave the letter up."""
    transport = client.transport
    client.close()
    _abort(transport)


def _abort(transport: asyncio.BaseTransport | None) -> None:
    # close() would wait for the buffer to empty and for the other side's end of TLS.
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def what(error: aiosmtplib.SMTPException | OSError) -> str:
    """A broken wire in words of ours; a relay that spoke, in its own."""
    match error:
        case aiosmtplib.SMTPResponseException(code=-1):
            return f"the relay spoke no SMTP: {error.message}"
        case aiosmtplib.SMTPResponseException():
            return f"{error.code} {error.message}"
        case TimeoutError():
            return "the relay did not answer in time"
        case aiosmtplib.SMTPServerDisconnected() | ConnectionResetError():
            return "the relay closed the connection"
        case OSError(errno=int(number)) if number > 0:
            # asyncio puts words of its own, and the address, in the place of the system's.
            return f"{os.strerror(number)}: check host, port and network"
        case OSError(strerror=str(reason)):
            return f"{reason}: check the host's name"
    return str(error)
