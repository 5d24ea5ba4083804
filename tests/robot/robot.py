"""One robot at one site: its process, its commands, and the mail that people exchange with it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import getaddresses
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from servers.dovecot import USERS
from sqlalchemy import Connection, select

from mailbot import register, settings
from mailbot.model import Outcome, Sending, Ticket
from mailbot.store import listing
from mailbot.store.engine import Database
from mailbot.tables import box
from mailbot.work.customers import import_customers
from mailbot.work.opening import open_database
from mailbot.work.transactions import change, look
from robot import mail
from robot.mail import Mail
from robot.people import address
from robot.post import LOOK_AGAIN, Post
from robot.site import MAILBOXES, Site

T = TypeVar("T")

PATIENCE = 60.0
# A person who stops a service loses patience then; systemd would wait longer.
END_WITHIN = 10.0
PEOPLE = [user for user in USERS if user not in MAILBOXES]


class Robot:
    """`start` it, write to it, and read what it writes. Every wait is bounded and ends when the robot does."""

    def __init__(self, site: Site, post: Post) -> None:
        self.site = site
        self.post = post
        self._process: subprocess.Popen[bytes] | None = None
        self._read: dict[str, set[bytes]] = {}
        import_customers(self.database, register.read(site.folder / "register"), close_missing=False)

    # its process

    def start(self, *, without: Collection[str] = ()) -> None:
        """Until it has looked into every mailbox but those that cannot be reached: older mail is not its business."""
        self.begin()
        wanted = MAILBOXES.keys() - set(without)
        self.wait(lambda: wanted <= self.look(_looked_into), "mailbot does not look into its mailboxes")

    def begin(self) -> None:
        """Starts it, and waits for nothing."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._line("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self) -> None:
        """As systemd does; what it leaves must be in order."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            status = self._process.wait(END_WITHIN)
            self._process = None
            assert status == 0, f"mailbot run ended with status {status}"

    def lose(self) -> None:
        """It stops, and its disk is gone; only its log is remembered."""
        self.stop()
        self.database.engine.dispose()
        del self.database
        for path in self.site.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self._log:
                path.unlink()

    def close(self) -> None:
        """At the end of a dialogue, however it went."""
        try:
            self.stop()
        finally:
            if self._process:
                self._process.kill()
                self._process.wait()
            self.database.engine.dispose()
            print(self.log)
        # RC-18: neither addresses nor anything else of a mail's.
        assert "Traceback" not in self.log
        assert "@" not in self.log

    @property
    def log(self) -> str:
        """What `mailbot run` wrote to its terminal, over all its starts."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def command(self, *arguments: str, status: int = 0) -> str:
        """Another command at this site, in a process of its own. What it printed, complaints last."""
        ran = subprocess.run(self._line(*arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert ran.returncode == status, f"mailbot {' '.join(arguments)} ended with {ran.returncode}: {ran.stderr}"
        assert "Traceback" not in ran.stderr
        return ran.stdout + ran.stderr

    # its memory

    @cached_property
    def database(self) -> Database:
        return open_database(settings.load(self.site.folder, os.environ).site.database, make=True)

    def look(self, question: Callable[[Connection], T]) -> T:
        return look(self.database, question)

    def meddle(self, function: Callable[[Connection], None]) -> None:
        """Writes into its database behind its back."""
        change(self.database, function)

    def ticket(self, number: str) -> Ticket:
        found = self.look(lambda conn: listing.find_ticket(conn, number))
        assert found, f"there is no ticket {number}"
        return found.ticket

    def outcomes(self, ticket: str | None = None) -> list[Outcome | None]:
        """Of all deliveries or of one ticket's, in the order in which they came."""
        found = self.look(lambda conn: listing.deliveries(conn, limit=10_000))
        return [entry.outcome for entry in reversed(found) if ticket in (None, entry.ticket)]

    # its mail

    def mail(self, author: str, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None) -> str:
        """A new letter; returns its Message-ID."""
        return self.send(author, mail.written(author, to, subject, text, headers=headers))

    def reply(self, author: str, to: Mail, text: str, headers: Mapping[str, str] | None = None) -> str:
        return self.send(author, mail.reply(author, to, text, headers=headers))

    def send(self, author: str, letter: EmailMessage, *, elsewhere: bool = False) -> str:
        """`elsewhere`: from a host that the author's domain never sends from, as forgers do."""
        written: Iterable[str] = (str(field) for name in ("To", "Cc") for field in letter.get_all(name, []))
        recipients = [entry for _, entry in getaddresses(written)]
        self.post.send(letter.as_bytes(), address(author), recipients, elsewhere=elsewhere)
        return str(letter["Message-ID"])

    def received(self, person: str) -> Mail:
        """The next mail that this person has not read yet, as soon as it is there."""
        user = address(person).partition("@")[0]
        read = self._read.setdefault(user, set())
        self.wait(lambda: self.post.arrived(user) > len(read), f"{person} gets no mail")
        new = next(mail for mail in self._letters(user) if mail.raw not in read)
        read.add(new.raw)
        return new

    def unread(self, *persons: str) -> list[str]:
        """The subjects of what these have not read when nothing moves any more."""
        self.settle()
        users = [address(person).partition("@")[0] for person in persons]
        letters = ((mail, self._read.get(user, ())) for user in users for mail in self._letters(user))
        return [mail.subject for mail, read in letters if mail.raw not in read]

    def everybody_reads(self) -> None:
        """All that is there, so that the next letter is the next thing to read."""
        self.settle()
        self._read = {user: {mail.raw for mail in self._letters(user)} for user in PEOPLE}

    def _letters(self, user: str) -> list[Mail]:
        """In no order: Dovecot numbers letters when somebody first looks."""
        return [Mail.read(raw) for raw in self.post.dovecot.letters(user, self.post.arrived(user))]

    def settle(self) -> None:
        """Until all mail in its mailboxes is judged, and all that it writes is delivered or has come back."""
        before: object = None

        def is_settled() -> bool:
            nonlocal before
            was, before = before, self._state()
            return before is not None and before == was

        self.wait(is_settled, "the robot does not come to rest")

    def _state(self) -> object:
        """None while anything moves."""
        sums, there = self.look(listing.sums), sum(self.post.arrived(name) for name in MAILBOXES)
        moving = {Sending.QUEUED, Sending.IN_DOUBT} & {name for name, count in sums.outgoing if count}
        at_rest = self.post.is_still() and sums.received >= there and not sums.waiting and not moving
        return (sums, there) if at_rest else None

    def wait(self, is_so: Callable[[], bool], complaint: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not is_so():
            if self._process and self._process.poll() is not None:
                raise AssertionError(f"{complaint}: mailbot ended")
            if time.monotonic() > give_up:
                raise TimeoutError(complaint)
            time.sleep(LOOK_AGAIN)

    @property
    def _log(self) -> Path:
        return self.site.folder / "log"

    def _line(self, *arguments: str) -> Sequence[str]:
        return (sys.executable, "-m", "mailbot", *arguments, "--site", str(self.site.folder))


def _looked_into(conn: Connection) -> frozenset[str]:
    return frozenset(conn.scalars(select(box.c.mailbox).where(box.c.looked_at.is_not(None))))
