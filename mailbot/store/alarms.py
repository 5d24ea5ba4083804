"""What the admin must be told, once when it begins and once when it is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.model import UNHEARD, Concern
from mailbot.tables import alarm

# What lasts until it is called off. Everything else happened once, and is over when the admin was told.
QUARANTINE = "quarantine:"
SILENT = "silent:"
ENDS = "ends:"
_LASTING = ("down:", QUARANTINE, "unread:", "unmarked:", SILENT, ENDS, UNHEARD)


def quarantine(delivery: int) -> str:
    """The key of the alarm that a delivery is in quarantine."""
    return f"{QUARANTINE}{delivery}"


def unread(mailbox: str) -> str:
    """That its Sent folder cannot be read."""
    return f"unread:{mailbox}"


def unmarked(mailbox: str) -> str:
    """That its server refuses what `processed` asks for."""
    return f"unmarked:{mailbox}"


@dataclass(frozen=True, slots=True)
class Raised:
    id: int
    key: str
    sentence: str
    raised_at: datetime
    told_at: datetime | None
    over_at: datetime | None


def raise_alarm(conn: Connection, key: str, sentence: str, now: datetime) -> bool:
    """Once for each key until it is over, however often it is raised; True the first time."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = make(alarm).values(key=key, sentence=sentence, raised_at=now)
    once = row.on_conflict_do_nothing(index_elements=["key"], index_where=alarm.c.over_at.is_(None))
    return conn.execute(once.returning(alarm.c.id)).first() is not None


def last_raised(conn: Connection, key: str) -> datetime | None:
    found: datetime | None = conn.execute(select(func.max(alarm.c.raised_at)).where(alarm.c.key == key)).scalar_one()
    return found


def raise_daily(conn: Connection, concerns: Iterable[Concern], now: datetime) -> None:
    """Each unless one of its kind was raised within the last day, told or not."""
    found = {concern.key: concern for concern in concerns}
    if not found:
        return
    asked = select(alarm.c.key).where(alarm.c.key.in_(found), alarm.c.raised_at > now - timedelta(days=1))
    lately = set(conn.scalars(asked))
    # In one order everywhere, so that two daemons do not wait for each other.
    for key in sorted(found.keys() - lately):
        raise_alarm(conn, key, found[key].sentence, now)


def call_off(conn: Connection, key: str, now: datetime) -> None:
    conn.execute(update(alarm).where(alarm.c.key == key, alarm.c.over_at.is_(None)).values(over_at=now))


def untold(conn: Connection) -> tuple[Raised, ...]:
    """Those whose beginning or end the admin has not been told; one that ended before it was told needs no word.

    Locked until the caller's transaction ends: two daemons never tell of the same one.
    """
    a = alarm.c
    begun = a.told_at.is_(None) & a.over_at.is_(None)
    ended = a.told_at.is_not(None) & a.over_at.is_not(None) & a.over_told_at.is_(None)
    columns = (a.id, a.key, a.sentence, a.raised_at, a.told_at, a.over_at)
    asked = select(*columns).where(begun | ended).order_by(a.id).with_for_update()
    return tuple(Raised(*row) for row in conn.execute(asked))


def tell(conn: Connection, raised: Sequence[Raised], now: datetime) -> None:
    begun = [entry.id for entry in raised if not entry.over_at]
    ended = [entry.id for entry in raised if entry.over_at or not entry.key.startswith(_LASTING)]
    conn.execute(update(alarm).where(alarm.c.id.in_(begun)).values(told_at=now))
    conn.execute(update(alarm).where(alarm.c.id.in_(ended), alarm.c.over_at.is_(None)).values(over_at=now))
    conn.execute(update(alarm).where(alarm.c.id.in_(ended)).values(over_told_at=now))


def standing(conn: Connection) -> tuple[Raised, ...]:
    """All that is not over."""
    a = alarm.c
    columns = (a.id, a.key, a.sentence, a.raised_at, a.told_at, a.over_at)
    return tuple(Raised(*row) for row in conn.execute(select(*columns).where(a.over_at.is_(None)).order_by(a.id)))
