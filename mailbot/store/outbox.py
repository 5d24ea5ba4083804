"""The outbox: mails decided, sent or not. A row belongs to one daemon at a time, and only as long as that one lives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, select, update

from mailbot.model import Purpose, Sending
from mailbot.store.leases import DAEMON
from mailbot.tables import content, lease, outgoing

_OPEN = (Sending.QUEUED, Sending.IN_DOUBT)

# Made once: these run for every few mails, and building a statement takes as long as running it.
_o = outgoing.c
_OURS = _o.holder == bindparam("mine")
_THESE = _o.id.in_(bindparam("ids", expanding=True))
_LIVING = select(lease.c.holder).where(lease.c.name.startswith(DAEMON), lease.c.until > bindparam("now"))
_DUE = (
    select(_o.id)
    .where(_o.status.in_(_OPEN), _o.next_attempt_at <= bindparam("now"))
    .where(_o.holder.is_(None) | _OURS | _o.holder.not_in(_LIVING))
    .where(_o.id.not_in(bindparam("in_hand", expanding=True)))
    .order_by(_o.next_attempt_at, _o.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
# Whatever is still in doubt when it is taken up again was left so by a death, or by a relay that never answered.
_DOUBTS = _o.doubts + case((_o.status == Sending.IN_DOUBT, 1), else_=0)
_TAKE = update(outgoing).where(_THESE).values(holder=bindparam("mine"), attempts=_o.attempts + 1, doubts=_DOUBTS)
_LETTER = (_o.id, _o.envelope_from, _o.recipient, content.c.octets, _o.attempts, _o.doubts, _o.created_at)
_TAKEN = (
    select(*_LETTER, _o.next_attempt_at, _o.ticket, _o.purpose, _o.tag)
    .join(content, content.c.outgoing == _o.id)
    .where(_THESE)
    .order_by(_o.id)
)
_MARK = update(outgoing).where(_THESE, _OURS, _o.status.in_(_OPEN)).values(status=Sending.IN_DOUBT).returning(_o.id)
_ANSWER = ("status", "reply", "sent_at", "next_attempt_at", "attempts", "holder")
_SETTLE = update(outgoing).where(_o.id == bindparam("which")).values({name: bindparam(name) for name in _ANSWER})
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
    tag: str


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
    asked = {"mine": holder, "now": now, "in_hand": [*in_hand], "limit": limit}
    ids = list(conn.scalars(_DUE, asked))
    if not ids:
        return ()
    conn.execute(_TAKE, {"ids": ids, "mine": holder})
    return tuple(Due(*row[:9], Purpose(row.purpose), row.tag) for row in conn.execute(_TAKEN, {"ids": ids}))


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
    asked = update(outgoing).where(_o.id == id_, _o.status != Sending.SENT)
    values = {"status": Sending.QUEUED, "next_attempt_at": now, "doubts": 0, "reply": "", "created_at": now}
    return bool(conn.execute(asked.values(values)).rowcount)


def arrived(conn: Connection, key: str, after: datetime, before: datetime) -> bool:
    """Whether a mail to this address, by comparison key, made after one time and sent before another, stayed there."""
    made = (_o.recipient_key == key, _o.created_at > after, _o.sent_at < before, _o.bounced_at.is_(None))
    return conn.execute(select(_o.id).where(*made).limit(1)).first() is not None
