"""Backups of a robot under load, and restores at random times: RC-17."""

import os
import random
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import site_files
from servers.dovecot import Dovecot
from servers.recording_smtp import Record
from sqlalchemy import select

from crash import tally
from crash.launcher import Launcher
from crash.load import Kind
from crash.street import Street, idle, site_on, steps, until
from mailbot.model import Sending
from mailbot.store.engine import Database, connect
from mailbot.tables import message, outgoing
from mailbot.work import restore
from mailbot.work.backup import backup, content
from mailbot.work.desk import clock

DRILLS = {"sqlite": 8, "postgresql": 4}
LETTERS = 8
# Steps of work between a backup and the loss; a letter and its mails are about ten.
STEPS = 60


class Town:
    """A robot's mailboxes, its relay, and where its next database may be."""

    def __init__(
        self, request: pytest.FixtureRequest, relay: tuple[Record, int], dovecot: Dovecot, folder: Path
    ) -> None:
        self._request = request
        self._dovecot = dovecot
        self.relay, self._port = relay
        self.folder = folder

    def another(self, like: Database) -> str:
        """The URL of an empty database of the same kind."""
        if like.is_sqlite:
            return f"sqlite:///{self.folder / 'restored.db'}"
        url: str = self._request.getfixturevalue("postgresql").fresh_database()
        return url

    def launcher(self, database: Database) -> Launcher:
        return Launcher(site_on(database, self._dovecot, self._port), self.folder)

    def to_customers(self) -> Counter[str]:
        return Counter(mail.message_id for mail in self.relay.read() if mail.recipient.endswith("@client.example"))


def test_a_backup_of_any_moment_makes_up_for_a_loss_at_any_other(
    request: pytest.FixtureRequest,
    inhabited: Database,
    chance: random.Random,
    relay: tuple[Record, int],
    dovecot: Dovecot,
    tmp_path: Path,
) -> None:
    database = inhabited
    street = Street(dovecot, chance)
    withheld = 0
    for n in range(DRILLS[database.engine.dialect.name]):
        folder = tmp_path / f"drill-{n}"
        folder.mkdir()
        town = Town(request, relay, dovecot, folder)
        file, told = _lost(town, database, street, chance)
        database = _restored(town, database, file)
        _work_off(town, database, street)
        withheld = _nothing_lost_and_nobody_answered_twice(town, database, street, told)
    _new_letters_are_answered(town, database, street)
    database.engine.dispose()
    print(f"{len(street.delivered)} letters, {withheld} mails withheld that had gone out")
    assert withheld


def _lost(town: Town, database: Database, street: Street, chance: random.Random) -> tuple[Path, dict[str, str]]:
    """Its backup, made while letters came in, and the tickets of which customers may know, by Message-ID."""
    site, file = site_files.write(town.folder), town.folder / "copy.zip"
    with town.launcher(database) as launcher:
        pid = launcher.start()
        _deliver_some(database, street, chance)
        backup(database, site, file, content(site, secrets=False), clock())
        _deliver_some(database, street, chance)
        os.kill(pid, signal.SIGKILL)
        launcher.ended()
    with database.engine.connect() as conn:
        told = {row.message_id: row.ticket for row in conn.execute(select(message)) if row.ticket}
    database.engine.dispose()
    return file, told


def _deliver_some(database: Database, street: Street, chance: random.Random) -> None:
    end = steps(database) + chance.randrange(STEPS)
    for _ in range(LETTERS):
        street.deliver()
    until(lambda: steps(database) >= end or idle(database, street), "it does not work")


def _restored(town: Town, lost: Database, file: Path) -> Database:
    url, now = town.another(lost), clock()
    restore.restore(file, town.folder / "new", site_files.ENVIRON, now=now, until=now, url=url)
    return connect(url)


def _work_off(town: Town, database: Database, street: Street) -> None:
    with town.launcher(database) as launcher:
        pid = launcher.start()
        try:
            until(lambda: idle(database, street), "work is left")
        finally:
            os.kill(pid, signal.SIGTERM)
            launcher.ended()


def _nothing_lost_and_nobody_answered_twice(
    town: Town, database: Database, street: Street, told: dict[str, str]
) -> int:
    """Gives how many mails were withheld that had gone out."""
    sent = town.to_customers()
    assert set(sent.values()) <= {1}
    twice = {letter.message_id for letter in street.delivered if letter.kind is Kind.COPY}
    with database.engine.connect() as conn:
        tally.nothing_lost_and_nothing_doubled(conn, street.delivered)
        tickets = {row.message_id: row.ticket for row in conn.execute(select(message))}
        mails = conn.execute(select(outgoing).where(outgoing.c.template == "acknowledgement")).all()
    # Of a letter in two mailboxes either may be judged first, and it is that one that numbers the ticket.
    sure = {one.message_id for one in street.delivered if not twice & {one.message_id, one.parent}}
    assert {one: tickets[one] for one in told.keys() & sure} == {one: told[one] for one in told.keys() & sure}
    assert all(row.message_id in sent or row.status == Sending.WITHHELD for row in mails)
    return sum(row.message_id in sent and row.status == Sending.WITHHELD for row in mails)


def _new_letters_are_answered(town: Town, database: Database, street: Street) -> None:
    # A server dates mail by the second.
    late = clock() + timedelta(seconds=1)
    until(lambda: clock() > late, "time stands still")
    before = len(street.delivered)
    for _ in range(LETTERS):
        street.deliver()
    _work_off(town, database, street)
    new = {letter.message_id for letter in street.delivered[before:] if letter.kind is Kind.NEW}
    with database.engine.connect() as conn:
        tickets = [row.ticket for row in conn.execute(select(message)) if row.message_id in new]
        mails = conn.execute(select(outgoing).where(outgoing.c.template == "acknowledgement")).all()
    assert len(tickets) == len(new)
    assert {row.status for row in mails if row.ticket in tickets} == {Sending.SENT}
