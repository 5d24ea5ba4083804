"""What cannot be reached just now, and since when: a mailbox, or the relay."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.tables import outage

RELAY = "relay"


def of(mailbox: str) -> str:
    return f"mailbox:{mailbox}"


@dataclass(frozen=True, slots=True)
class Outage:
    name: str
    since: datetime
    reason: str

    @property
    def what(self) -> str:
        """In words: mailbox support, relay."""
        return self.name.replace(":", " ", 1)


def begin(conn: Connection, name: str, reason: str, now: datetime) -> None:
    """Once until it is over; the reason is always the latest."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = make(outage).values(name=name, since=now, reason=reason)
    conn.execute(row.on_conflict_do_nothing(index_elements=["name"]))
    conn.execute(update(outage).where(outage.c.name == name).values(reason=reason))


def end(conn: Connection, name: str) -> bool:
    return bool(conn.execute(delete(outage).where(outage.c.name == name)).rowcount)


def current(conn: Connection, *, lock: bool = False) -> tuple[Outage, ...]:
    """With `lock` none of them ends before the caller's transaction does."""
    asked = select(outage).order_by(outage.c.name)
    return tuple(Outage(*row) for row in conn.execute(asked.with_for_update() if lock else asked))
