"""The outbox: mails decided, sent or not. A row belongs to one daemon at a time, and only as long as that one lives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, select, update

from mailbot.model import Purpose, Sending
from mailbot.store.leases import DAEMON
from mailbot.tables import content, lease, outgoing

_OPEN = (Sending.QUEUED, Sending.IN_DOUBT)

# Made once: these three run for every few mails, and building a statement takes as long as running it.
_OURS = outgoing.c.holder == bindparam("mine")
_MARK = (
    update(outgoing)
    .where(outgoing.c.id.in_(bindparam("ids", expanding=True)), _OURS, outgoing.c.status.in_(_OPEN))
    .values(status=Sending.IN_DOUBT)
    .returning(outgoing.c.id)
)
_ANSWER = ("status", "reply", "sent_at", "next_attempt_at", "attempts", "holder")
_SETTLE = (
    update(outgoing).where(outgoing.c.id == bindparam("which")).values({name: bindparam(name) for name in _ANSWER})
)
_SETTLE_OURS = _SETTLE.where(_OURS)


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
    return frozenset(conn.scalars(_MARK, {"ids": ids, "mine": holder}))


def settle(conn: Connection, settled: Sequence[Settled], holder: str) -> None:
    """T6. That a mail was sent counts whoever says it; anything else is said by who has it in hand."""
    sent = [_settled(entry) for entry in settled if entry.status is Sending.SENT]
    if sent:
        conn.execute(_SETTLE, sent)
    open_still = [_settled(entry) | {"mine": holder} for entry in settled if entry.status is not Sending.SENT]
    if open_still:
        conn.execute(_SETTLE_OURS, open_still)


def _settled(entry: Settled) -> dict[str, object]:
    return {
        "which": entry.id,
        "status": entry.status,
        "reply": entry.reply,
        "sent_at": entry.sent_at,
        "next_attempt_at": entry.next_attempt_at,
        "attempts": entry.attempts,
        "holder": None,
    }


def try_again(conn: Connection, id_: int, now: datetime) -> bool:
    """A person asks for another try of a failed or withheld mail, or of a waiting one at once."""
    o = outgoing.c
    asked = update(outgoing).where(o.id == id_, o.status != Sending.SENT)
    values = {"status": Sending.QUEUED, "next_attempt_at": now, "doubts": 0, "reply": "", "created_at": now}
    return bool(conn.execute(asked.values(values)).rowcount)
