"""A mailbox on a server that outlives the robot: the surface of mailbot.imap.Connection over letters in memory.

What is marked or moved is written to a file, as a server would keep it.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.imap import Fetched, Folder, Listed

UIDVALIDITY = 77


@dataclass(frozen=True, slots=True)
class Mark:
    """One mutating command that reached the server for one mail."""

    mailbox: str
    act: str
    uid: int


class Marks:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.forget()

    def forget(self) -> None:
        self.file.write_text("")

    def add(self, mailbox: str, act: str, uids: Iterable[int]) -> None:
        lines = [json.dumps([mailbox, act, uid]) for uid in uids]
        with self.file.open("a") as file:
            file.write("\n".join([*lines, ""]))
            os.fsync(file.fileno())

    def read(self) -> list[Mark]:
        return [Mark(*json.loads(line)) for line in self.file.read_text().splitlines()]


class Inbox:
    """`letters` by UID, all received at one moment; in the Sent folder `answers`, all written half a minute later."""

    keeps_what_is_moved = False

    def __init__(
        self, mailbox: str, letters: Mapping[int, bytes], answers: Mapping[int, bytes], came: datetime, marks: Marks
    ) -> None:
        self._mailbox = mailbox
        self._folders = {"INBOX": (letters, came), "Sent": (answers, came + timedelta(seconds=30))}
        self._marks = marks
        self.select(readonly=True)

    def select(self, *, readonly: bool, folder: str = "INBOX") -> Folder:
        self._letters, self._at = self._folders[folder]
        self._moves = folder == "INBOX"
        return Folder(folder, UIDVALIDITY, max(self._letters, default=0) + 1, len(self.all_uids()), readonly)

    def all_uids(self) -> tuple[int, ...]:
        moved = {mark.uid for mark in self._marks.read() if (mark.mailbox, mark.act) == (self._mailbox, "move")}
        return tuple(sorted(self._letters.keys() - (moved if self._moves else set())))

    def uids_between(self, first: int, last: int) -> tuple[int, ...]:
        return tuple(found for found in self.all_uids() if first <= found <= last)

    def uids_after(self, uid: int) -> tuple[int, ...]:
        return tuple(found for found in self.all_uids() if found > uid)

    def missing(self, uids: Iterable[int]) -> frozenset[int]:
        return frozenset(uids) - set(self.all_uids())

    def sizes(self, uids: Iterable[int]) -> tuple[Listed, ...]:
        return tuple(Listed(uid, len(self._letters[uid]), self._at) for uid in uids)

    def fetch(self, uids: Iterable[int]) -> tuple[Fetched, ...]:
        return tuple(Fetched(uid, self._at, self._letters[uid]) for uid in uids)

    def fetch_headers(self, uids: Iterable[int]) -> tuple[Fetched, ...]:
        return tuple(Fetched(uid, self._at, self._letters[uid].partition(b"\r\n\r\n")[0]) for uid in uids)

    def mark_seen(self, uids: Iterable[int]) -> None:
        self._marks.add(self._mailbox, "seen", uids)

    def move(self, uids: Iterable[int], folder: str) -> None:
        self._marks.add(self._mailbox, "move", uids)
