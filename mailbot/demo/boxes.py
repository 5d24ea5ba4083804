"""The demo's IMAP server (pymap, in memory): a box with a password for each user."""

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend, Identity
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

_NOBODY = "nobody"


class Boxes:
    """Lives on the event loop that opened it, and must be used there."""

    def __init__(self, backend: DictBackend, server: asyncio.Server) -> None:
        self._backend = backend
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    @classmethod
    async def open(cls, passwords: Mapping[str, str]) -> "Boxes":
        backend, config = await DictBackend.init(
            _arguments(),
            reject_dnsbl=False,
            # Made for this run and for loopback: a slow hash would only delay every connection.
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        config.apply_context()
        login = backend.login
        login.users_dict = {user: UserMetadata(config, user, password=word) for user, word in passwords.items()}
        imap = IMAPServer(login, config)

        # pymap's own way starts a task that nobody holds, and Python 3.13 collects it in the middle of its dialogue.
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await imap(reader, writer, SocketInfo.get(writer, None))

        return cls(backend, await asyncio.start_server(serve, host="127.0.0.1", port=0))

    async def put(self, user: str, content: bytes, received_at: datetime) -> None:
        """The mail goes into the user's INBOX. RecursionError where it nests too deep for pymap (some 400 levels)."""
        async with Identity(user, self._backend.login, None, frozenset()).new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(content, received_at)])

    def close(self) -> None:
        self._server.close()


def _arguments() -> Namespace:
    """pymap is configured by its command line: this is the one that listens nowhere by itself."""
    return Namespace(
        host="127.0.0.1",
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        passlib_cfg=None,
        proxy_protocol=None,
        demo_data=False,
        demo_user=_NOBODY,
        demo_password=None,
    )
