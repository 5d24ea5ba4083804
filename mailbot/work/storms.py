"""Storms, as the admin hears of them: what was withheld, gathered, and mailboxes that machines write to."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.model import Concern
from mailbot.store import alarms, withheld
from mailbot.store.withheld import Withheld
from mailbot.work.desk import Desk
from mailbot.work.measures import at
from mailbot.work.transactions import change, look

WITHHELD = "withheld"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# One digest a day; but a storm that has grown to ten times what the last one told of does not wait for tomorrow.
GROWN = 10
STORM = 100
# Reliability F-162.
MACHINES = 50
_NAMED = 5


def raise_withheld(conn: Connection, desk: Desk, now: datetime) -> None:
    last = alarms.last_raised(conn, WITHHELD)
    after = last or now - DAY
    first = withheld.oldest(conn, after, now)
    if first is None or now - first < desk.site.alarm.digest * 0.8:
        return
    if last and now - last < DAY:
        told = withheld.count(conn, last - DAY, last)
        if withheld.count(conn, after, now) < max(STORM, GROWN * told):
            return
    alarms.raise_alarm(conn, WITHHELD, _sentence(withheld.summary(conn, after, now)), now)


def _sentence(found: Withheld) -> str:
    mails = "1 automatic mail was" if found.count == 1 else f"{found.count} automatic mails were"
    return (
        f"{mails} withheld since {at(found.since)}: to {_listed(found.domains, 'other domains')}."
        f" Why: {_listed(found.reasons, 'other reasons')}. What came in is judged as ever, and tickets are there."
        " `mailbot outgoing list --status withheld` lists what did not go out, `mailbot outgoing retry ID` sends it."
    )


def _listed(counts: Counter[str], others: str) -> str:
    """The most frequent by name, the rest as one.

    >>> _listed(Counter({"a.example": 2, "b.example": 1}), "other domains")
    'a.example (2), b.example (1)'
    """
    named = counts.most_common(_NAMED)
    rest = counts.total() - sum(count for _, count in named)
    said = [f"{name} ({count})" for name, count in named]
    return ", ".join([*said, f"{len(counts) - len(named)} {others} ({rest})"] if rest else said)


def notice_machines(desk: Desk) -> int:
    """A list that is subscribed to a mailbox, or a program that will not stop: told once a day."""
    now = desk.now()
    found = look(desk.database, lambda conn: _flooded(conn, desk, now - HOUR))
    if found:
        change(desk.database, lambda conn: alarms.raise_daily(conn, found, now))
    return len(found)


def _flooded(conn: Connection, desk: Desk, since: datetime) -> list[Concern]:
    counts = {mailbox.key: withheld.machines(conn, mailbox.key, since) for mailbox in desk.site.mailboxes}
    flooded = {name: count for name, count in counts.items() if count > MACHINES}
    authors = {name: withheld.domains_of_machines(conn, name, since) for name in flooded}
    return [Concern(f"machines:{name}", _said(name, count, authors[name])) for name, count in flooded.items()]


def _said(mailbox: str, count: int, authors: Counter[str]) -> str:
    return (
        f"machines write to mailbox {mailbox} all the time: {count} automatic mails came within an hour, of"
        f" {_listed(authors, 'other domains')}. None is answered. Where a mailing list is subscribed to the mailbox,"
        " unsubscribe it, or name it in [security] blocked."
    )
