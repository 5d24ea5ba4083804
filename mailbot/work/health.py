"""How the robot is: what status shows, and what of it needs a person. Looked at, never changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.model import Outcome, Site
from mailbot.store import alarms, attempts, intake, leases, listing, outages, traffic
from mailbot.store.alarms import QUARANTINE, SILENT, Raised
from mailbot.store.engine import Database
from mailbot.store.listing import Sums
from mailbot.store.outages import Outage
from mailbot.work.measures import at
from mailbot.work.transactions import look

# RC-01: what waits longer is a sign that nobody works.
OLDEST = timedelta(minutes=5)
# Whoever listens looks several times a minute; only a flood of mail keeps him longer.
UNSEEN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Kept:
    """One mailbox. `is_held`: a daemon that lives listens to it, or tries to.

    `connected_at` is None until that one has caught up with the folder; `waiting` counts what is not judged yet.
    """

    mailbox: str
    is_held: bool
    connected_at: datetime | None
    down: Outage | None
    looked_at: datetime | None
    last_mail: datetime | None
    is_silent: bool
    waiting: int
    oldest_waiting: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` are sentences, each with what to do. `attempts` are the wrong ones of a day, by kind."""

    now: datetime
    daemons: int
    sums: Sums
    mailboxes: tuple[Kept, ...]
    down: tuple[Outage, ...]
    problems: tuple[str, ...]
    attempts: tuple[tuple[str, int], ...] = ()

    def count(self, outcome: Outcome) -> int:
        return dict(self.sums.outcomes).get(outcome, 0)


def health(database: Database, site: Site, now: datetime) -> Health:
    return look(database, lambda conn: _health(conn, site, now))


def _health(conn: Connection, site: Site, now: datetime) -> Health:
    sums, down, standing = listing.sums(conn), outages.current(conn), alarms.standing(conn)
    living = leases.living(conn, now)
    kept = tuple(_mailboxes(conn, site, down, standing, now))
    problems = (
        *_down(down, site.alarm.mailbox_down, now),
        *_standing(standing),
        *_nobody(living, kept, now),
        *_queues(sums, down, now),
        *_ledger(sums, listing.orphans(conn)),
    )
    return Health(now, living, sums, kept, down, problems, attempts.by_kind(conn, now))


def _mailboxes(
    conn: Connection, site: Site, down: Iterable[Outage], standing: Iterable[Raised], now: datetime
) -> Iterator[Kept]:
    boxes = {box.mailbox: box for box in intake.boxes(conn)}
    waiting = traffic.waiting(conn)
    outage = {entry.name: entry for entry in down}
    for mailbox in site.mailboxes:
        box, waits = boxes.get(mailbox.key), waiting.get(mailbox.key)
        yield Kept(
            mailbox=mailbox.key,
            is_held=leases.holder_of(conn, leases.of(mailbox.key), now) is not None,
            connected_at=box.connected_at if box else None,
            down=outage.get(outages.of(mailbox.key)),
            looked_at=box.looked_at if box else None,
            last_mail=traffic.last_mail(conn, mailbox.key),
            is_silent=any(entry.key.startswith(f"{SILENT}{mailbox.key}:") for entry in standing),
            waiting=waits.count if waits else 0,
            oldest_waiting=waits.oldest if waits else None,
        )


def _down(down: Iterable[Outage], patience: timedelta, now: datetime) -> Iterator[str]:
    for entry in down:
        if now - entry.since >= patience:
            yield f"{entry.what} is down since {at(entry.since)}: {entry.reason}"


def _standing(standing: Iterable[Raised]) -> Iterator[str]:
    """Outages are told for themselves, and many mails in quarantine in one sentence."""
    apart = [entry for entry in standing if entry.key.startswith(QUARANTINE)]
    if len(apart) > 1:
        first = f"{len(apart)} mails are in quarantine, the first since {at(apart[0].raised_at)}"
        yield f"{first}: `mailbot deliveries list --outcome quarantined` says why"
    for entry in standing:
        if not entry.key.startswith("down:") and (len(apart) == 1 or entry not in apart):
            yield entry.sentence


def _nobody(living: int, mailboxes: Iterable[Kept], now: datetime) -> Iterator[str]:
    if not living:
        yield "no daemon is running: start `mailbot run`"
        return
    for box in mailboxes:
        if not box.is_held and not box.down:
            yield f"nobody listens to mailbox {box.mailbox}: restart `mailbot run`, which may know older settings"
        elif box.connected_at and box.looked_at and not box.down and now - box.looked_at >= UNSEEN:
            since = f"mailbox {box.mailbox} was not looked into since {at(box.looked_at)}"
            yield f"{since}, though a daemon has it: see what its log says, or restart it"


def _queues(sums: Sums, down: Iterable[Outage], now: datetime) -> Iterator[str]:
    if sums.oldest_waiting and now - sums.oldest_waiting > OLDEST:
        yield f"mail waits to be judged since {at(sums.oldest_waiting)}: see what the daemon's log says"
    without_relay = any(entry.name == outages.RELAY for entry in down)
    if sums.oldest_due and now - sums.oldest_due > OLDEST and not without_relay:
        yield f"mail waits to be sent since {at(sums.oldest_due)}: see what the daemon's log says"


def _ledger(sums: Sums, orphans: int) -> Iterator[str]:
    judged = sum(number for _, number in sums.outcomes)
    if sums.received != judged + sums.waiting:
        found = f"the ledger does not add up ({sums.received} received, {judged} judged, {sums.waiting} in work)"
        yield f"{found}: the database is damaged; stop mailbot and have it checked, or put a backup back"
    if orphans:
        yield f"mails in work without their bytes: {orphans}; the database is damaged: put a backup back"
