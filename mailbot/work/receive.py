"""Receive: bytes into the ledger, committed before anything changes on the server."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from mailbot import imap
from mailbot.imap import Fetched, Folder, Listed
from mailbot.model import SENT, Mailbox, Outcome, ProcessedMode
from mailbot.store import alarms, intake, traffic
from mailbot.store.intake import Box, Received
from mailbot.work.care import CAREFREE, Care
from mailbot.work.desk import Desk
from mailbot.work.itinerary import MAILS, Planned, left_alone, planned, received, runs
from mailbot.work.marks import mark, note
from mailbot.work.transactions import change, look

log = logging.getLogger(__name__)

# One answer of the server and one list in our memory hold at most so many.
LISTED = 2000
# So far back mail is looked for that a server showed late.
LATE = 2000
# F-068: a server that lists a mail and then gives no bytes may be in the middle of something.
TRIES = 3
# A look that found nothing is written down so often at most: finer, it would only cost commits.
LOOK_NOTED = timedelta(seconds=10)


def receive(
    desk: Desk,
    mailbox: Mailbox,
    connection: imap.Connection,
    arrived: Callable[[], None],
    *,
    care: Care = CAREFREE,
    noted: bool = False,
) -> int:
    """Takes in all that is new in the folder; returns how many deliveries were recorded. Raises ImapError.

    `arrived` is called after each commit: their judgement need not wait for the rest of the folder. With `noted` the
    look is written down even if it finds nothing.
    """
    folder = connection.select(readonly=mailbox.processed.mode is ProcessedMode.KEEP, folder=mailbox.imap.folder)
    known, last = look(desk.database, lambda conn: _place(conn, mailbox, folder))
    folder = _believed(folder, last, connection)
    if known and _is_numbered_so(known, folder, last):
        box = known
    else:
        box = change(desk.database, lambda conn: _numbering(conn, mailbox, folder, desk.now()))
        last = look(desk.database, lambda conn: intake.last_uid(conn, box))
    waiting = connection.uids_after(last)
    alone = left_alone(mailbox, box, waiting, connection)
    recorded, refusal = 0, ""
    step = MAILS if care.singly else LISTED
    for n in range(0, len(waiting), step):
        for rows in _take_in(desk, mailbox, box, connection, waiting[n : n + step], alone, care):
            recorded += len(rows)
            arrived()
            refusal = mark(mailbox, connection, [row.uid for row in rows if row.raw is not None]) or refusal
    now = desk.now()
    if recorded or noted or box.looked_at is None or now - box.looked_at >= LOOK_NOTED:
        change(desk.database, partial(_looked, mailbox=mailbox, refusal=refusal if recorded else None, now=now))
    return recorded


def receive_late(
    desk: Desk, mailbox: Mailbox, connection: imap.Connection, arrived: Callable[[], None], care: Care = CAREFREE
) -> int:
    """Mail that the server showed only after younger mail, against RFC 9051 section 2.3.1.1: none may be lost for that.

    Of the folder that is selected, and as far back as is cheap to ask. Returns how many deliveries were recorded.
    """
    box, last = look(desk.database, lambda conn: _place(conn, mailbox))
    there = connection.uids_between(max(last - LATE, 1), last)
    late = sorted(look(desk.database, lambda conn: traffic.unrecorded(conn, box, there))) if box else []
    if late and box:
        log.warning("mailbox %s: the server shows %s mails later than younger ones", mailbox.key, len(late))
        for _ in _take_in(desk, mailbox, box, connection, late, frozenset(), care):
            arrived()
    return len(late)


def _place(conn: Connection, mailbox: Mailbox, folder: Folder | None = None) -> tuple[Box | None, int]:
    """Raises FolderRefused."""
    if folder:
        _must_be_apart(conn, mailbox, folder)
    box = intake.find_box(conn, mailbox.key)
    return box, intake.last_uid(conn, box) if box else 0


def _believed(folder: Folder, last: int, connection: imap.Connection) -> Folder:
    """RFC 9051 section 2.3.1.1: no mail that is there has UIDNEXT or more; where one has, nothing is foretold."""
    if folder.foretells and folder.uidnext <= last and connection.uids_after(folder.uidnext - 1):
        return replace(folder, foretells=False)
    return folder


def _looked(conn: Connection, mailbox: Mailbox, refusal: str | None, now: datetime) -> None:
    intake.looked(conn, mailbox.key, now)
    if refusal is not None and mailbox.processed.mode in (ProcessedMode.SEEN, ProcessedMode.MOVE):
        note(conn, mailbox, refusal, now)


def _is_numbered_so(box: Box, folder: Folder, last: int) -> bool:
    """As when we last looked: nothing needs to be written, and nobody but us would have."""
    same = (box.folder, box.uidvalidity) == (folder.name, folder.uidvalidity)
    return same and not (folder.foretells and folder.uidnext <= last)


def _numbering(conn: Connection, mailbox: Mailbox, folder: Folder, now: datetime) -> Box:
    """RFC 9051 section 2.3.1.1: UIDs mean something only together with UIDVALIDITY, so that comes first."""
    box = intake.find_box(conn, mailbox.key)
    if box is None:
        box = Box(mailbox.key, folder.uidvalidity, 0, horizon=now, boundary=folder.uidnext, folder=folder.name)
    elif box.folder and box.folder != folder.name:
        log.warning("mailbox %s: another folder is read now, from its beginning; known mail stays known", mailbox.key)
        box = _renumbered(box, folder, intake.next_generation(conn, mailbox.key, folder.uidvalidity))
    elif box.uidvalidity != folder.uidvalidity:
        log.warning("mailbox %s: UIDVALIDITY changed, its folder is read again; known mail stays known", mailbox.key)
        generation = intake.next_generation(conn, mailbox.key, folder.uidvalidity)
        box = _renumbered(box, folder, generation)
    elif folder.foretells and folder.uidnext <= intake.last_uid(conn, box):
        log.warning("mailbox %s: the server gave out used UIDs again, its folder is read again", mailbox.key)
        box = _renumbered(box, folder, box.generation + 1)
    elif box.folder:
        return box
    box = replace(box, folder=folder.name)
    intake.save_box(conn, box)
    return box


def _must_be_apart(conn: Connection, mailbox: Mailbox, folder: Folder) -> None:
    """Who wrote what lies in a Sent folder is believed, and where customers write that is anybody.

    Raises FolderRefused.
    """
    if not mailbox.key.endswith(SENT):
        return
    letters = intake.find_box(conn, mailbox.key.removesuffix(SENT))
    if letters and letters.folder == folder.name:
        server = f"{mailbox.imap.host}:{mailbox.imap.port}"
        says = f"folder {folder.name!r} is the one that customers' mail is read from: name another"
        raise imap.FolderRefused(f"{server}: {says}.")


def _renumbered(box: Box, folder: Folder, generation: int) -> Box:
    return replace(box, uidvalidity=folder.uidvalidity, generation=generation, boundary=0, rescan_below=folder.uidnext)


def _take_in(
    desk: Desk,
    mailbox: Mailbox,
    box: Box,
    connection: imap.Connection,
    uids: Sequence[int],
    alone: frozenset[int],
    care: Care,
) -> Iterator[Sequence[Received]]:
    """In the order of UIDs, whatever becomes of each: the highest recorded UID is our place in the folder.

    Gives what each commit recorded.
    """
    listed = _listed(mailbox, connection, [uid for uid in uids if uid not in alone], care)
    plan = planned(uids, alone, listed, mailbox, box, desk.site)
    for run in runs((_spared(entry, care) for entry in plan), 1 if care.singly else MAILS):
        try:
            fetched = _fetched(mailbox, connection, run)
        except imap.OversizeClaim as claim:
            if care.singly:
                _pass_by(desk, box, run, str(claim))
            raise
        except imap.ConnectionLost as lost:
            alone_in_it = next((entry.uid for entry in run if entry.outcome is None), 0) if care.singly else 0
            raise imap.FetchBroken(str(lost), alone_in_it) from lost
        rows = [received(entry, fetched.get(entry.uid), box, desk.site, desk.now()) for entry in run]
        change(desk.database, partial(_record, rows=rows, now=desk.now()))
        yield rows


def _spared(entry: Planned, care: Care) -> Planned:
    if entry.outcome or not care.gives_up(entry.uid):
        return entry
    return replace(entry, outcome=Outcome.QUARANTINED, reason="the connection broke each time that it was fetched")


def _fetched(mailbox: Mailbox, connection: imap.Connection, run: list[Planned]) -> dict[int, Fetched]:
    whole = [entry.uid for entry in run if entry.outcome is None and not entry.oversize]
    headers = [entry.uid for entry in run if entry.oversize]
    return _fetch(mailbox, connection, connection.fetch, whole) | _fetch(
        mailbox, connection, connection.fetch_headers, headers
    )


def _pass_by(desk: Desk, box: Box, run: list[Planned], claim: str) -> None:
    """F-066: of all that was fetched only one was a mail, and the server cannot give it."""
    refused = [entry if entry.outcome else replace(entry, outcome=Outcome.QUARANTINED, reason=claim) for entry in run]
    rows = [received(entry, None, box, desk.site, desk.now()) for entry in refused]
    change(desk.database, partial(_record, rows=rows, now=desk.now()))


def _listed(mailbox: Mailbox, connection: imap.Connection, uids: list[int], care: Care) -> list[Listed]:
    """What the server did not list and yet has is to be fetched all the same. What is given up is not asked for."""
    asked = [uid for uid in uids if not care.gives_up(uid)]
    listed = _sizes(connection, asked, care)
    withheld = _withheld(mailbox, connection, set(asked) - {entry.uid for entry in listed}, anything=bool(listed))
    return [*listed, *(Listed(uid, 0, None) for uid in withheld | (set(uids) - set(asked)))]


def _sizes(connection: imap.Connection, uids: list[int], care: Care) -> list[Listed]:
    """Who breaks first is suspected, and listed last from then on: he is to blame if the others could be listed."""
    portions = [[uid] for uid in sorted(uids, key=lambda uid: uid == care.uid)] if care.singly else [uids]
    listed: list[Listed] = []
    for portion in portions:
        try:
            listed += connection.sizes(portion)
        except imap.ConnectionLost as lost:
            suspected = len(portions) > 1 and (listed or care.uid in (0, portion[0]))
            raise imap.FetchBroken(str(lost), portion[0] if suspected else 0) from lost
    return listed


def _fetch(
    mailbox: Mailbox, connection: imap.Connection, ask: Callable[[list[int]], tuple[Fetched, ...]], uids: list[int]
) -> dict[int, Fetched]:
    """By UID. What the server no longer has stays out; what it has and does not give, even asked again, is empty.

    Asked again each alone: an answer may end at the one mail that a server cannot read.
    """
    found = {entry.uid: entry for entry in ask(uids)} if uids else {}
    for _ in range(TRIES - 1):
        for uid in [uid for uid in uids if uid not in found or not found[uid].raw]:
            found |= {entry.uid: entry for entry in ask([uid])}
    withheld = _withheld(mailbox, connection, set(uids) - found.keys(), anything=bool(found))
    return found | {uid: Fetched(uid, None, b"") for uid in withheld}


def _withheld(mailbox: Mailbox, connection: imap.Connection, absent: set[int], *, anything: bool) -> frozenset[int]:
    """Of what an answer left out, that which still stands in the folder (RFC 2180 section 4.1: a NO may follow).

    A server that gave nothing at all is in trouble, and none of its mail is given up for that. Raises Busy.
    """
    there = absent - connection.missing(absent) if absent else frozenset()
    if there and not anything:
        server = f"{mailbox.imap.host}:{mailbox.imap.port}"
        raise imap.Busy(f"{server}: the server lists {len(there)} mails and gives none; mailbot tries again later.")
    return frozenset(there)


def _record(conn: Connection, rows: Sequence[Received], now: datetime) -> None:
    intake.record(conn, rows, now)
    for row in rows:
        if row.oversize:
            what = f"has {row.size / 1024**2:.0f} MiB, more than the limit: only its header was read"
        elif row.outcome is Outcome.QUARANTINED:
            what = f"was not taken in: {row.reason}"
        else:
            continue
        sentence = f"UID {row.uid} in mailbox {row.mailbox} {what}. The mail is still on the server."
        alarms.raise_alarm(conn, f"untaken:{row.mailbox}:{row.uidvalidity}:{row.uid}", sentence, now)
