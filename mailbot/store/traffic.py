"""What came into each mailbox and when, and what waits there: asked by people and by the clock, never for a mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mailbot.model import SENT, Outcome
from mailbot.store.intake import Box
from mailbot.tables import delivery

# Found at the first connection, or only as a gap in the numbering: they say nothing of when mail came.
_NO_TRAFFIC = (Outcome.BEFORE_START, Outcome.GONE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries of one mailbox that are received and not judged."""

    count: int
    oldest: datetime


def last_mail(conn: Connection, mailbox: str) -> datetime | None:
    asked = select(func.max(delivery.c.received_at)).where(delivery.c.mailbox == mailbox)
    found: datetime | None = conn.execute(asked).scalar_one()
    return found


def count(conn: Connection, mailbox: str, after: datetime, until: datetime) -> int:
    """Mails that came later than `after` and not later than `until`."""
    d = delivery.c
    came = d.outcome.is_(None) | d.outcome.not_in(_NO_TRAFFIC)
    asked = select(func.count()).where(d.mailbox == mailbox, d.received_at > after, d.received_at <= until)
    return conn.execute(asked.where(came, ~d.rescan)).scalar_one()


def waiting(conn: Connection) -> dict[str, Waiting]:
    """By mailbox, its Sent folder included; those where nothing waits are left out."""
    d = delivery.c
    asked = select(d.mailbox, func.count(), func.min(d.recorded_at)).where(d.outcome.is_(None)).group_by(d.mailbox)
    found: dict[str, Waiting] = {}
    for place, number, oldest in conn.execute(asked):
        mailbox = place.removesuffix(SENT)
        before = found.get(mailbox, Waiting(0, oldest))
        found[mailbox] = Waiting(before.count + number, min(before.oldest, oldest))
    return found


def recorded_uids(conn: Connection, entry: Box) -> frozenset[int]:
    """Of the folder as it is numbered now."""
    d = delivery.c
    mine = (d.mailbox == entry.mailbox, d.uidvalidity == entry.uidvalidity, d.generation == entry.generation)
    return frozenset(conn.scalars(select(d.uid).where(*mine)))


def unrecorded(conn: Connection, entry: Box, uids: Sequence[int]) -> frozenset[int]:
    """Of these UIDs, ascending, those that have no row under this numbering."""
    if not uids:
        return frozenset()
    d = delivery.c
    mine = (d.mailbox == entry.mailbox, d.uidvalidity == entry.uidvalidity, d.generation == entry.generation)
    return frozenset(uids) - set(conn.scalars(select(d.uid).where(*mine, d.uid.between(uids[0], uids[-1]))))


def recorded_at(conn: Connection, entry: Box, uids: frozenset[int]) -> dict[int, datetime]:
    """When each of these UIDs was recorded, by our clock; those that were not are left out."""
    d = delivery.c
    mine = (d.mailbox == entry.mailbox, d.uidvalidity == entry.uidvalidity, d.generation == entry.generation)
    return {uid: when for uid, when in conn.execute(select(d.uid, d.recorded_at).where(*mine, d.uid.in_(uids)))}
