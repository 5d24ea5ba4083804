"""The line in which a mailbox's deliveries wait: its own and its Sent folder's, in the order in which they came."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from heapq import merge

from sqlalchemy import Connection, Row, bindparam, exists, func, or_, select

from mailbot.model import SENT, Arrival
from mailbot.store import leases
from mailbot.tables import box, delivery, lease, raw

Waiting = Row[*tuple[object, ...]]

# Nobody reads a letter and answers it in less; and a copy of his answer may reach the inbox before the Sent folder.
_READING = timedelta(seconds=5)
# An answer waits no longer for a look into the inbox that does not come to its end.
_PATIENCE = timedelta(minutes=10)

# Made once: the line is looked at for every few mails, and building a statement takes as long as running it.
_WAITS = (
    delivery.c.outcome.is_(None),
    delivery.c.id.not_in(bindparam("in_flight", expanding=True)),
    delivery.c.next_attempt_at.is_(None) | (delivery.c.next_attempt_at <= bindparam("now")),
)
_NEXT = (
    select(delivery, raw.c.sha256)
    .outerjoin(raw, raw.c.delivery == delivery.c.id)
    .where(delivery.c.mailbox == bindparam("place"), *_WAITS)
    .order_by(delivery.c.id)
    .limit(bindparam("limit"))
)
_KEY = func.substr(lease.c.name, len(leases.MAILBOX) + 1)
_PLACES = select(_KEY).where(
    lease.c.name.startswith(leases.MAILBOX),
    lease.c.holder == bindparam("mine"),
    lease.c.until > bindparam("now"),
    or_(*(exists().where(delivery.c.mailbox == place, *_WAITS) for place in (_KEY, _KEY + SENT))),
)


def places(conn: Connection, holder: str, now: datetime, in_flight: Collection[int]) -> frozenset[str]:
    """The mailboxes that are the holder's and where something waits, in them or in their Sent folders."""
    return frozenset(conn.scalars(_PLACES, {"mine": holder, "now": now, "in_flight": [*in_flight]}))


def waiting(
    conn: Connection, mailbox: str, limit: int, now: datetime, in_flight: Collection[int], *, answers: bool
) -> list[Waiting]:
    """Letters in the order of their UIDs, answers in that of theirs, each answer after the letters that it may answer.

    Without `answers`, nobody reads the Sent folder any more; what it brought still comes to an end, when nothing else
    waits.
    """
    letters = _of(conn, mailbox, limit, now, in_flight)
    if letters and not answers:
        return letters
    sent = _of(conn, mailbox + SENT, limit, now, in_flight)
    line = list(merge(sent, letters, key=_came))[:limit]
    looked_at = conn.execute(select(box.c.looked_at).where(box.c.mailbox == mailbox)).scalar() if sent else None
    while line and _is_sent(line[-1]) and not _is_settled(line[-1], looked_at, now):
        line.pop()
    return line


def arrival(row: Waiting) -> Arrival:
    values = row._mapping
    place: str = values["mailbox"]
    return Arrival(
        **{name: values[name] for name in _ARRIVAL},
        mailbox=place.removesuffix(SENT),
        sent=place.endswith(SENT),
        digest=values["sha256"] or "",
        oversize=values["size"] if values["oversize"] else None,
    )


_MADE = ("mailbox", "sent", "digest", "oversize")
_ARRIVAL = tuple(entry.name for entry in fields(Arrival) if entry.name not in _MADE)


def _of(conn: Connection, place: str, limit: int, now: datetime, in_flight: Collection[int]) -> list[Waiting]:
    return list(conn.execute(_NEXT, {"place": place, "now": now, "in_flight": [*in_flight], "limit": limit}))


def _came(row: Waiting) -> datetime:
    came: datetime = row.received_at
    return came - _READING if _is_sent(row) else came


def _is_sent(row: Waiting) -> bool:
    return bool(row.mailbox.endswith(SENT))


def _is_settled(row: Waiting, looked_at: datetime | None, now: datetime) -> bool:
    """Nothing younger waits behind it; was the letter that it may answer received? It was where we looked since."""
    return bool(now - row.recorded_at > _PATIENCE or (looked_at and looked_at >= row.recorded_at))
