"""One connection to one mailbox: which UIDs are there, their octets, marks. Used by one thread only."""

import contextlib
import imaplib
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Self

from mailbot.imap import gmail
from mailbot.imap.answers import (
    LAST_UID,
    Fetched,
    Folder,
    Listed,
    Record,
    fetched,
    found_uids,
    listed,
    number,
    opened_folder,
    search_date,
    uid_sets,
)
from mailbot.imap.errors import (
    Busy,
    CommandRefused,
    FolderRefused,
    ImapError,
    LoginRefused,
    OversizeClaim,
    TooLong,
    explained,
)
from mailbot.imap.facts import Facts, Probe, facts
from mailbot.imap.folders import Folders
from mailbot.imap.listing import named, own_name
from mailbot.imap.marks import Marks
from mailbot.imap.opening import log_in, one_line, opened, password_or_token
from mailbot.imap.wire import Client, Patience, readable
from mailbot.model import Imap

# One answer: a batch of mails, or the UIDs of two million.
_ANSWER = 40 << 20
_HEADER = 256 << 10
# RFC 2177 asks for less than 29 minutes, but many firewalls forget a silent connection after 10.
_IDLE_LONGEST = 540.0
# Shorter waits ask with NOOP: servers hold news for IDLE back for half a second, to tell several at once.
_IDLE_SHORTEST = 5.0
_LOGOUT_WITHIN = 2.0


def connect(settings: Imap, limit: int = 25 << 20, patience: Patience | None = None) -> "Connection":
    """Logged in, nothing selected. `limit`: the largest mail in octets; twice that is the most one answer may bring.

    Raises TlsRefused, LoginRefused, SignInNeeded, Busy or ConnectionLost.
    """
    server = f"{settings.host}:{settings.port}"
    secret = password_or_token(settings, server)
    client = opened(settings, server, patience or Patience())
    return Connection(client, settings, secret, max(2 * limit, _ANSWER))


class Connection:
    """Every method may raise ConnectionLost or Busy, and those that fetch mails OversizeClaim; then it is closed, and a
    new one is needed.

    Commands hold UIDs and the operator's folder names, never anything that came in a mail.
    """

    def __init__(self, client: Client, settings: Imap, secret: str, most: int) -> None:
        self._client = client
        self._server = f"{settings.host}:{settings.port}"
        self._folder_name = settings.folder
        self._folders = Folders(client, self._server)
        self._folder: Folder | None = None
        self._exists = 0
        with self._doing("logging in", LoginRefused):
            log_in(client, settings, secret, self._server)
            client.wire.most = most
            self.capabilities = frozenset(name.decode("ascii", "replace") for name in client.capabilities())
        self._idles = "IDLE" in self.capabilities
        self._marks = Marks(client, self._server, self._folders, self.capabilities)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Says LOGOUT where the server still listens. Never raises."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError, ImapError):
            self._client.socket().settimeout(_LOGOUT_WITHIN)
            self._client.logout()
        self._client.wire.shutdown()

    def on_octets(self, heard: Callable[[], None]) -> None:
        """Calls back whenever the server sends something: a large mail over a slow line takes its time."""
        self._client.wire.heard = heard

    def select(self, *, readonly: bool, folder: str = "") -> Folder:
        """`readonly`: by EXAMINE, so that nothing we do can change a flag. A folder we may only read is opened so too.

        `folder` in place of the one that the settings read. Raises FolderRefused.
        """
        name = self._named(folder or self._folder_name, FolderRefused)
        self._folder = None
        with self._doing(f"opening folder {name!r}", FolderRefused):
            opened = self._folders.on(name, partial(self._opened, name, readonly), FolderRefused)
            self._exists = opened.exists
            self._folder = replace(opened, attributes=gmail.attributes(name, opened, self.capabilities, self._folders))
        return self._folder

    def all_uids(self) -> tuple[int, ...]:
        return self._listed_uids("ALL")

    def uids_after(self, uid: int) -> tuple[int, ...]:
        """Ascending. `n:*` names the last mail even where it is before n (RFC 9051 section 9): left out here."""
        if uid >= LAST_UID:
            return ()
        return tuple(found for found in self._listed_uids(f"UID {uid + 1}:*") if found > uid)

    def uids_between(self, first: int, last: int) -> tuple[int, ...]:
        return self._listed_uids(f"UID {first}:{last}") if first <= last else ()

    def uids_since(self, day: date) -> tuple[int, ...]:
        """By INTERNALDATE in the server's time zone: ask for a day earlier and compare the times of `sizes`."""
        return self._listed_uids(f"SINCE {search_date(day)}")

    def missing(self, uids: Iterable[int]) -> frozenset[int]:
        """Those that the server no longer has. That a FETCH left a mail out is no proof (RFC 2180 section 4.1)."""
        asked = frozenset(uids)
        with self._doing("looking for vanished mail"):
            self._client.wire.noop()
        there = {uid for uid_set in uid_sets(asked) for uid in self._search(f"UID {uid_set}")}
        return asked - there

    def sizes(self, uids: Iterable[int]) -> tuple[Listed, ...]:
        """Ascending; what the server leaves out or refuses is left out."""
        asked = frozenset(uids)
        items = f"(UID RFC822.SIZE INTERNALDATE{gmail.marks(self._folder, self.capabilities)})"
        with self._doing("listing mail"):
            answers = {mail.uid: mail for mail in listed(self._fetched(asked, items))}
        return tuple(answers[uid] for uid in sorted(asked & answers.keys()))

    def fetch(self, uids: Iterable[int]) -> tuple[Fetched, ...]:
        """Whole mails, ascending, each once, flags untouched; what the server leaves out or refuses is left out."""
        return self._mails(uids, "BODY.PEEK[]", b"BODY[]")

    def fetch_headers(self, uids: Iterable[int]) -> tuple[Fetched, ...]:
        """The header block of each, 256 KiB at most: for mails too large to be fetched."""
        return self._mails(uids, f"BODY.PEEK[HEADER]<0.{_HEADER}>", b"BODY[HEADER]<0>")

    def mark_seen(self, uids: Iterable[int]) -> None:
        """Raises CommandRefused."""
        with self._doing("marking mail as seen"):
            self._marks.see(self._folder, uids)

    def move(self, uids: Iterable[int], folder: str) -> None:
        """Raises CommandRefused, also where the server can neither move nor delete by UID."""
        self._named(folder, CommandRefused)
        with self._doing(f"moving mail to folder {folder!r}"):
            self._marks.move(self._folder, uids, folder)

    @property
    def keeps_what_is_moved(self) -> bool:
        """A mail of Gmail's All Mail gets a label where it would be moved, and stays."""
        return gmail.is_all_mail(self._folder, self.capabilities)

    def delete(self, uids: Iterable[int]) -> None:
        """Raises CommandRefused, also where the server cannot delete by UID."""
        with self._doing("deleting mail"):
            self._marks.delete(self._folder, uids)

    def wait(self, seconds: float, wake: socket.socket) -> bool:
        """Until there is news, `wake` is readable (left unread) or time is up, at most nine minutes.

        True: the server spoke of a change. False is no proof: look all the same, some servers never tell.
        """
        with self._doing("waiting for mail"):
            if self._news():
                return True
            self._client.wire.forget_remarks()
            seconds = min(seconds, _IDLE_LONGEST)
            if seconds >= _IDLE_SHORTEST and self._idles:
                self._idles = self._client.wire.idle_until(seconds, wake)
            else:
                readable(seconds, wake)
                self._client.wire.noop()
            self._same_folder()
            return self._news()

    def probe(self) -> Probe:
        folder = self.select(readonly=True)
        with self._doing("asking for the folder delimiter"):
            root = next(named(self._client.wire.listed('""', '""')), None)
        return Probe(folder, self.capabilities, root.delimiter if root else "")

    def facts(self) -> Facts:
        """Of the server, and of the quota of the settings' folder."""
        with self._doing("asking for version and quota"):
            ask = partial(facts, self._client, self.capabilities)
            return self._folders.on(self._folder_name, ask, FolderRefused)

    def find(self, folder: str) -> str:
        """The server's own name of a folder that is not opened. Raises FolderRefused with the nearest names."""
        self._named(folder, FolderRefused)
        with self._doing(f"looking for folder {folder!r}", FolderRefused):
            return self._folders.find(folder).name

    @contextlib.contextmanager
    def _doing(self, act: str, refused: type[ImapError] = CommandRefused) -> Iterator[None]:
        """Errors become ours; all but a refusal leave the dialogue at an unknown place, so it ends."""
        try:
            yield
        except (imaplib.IMAP4.error, OSError, ValueError, ImapError) as error:
            ours = explained(error, self._server, act, refused)
            if not isinstance(ours, CommandRefused | FolderRefused):
                self._client.wire.shutdown()
            raise ours from None

    def _named(self, folder: str, refused: type[ImapError]) -> str:
        return one_line(folder, refused(f"{self._server}: folder name {folder!r} holds a control character."))

    def _opened(self, name: str, readonly: bool, wire: str | bytes) -> Folder:
        try:
            told = self._client.opened(wire, readonly)
        except imaplib.IMAP4.readonly:
            readonly = True
            told = self._client.opened(wire, readonly)
        found = opened_folder(own_name(name, wire), readonly, told)
        self._client.wire.untagged_responses.pop("UIDVALIDITY", None)
        if found is None:
            raise FolderRefused(f"{self._server}: folder {name!r} has no lasting UIDs to tell its mails apart by.")
        return found if found.foretells else replace(found, uidnext=max(self._search("UID *"), default=0) + 1)

    def _listed_uids(self, criteria: str) -> tuple[int, ...]:
        """What is told from here on is news: the answer may not hold it yet."""
        self._news()
        return self._search(criteria)

    def _search(self, criteria: str) -> tuple[int, ...]:
        with self._doing("searching mail", Busy):
            typ, lines = self._client.wire.uid("SEARCH", criteria)
            self._same_folder()
            if typ != "OK":
                raise imaplib.IMAP4.error(str(lines))
            return tuple(found_uids(lines))

    def _mails(self, uids: Iterable[int], item: str, section: bytes) -> tuple[Fetched, ...]:
        asked = frozenset(uids)
        with self._doing("fetching mail"):
            try:
                records = self._fetched(asked, f"(UID INTERNALDATE {item})")
            except TooLong as claim:
                raise OversizeClaim(str(claim)) from None
            answers = {mail.uid: mail for mail in fetched(records, section)}
        return tuple(answers[uid] for uid in sorted(asked & answers.keys()))

    def _fetched(self, uids: Iterable[int], items: str) -> list[Record | None]:
        """imaplib's own records: IMAPClient files an answer without UID under its sequence number, as one."""
        records: list[Record | None] = []
        for uid_set in uid_sets(uids):
            records += self._client.wire.fetched(uid_set, items)
            self._same_folder()
        return records

    def _same_folder(self) -> None:
        """RFC 9051 section 7.1: UIDVALIDITY told outside of SELECT means that the folder was replaced meanwhile."""
        told = self._client.wire.untagged_responses.pop("UIDVALIDITY", None)
        if told and self._folder and number(told[-1]) != self._folder.uidvalidity:
            raise imaplib.IMAP4.abort("UIDVALIDITY changed")

    def _news(self) -> bool:
        """Whether the count of mails changed since we last looked. Servers may tell it in any answer, and only once."""
        responses = self._client.wire.untagged_responses
        expected = self._exists - len(responses.pop("EXPUNGE", []))
        told = number(responses.pop("EXISTS", [None])[-1])
        self._exists = max(expected, 0) if told is None else told
        return self._exists != max(expected, 0)
