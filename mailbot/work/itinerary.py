"""Which of a folder's mails are taken in, how, and in what portions: worked out before a byte is fetched."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot import imap
from mailbot.imap import Fetched, Listed
from mailbot.model import Mailbox, Outcome, Site, StartMode
from mailbot.store.intake import Box, Received

# A batch sits in memory whole: so many mails or octets, whichever comes first.
MAILS = 50
OCTETS = 20 * 1024 * 1024
# Rows without bytes cost little.
ROWS = 2000
# The server's clock and ours differ a little, and INTERNALDATE knows no fractions of a second.
SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Planned:
    """One UID: to be fetched, whole or its header section alone, or with the outcome that it has unfetched."""

    uid: int
    size: int = 0
    internaldate: datetime | None = None
    rescan: bool = False
    oversize: bool = False
    outcome: Outcome | None = None
    reason: str = ""


def left_alone(mailbox: Mailbox, box: Box, waiting: Sequence[int], connection: imap.Connection) -> frozenset[int]:
    """UIDs that stood in the folder at the first connection and that `start` leaves alone."""
    there = frozenset(uid for uid in waiting if uid < box.boundary)
    if not there or mailbox.start.mode is StartMode.ALL:
        return frozenset()
    if mailbox.start.mode is StartMode.DATE and mailbox.start.since:
        # The server counts days in its own time zone; the times of `sizes` tell the rest exactly.
        return there - frozenset(connection.uids_since(mailbox.start.since - timedelta(days=1)))
    return there


def planned(
    uids: Sequence[int], alone: frozenset[int], listed: Iterable[Listed], mailbox: Mailbox, box: Box, site: Site
) -> list[Planned]:
    known = {entry.uid: entry for entry in listed}
    horizon = _horizon(mailbox, box, site)
    return [_plan(uid, alone, known.get(uid), box, horizon, site.limits.message) for uid in uids]


def _plan(
    uid: int, alone: frozenset[int], listed: Listed | None, box: Box, horizon: datetime | None, limit: int
) -> Planned:
    if uid in alone:
        return Planned(
            uid, outcome=Outcome.BEFORE_START, reason="there before the first connection; `start` leaves it alone"
        )
    if listed is None:
        return Planned(uid, outcome=Outcome.GONE, reason="deleted on the server before it could be fetched")
    rescan = uid < box.rescan_below
    plan = Planned(uid, listed.size, listed.internaldate, rescan)
    there_before = rescan or uid < box.boundary
    if there_before and horizon and listed.internaldate and listed.internaldate < horizon:
        reason = "older than the first connection; `start` leaves it alone"
        return replace(plan, outcome=Outcome.BEFORE_START, reason=reason)
    if why := _never_came(listed.marks):
        return replace(plan, outcome=Outcome.OWN, reason=why)
    return replace(plan, oversize=listed.size > limit)


def _never_came(marks: frozenset[bytes]) -> str:
    """A folder with all mail holds drafts as well, each as often as it was saved, and what people wrote."""
    if b"\\draft" in marks:
        return "a draft: nobody has sent it"
    if b"\\sent" in marks and b"\\inbox" not in marks:
        return 'written from the mailbox itself: the Sent folder has it, and sent_folder = "auto" reads that'
    return ""


def _horizon(mailbox: Mailbox, box: Box, site: Site) -> datetime | None:
    """Mail from before this is none of our business, by whatever UID it comes."""
    match mailbox.start.mode:
        case StartMode.ALL:
            return None
        case StartMode.DATE if mailbox.start.since:
            return datetime.combine(mailbox.start.since, time(), ZoneInfo(site.robot.timezone)).astimezone(UTC)
        case _:
            return box.horizon


def runs(plan: Iterable[Planned], most: int = MAILS) -> Iterator[list[Planned]]:
    """Portions for one commit each, in order; `most` mails are fetched together, whole or their headers alone."""
    run: list[Planned] = []
    mails = octets = 0
    for entry in plan:
        fetch = entry.outcome is None
        size = entry.size if fetch and not entry.oversize else 0
        if run and (len(run) >= ROWS or (fetch and (mails >= most or octets + size > OCTETS))):
            yield run
            run, mails, octets = [], 0, 0
        run.append(entry)
        mails += fetch
        octets += size
    if run:
        yield run


def received(entry: Planned, fetched: Fetched | None, box: Box, site: Site, now: datetime) -> Received:
    """The real count of bytes decides, whatever the server announced (F-067)."""
    outcome, reason, raw = entry.outcome, entry.reason, fetched.raw if fetched else None
    size, oversize = entry.size, entry.oversize
    if outcome is None and raw is None:
        outcome, reason = Outcome.GONE, "listed by the server, and no longer there when it was fetched"
    elif raw == b"":
        outcome, reason, raw = Outcome.QUARANTINED, "the server lists it and gives no bytes, however often asked", None
    elif raw is not None and not oversize:
        size = len(raw)
        oversize = size > site.limits.message
        raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if oversize else raw
    return Received(
        mailbox=box.mailbox,
        uidvalidity=box.uidvalidity,
        generation=box.generation,
        uid=entry.uid,
        received_at=_received_at(entry, box, now),
        size=size,
        raw=raw,
        rescan=entry.rescan,
        oversize=oversize,
        outcome=outcome,
        reason=reason,
    )


def _received_at(entry: Planned, box: Box, now: datetime) -> datetime:
    """Design 2.2.10: INTERNALDATE where it lies between our last good look and now, else our own clock (F-085)."""
    if entry.internaldate is None or entry.internaldate > now + SLACK:
        return now
    there_before = entry.rescan or entry.uid < box.boundary
    if there_before or box.looked_at is None or entry.internaldate >= box.looked_at - SLACK:
        return min(entry.internaldate, now)
    return now
