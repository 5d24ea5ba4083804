"""SIGKILL at random times under load: the real daemon with its sandbox, over IMAP and SMTP."""

import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from databases import PostgresqlSource, Source, SqliteSource
from servers.dovecot import Dovecot
from servers.process import PATIENCE, Process, free_port
from servers.recording_smtp import Record
from sites import mailbox, site
from sqlalchemy import Connection, delete

from crash import load, tally
from crash.launcher import Launcher
from crash.load import Letter
from crash.rig import RELAY
from crash.sessions import members
from mailbot.model import Site, Start, StartMode
from mailbot.store.engine import Database
from mailbot.store.register import import_register
from mailbot.tables import lease

KILLS = {"sqlite": 200, "postgresql": 40}
LETTERS_A_LIFE = 4
# Steps of work that a daemon does before it is killed (a letter and its mails are about ten), and seconds after them.
STEPS = 28
MORE = 0.005


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "sqlite":
        return SqliteSource(tmp_path)
    return PostgresqlSource(request.getfixturevalue("postgresql").fresh_database())


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[tuple[Record, int]]:
    record, port = Record(tmp_path / "mails"), free_port()
    server = Process([sys.executable, RELAY, str(port), record.file], tmp_path / "relay.log")
    server.wait_for(port)
    yield record, port
    server.stop()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


class Street:
    """Where the letters come from; what was delivered."""

    def __init__(self, dovecot: Dovecot, chance: random.Random) -> None:
        self._dovecot = dovecot
        self._letters = load.letters(chance)
        self.delivered: list[Letter] = []

    def deliver(self) -> None:
        letter = next(self._letters)
        self._dovecot.deliver(letter.raw, f"{letter.mailbox}@example.com")
        self.delivered.append(letter)


def test_two_hundred_deaths_under_load_lose_nothing_and_double_nothing(
    source: Source, relay: tuple[Record, int], dovecot: Dovecot, tmp_path: Path
) -> None:
    seed = int(os.environ.get("MAILBOT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"MAILBOT_SEED={seed}")
    chance = random.Random(seed)
    database = source.fresh()
    with database.engine.begin() as conn:
        import_register(conn, load.register())
    street, deaths = Street(dovecot, chance), tally.Deaths()
    with Launcher(_site(database, dovecot, relay[1]), tmp_path) as launcher:
        lives = range(KILLS[database.engine.dialect.name])
        sessions = [_lived(launcher, street, chance, database, deaths) for _ in lives]
        _work_off(launcher, database, street)
    with database.engine.connect() as conn:
        tally.nothing_lost_and_nothing_doubled(conn, street.delivered)
        again = tally.each_mail_once(conn, street.delivered, relay[0].read(), deaths)
    database.engine.dispose()
    print(
        f"{deaths.count} deaths, {deaths.at_work} of them at work, {len(street.delivered)} letters, {again} mails again"
    )
    assert deaths.at_work > deaths.count // 4
    _until(lambda: not any(map(members, sessions)), "children of killed daemons live on")


def _site(database: Database, dovecot: Dovecot, relay: int) -> Site:
    everything = Start(StartMode.ALL)
    boxes = tuple(
        replace(mailbox(key, department, start=everything), imap=dovecot.settings(user=key))
        for key, department in (("support", "technical"), ("business", "technical"), ("sac", "customer-care"))
    )
    url = database.engine.url.render_as_string(hide_password=False)
    return site(smtp={"port": relay}, database=url, mailboxes=boxes)


def _lived(launcher: Launcher, street: Street, chance: random.Random, database: Database, deaths: tally.Deaths) -> int:
    """One daemon from start to death, which comes after some steps of work, however fast the machine; its session."""
    for _ in range(LETTERS_A_LIFE):
        street.deliver()
    end, more = _steps(database) + chance.randrange(STEPS), chance.uniform(0, MORE)
    pid = launcher.start()
    _until(lambda: _steps(database) >= end or _idle(database, street), "it does not work")
    time.sleep(more)
    os.kill(pid, signal.SIGKILL)
    assert launcher.ended() == signal.SIGKILL, launcher.log.read_text()
    with database.engine.begin() as conn:
        deaths.look(conn)
        _expire(conn)
    return pid


def _expire(conn: Connection) -> None:
    """A minute passes: what the dead daemon had is free for the next."""
    if conn.dialect.name == "postgresql":
        conn.execute(delete(lease))


def _steps(database: Database) -> int:
    with database.engine.connect() as conn:
        return tally.steps(conn)


def _idle(database: Database, street: Street) -> bool:
    with database.engine.connect() as conn:
        return tally.received(conn) == len(street.delivered) and not tally.unfinished(conn)


def _work_off(launcher: Launcher, database: Database, street: Street) -> None:
    """The last daemon is left alone, and ends when it is told."""
    pid = launcher.start()
    with contextlib.ExitStack() as stack:
        stack.callback(launcher.ended)
        stack.callback(os.kill, pid, signal.SIGTERM)
        _until(lambda: _idle(database, street), "work is left")


def _until(condition: Callable[[], bool], complaint: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, complaint
        time.sleep(0.002)
