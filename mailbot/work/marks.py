"""What `processed` asks for on the server: a courtesy to people who look into the mailbox, never the truth.

The truth is the ledger; so a server that refuses costs nothing but one sentence to the admin.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from mailbot import imap
from mailbot.model import Mailbox, ProcessedMode
from mailbot.store import alarms, intake
from mailbot.work.desk import Desk
from mailbot.work.transactions import change, look

log = logging.getLogger(__name__)


def mark(mailbox: Mailbox, connection: imap.Connection, uids: Sequence[int]) -> str:
    """Only after our commit. Returns why the server would not, "" where it did or nothing was to be done."""
    if not uids:
        return ""
    try:
        match mailbox.processed.mode:
            case ProcessedMode.SEEN:
                connection.mark_seen(uids)
            case ProcessedMode.MOVE:
                connection.move(uids, mailbox.processed.folder)
            case ProcessedMode.KEEP | ProcessedMode.DELETE_AFTER:
                pass
    except imap.CommandRefused as refusal:
        return str(refusal)
    return ""


def clear_out(desk: Desk, mailbox: Mailbox, connection: imap.Connection) -> int:
    """Deletes from the server what `processed = delete-after` allows, and moves what a crash left unmoved."""
    processed, refusal, due = mailbox.processed, "", list[int]()
    match processed.mode:
        case ProcessedMode.MOVE if not connection.keeps_what_is_moved:
            due = _settled(desk, mailbox, connection, desk.now())
            refusal = mark(mailbox, connection, due)
        case ProcessedMode.DELETE_AFTER if processed.after:
            due = _settled(desk, mailbox, connection, desk.now() - processed.after)
            refusal = _deleted(connection, due)
    if due or processed.mode is ProcessedMode.KEEP:
        change(desk.database, partial(note, mailbox=mailbox, refusal=refusal, now=desk.now()))
    return len(due)


def note(conn: Connection, mailbox: Mailbox, refusal: str, now: datetime) -> None:
    """One sentence to the admin when the server begins to refuse, and one when it no longer does."""
    if not refusal:
        alarms.call_off(conn, alarms.unmarked(mailbox.key), now)
        return
    sentence = f"mail of mailbox {mailbox.key} stays unmarked on the server: {refusal} It is worked all the same."
    if alarms.raise_alarm(conn, alarms.unmarked(mailbox.key), sentence, now):
        log.warning("%s", sentence)


def _settled(desk: Desk, mailbox: Mailbox, connection: imap.Connection, before: datetime) -> list[int]:
    """Mails that still stand on the server and whose bytes we took in and judged before that time."""
    present = set(connection.all_uids())
    with_bytes = look(desk.database, lambda conn: intake.settled_uids(conn, mailbox.key, before))
    return sorted(present & with_bytes)


def _deleted(connection: imap.Connection, uids: list[int]) -> str:
    try:
        connection.delete(uids)
    except imap.CommandRefused as refusal:
        return str(refusal)
    return ""
