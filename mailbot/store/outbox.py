"""The outbox: mails decided, sent or not. A row belongs to one daemon at a time, and only as long as that one lives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, case, select, update

from mailbot.model import Purpose, Sending
from mailbot.store.leases import DAEMON
from mailbot.tables import content, lease, outgoing

_OPEN = (Sending.QUEUED, Sending.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Due:
    """A mail to be handed to the relay now. `doubts`: how often its fate has stayed unknown after DATA."""

    id: int
    envelope_from: str
    recipient: str
    raw: bytes
    attempts: int
    doubts: int
    created_at: datetime
    next_attempt_at: datetime
    ticket: str | None
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one attempt; `next_attempt_at` None where there will be no other."""

    id: int
    status: Sending
    reply: str
    attempts: int
    sent_at: datetime | None = None
    next_attempt_at: datetime | None = None


def claim(conn: Connection, holder: str, limit: int, now: datetime, in_hand: Collection[int] = ()) -> tuple[Due, ...]:
    """T4: rows that are due and that no living daemon holds, oldest first; attempts + 1.

    What `holder` claimed and has not in hand is free: the commit of that claim was in doubt, or what followed failed.
    """
    o = outgoing.c
    living = select(lease.c.holder).where(lease.c.name.startswith(DAEMON), lease.c.until > now)
    free = o.holder.is_(None) | (o.holder == holder) | o.holder.not_in(living)
    due = (
        select(o.id)
        .where(o.status.in_(_OPEN), o.next_attempt_at <= now, free, o.id.not_in(in_hand))
        .order_by(o.next_attempt_at, o.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(conn.scalars(due))
    if not ids:
        return ()
    # Whatever is still in doubt when it is taken up again was left so by a death, or by a relay that never answered.
    doubts = o.doubts + case((o.status == Sending.IN_DOUBT, 1), else_=0)
    conn.execute(update(outgoing).where(o.id.in_(ids)).values(holder=holder, attempts=o.attempts + 1, doubts=doubts))
    columns = (
        o.id,
        o.envelope_from,
        o.recipient,
        content.c.octets,
        o.attempts,
        o.doubts,
        o.created_at,
        o.next_attempt_at,
        o.ticket,
        o.purpose,
    )
    asked = select(*columns).join(content, content.c.outgoing == o.id).where(o.id.in_(ids)).order_by(o.id)
    return tuple(Due(*row[:9], Purpose(row.purpose)) for row in conn.execute(asked))


def mark_in_doubt(conn: Connection, ids: Sequence[int], holder: str) -> frozenset[int]:
    """T5, just before DATA. Returns those still ours: a daemon that slept may have lost its rows to another."""
    o = outgoing.c
    mine = o.id.in_(ids) & (o.holder == holder) & o.status.in_(_OPEN)
    marked = update(outgoing).where(mine).values(status=Sending.IN_DOUBT).returning(o.id)
    return frozenset(conn.scalars(marked))


def settle(conn: Connection, settled: Sequence[Settled], holder: str) -> None:
    """T6. That a mail was sent counts whoever says it; anything else is said by who has it in hand."""
    which = outgoing.c.id == bindparam("which")
    _settle(conn, [entry for entry in settled if entry.status is Sending.SENT], which)
    _settle(
        conn, [entry for entry in settled if entry.status is not Sending.SENT], which & (outgoing.c.holder == holder)
    )


def _settle(conn: Connection, settled: Sequence[Settled], where: ColumnElement[bool]) -> None:
    rows = [
        {
            "which": entry.id,
            "status": entry.status,
            "reply": entry.reply,
            "sent_at": entry.sent_at,
            "next_attempt_at": entry.next_attempt_at,
            "attempts": entry.attempts,
            "holder": None,
        }
        for entry in settled
    ]
    if not rows:
        return
    values: dict[str, object] = {name: bindparam(name) for name in rows[0] if name != "which"}
    conn.execute(update(outgoing).where(where).values(values), rows)


def try_again(conn: Connection, id_: int, now: datetime) -> bool:
    """A person asks for another try of a failed or withheld mail, or of a waiting one at once."""
    o = outgoing.c
    asked = update(outgoing).where(o.id == id_, o.status != Sending.SENT)
    values = {"status": Sending.QUEUED, "next_attempt_at": now, "doubts": 0, "reply": "", "created_at": now}
    return bool(conn.execute(asked.values(values)).rowcount)
