"""What registered addresses were asked to confirm: few rows, looked at only for held tickets and sensitive requests."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.model import Asked, Challenge, Ending
from mailbot.tables import challenge

DAY = timedelta(hours=24)

_c = challenge.c
_OF_TICKETS = select(challenge).where(_c.ticket.in_(bindparam("these", expanding=True))).order_by(_c.asked_at, _c.tag)
_ASKED = (
    select(_c.account, func.count())
    .where(_c.account.in_(bindparam("these", expanding=True)), _c.asked_at > bindparam("since"))
    .group_by(_c.account)
)


def of_tickets(conn: Connection, tickets: Sequence[str]) -> tuple[Challenge, ...]:
    """Oldest first, ended ones too."""
    rows = conn.execute(_OF_TICKETS, {"these": tickets}).mappings() if tickets else ()
    return tuple(Challenge(**{**row, "ending": Ending(row["ending"]) if row["ending"] else None}) for row in rows)


def asked(conn: Connection, accounts: Sequence[str], now: datetime) -> tuple[Asked, ...]:
    if not accounts:
        return ()
    return tuple(Asked(*row) for row in conn.execute(_ASKED, {"these": accounts, "since": now - DAY}))


def save(conn: Connection, challenges: Sequence[Challenge]) -> None:
    """New ones, and what became of those that are there."""
    if not challenges:
        return
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    statement = make(challenge)
    new = statement.excluded
    rows = [
        {
            "tag": entry.tag,
            "ticket": entry.ticket,
            "account": entry.account,
            "recipient": entry.recipient,
            "asked_at": entry.asked_at,
            "tries": entry.tries,
            "ending": entry.ending,
        }
        for entry in challenges
    ]
    changes = {"tries": new.tries, "ending": new.ending}
    conn.execute(statement.on_conflict_do_update(index_elements=["tag"], set_=changes), rows)


def void(conn: Connection, ticket: str) -> None:
    """A person decided: what was asked about the ticket counts no more."""
    conn.execute(update(challenge).where(_c.ticket == ticket, _c.ending.is_(None)).values(ending=Ending.VOID))
