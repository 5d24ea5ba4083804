"""Who may work on what: a lease is short and renewed, so a daemon that died or froze loses it by itself."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.tables import lease

LIFE = timedelta(seconds=60)
DAEMON = "daemon:"
MAILBOX = "mailbox:"

# Made once: it is asked for every few mails, and building a statement takes as long as running it.
_HOLDER = select(lease.c.holder).where(lease.c.name == bindparam("of"), lease.c.until > bindparam("now"))


def of(mailbox: str) -> str:
    return MAILBOX + mailbox


def take(conn: Connection, name: str, holder: str, now: datetime) -> bool:
    """True where the lease is ours from now on: it was free, over, or ours already."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = make(lease).values(name=name, holder=holder, until=now + LIFE)
    ours = (lease.c.holder == holder) | (lease.c.until <= now)
    conn.execute(
        row.on_conflict_do_update(
            index_elements=["name"], set_={"holder": row.excluded.holder, "until": row.excluded.until}, where=ours
        )
    )
    return holder_of(conn, name, now) == holder


def holder_of(conn: Connection, name: str, now: datetime) -> str | None:
    return conn.execute(_HOLDER, {"of": name, "now": now}).scalar_one_or_none()


def renew(conn: Connection, holder: str, now: datetime) -> None:
    """All that the holder has; what ran out is nobody's, and has to be taken."""
    conn.execute(update(lease).where(lease.c.holder == holder, lease.c.until > now).values(until=now + LIFE))


def give_back(conn: Connection, holder: str) -> None:
    conn.execute(delete(lease).where(lease.c.holder == holder))


def held_by(conn: Connection, holder: str, now: datetime) -> tuple[str, ...]:
    return tuple(conn.scalars(select(lease.c.name).where(lease.c.holder == holder, lease.c.until > now)))


def forget_all(conn: Connection) -> None:
    conn.execute(delete(lease))


def living(conn: Connection, now: datetime) -> int:
    """How many daemons live."""
    asked = select(func.count()).where(lease.c.name.startswith(DAEMON), lease.c.until > now)
    return int(conn.execute(asked).scalar_one())
