"""A relay in a process of its own that takes every mail and writes it down, then says 250: what it says it has, it has.

recording_smtp.py PORT FILE       one JSON object a line: message_id, recipient, sha256
"""

import asyncio
import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Accepted:
    message_id: str
    recipient: str
    sha256: str


class Record:
    """The file, read from outside the relay."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def read(self) -> list[Accepted]:
        return [Accepted(**json.loads(line)) for line in self.file.read_text().splitlines()]

    def forget(self) -> None:
        os.truncate(self.file, 0)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, file: int) -> None:
    recipient = ""
    writer.write(b"220 recording.example ESMTP\r\n")
    while line := await reader.readline():
        match line[:4].upper():
            case b"DATA":
                writer.write(b"354 go on\r\n")
                raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                found = _MESSAGE_ID.search(raw)
                accepted = {
                    "message_id": found[1].decode() if found else "",
                    "recipient": recipient,
                    "sha256": hashlib.sha256(raw).hexdigest(),
                }
                os.write(file, json.dumps(accepted).encode() + b"\n")
                writer.write(b"250 2.0.0 taken\r\n")
            case b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                writer.write(b"250 2.1.5 ok\r\n")
            case b"EHLO":
                writer.write(b"250-recording.example\r\n250 8BITMIME\r\n")
            case b"QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                break
            case _:
                writer.write(b"250 2.0.0 ok\r\n")
    writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, file: int) -> None:
    """A client that was killed in the middle has handed nothing over."""
    try:
        await _serve(reader, writer, file)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _run(port: int, file: int) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _answer(reader, writer, file), "127.0.0.1", port, limit=1 << 24, backlog=1000
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY | os.O_APPEND)))
