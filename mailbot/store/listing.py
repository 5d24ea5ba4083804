"""What people ask the store to see: tickets, deliveries, the outbox, and the sums that must agree."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Column, CompoundSelect, Connection, Row, func, literal, select, text, union_all

from mailbot.model import Because, Outcome, Sending, Status, Ticket
from mailbot.store.columns import ticket_of
from mailbot.tables import content, delivery, event, message, outgoing, raw, ticket, ticket_field


@dataclass(frozen=True, slots=True)
class ListedTicket:
    ticket: Ticket
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    message_id: str
    outcome: Outcome | None
    reason: str
    ticket: str | None
    attempts: int
    received_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class ListedOutgoing:
    id: int
    template: str
    language: str
    recipient: str
    ticket: str | None
    message_id: str
    status: Sending
    attempts: int
    next_attempt_at: datetime | None
    reply: str
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListedMessage:
    delivery: int
    author: str
    subject: str
    received_at: datetime
    outcome: Outcome
    level: str
    new_text: str


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """`changes` are (name, was, is)."""

    cause: str
    at: datetime
    kind: str
    actor: str
    reason: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    because: tuple[Because, ...]
    delivery: int | None
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Sums:
    """received = judged + waiting, always: whoever finds it otherwise has found a fault.

    Of the mails not sent yet `oldest_queued` is when the oldest was decided, `oldest_due` when the next is to be tried.
    """

    received: int
    outcomes: tuple[tuple[str, int], ...]
    waiting: int
    oldest_waiting: datetime | None
    outgoing: tuple[tuple[str, int], ...]
    oldest_queued: datetime | None
    oldest_due: datetime | None
    tickets: tuple[tuple[str, int], ...]


def tickets(
    conn: Connection, statuses: Sequence[Status] = (), department: str | None = None, limit: int = 100
) -> tuple[ListedTicket, ...]:
    """Newest first."""
    asked = select(ticket).order_by(ticket.c.opened_at.desc(), ticket.c.number).limit(limit)
    if statuses:
        asked = asked.where(ticket.c.status.in_(statuses))
    if department:
        asked = asked.where(ticket.c.department == department)
    found = [ticket_of(row) for row in conn.execute(asked)]
    return tuple(ListedTicket(entry, _fields(conn, entry.number)) for entry in found)


def find_ticket(conn: Connection, number: str, *, lock: bool = False) -> ListedTicket | None:
    asked = select(ticket).where(ticket.c.number == number)
    row = conn.execute(asked.with_for_update() if lock else asked).one_or_none()
    return ListedTicket(ticket_of(row), _fields(conn, number)) if row else None


def _fields(conn: Connection, number: str) -> tuple[tuple[str, str], ...]:
    f = ticket_field.c
    rows = conn.execute(select(f.name, f.value).where(f.ticket == number).order_by(f.id))
    return tuple(dict.fromkeys((row.name, row.value) for row in rows))


def messages(conn: Connection, number: str) -> tuple[ListedMessage, ...]:
    m = message.c
    columns = (m.delivery, m.author, m.subject, m.received_at, m.outcome, m.level, m.new_text)
    rows = conn.execute(select(*columns).where(m.ticket == number).order_by(m.received_at, m.delivery))
    return tuple(ListedMessage(*row[:4], Outcome(row.outcome), *row[5:]) for row in rows)


def events(conn: Connection, *, number: str | None = None, delivery_id: int | None = None) -> tuple[ListedEvent, ...]:
    e = event.c
    columns = (e.cause, e.at, e.kind, e.actor, e.reason, e.changes, e.because, e.delivery, e.ticket)
    asked = select(*columns).order_by(e.id)
    asked = asked.where(e.ticket == number) if number else asked.where(e.delivery == delivery_id)
    return tuple(
        ListedEvent(
            *row[:5],
            tuple((name, was, is_) for name, (was, is_) in json.loads(row.changes).items()),
            tuple(Because(topic, sentence) for topic, sentence in json.loads(row.because)),
            row.delivery,
            row.ticket,
        )
        for row in conn.execute(asked)
    )


def deliveries(
    conn: Connection, outcomes: Sequence[Outcome] = (), *, waiting: bool = False, limit: int = 100
) -> tuple[ListedDelivery, ...]:
    """Newest first."""
    asked = select(*_DELIVERY).order_by(delivery.c.id.desc()).limit(limit)
    if outcomes:
        asked = asked.where(delivery.c.outcome.in_(outcomes))
    if waiting:
        asked = asked.where(delivery.c.outcome.is_(None))
    return tuple(_delivery(row) for row in conn.execute(asked))


def find_delivery(conn: Connection, id_: int) -> ListedDelivery | None:
    row = conn.execute(select(*_DELIVERY).where(delivery.c.id == id_)).one_or_none()
    return _delivery(row) if row else None


_DELIVERY = tuple(delivery.c[entry.name] for entry in fields(ListedDelivery))


def _delivery(row: Row[*tuple[object, ...]]) -> ListedDelivery:
    values = row._mapping
    outcome = Outcome(values["outcome"]) if values["outcome"] else None
    return ListedDelivery(**{**values, "outcome": outcome})


def mails(
    conn: Connection, statuses: Sequence[Sending] = (), *, number: str | None = None, limit: int = 100
) -> tuple[ListedOutgoing, ...]:
    """Newest first."""
    o = outgoing.c
    asked = select(*_MAIL).order_by(o.id.desc()).limit(limit)
    if statuses:
        asked = asked.where(o.status.in_(statuses))
    if number:
        asked = asked.where(o.ticket == number)
    return tuple(_mail(row) for row in conn.execute(asked))


def mails_of(conn: Connection, cause: str, number: str | None) -> tuple[ListedOutgoing, ...]:
    """What one event sent, on its ticket or on none, in the order in which it was decided."""
    o = outgoing.c
    asked = select(*_MAIL).where((o.ticket == number) | o.ticket.is_(None), o.cause == cause).order_by(o.id)
    return tuple(_mail(row) for row in conn.execute(asked))


_MAIL = tuple(outgoing.c[entry.name] for entry in fields(ListedOutgoing))


def _mail(row: Row[*tuple[object, ...]]) -> ListedOutgoing:
    return ListedOutgoing(**{**row._mapping, "status": Sending(row._mapping["status"])})


def mail_bytes(conn: Connection, id_: int) -> bytes | None:
    return conn.execute(select(content.c.octets).where(content.c.outgoing == id_)).scalar_one_or_none()


def sums(conn: Connection) -> Sums:
    with along_indexes(conn):
        return _sums(conn)


@contextmanager
def along_indexes(conn: Connection) -> Iterator[None]:
    """SQLite counts along the narrowest index by itself; PostgreSQL would read the whole table, seldom warm."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))


def _sums(conn: Connection) -> Sums:
    o = outgoing.c
    counted = conn.execute(_ledger()).all()
    oldest = conn.execute(select(func.min(delivery.c.recorded_at)).where(delivery.c.outcome.is_(None))).scalar_one()
    open_ = o.status.in_([Sending.QUEUED, Sending.IN_DOUBT])
    queued, due = conn.execute(select(func.min(o.created_at), func.min(o.next_attempt_at)).where(open_)).one()
    return Sums(
        received=sum(number for kind, _, number in counted if kind == "received"),
        outcomes=tuple(sorted((name, number) for kind, name, number in counted if kind == "outcome")),
        waiting=sum(number for kind, _, number in counted if kind == "waiting"),
        oldest_waiting=oldest,
        outgoing=_by_status(conn, o.status),
        oldest_queued=queued,
        oldest_due=due,
        tickets=_by_status(conn, ticket.c.status),
    )


def _ledger() -> CompoundSelect[str, str, int]:
    """One statement sees one state, and each of its parts counts along another index: a damaged one shows."""
    d, none = delivery.c, literal("")
    judged = select(literal("outcome"), d.outcome, func.count()).where(d.outcome.is_not(None)).group_by(d.outcome)
    waiting = select(literal("waiting"), none, func.count()).where(d.outcome.is_(None))
    received = select(literal("received"), none, func.count()).select_from(delivery)
    return union_all(judged, waiting, received)


def _by_status(conn: Connection, status: Column[str]) -> tuple[tuple[str, int], ...]:
    rows = conn.execute(select(status, func.count()).group_by(status).order_by(status))
    return tuple((name, number) for name, number in rows)


def orphans(conn: Connection) -> int:
    """Deliveries without an outcome whose bytes are gone: none may exist."""
    d = delivery.c
    kept = select(raw.c.delivery).where(raw.c.delivery == d.id).exists()
    return conn.execute(select(func.count()).select_from(delivery).where(d.outcome.is_(None), ~kept)).scalar_one()
