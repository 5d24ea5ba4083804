"""The connections that are kept between letters, and the opening of new ones."""

import asyncio
import ssl

from mailbot.model import Smtp
from mailbot.smtp.connection import Connection, Timeouts
from mailbot.smtp.opening import connect, tls_context

_FAREWELL = 2.0


class Pool:
    def __init__(self, settings: Smtp, hello: str, timeouts: Timeouts) -> None:
        self._settings = settings
        self._hello = hello
        self._timeouts = timeouts
        self._context: ssl.SSLContext | None = None
        self._kept: list[Connection] = []
        self._turn = asyncio.Lock()

    @property
    def turn(self) -> asyncio.Lock:
        """Held while connecting: a wrong password is tried once, not once for each connection."""
        return self._turn

    def kept(self) -> Connection | None:
        """The last one used that is still good."""
        now = asyncio.get_running_loop().time()
        while self._kept:
            connection = self._kept.pop()
            if connection.fresh(now):
                return connection
            connection.close()
        return None

    async def opened(self) -> Connection:
        """A new one. Raises Unreachable or Blocked."""
        self._context = self._context or tls_context(self._settings)
        return await connect(self._settings, self._hello, self._context, self._timeouts)

    def keep(self, connection: Connection) -> None:
        if connection.open:
            connection.rest(asyncio.get_running_loop().time())
            self._kept.append(connection)

    async def close(self) -> None:
        kept, self._kept = self._kept, []
        await asyncio.gather(*(connection.quit(_FAREWELL) for connection in kept))
