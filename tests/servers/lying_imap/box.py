"""Mail in memory, as an IMAP folder holds it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Letter:
    uid: int
    raw: bytes
    internaldate: datetime
    flags: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)

    @property
    def written_date(self) -> str:
        when = self.internaldate
        return f"{when.day:2d}-{_MONTHS[when.month - 1]}-{when.year} {when:%H:%M:%S %z}"


@dataclass(slots=True)
class Box:
    """One folder. Letters stand in the order of their UIDs; UIDs are never given twice.

    `attributes` are those of LIST, `lasting` the PERMANENTFLAGS that it tells.
    """

    uidvalidity: int = 4126609463
    uidnext: int = 1
    readonly: bool = False
    attributes: tuple[str, ...] = ()
    lasting: tuple[str, ...] | None = None
    letters: list[Letter] = field(default_factory=list)

    def add(self, raw: bytes, internaldate: datetime | None = None, uid: int | None = None) -> int:
        """`uid` leaves a gap before it."""
        letter = Letter(uid or self.uidnext, raw, internaldate or datetime.now(UTC))
        self.letters.append(letter)
        self.uidnext = letter.uid + 1
        return letter.uid

    def insert(self, raw: bytes, uid: int) -> None:
        """Where it would stand had it come in its turn."""
        self.letters.append(Letter(uid, raw, datetime.now(UTC)))
        self.letters.sort(key=lambda letter: letter.uid)

    def remove(self, uids: set[int]) -> list[int]:
        """The sequence numbers as EXPUNGE tells them: each counts after the removals before it."""
        gone = [number for number, letter in enumerate(self.letters, 1) if letter.uid in uids]
        self.letters = [letter for letter in self.letters if letter.uid not in uids]
        return [number - before for before, number in enumerate(gone)]

    def chosen(self, uid_set: str) -> list[Letter]:
        """The letters that a sequence set of UIDs names; * is the last one, in either place of a range."""
        last = self.letters[-1].uid if self.letters else 0
        ranges = []
        for part in uid_set.split(","):
            ends = [last if end == "*" else int(end) for end in part.split(":")]
            ranges.append((min(ends), max(ends)))
        return [letter for letter in self.letters if any(first <= letter.uid <= end for first, end in ranges)]

    def found(self, criteria: str) -> list[Letter]:
        """SEARCH by ALL, UID set or SINCE date."""
        if match := re.fullmatch(r"UID (\S+)", criteria):
            return self.chosen(match[1])
        if match := re.fullmatch(r"SINCE (\d+)-(\w+)-(\d+)", criteria):
            since = (int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
            return [letter for letter in self.letters if letter.internaldate.timetuple()[:3] >= since]
        assert criteria == "ALL", criteria
        return list(self.letters)
