"""The Sent folder of a mailbox, looked at beside it: what people write there joins the tickets as well."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Connection

from mailbot import imap
from mailbot.imap import FetchBroken, FolderRefused, ImapError, OversizeClaim
from mailbot.model import Mailbox
from mailbot.store import alarms
from mailbot.work.care import CAREFREE, Care
from mailbot.work.desk import Desk
from mailbot.work.receive import receive
from mailbot.work.transactions import change

log = logging.getLogger(__name__)

# Seconds for which a folder that makes trouble is left alone, and one where the connection broke: customers' mail must
# not wait for it.
REST = 600.0
PAUSE = 60.0


class Interrupted(Exception):
    """The connection is of no more use; the next one will be more careful, or leave the folder alone for a while."""


class Answers:
    """Of one mailbox, used by the thread that listens to it."""

    def __init__(self, desk: Desk, mailbox: Mailbox) -> None:
        self._desk = desk
        self._mailbox = mailbox
        self._rests_until = 0.0
        self._well: bool | None = None
        self._care = CAREFREE

    def look(self, connection: imap.Connection, arrived: Callable[[], None], care: Care) -> None:
        """Into the Sent folder, then into the mailbox itself. Raises Interrupted, or ImapError.

        In this order no customer's reply is received before the answer that it replies to; and answers are judged only
        once the mailbox was looked into as well, for the letters that they answer.
        """
        answered = self._receive(connection)
        receive(self._desk, self._mailbox, connection, arrived, care=care, noted=answered > 0)
        if answered:
            arrived()

    def _receive(self, connection: imap.Connection) -> int:
        """How many deliveries were recorded."""
        sent = self._mailbox.sent
        if sent is None:
            self._in_order()
            return 0
        if time.monotonic() < self._rests_until:
            return 0
        try:
            recorded = receive(self._desk, sent, connection, _nobody, care=self._care)
        except ImapError as error:
            self._rest_after(error)
            if isinstance(error, FolderRefused):
                return 0
            raise Interrupted from error
        self._care = CAREFREE
        self._in_order()
        return recorded

    def _rest_after(self, error: ImapError) -> None:
        """What one mail did is passed by when it is known which; no other trouble goes away by being careful."""
        careful = self._care.singly
        self._care = self._care.after(error)
        match error:
            case OversizeClaim():
                rest = 0.0
            case FetchBroken(uid=uid) if uid or not careful:
                rest = PAUSE
            case _:
                rest = REST
                self._in_trouble(str(error))
        self._rests_until = time.monotonic() + rest

    def _in_trouble(self, why: str) -> None:
        key = self._mailbox.key
        sentence = f"the sent_folder of mailbox {key} cannot be read: {why} What customers write is read all the same."
        now = self._desk.now()
        self._well = False
        if change(self._desk.database, lambda conn: alarms.raise_alarm(conn, alarms.unread(key), sentence, now)):
            log.warning("%s", sentence)

    def _in_order(self) -> None:
        """Called off once for each trouble, and at the first look of a daemon: the trouble may be its predecessor's."""
        if self._well:
            return
        now = self._desk.now()

        def work(conn: Connection) -> None:
            alarms.call_off(conn, alarms.unread(self._mailbox.key), now)

        change(self._desk.database, work)
        self._well = True


def _nobody() -> None:
    """Who judges is told when the mailbox was looked into."""
