"""Explain: what was decided about a mail and why, or what would be. Writes nothing and sends nothing."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.decide import decide, pointers
from mailbot.model import Arrival, Because, Message, Outgoing, Site
from mailbot.parsers.message import parse
from mailbot.sender import mailbox_of
from mailbot.store import listing
from mailbot.store.known import known
from mailbot.store.listing import ListedEvent, ListedOutgoing
from mailbot.work.desk import Desk
from mailbot.work.transactions import look

# Every ticket gets a number when its mail arrives, and this mail has not arrived.
UNNUMBERED = "MB-????-????"
# A file may have either kind of line end.
_HEADER = re.compile(rb".*?\n\r?\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Going:
    """A mail that goes out, or went."""

    template: str
    language: str
    recipient: str
    subject: str
    status: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`at` is when it was decided; None where it only would be."""

    source: str
    outcome: str
    reason: str
    because: tuple[Because, ...]
    mails: tuple[Going, ...]
    at: datetime | None = None


def explain_file(desk: Desk, source: str, raw: bytes) -> tuple[Explanation, ...]:
    """As if it arrived now. A letter that arrived already is explained as it was decided then."""
    oversize = len(raw) if len(raw) > desk.site.limits.message else None
    message = parse(raw if oversize is None else _header_section(raw), desk.site.robot.reading)
    arrival = Arrival(0, polled(message, desk.site), 0, desk.now(), oversize=oversize)
    return look(desk.database, lambda conn: _explain_file(conn, desk, source, arrival, message))


def _header_section(raw: bytes) -> bytes:
    found = _HEADER.match(raw)
    return found[0] if found else raw


def _explain_file(
    conn: Connection, desk: Desk, source: str, arrival: Arrival, message: Message
) -> tuple[Explanation, ...]:
    now = arrival.received_at
    asked = pointers(arrival, message, desk.site)
    found = known(conn, [(arrival, asked)], now)[0]
    if found.twin and found.twin.same_content:
        return _explain_delivery(conn, found.twin.delivery, f"{source} (it arrived as d{found.twin.delivery})")
    decision = decide(arrival, message, found, desk.policy, desk.site, now)
    number = decision.ticket.number if decision.ticket and not decision.before else None

    def unnumbered(text: str) -> str:
        return text.replace(number, UNNUMBERED) if number else text

    mails = tuple(_going(desk.press.render(draft, now)) for draft in decision.drafts)
    return (
        Explanation(
            source,
            decision.outcome,
            unnumbered(decision.reason),
            tuple(Because(why.topic, unnumbered(why.sentence)) for why in decision.because),
            tuple(Going(m.template, m.language, m.recipient, unnumbered(m.subject), m.status) for m in mails),
        ),
    )


def polled(message: Message, site: Site) -> str:
    """The mailbox in which a letter would arrive: the first of ours that it is addressed to."""
    own = (mailbox_of(recipient, site) for recipient in message.recipients)
    return next((mailbox.key for mailbox in own if mailbox), site.mailboxes[0].key)


def _going(mail: Outgoing) -> Going:
    status = f"withheld: {mail.withheld}" if mail.withheld else "would go out"
    return Going(mail.template, mail.language, mail.recipient, mail.subject, status)


def explain_delivery(desk: Desk, id_: int) -> tuple[Explanation, ...]:
    """From what was written down when it was decided; empty where there is no such delivery."""
    return look(desk.database, lambda conn: _explain_delivery(conn, id_, f"d{id_}"))


def _explain_delivery(conn: Connection, id_: int, source: str) -> tuple[Explanation, ...]:
    events = listing.events(conn, delivery_id=id_)
    if events:
        return tuple(_stored(conn, event, source) for event in events)
    delivery = listing.find_delivery(conn, id_)
    if delivery is None:
        return ()
    outcome = delivery.outcome or "waiting"
    return (Explanation(source, outcome, delivery.reason or "not judged yet", (), (), delivery.received_at),)


def explain_ticket(desk: Desk, number: str) -> tuple[Explanation, ...]:
    """Each of its events, oldest first."""
    return look(
        desk.database,
        lambda conn: tuple(
            _stored(conn, event, f"d{event.delivery}" if event.delivery else event.cause)
            for event in listing.events(conn, number=number)
        ),
    )


def _stored(conn: Connection, event: ListedEvent, source: str) -> Explanation:
    mails = tuple(_went(mail) for mail in listing.mails_of(conn, event.cause, event.ticket))
    return Explanation(source, event.kind, event.reason, event.because, mails, event.at)


def _went(mail: ListedOutgoing) -> Going:
    status = f"{mail.status}: {mail.reply}" if mail.reply else str(mail.status)
    return Going(mail.template, mail.language, mail.recipient, mail.subject, status)
