"""What has passed on the tickets that messages point to: asked for few of them, each with a statement of its own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mailbot.model import Addressed, Outcome, Pointers, Purpose, Sending, Sent, Ticket
from mailbot.parsers import address
from mailbot.tables import event, message, outgoing

# Outcomes of what customers write on a ticket.
_CUSTOMERS = (Outcome.TICKET_CREATED, Outcome.APPENDED)
# RFC 5322 sets no limit to References; reliability F-118 keeps the first and the last 99.
THREAD = 100
# Colleagues' letters may lie above the customer's latest.
LETTERS = 20

_THESE: BindParameter[str] = bindparam("these", expanding=True)
_m = message.c
_IDLE = (
    select(event.c.ticket)
    .where(event.c.ticket.in_(_THESE))
    .group_by(event.c.ticket)
    .having(func.max(event.c.at) <= bindparam("since"))
)
_ADDRESSED = (
    select(_m.author, _m.recipients)
    .where(_m.ticket == bindparam("number"), _m.outcome.in_(_CUSTOMERS), ~_m.sent)
    .order_by(_m.received_at.desc(), _m.delivery.desc())
    .limit(LETTERS)
)


def heard_at(conn: Connection, tickets: Sequence[Ticket]) -> datetime | None:
    m = message.c
    asked = select(func.max(m.received_at)).where(
        m.ticket.in_([entry.number for entry in tickets]), m.outcome.in_(_CUSTOMERS), ~m.sent
    )
    found: datetime | None = conn.execute(asked).scalar_one()
    return found


def idle(conn: Connection, tickets: Sequence[Ticket], since: datetime) -> tuple[str, ...]:
    """Only old tickets can be, so hardly any is asked about."""
    old = [entry.number for entry in tickets if entry.opened_at <= since]
    return tuple(conn.scalars(_IDLE, {"these": old, "since": since})) if old else ()


def answered(asked: Pointers, sent: Sequence[Sent], tickets: Sequence[Ticket]) -> Ticket | None:
    """The ticket of the mail of ours that is pointed to first; where it is none, the only one that is pointed to."""
    of = {entry.tag: entry.ticket for entry in sent}
    number = next((of[tag] for tag in asked.tags if tag in of), None)
    only = tickets[0] if len(tickets) == 1 else None
    return next((entry for entry in tickets if entry.number == number), only)


def addressed(conn: Connection, ticket: Ticket) -> tuple[Addressed, ...]:
    rows = conn.execute(_ADDRESSED, {"number": ticket.number})
    return tuple(Addressed(row.author, tuple(row.recipients.split())) for row in rows)


def thread(conn: Connection, ticket: Ticket) -> tuple[str, ...]:
    """The ids that the requester has seen, oldest first: letters and what went to him, never a notice."""
    number = ticket.number
    o, m = outgoing.c, message.c
    ours = select(o.created_at.label("at"), o.message_id).where(
        o.ticket == number,
        o.purpose.in_([Purpose.CUSTOMER, Purpose.ANSWER]),
        o.recipient_key == address.key(ticket.requester),
        o.status != Sending.WITHHELD,
    )
    theirs = select(m.received_at.label("at"), m.message_id).where(
        m.ticket == number, m.message_id != "", m.outcome.in_(_CUSTOMERS) | m.sent
    )
    both = ours.union_all(theirs).subquery()
    rows = conn.execute(select(both.c.message_id).order_by(both.c.at.desc()).limit(THREAD)).scalars()
    return tuple(reversed(list(dict.fromkeys(rows))))
