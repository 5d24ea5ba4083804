"""Wrong attempts, by account, author and time; and who is told when there are many."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from mailbot.decide.attempts import Counts, concerns
from mailbot.model import Attempt, AttemptKind, Tried
from mailbot.store import alarms
from mailbot.tables import attempt

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_a = attempt.c
_SINCE = _a.at > bindparam("since")
_AGAINST = (
    select(_a.account, func.count())
    .where(_a.account.in_(bindparam("these", expanding=True)), _SINCE)
    .group_by(_a.account)
)
_BY_AUTHOR = (
    select(_a.author_key, func.count())
    .where(_a.author_key.in_(bindparam("these", expanding=True)), _a.kind == AttemptKind.TAG, _SINCE)
    .group_by(_a.author_key)
)
_IN_ALL = select(func.count()).where(_SINCE)
_BY_KIND = select(_a.kind, func.count()).where(_SINCE).group_by(_a.kind).order_by(_a.kind)


def record(conn: Connection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Written down, and told to the admin where they pass a limit."""
    if not attempts:
        return
    rows = [{"kind": one.kind, "account": one.account, "author_key": one.author, "at": now} for one in attempts]
    conn.execute(insert(attempt), rows)
    alarms.raise_daily(conn, concerns(_counts(conn, attempts, now)), now)


def against(conn: Connection, accounts: Collection[str], now: datetime) -> tuple[Tried, ...]:
    """Of a day, by account; those without any are left out."""
    if not accounts:
        return ()
    return tuple(Tried(*row) for row in conn.execute(_AGAINST, {"these": sorted(accounts), "since": now - DAY}))


def by_kind(conn: Connection, now: datetime) -> tuple[tuple[str, int], ...]:
    """Of a day."""
    return tuple((kind, count) for kind, count in conn.execute(_BY_KIND, {"since": now - DAY}))


def forget_old(conn: Connection, before: datetime, limit: int) -> int:
    old = select(_a.id).where(_a.at < before).limit(limit)
    return conn.execute(delete(attempt).where(_a.id.in_(old))).rowcount


def _counts(conn: Connection, attempts: Sequence[Attempt], now: datetime) -> Counts:
    accounts = {one.account for one in attempts} - {""}
    authors = sorted({one.author for one in attempts} - {""})
    rows = conn.execute(_BY_AUTHOR, {"these": authors, "since": now - HOUR}) if authors else ()
    return Counts(
        tuple((tried.account, tried.count) for tried in against(conn, accounts, now)),
        tuple((author, count) for author, count in rows),
        conn.execute(_IN_ALL, {"since": now - HOUR}).scalar_one(),
    )
