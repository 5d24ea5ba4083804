"""A mailbox whose silence is unusual for the hour: the admin is told once, and the next mail calls it off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.model import Mailbox, Site
from mailbot.silence import YEAR, comparable, is_unusual
from mailbot.store import alarms, intake, outages, traffic
from mailbot.store.alarms import SILENT
from mailbot.work.desk import Desk
from mailbot.work.measures import at
from mailbot.work.transactions import change, look

# Of a folder that nobody has looked into for so long we do not know whether it is silent.
FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Changes:
    """Alarms to be raised, as (key, sentence), and keys of those to be called off."""

    begun: tuple[tuple[str, str], ...]
    over: tuple[str, ...]


def notice_silence(desk: Desk) -> int:
    """Returns how many silences began or ended; writes nothing where none did."""
    now = desk.now()
    changes = look(desk.database, lambda conn: _changes(conn, desk.site, now))

    def work(conn: Connection) -> None:
        for key in changes.over:
            alarms.call_off(conn, key, now)
        for key, sentence in changes.begun:
            alarms.raise_alarm(conn, key, sentence, now)

    if changes.begun or changes.over:
        change(desk.database, work)
    return len(changes.begun) + len(changes.over)


def _changes(conn: Connection, site: Site, now: datetime) -> Changes:
    """An alarm's key names the last mail before the silence, so the next mail makes it another one's."""
    last = {box.key: traffic.last_mail(conn, box.key) for box in site.mailboxes if site.alarm.mailbox_silent}
    keys = {name: f"{SILENT}{name}:{when:%Y-%m-%dT%H:%M:%S.%f}" for name, when in last.items() if when}
    standing = [entry.key for entry in alarms.standing(conn) if entry.key.startswith(SILENT)]
    quiet = [box for box in site.mailboxes if box.key in keys and keys[box.key] not in standing]
    begun = _begun(conn, site, quiet, last, now)
    return Changes(
        begun=tuple((keys[name], sentence) for name, sentence in begun),
        over=tuple(key for key in standing if key not in keys.values()),
    )


def _begun(
    conn: Connection, site: Site, mailboxes: Iterable[Mailbox], last: dict[str, datetime | None], now: datetime
) -> Iterator[tuple[str, str]]:
    """By mailbox, with the sentence for the admin."""
    down = {entry.name for entry in outages.current(conn)}
    for mailbox in mailboxes:
        begun = last[mailbox.key]
        shortest = site.alarm.mailbox_silent
        if not begun or not shortest or now - begun < shortest or outages.of(mailbox.key) in down:
            continue
        if counts := _unusual(conn, mailbox, begun, now, site.robot.timezone):
            yield mailbox.key, _sentence(mailbox, begun, counts)


def _unusual(conn: Connection, mailbox: Mailbox, last: datetime, now: datetime, zone: str) -> tuple[int, ...]:
    """The mails of the stretches compared; empty where the silence is nothing to speak of, or nobody looks for mail."""
    box = intake.find_box(conn, mailbox.key)
    if not box or not box.looked_at or now - box.looked_at > FRESH:
        return ()
    stretches = comparable(last, now, box.horizon, zone)
    if not stretches:
        return ()
    counts = tuple(traffic.count(conn, mailbox.key, stretch.start, stretch.end) for stretch in stretches)
    begin = stretches[-1].start
    yearly = traffic.count(conn, mailbox.key, begin, now) * (YEAR / (now - begin))
    return counts if is_unusual(counts, yearly) else ()


def _sentence(mailbox: Mailbox, last: datetime, counts: tuple[int, ...]) -> str:
    least, most = min(counts), max(counts)
    brought = f"{least} to {most}" if least < most else f"{most} each"
    return (
        f"mailbox {mailbox.key} is silent: no mail since {at(last)}, where the same hours of"
        f" past weeks brought {brought}. Unless it is a holiday, send it a mail from outside"
        " and find out where it stays."
    )
