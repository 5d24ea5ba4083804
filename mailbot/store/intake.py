"""Deliveries: what came in, and who works on it."""

import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, select, update

from mailbot.model import SENT, Arrival, Outcome
from mailbot.store.engine import leave_after
from mailbot.store.line import arrival, waiting
from mailbot.tables import box, delivery, raw

# The bytes of a batch sit in memory whole, here and in the children that read them.
OCTETS = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """What we know of a mailbox's folder.

    `horizon` is when we first connected; UIDs below `boundary` stood there then, those below `rescan_below` were given
    out anew when the folder was last renumbered; `generation` counts renumberings that left UIDVALIDITY as it was; mail
    from before `doubtful_until` may have been answered by a database that was lost.
    """

    mailbox: str
    uidvalidity: int
    generation: int
    horizon: datetime
    boundary: int = 0
    rescan_below: int = 0
    looked_at: datetime | None = None
    folder: str = ""
    connected_at: datetime | None = None
    doubtful_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it came: its bytes, or the outcome that it has without any (gone, oversize, before-start)."""

    mailbox: str
    uidvalidity: int
    generation: int
    uid: int
    received_at: datetime
    size: int
    raw: bytes | None
    rescan: bool = False
    oversize: bool = False
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery taken up for the `attempts`-th time. `alone`: nothing else flies with it."""

    arrival: Arrival
    alone: bool
    attempts: int
    deaths: int


# Made once: these run for every look and every few mails, and building a statement takes as long as running it.
_d = delivery.c
_FIND_BOX = select(box).where(box.c.mailbox == bindparam("of"))
_LOOKED = update(box).where(box.c.mailbox == bindparam("of")).values(looked_at=bindparam("now"))
_LAST_UID = select(func.max(_d.uid)).where(
    _d.mailbox == bindparam("of"),
    _d.uidvalidity == bindparam("validity"),
    _d.generation == bindparam("nth"),
)
_BYTES = select(raw.c.delivery, raw.c.zlib).where(raw.c.delivery.in_(bindparam("ids", expanding=True)))
_TAKE = (
    update(delivery)
    .where(delivery.c.id.in_(bindparam("ids", expanding=True)))
    .values(attempts=delivery.c.attempts + 1, claimed=True, judging=False)
)
_BOX = tuple(column.name for column in box.columns if column.name != "mailbox")


def find_box(conn: Connection, mailbox: str) -> Box | None:
    row = conn.execute(_FIND_BOX, {"of": mailbox}).one_or_none()
    return Box(*row) if row else None


def boxes(conn: Connection) -> tuple[Box, ...]:
    return tuple(Box(*row) for row in conn.execute(select(box).order_by(box.c.mailbox)))


def save_box(conn: Connection, entry: Box) -> None:
    values = {name: getattr(entry, name) for name in _BOX}
    done = conn.execute(update(box).where(box.c.mailbox == entry.mailbox).values(values))
    if not done.rowcount:
        conn.execute(insert(box).values(mailbox=entry.mailbox, **values))


def looked(conn: Connection, mailbox: str, now: datetime) -> None:
    conn.execute(_LOOKED, {"of": mailbox, "now": now})


def connected(conn: Connection, mailbox: str, when: datetime | None) -> None:
    """Since when somebody has been listening and was through with what lay there; None: nobody is."""
    conn.execute(update(box).where(box.c.mailbox == mailbox).values(connected_at=when))


def last_uid(conn: Connection, entry: Box) -> int:
    """The highest UID recorded under this numbering, or 0. UIDs are recorded in order: no gap hides below it."""
    folder = {"of": entry.mailbox, "validity": entry.uidvalidity, "nth": entry.generation}
    return conn.execute(_LAST_UID, folder).scalar_one() or 0


def next_generation(conn: Connection, mailbox: str, uidvalidity: int) -> int:
    """One more than any recorded under this UIDVALIDITY: a server may come back to one that it had before."""
    mine = (delivery.c.mailbox == mailbox, delivery.c.uidvalidity == uidvalidity)
    used: int | None = conn.execute(select(func.max(delivery.c.generation)).where(*mine)).scalar_one()
    return 0 if used is None else used + 1


def settled_uids(conn: Connection, mailbox: str, before: datetime) -> frozenset[int]:
    """UIDs of the folder as it is numbered now whose bytes we took in and judged before that time."""
    d = delivery.c
    without = (Outcome.BEFORE_START, Outcome.OVERSIZE, Outcome.GONE)
    asked = (
        select(d.uid)
        .join(
            box,
            (box.c.mailbox == d.mailbox) & (box.c.uidvalidity == d.uidvalidity) & (box.c.generation == d.generation),
        )
        .where(d.mailbox == mailbox, d.judged_at < before, d.outcome.not_in(without))
        # What people wrote in a folder with all mail was never taken in: it is theirs.
        .where((d.outcome != Outcome.OWN) | (d.attempts > 0))
    )
    return frozenset(conn.scalars(asked))


def record(conn: Connection, received: Sequence[Received], now: datetime) -> None:
    """T1. Bytes are kept as they came; an IntegrityError means that another daemon recorded the same UIDs first."""
    rows = [
        {
            "mailbox": entry.mailbox,
            "uidvalidity": entry.uidvalidity,
            "generation": entry.generation,
            "uid": entry.uid,
            "received_at": entry.received_at,
            "recorded_at": now,
            "size": entry.size,
            "rescan": entry.rescan,
            "oversize": entry.oversize,
            "outcome": entry.outcome,
            "reason": entry.reason,
            "judged_at": now if entry.outcome else None,
        }
        for entry in received
    ]
    if all(entry.raw is None for entry in received):
        if rows:
            conn.execute(insert(delivery), rows)
        return
    ids = {uid: id_ for uid, id_ in conn.execute(insert(delivery).returning(delivery.c.uid, delivery.c.id), rows)}
    bodies = [
        {
            "delivery": ids[entry.uid],
            "sha256": hashlib.sha256(entry.raw).hexdigest(),
            "zlib": zlib.compress(entry.raw, 1),
        }
        for entry in received
        if entry.raw is not None
    ]
    conn.execute(insert(raw), bodies)
    leave_after(conn, max(entry.size for entry in received))


def abandon(conn: Connection, mailbox: str) -> int:
    """Back into the line with what is claimed and not judged, for who claimed it is dead; returns how many.

    Each is suspect then and taken up alone, so that only the guilty one can kill again.
    """
    left = delivery.c.mailbox.in_((mailbox, mailbox + SENT)) & delivery.c.claimed & delivery.c.outcome.is_(None)
    deaths = delivery.c.deaths + case((delivery.c.judging, 1), else_=0)
    values = {"claimed": False, "suspect": True, "judging": False, "deaths": deaths}
    return conn.execute(update(delivery).where(left).values(values)).rowcount


def claim(
    conn: Connection,
    mailbox: str,
    limit: int,
    now: datetime,
    in_flight: Collection[int] = (),
    *,
    suspects: bool,
    answers: bool = False,
) -> tuple[Claimed, ...]:
    """T2: attempts + 1 for the next deliveries in order of arrival, committed by the caller before any thinking.

    `answers`: those that were written from the mailbox itself stand in the line as well (see `line`).

    What is claimed and not in flight waits as well: the commit of its claim was in doubt, or the database went away
    during its flight. A suspect one comes alone, and only where `suspects` says that nothing else is in flight; else
    the mailbox waits.
    """
    rows = waiting(conn, mailbox, limit, now, in_flight, answers=answers)
    alone = bool(rows) and rows[0].suspect
    if alone and not suspects:
        return ()
    taken = rows[:1] if alone else rows[: next((n for n, row in enumerate(rows) if row.suspect), _room(rows))]
    if taken:
        conn.execute(_TAKE, {"ids": [row.id for row in taken]})
    return tuple(Claimed(arrival(row), alone, row.attempts + 1, row.deaths) for row in taken)


def _room(rows: Sequence[Row[*tuple[object, ...]]]) -> int:
    """How many of these have room in memory together: one at least, whatever its size."""
    octets = accumulate(0 if row.oversize else row.size for row in rows)
    return max(1, len([total for total in octets if total <= OCTETS]))


def begin_judging(conn: Connection, id_: int) -> None:
    """Of one that flies alone, committed before it is judged: a death from here on counts against it."""
    conn.execute(update(delivery).where(delivery.c.id == id_).values(judging=True))


def bytes_of(conn: Connection, deliveries: Sequence[int]) -> tuple[bytes | None, ...]:
    """The raw bytes in the order asked for; None where retention has removed them."""
    if not deliveries:
        return ()
    found = conn.execute(_BYTES, {"ids": list(deliveries)})
    bodies = {id_: zlib.decompress(body) for id_, body in found}
    leave_after(conn, max(map(len, bodies.values()), default=0))
    return tuple(bodies.get(entry) for entry in deliveries)


def failed(conn: Connection, id_: int, again_at: datetime) -> None:
    """Judging it raised an error that left everybody alive; it waits, and the line goes on."""
    values = {"claimed": False, "judging": False, "failures": delivery.c.failures + 1, "next_attempt_at": again_at}
    conn.execute(update(delivery).where(delivery.c.id == id_, delivery.c.outcome.is_(None)).values(values))


def died(conn: Connection, id_: int, deaths: int, again_at: datetime) -> None:
    """Reading it killed the child that read it and nothing else; it waits, and comes alone next time."""
    values = {"claimed": False, "suspect": True, "deaths": deaths, "next_attempt_at": again_at}
    conn.execute(update(delivery).where(delivery.c.id == id_, delivery.c.outcome.is_(None)).values(values))


def finish(conn: Connection, id_: int, outcome: Outcome, reason: str, now: datetime) -> None:
    values = {"outcome": outcome, "reason": reason, "judged_at": now, "claimed": False}
    conn.execute(update(delivery).where(delivery.c.id == id_, delivery.c.outcome.is_(None)).values(values))


def try_again(conn: Connection, id_: int) -> bool:
    """A person asks for another try of a quarantined delivery; False where it is none, or its bytes are gone."""
    return _anew(conn, id_, (Outcome.QUARANTINED,), released=False)


def release(conn: Connection, id_: int) -> bool:
    """A person lets a held or junk delivery pass; False where it is neither, or its bytes are gone."""
    return _anew(conn, id_, (Outcome.HELD, Outcome.JUNK), released=True)


def _anew(conn: Connection, id_: int, outcomes: tuple[Outcome, ...], *, released: bool) -> bool:
    kept = select(raw.c.delivery).where(raw.c.delivery == id_).exists()
    values = {
        "outcome": None,
        "reason": "",
        "released": released,
        # A new round is a new cause: what the first one sent stays sent, what this one sends is new.
        "round": delivery.c.round + 1,
        "attempts": 0,
        "judging": False,
        "deaths": 0,
        "failures": 0,
        "suspect": True,
        "next_attempt_at": None,
    }
    asked = update(delivery).where(delivery.c.id == id_, delivery.c.outcome.in_(outcomes), kept)
    return bool(conn.execute(asked.values(values)).rowcount)


def failures(conn: Connection, id_: int) -> int:
    count: int = conn.execute(select(delivery.c.failures).where(delivery.c.id == id_)).scalar_one()
    return count


def forget_bytes(conn: Connection, before: datetime, limit: int) -> int:
    """Removes the bytes of deliveries that were settled and came in before that time; at most `limit` of them."""
    kept = (Outcome.HELD, Outcome.JUNK, Outcome.QUARANTINED)
    old = (
        select(raw.c.delivery)
        .join(delivery, delivery.c.id == raw.c.delivery)
        .where(delivery.c.received_at < before, delivery.c.outcome.not_in(kept))
        .order_by(raw.c.delivery)
        .limit(limit)
    )
    return conn.execute(delete(raw).where(raw.c.delivery.in_(old))).rowcount
