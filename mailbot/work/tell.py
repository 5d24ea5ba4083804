"""Tell the admin: what began and what is over, gathered into one mail, not one for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.model import UNHEARD, Draft, Language, Purpose
from mailbot.parsers import address
from mailbot.store import alarms, outages, outbox
from mailbot.store.alarms import Raised
from mailbot.store.apply import queue
from mailbot.work.desk import Desk
from mailbot.work.measures import at
from mailbot.work.sign_ins import Ending, ended, endings, raise_endings
from mailbot.work.storms import raise_withheld
from mailbot.work.transactions import change

# A burst of trouble becomes one mail: the oldest untold alarm waits a little for others (RC-08: five minutes at most).
GATHER = 5
# Servers that give a mail back mostly do so at once.
QUIET = timedelta(days=1)


def tell(desk: Desk) -> int:
    """Puts at most one mail into the outbox; returns how many alarms it tells of."""
    now = desk.now()
    ending = (*endings(desk.site, now), *ended(desk.site))
    return change(desk.database, lambda conn: _tell(conn, desk, ending, now))


def _tell(conn: Connection, desk: Desk, ending: Sequence[Ending], now: datetime) -> int:
    _raise_outages(conn, desk, now)
    raise_endings(conn, desk, ending, now)
    raise_withheld(conn, desk, now)
    _end_unheard(conn, desk, now)
    untold = alarms.untold(conn)
    if not untold or now - min(entry.over_at or entry.raised_at for entry in untold) < desk.site.alarm.digest / GATHER:
        return 0
    mailbox = desk.site.mailboxes[0]
    draft = Draft(
        template="alarm",
        purpose=Purpose.ADMIN,
        language=desk.site.robot.language,
        recipient=desk.site.robot.admin,
        mailbox=mailbox.key,
        cause=_cause(untold[0]),
        subject=_subject(untold, desk.site.robot.language),
        lines=tuple(map(_line, untold)),
    )
    queue(conn, [desk.press.render(draft, now)], now)
    alarms.tell(conn, untold, now)
    return len(untold)


def _cause(entry: Raised) -> str:
    """With the time: in a restored database another alarm may get the id, and must not look like the same mail."""
    when = entry.over_at or entry.raised_at
    return f"alarm:{entry.id}:{'over' if entry.over_at else 'begun'}:{when:%Y%m%dT%H%M%S}"


def _line(entry: Raised) -> str:
    if entry.over_at is None:
        return entry.sentence
    return f"over: {_heading(entry)} (ended {at(entry.over_at)})"


def _heading(entry: Raised) -> str:
    """What happened, without the why: it stands before the first colon."""
    return entry.sentence.partition(": ")[0]


def _subject(untold: Sequence[Raised], language: Language) -> str:
    over = "" if untold[0].over_at is None else "terminé\N{NO-BREAK SPACE}: " if language is Language.FR else "over: "
    return f"{over}{_heading(untold[0])}{' …' if len(untold) > 1 else ''}"


def _raise_outages(conn: Connection, desk: Desk, now: datetime) -> None:
    """As of when each had lasted too long: nobody waits for the next look as well."""
    for outage in outages.current(conn, lock=True):
        begun = outage.since + desk.site.alarm.mailbox_down
        if begun <= now:
            sentence = f"{outage.what} is down: since {at(outage.since)}, {outage.reason}"
            alarms.raise_alarm(conn, f"down:{outage.name}", sentence, begun)


def _end_unheard(conn: Connection, desk: Desk, now: datetime) -> None:
    """The admin is heard of again: another address, or a mail to this one that for a day did not come back."""
    for raised in alarms.standing(conn):
        email = raised.key.removeprefix(UNHEARD)
        if email == raised.key:
            continue
        if email != address.key(desk.site.robot.admin) or outbox.arrived(conn, email, raised.raised_at, now - QUIET):
            alarms.call_off(conn, raised.key, now)
