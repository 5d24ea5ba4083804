"""The folders of one account: which of them a written name means."""

import imaplib
from collections.abc import Callable
from typing import TypeVar

from imapclient import imap_utf7

from mailbot.imap.errors import FolderRefused, ImapError, is_busy
from mailbot.imap.listing import SPECIAL, Named, meant, named, nearest
from mailbot.imap.wire import Client

T = TypeVar("T")


class Folders:
    """One connection's. What a name means is asked once; a server answers faster than a person renames a folder."""

    def __init__(self, client: Client, server: str) -> None:
        self._client = client
        self._server = server
        self._wires: dict[str, str | bytes] = {}
        self._attributes: dict[str, frozenset[str]] = {}

    def on(self, written: str, act: Callable[[str | bytes], T], refused: type[ImapError]) -> T:
        """Does it to the folder of that name; only where that is refused, or is no name, the folders are listed.

        So a folder that no list tells of serves as well: other people's, at some servers. Raises `refused`.
        """
        if written in self._wires or written.title() in SPECIAL:
            return act(self._wire(written, refused))
        try:
            return act(written)
        except imaplib.IMAP4.error as error:
            if isinstance(error, imaplib.IMAP4.abort) or is_busy(str(error)):
                raise
            other = self._found(written, refused)
            if other.wire == imap_utf7.encode(written):
                raise
            self._wires[written] = other.wire
        return act(self._wires[written])

    def attributes(self, name: str) -> frozenset[str]:
        """Those of LIST, in lower case; none of a folder that no list tells of."""
        if name not in self._attributes:
            found = meant(name, self._listed(special=True))
            self._attributes[name] = found.attributes if found else frozenset()
        return self._attributes[name]

    def find(self, written: str, refused: type[ImapError] = FolderRefused) -> Named:
        """Raises `refused` with the nearest names."""
        return self._found(written, refused)

    def _wire(self, written: str, refused: type[ImapError]) -> str | bytes:
        if written not in self._wires:
            self._wires[written] = self._found(written, refused).wire
        return self._wires[written]

    def _found(self, written: str, refused: type[ImapError]) -> Named:
        listed = self._listed(special=written.title() in SPECIAL)
        found = meant(written, listed)
        if found is None:
            raise refused(f"{self._server}: {_missing(written)}; {_told(nearest(written, listed))}.")
        if not found.holds_mail:
            below = [one for one in listed if one.path[: len(found.path)] == found.path and one != found]
            raise refused(f"{self._server}: {found.name!r} only holds folders; {_told(nearest(written, below))}.")
        return found

    def _listed(self, *, special: bool) -> list[Named]:
        """RFC 6154 section 2: a plain LIST need not tell what is special, and one that does asks for nothing else."""
        listed = list(named(self._client.wire.listed('""', '"*"')))
        if special and "SPECIAL-USE" in self._client.wire.capabilities:
            listed = [*named(self._client.wire.listed("(SPECIAL-USE)", '""', '"*"')), *listed]
        return listed


def _missing(written: str) -> str:
    if written.title() in SPECIAL:
        return f"no folder is marked as {written.title()}, so write its name"
    return f"there is no folder {written!r}"


def _told(names: tuple[str, ...]) -> str:
    return f"the nearest are {', '.join(map(repr, names))}" if names else "the server lists none"
