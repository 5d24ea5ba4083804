"""Mail that came back, and what is kept of that for each address."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.model import Bounce, BounceKind
from mailbot.parsers import address
from mailbot.tables import bounce, outgoing

_THESE: BindParameter[str] = bindparam("these", expanding=True)
_b = bounce.c
_COLUMNS = (_b.tag, _b.recipient, _b.kind, _b.status, _b.said, _b.at)
_OF = select(*_COLUMNS).where(_b.recipient_key.in_(_THESE))
_STATUS = 12


def bounces_of(conn: Connection, keys: Collection[str]) -> tuple[Bounce, ...]:
    """Of these addresses, by comparison key."""
    if not keys:
        return ()
    rows = conn.execute(_OF, {"these": sorted(keys)})
    return tuple(Bounce(row.tag, row.recipient, BounceKind(row.kind), *row[3:]) for row in rows)


def came_back(conn: Connection, tags: Sequence[str], bounces: Iterable[Bounce], now: datetime) -> None:
    """Each mail counts once, however often it is reported."""
    if tags:
        conn.execute(update(outgoing).where(outgoing.c.tag.in_(tags)).values(bounced_at=now))
    rows = [_row(entry) for entry in bounces]
    if rows:
        make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
        conn.execute(make(bounce).on_conflict_do_nothing(index_elements=["tag"]), rows)


def forget(conn: Connection, keys: Collection[str]) -> None:
    """What came back from these addresses before says nothing any more."""
    if keys:
        conn.execute(delete(bounce).where(_b.recipient_key.in_(sorted(keys))))


def forget_old(conn: Connection, before: datetime, limit: int) -> int:
    old = select(_b.id).where(_b.at < before).limit(limit)
    return conn.execute(delete(bounce).where(_b.id.in_(old))).rowcount


def _row(entry: Bounce) -> dict[str, object]:
    return {
        "tag": entry.tag,
        "recipient": entry.recipient,
        "recipient_key": address.key(entry.recipient),
        "kind": entry.kind,
        "status": entry.status[:_STATUS],
        "said": entry.said,
        "at": entry.at,
    }
