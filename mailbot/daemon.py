"""The clock and the listeners: starts work, wakes it, stops it. All that must last is in the database."""

import logging
import random
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import DBAPIError, IntegrityError

from mailbot import imap
from mailbot.model import Mailbox
from mailbot.sandbox import Sandbox
from mailbot.smtp import Relay, rest
from mailbot.store.engine import sentence
from mailbot.watchdog import NOBODY, Vigil, Watchdog
from mailbot.work import deliver, mailboxes, process, sign_ins
from mailbot.work.answers import Answers, Interrupted
from mailbot.work.care import CAREFREE, Care
from mailbot.work.desk import Desk
from mailbot.work.marks import clear_out
from mailbot.work.receive import receive_late
from mailbot.work.silence import notice_silence
from mailbot.work.storms import notice_machines
from mailbot.work.tell import tell
from mailbot.work.tidy import tidy
from mailbot.work.transactions import is_away

log = logging.getLogger(__name__)

# Seconds. Work wakes the next work; these are only the safety net beneath it (design 2.2.5).
LOOK_AGAIN = 2.0
HURRY = 0.02
BEAT = 15
TELL = 10
SILENCE = 60
TIDY = 600
REST = 5.0
# By when a thread is heard of again unless it is stuck: a listener at every octet, and a log-in has its own limits
# (mailbot.imap.wire); the judge at every answer of a child, behind which others may wait; the sender at every answer of
# the relay, which RFC 5321 section 4.5.3.2 gives so long.
LISTEN = 900.0
JUDGE = 60.0
READINGS = 10
SEND = 1800.0
# RC-15: SIGTERM ends the robot within ten seconds.
PATIENCE = 3.0
# A lease lives for a minute: whoever waits for mail renews it several times in that.
STANDBY = timedelta(seconds=20)


class Daemon:
    """One process: a thread that listens to each mailbox, one that judges, one that sends, and the clock."""

    def __init__(self, desk: Desk, *, once: bool, watchdog: Watchdog = NOBODY) -> None:
        self._desk = desk
        self._once = once
        self._watchdog = watchdog
        self._vigil = Vigil(["judge", "send", *(f"listen-{box.key}" for box in desk.site.mailboxes)], watchdog)
        self._judging = JUDGE + READINGS * desk.site.limits.worker_wall
        self._stopping = threading.Event()
        self._arrived = threading.Event()
        self._queued = threading.Event()
        self._troubled = threading.Event()
        self._relay: Relay | None = None
        # A byte for whoever waits for mail: each listener selects on the other end and nobody reads it.
        self._bell, self._ring = socket.socketpair()

    def run(self) -> bool:
        """Until stopped, or with `once` until nothing is left to do; False where something could not be done."""
        site = self._desk.site
        log.info("at work for %s", ", ".join(mailbox.key for mailbox in site.mailboxes))
        mailboxes.beat(self._desk)
        with (
            Sandbox(site.robot.reading, site.limits, heard=lambda: self._vigil.heard(self._judging)) as sandbox,
            Relay(site.smtp, site.robot.domain) as relay,
        ):
            self._relay = relay
            listeners = [self._started(f"listen-{box.key}", self._listen, box) for box in site.mailboxes]
            judge = self._started("judge", self._judge, sandbox, listeners)
            send = self._started("send", self._send, relay, judge)
            self._started("sign-ins", sign_ins.stay_signed_in, site, self._stopping)
            clock = self._clock()
            for thread in (judge, send):
                thread.join()
            until = time.monotonic() + PATIENCE
            for thread in listeners:
                # All may be waiting for servers that say nothing; what they have not recorded is still there.
                thread.join(max(until - time.monotonic(), 0) if self._stopping.is_set() else None)
            clock.shutdown(wait=True)
        mailboxes.leave(self._desk)
        log.info("stopped")
        return not self._troubled.is_set()

    def stop(self) -> None:
        """Finishes the step in hand and begins no other. From any thread, and from a signal handler."""
        self._stopping.set()
        self._vigil.stopping()
        self._arrived.set()
        self._queued.set()
        self._ring.send(b"!")
        if self._relay:
            self._relay.stop()

    def stop_on_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def _started(self, name: str, function: Callable[..., None], *arguments: object) -> threading.Thread:
        def run() -> None:
            try:
                function(*arguments)
                self._vigil.over()
            except BaseException as fault:  # noqa: BLE001
                # A fault of ours. What is in hand stands in the ledger: the safe answer is to end and be started again.
                log.critical("%s ended on %s at %s: mailbot stops", name, type(fault).__name__, _place(fault))
                self._troubled.set()
                self.stop()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _listen(self, mailbox: Mailbox) -> None:
        """Receives from one mailbox for as long as this daemon has its lease; the others never wait for it."""
        failures, anew, waits, care = 0, True, False, CAREFREE
        answers = Answers(self._desk, mailbox)
        while not self._stopping.is_set():
            try:
                ours = mailboxes.take(self._desk, mailbox, anew=anew)
                self._vigil.heard(LISTEN)
                if not ours:
                    self._vigil.note(mailbox.key, "with another daemon")
                    if not waits:
                        log.info("mailbox %s: another daemon has it; this one waits for its turn", mailbox.key)
                    anew = waits = True
                    self._rest(REST)
                    continue
                anew = waits = False
                with imap.connect(mailbox.imap, self._desk.site.limits.message) as connection:
                    connection.on_octets(lambda: self._vigil.heard(LISTEN))
                    self._vigil.note(mailbox.key, "connected")
                    log.info("mailbox %s: connected", mailbox.key)
                    self._catch_up(mailbox, connection, answers, care)
                    failures, care = 0, CAREFREE
                    self._watch(mailbox, connection, answers)
            except Interrupted:
                continue
            except imap.ImapError as error:
                failures, care = failures + 1, care.after(error)
                self._is_down(mailbox, error)
                self._troubled_if_once()
                if care.singly or not self._once:
                    self._rest(imap.pause(type(error), failures, random.random()))  # noqa: S311 - no secret, only a pause
            except IntegrityError:
                # While this daemon slept another took the lease and recorded the same UIDs: they are in good hands.
                log.warning("mailbox %s: another daemon received the same mail first", mailbox.key)
                self._rest(REST)
            except DBAPIError as error:
                self._without_database(error)
            if self._once and not care.singly:
                return

    def _is_down(self, mailbox: Mailbox, error: imap.ImapError) -> None:
        self._vigil.note(mailbox.key, "down")
        log.warning("mailbox %s: %s", mailbox.key, error)
        try:
            mailboxes.is_down(self._desk, mailbox, str(error))
        except DBAPIError as fault:
            self._without_database(fault)

    def _catch_up(self, mailbox: Mailbox, connection: imap.Connection, answers: Answers, care: Care) -> None:
        answers.look(connection, self._arrived.set, care)
        mailboxes.is_back(self._desk, mailbox)
        self._look_again(mailbox, connection, care)

    def _look_again(self, mailbox: Mailbox, connection: imap.Connection, care: Care) -> None:
        receive_late(self._desk, mailbox, connection, self._arrived.set, care)
        clear_out(self._desk, mailbox, connection)

    def _watch(self, mailbox: Mailbox, connection: imap.Connection, answers: Answers) -> None:
        """Returns when the lease is gone or the robot stops; raises ImapError when the connection is."""
        renewed = looked_again = time.monotonic()
        while not self._once and not self._stopping.is_set():
            self._vigil.heard(LISTEN)
            connection.wait(min(mailbox.poll_interval, STANDBY).total_seconds(), self._bell)
            now = time.monotonic()
            if now - renewed >= BEAT:
                if not mailboxes.take(self._desk, mailbox, anew=False):
                    return
                renewed = now
            answers.look(connection, self._arrived.set, CAREFREE)
            if now - looked_again >= TIDY:
                self._look_again(mailbox, connection, CAREFREE)
                looked_again = now

    def _wake_sender(self) -> None:
        self._queued.set()
        if self._relay:
            self._relay.wake()

    def _judged(self) -> None:
        self._vigil.heard(self._judging)
        self._wake_sender()

    def _judge(self, sandbox: Sandbox, listeners: list[threading.Thread]) -> None:
        sandbox.warm_up()
        while not self._stopping.is_set():
            self._vigil.heard(self._judging)
            over = self._once and not any(thread.is_alive() for thread in listeners)
            self._arrived.clear()
            try:
                process.process(self._desk, sandbox, self._stopping.is_set, self._judged)
            except DBAPIError as error:
                self._without_database(error)
                continue
            if over:
                return
            self._arrived.wait(HURRY if self._once else LOOK_AGAIN)

    def _send(self, relay: Relay, judge: threading.Thread) -> None:
        halts = 0
        while not self._stopping.is_set():
            self._vigil.heard(SEND)
            over = self._once and not judge.is_alive()
            self._queued.clear()
            try:
                if over:
                    tell(self._desk)
                offered, halt = deliver.deliver(self._desk, relay, lambda: self._vigil.heard(SEND))
            except DBAPIError as error:
                self._without_database(error)
                continue
            if halt:
                log.warning("relay: %s", halt.reason)
                self._troubled_if_once()
            if over and (halt or not offered):
                return
            halts = halts + 1 if halt else 0
            if halt:
                rested = rest(halt, halts, random.random())  # noqa: S311 - no secret, only a pause
                self._rest(REST if self._once else rested.total_seconds())
            elif not offered:
                self._queued.wait(HURRY if self._once else LOOK_AGAIN)

    def _clock(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}, timezone=UTC
        )
        # Who wants to hear of trouble within a second hears of it then.
        hear = min(TELL, self._desk.site.alarm.digest.total_seconds())
        often = ((BEAT, mailboxes.beat), (hear, tell), (SILENCE, notice_silence), (SILENCE, notice_machines))
        for seconds, job in (*often, (TIDY, tidy)):
            scheduler.add_job(self._on_time, "interval", (job,), seconds=seconds)
        scheduler.add_job(self._vigil.report, "interval", seconds=self._watchdog.every)
        scheduler.start()
        return scheduler

    def _on_time(self, job: Callable[[Desk], object]) -> None:
        try:
            if job(self._desk):
                self._wake_sender()
        except DBAPIError as error:
            log.warning("%s waits: %s", job.__name__, sentence(error))

    def _without_database(self, error: DBAPIError) -> None:
        """Gone or busy: what was in hand is taken up again later. Anything else is a fault of ours and goes up."""
        if not is_away(error):
            raise error
        log.error("%s", sentence(error))
        self._troubled_if_once()
        if self._once:
            raise error
        self._rest(REST)

    def _troubled_if_once(self) -> None:
        if self._once:
            self._troubled.set()

    def _rest(self, seconds: float) -> None:
        self._vigil.heard(seconds + LISTEN)
        self._stopping.wait(seconds)


def _place(fault: BaseException) -> str:
    """Where, without the words of the exception: those may be a mail's (F-170)."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
