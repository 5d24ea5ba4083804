"""What was decided and does not go out, and what machines wrote: asked by the clock for the admin, never for a mail."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from mailbot.model import Outcome, Sending
from mailbot.tables import delivery, message, outgoing

_o, _d, _m = outgoing.c, delivery.c, message.c


@dataclass(frozen=True, slots=True)
class Withheld:
    """How many, since when, to which domains and why."""

    count: int
    since: datetime
    domains: Counter[str]
    reasons: Counter[str]


def count(conn: Connection, after: datetime, until: datetime) -> int:
    asked = select(func.count()).where(*_withheld(after, until))
    return conn.execute(asked).scalar_one()


def oldest(conn: Connection, after: datetime, until: datetime) -> datetime | None:
    found: datetime | None = conn.execute(select(func.min(_o.created_at)).where(*_withheld(after, until))).scalar_one()
    return found


def summary(conn: Connection, after: datetime, until: datetime) -> Withheld:
    """Of at least one."""
    rows = conn.execute(select(_o.created_at, _o.recipient_key, _o.reply).where(*_withheld(after, until))).all()
    return Withheld(
        count=len(rows),
        since=min(row.created_at for row in rows),
        domains=Counter(row.recipient_key.rpartition("@")[2] for row in rows),
        reasons=Counter(row.reply for row in rows),
    )


def _withheld(after: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    # Written out: SQLite knows by the words alone that the index of withheld mails will do.
    return _o.status == literal_column(f"'{Sending.WITHHELD}'"), _o.created_at > after, _o.created_at <= until


def machines(conn: Connection, mailbox: str, after: datetime) -> int:
    """Mails of machines that came into a mailbox."""
    return conn.execute(select(func.count()).where(*_of_machines(mailbox, after))).scalar_one()


def domains_of_machines(conn: Connection, mailbox: str, after: datetime) -> Counter[str]:
    asked = select(_m.author_key).join(delivery, _m.delivery == _d.id).where(*_of_machines(mailbox, after))
    return Counter(key.rpartition("@")[2] or "nobody" for key in conn.scalars(asked))


def _of_machines(mailbox: str, after: datetime) -> tuple[ColumnElement[bool], ...]:
    return _d.mailbox == mailbox, _d.received_at > after, _d.outcome == Outcome.AUTOMATIC
