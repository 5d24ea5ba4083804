"""SIGKILL at random times under load: the real daemon with its sandbox, over IMAP and SMTP."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

from servers.dovecot import Dovecot
from servers.recording_smtp import Record
from sqlalchemy import Connection, delete

from crash import tally
from crash.launcher import Launcher
from crash.sessions import members
from crash.street import Street, idle, site_on, steps, until
from mailbot.store.engine import Database
from mailbot.tables import lease

KILLS = {"sqlite": 200, "postgresql": 40}
LETTERS_A_LIFE = 4
# Steps of work that a daemon does before it is killed (a letter and its mails are about ten), and seconds after them.
STEPS = 28
MORE = 0.005


def test_two_hundred_deaths_under_load_lose_nothing_and_double_nothing(
    inhabited: Database, chance: random.Random, relay: tuple[Record, int], dovecot: Dovecot, tmp_path: Path
) -> None:
    street, deaths = Street(dovecot, chance), tally.Deaths()
    with Launcher(site_on(inhabited, dovecot, relay[1]), tmp_path) as launcher:
        lives = range(KILLS[inhabited.engine.dialect.name])
        sessions = [_lived(launcher, street, chance, inhabited, deaths) for _ in lives]
        _work_off(launcher, inhabited, street)
    with inhabited.engine.connect() as conn:
        tally.nothing_lost_and_nothing_doubled(conn, street.delivered)
        again = tally.each_mail_once(conn, street.delivered, relay[0].read(), deaths)
    inhabited.engine.dispose()
    print(
        f"{deaths.count} deaths, {deaths.at_work} of them at work, {len(street.delivered)} letters, {again} mails again"
    )
    assert deaths.at_work > deaths.count // 4
    until(lambda: not any(map(members, sessions)), "children of killed daemons live on")


def _lived(launcher: Launcher, street: Street, chance: random.Random, database: Database, deaths: tally.Deaths) -> int:
    """One daemon from start to death, which comes after some steps of work, however fast the machine; its session."""
    for _ in range(LETTERS_A_LIFE):
        street.deliver()
    end, more = steps(database) + chance.randrange(STEPS), chance.uniform(0, MORE)
    pid = launcher.start()
    until(lambda: steps(database) >= end or idle(database, street), "it does not work")
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


def _work_off(launcher: Launcher, database: Database, street: Street) -> None:
    """The last daemon is left alone, and ends when it is told."""
    pid = launcher.start()
    with contextlib.ExitStack() as stack:
        stack.callback(launcher.ended)
        stack.callback(os.kill, pid, signal.SIGTERM)
        until(lambda: idle(database, street), "work is left")
