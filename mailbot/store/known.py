"""What the store knows that bears on messages: a handful of statements for a whole batch, whatever its size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, Row, bindparam, select, text

from mailbot import tokens
from mailbot.model import (
    Account,
    Arrival,
    Asked,
    Bounce,
    Challenge,
    Known,
    Language,
    Letter,
    Level,
    Order,
    Outcome,
    Pointers,
    Purpose,
    RegisteredAddress,
    Sent,
    Status,
    Ticket,
    Tried,
    Twin,
)
from mailbot.parsers import address
from mailbot.store import attempts, challenges, threads
from mailbot.store.columns import ticket_of
from mailbot.store.returned import bounces_of
from mailbot.store.spending import Spending, spending
from mailbot.tables import account, box, delivery, event, message, outgoing, raw, registered_address, service, ticket

# Made once: every batch asks all of these, and building a statement takes as long as running it.
_THESE: BindParameter[str] = bindparam("these", expanding=True)
_m, _o, _r = message.c, outgoing.c, registered_address.c
_UNHEARD = _m.outcome.in_((Outcome.JUNK, Outcome.AUTOMATIC)) | (_m.level == Level.SUSPECT)
_EARLIER = select(_m.key, _m.message_id, _m.delivery, _m.ticket, _m.author, _m.received_at, _m.sent, _UNHEARD)
_EARLIER_BY_ID = _EARLIER.where(_m.message_id.in_(_THESE))
_EARLIER_BY_KEY = _EARLIER.where(_m.key.in_(_THESE))
_SENT = (
    select(_o.tag, _o.message_id, _o.template, _o.purpose, _o.recipient, _o.ticket, _o.created_at)
    # Only what is kept can be released.
    .add_columns(event.c.delivery, _o.bounced_at)
    .add_columns(((delivery.c.outcome == Outcome.HELD) & raw.c.delivery.is_not(None)).label("held"))
    .outerjoin(event, event.c.cause == _o.cause)
    .outerjoin(delivery, delivery.c.id == event.c.delivery)
    .outerjoin(raw, raw.c.delivery == delivery.c.id)
    .where(_o.tag.in_(_THESE))
)
# The order keeps two daemons from locking the same tickets crosswise.
_TICKETS = select(ticket).where(ticket.c.number.in_(_THESE)).order_by(ticket.c.number).with_for_update()
_ACCOUNTS_OF = select(_r.account).where(_r.email_key.in_(_THESE))
_ADDRESSES = (
    select(_r.account, _r.email, _r.contact, _r.notify, _r.default, _r.email_key)
    .where(_r.account.in_(_THESE))
    .order_by(_r.id)
)
_ACCOUNTS = select(account).where(account.c.number.in_(_THESE)).order_by(account.c.number)
_ORDERS = (
    select(service.c.order, service.c.account)
    .where(service.c.order.in_(_THESE))
    .distinct()
    .order_by(service.c.account, service.c.order)
)
_BORDERS = select(box.c.mailbox, box.c.horizon, box.c.doubtful_until)
_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(CAST(:ids AS text[])) AS id")


@dataclass(frozen=True, slots=True)
class _Earlier:
    key: str
    message_id: str
    delivery: int
    ticket: str | None
    author: str
    received_at: datetime
    sent: bool
    unheard: bool


@dataclass(frozen=True, slots=True)
class _Borders:
    """Of one mailbox, as in Known."""

    horizon: datetime | None = None
    doubtful_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was found for all messages of the batch together."""

    earlier: tuple[_Earlier, ...]
    sent: tuple[Sent, ...]
    tickets: tuple[Ticket, ...]
    accounts: tuple[Account, ...]
    orders: tuple[Order, ...]
    challenges: tuple[Challenge, ...]
    asked: tuple[Asked, ...]
    spending: Spending
    idle: tuple[str, ...]
    bounces: tuple[Bounce, ...]
    attempts: tuple[Tried, ...]


def known(conn: Connection, asked: Sequence[tuple[Arrival, Pointers]], now: datetime) -> tuple[Known, ...]:
    """One Known for each, in the same order. Their tickets stay locked until the caller's transaction ends."""
    everyone = [pointers for _, pointers in asked]
    _take_turns(conn, {pointers.message_id for pointers in everyone if pointers.message_id})
    earlier = _earlier(conn, everyone)
    sent = _sent(conn, _all(pointers.tags for pointers in everyone))
    pointed = {entry.ticket for entry in earlier if entry.ticket} | {entry.ticket for entry in sent if entry.ticket}
    tickets = _tickets(conn, pointed | set(_all(pointers.numbers + pointers.candidates for pointers in everyone)))
    authors = _all(pointers.authors for pointers in everyone)
    named = _all(pointers.accounts for pointers in everyone)
    held = challenges.of_tickets(conn, [entry.number for entry in tickets if entry.status is Status.HELD])
    asked_of = [entry.account for entry in held if entry.account]
    accounts = _accounts(conn, authors, [*named, *(entry.account for entry in tickets if entry.account), *asked_of])
    numbers = [entry.number for entry in accounts]
    batch = _Batch(
        earlier,
        sent,
        tickets,
        accounts,
        _orders(conn, _all(pointers.orders for pointers in everyone)),
        held,
        challenges.asked(conn, numbers, now),
        spending(conn, _addresses(authors, accounts, held), asked, now),
        threads.idle(conn, tickets, now - tokens.REPLY_LIFE),
        bounces_of(conn, _addresses(authors, accounts, sent)),
        attempts.against(conn, set(numbers) - {""}, now),
    )
    borders = {row.mailbox: _Borders(row.horizon, row.doubtful_until) for row in conn.execute(_BORDERS)}
    return tuple(
        _one(conn, arrival, pointers, batch, borders.get(arrival.place, _Borders())) for arrival, pointers in asked
    )


def _take_turns(conn: Connection, message_ids: set[str]) -> None:
    """RC-03: what has one Message-ID is judged by one daemon after the other, each seeing what the one before it did.

    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql" and message_ids:
        conn.execute(_TURNS, {"ids": sorted(message_ids)}).all()


def _one(conn: Connection, arrival: Arrival, asked: Pointers, batch: _Batch, borders: _Borders) -> Known:
    twin = _twin(arrival, asked, batch.earlier)
    letters = _letters(asked, batch.earlier)
    sent = tuple(entry for entry in batch.sent if entry.tag in asked.tags)
    numbers = {*asked.numbers, *(letter.ticket for letter in letters), *(entry.ticket for entry in sent)}
    tickets = tuple(
        entry for entry in batch.tickets if entry.number in numbers or (twin and entry.number == twin.ticket)
    )
    of = {entry.number for entry in tickets}
    challenged = tuple(entry for entry in batch.challenges if entry.ticket in of)
    answered = threads.answered(asked, sent, tickets) if asked.thread else None
    accounts = _of(tickets, challenged, asked, batch.accounts)
    named = tuple(entry for entry in batch.accounts if entry.number in asked.accounts)
    return Known(
        twin=twin,
        sent=sent,
        letters=letters,
        tickets=tickets,
        accounts=accounts,
        orders=tuple(entry for entry in batch.orders if entry.order in asked.orders),
        named=named,
        challenges=challenged,
        asked=batch.asked,
        spent=batch.spending.of(_addresses(asked.authors, (*accounts, *named), challenged)),
        told=batch.spending.told_to(asked.authors),
        heard=batch.spending.heard_from(asked.authors),
        free=tuple(number for number in asked.candidates if all(entry.number != number for entry in batch.tickets)),
        horizon=borders.horizon,
        doubtful_until=borders.doubtful_until,
        thread=threads.thread(conn, answered) if answered else (),
        addressed=threads.addressed(conn, answered) if answered else (),
        idle=tuple(number for number in batch.idle if number in numbers),
        heard_at=threads.heard_at(conn, tickets) if arrival.sent else None,
        bounces=batch.bounces,
        attempts=batch.attempts,
    )


def _of(
    tickets: Iterable[Ticket], challenged: Iterable[Challenge], asked: Pointers, accounts: Iterable[Account]
) -> tuple[Account, ...]:
    """Those of the tickets and of what was asked about them, and those that the author is registered for."""
    numbers = {entry.account for entry in tickets} | {entry.account for entry in challenged}
    return tuple(
        entry
        for entry in accounts
        if entry.number in numbers or any(mine.email_key in asked.authors for mine in entry.addresses)
    )


def _letters(asked: Pointers, earlier: Iterable[_Earlier]) -> tuple[Letter, ...]:
    mine = (entry for entry in earlier if entry.ticket and entry.message_id in asked.ids)
    return tuple(Letter(entry.message_id, entry.ticket) for entry in mine if entry.ticket)


def _twin(arrival: Arrival, asked: Pointers, earlier: Iterable[_Earlier]) -> Twin | None:
    """The same letter, else another one under its Message-ID; never the delivery itself when it goes through again."""
    mine = [
        entry
        for entry in earlier
        if entry.delivery != arrival.id
        and (entry.key == asked.key or (asked.message_id and entry.message_id == asked.message_id))
    ]
    best = min(mine, key=lambda entry: (entry.key != asked.key, entry.delivery), default=None)
    if best is None:
        return None
    same = best.key == asked.key
    return Twin(best.delivery, best.ticket, best.author, best.received_at, same, best.sent, best.unheard)


def _addresses(
    authors: Iterable[str], accounts: Iterable[Account], written: Iterable[Sent | Challenge] = ()
) -> list[str]:
    """Whom a mail may go to that this message causes, in the form in which addresses are compared."""
    registered = (entry.email_key for one in accounts for entry in one.addresses)
    return list(dict.fromkeys((*authors, *registered, *(address.key(entry.recipient) for entry in written))))


def _all(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(value for group in groups for value in group))


def _earlier(conn: Connection, everyone: Sequence[Pointers]) -> tuple[_Earlier, ...]:
    ids = _all((*pointers.ids, pointers.message_id) if pointers.message_id else pointers.ids for pointers in everyone)
    keys = [pointers.key for pointers in everyone if not pointers.message_id]
    both = ((_EARLIER_BY_ID, ids), (_EARLIER_BY_KEY, keys))
    rows = [row for asked, these in both if these for row in conn.execute(asked, {"these": these})]
    found = {row.key: _Earlier(*row) for row in rows}
    return tuple(sorted(found.values(), key=lambda entry: entry.delivery))


def _sent(conn: Connection, tags: list[str]) -> tuple[Sent, ...]:
    rows = conn.execute(_SENT, {"these": tags}) if tags else ()
    return tuple(_sent_of(row) for row in rows)


def _sent_of(row: Row[*tuple[object, ...]]) -> Sent:
    values = row._mapping
    return Sent(
        values["tag"],
        values["message_id"],
        values["template"],
        Purpose(values["purpose"]),
        values["recipient"],
        values["ticket"],
        values["created_at"],
        values["delivery"],
        values["bounced_at"] is not None,
        bool(values["held"]),
    )


def _tickets(conn: Connection, numbers: set[str]) -> tuple[Ticket, ...]:
    rows = conn.execute(_TICKETS, {"these": sorted(numbers)})
    return tuple(ticket_of(row) for row in rows)


def _accounts(conn: Connection, authors: list[str], numbers: list[str]) -> tuple[Account, ...]:
    mine = conn.scalars(_ACCOUNTS_OF, {"these": authors}).all() if authors else ()
    wanted = sorted({*numbers, *mine})
    if not wanted:
        return ()
    addresses: dict[str, list[RegisteredAddress]] = {}
    for row in conn.execute(_ADDRESSES, {"these": wanted}):
        entry = RegisteredAddress(
            row.account, row.email, row.contact, tuple(row.notify.split()), row.default, row.email_key
        )
        addresses.setdefault(row.account, []).append(entry)
    rows = conn.execute(_ACCOUNTS, {"these": wanted})
    return tuple(
        Account(
            row.number,
            row.name,
            Language(row.language) if row.language else None,
            row.plan,
            row.closed,
            tuple(addresses.get(row.number, ())),
        )
        for row in rows
    )


def _orders(conn: Connection, orders: list[str]) -> tuple[Order, ...]:
    """Under the spelling that was asked for: registers write an order with its number sign or without."""
    spelled = {order.lstrip("#"): order for order in orders}
    rows = conn.execute(_ORDERS, {"these": [*spelled, *orders]}) if orders else ()
    return tuple(dict.fromkeys(Order(spelled[order.lstrip("#")], number) for order, number in rows))
