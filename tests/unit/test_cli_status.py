"""`mailbot status`: a screen for people, an object for programs, a status for monitors."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import command_line
import pytest
import site_files

from mailbot.cli import output
from mailbot.cli.status import SHOWN
from mailbot.model import Outcome
from mailbot.store import alarms, intake, leases, outages
from mailbot.store.engine import Database
from mailbot.store.intake import Box, Received
from mailbot.work.opening import open_database
from mailbot.work.transactions import change

OUTCOMES = [Outcome.AUTOMATIC, Outcome.HELD, Outcome.HELD, Outcome.JUNK, Outcome.QUARANTINED]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    site_files.write(tmp_path)
    monkeypatch.setenv("KEY", site_files.ENVIRON["KEY"])
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    return open_database(f"sqlite:///{tmp_path / 'mailbot.db'}", make=True)


@pytest.fixture
def begun() -> datetime:
    """The commands look at the real clock, which goes on."""
    return datetime.now(UTC)


@pytest.fixture
def busy(database: Database, begun: datetime) -> None:
    """A daemon has mailbox support; some mail came in, one of it waits."""
    long_ago = begun - timedelta(days=3)
    rows = [
        Received("support", 1, 0, n, long_ago, 9, b"mail", outcome=outcome)
        for n, outcome in enumerate([*OUTCOMES, None], 1)
    ]
    change(database, lambda conn: intake.save_box(conn, Box("support", 1, 0, long_ago, looked_at=begun)))
    change(database, lambda conn: intake.connected(conn, "support", begun - timedelta(hours=3)))
    change(database, lambda conn: intake.record(conn, rows, begun))
    change(database, lambda conn: leases.take(conn, leases.of("support"), "holder", begun + timedelta(hours=1)))
    change(database, lambda conn: leases.take(conn, leases.of("sac"), "holder", begun + timedelta(hours=1)))
    change(database, lambda conn: leases.take(conn, "daemon:holder", "holder", begun + timedelta(hours=1)))


def shown(ran: command_line.Ran) -> list[str]:
    """Lines without their columns; a few seconds are as good as any other."""
    return [re.sub(r"\b\d+ s\b", "N s", " ".join(line.split())) for line in ran.out.splitlines()]


@pytest.mark.usefixtures("busy")
def test_it_shows_the_ledger_what_to_look_at_and_each_mailbox() -> None:
    ran = command_line.mailbot("status")
    lines = shown(ran)
    assert lines[:4] == [
        "daemons 1",
        "received 6 = 5 judged + 1 in work, the oldest for N s",
        "outcomes 1 automatic, 2 held, 1 junk, 1 quarantined",
        "look at 2 held, 1 junk, 1 quarantined",
    ]
    assert [line for line in lines if line.startswith(("support", "sac"))] == [
        "support connected for 3 h N s ago 3 d ago 1",
        "sac catching up never never 0",
    ]
    assert (ran.status, lines[-1], ran.err) == (0, "all is well", "")


@pytest.mark.usefixtures("busy")
def test_a_program_finds_every_key_always(begun: datetime) -> None:
    found = json.loads(command_line.mailbot("status", "--json").out)
    assert list(found) == [
        *("daemons", "received", "outcomes", "waiting", "oldest_waiting", "held", "junk", "quarantined"),
        *("outgoing", "oldest_queued", "tickets", "attempts", "mailboxes", "down", "problems"),
    ]
    assert (found["received"], sum(found["outcomes"].values()) + found["waiting"]) == (6, 6)
    assert (found["held"], found["junk"], found["quarantined"]) == (2, 1, 1)
    support = found["mailboxes"][0]
    assert support | {"connected_at": "", "looked_at": "", "last_mail": "", "oldest_waiting": ""} == {
        **{"mailbox": "support", "listening": True, "connected_at": "", "down_since": None, "looked_at": ""},
        **{"last_mail": "", "silent": False, "waiting": 1, "oldest_waiting": ""},
    }
    assert support["last_mail"] == (begun - timedelta(days=3)).isoformat()


@pytest.mark.usefixtures("busy")
def test_a_mailbox_that_is_down_or_silent_says_so(database: Database, begun: datetime) -> None:
    change(database, lambda conn: outages.begin(conn, outages.of("sac"), "no answer", begun - timedelta(minutes=20)))
    change(database, lambda conn: alarms.raise_alarm(conn, "silent:support:x", "mailbox support is silent: why", begun))
    ran = command_line.mailbot("status")
    lines = shown(ran)
    assert "support silent for 3 d N s ago 3 d ago 1" in lines
    assert "sac down for 20 min never never 0" in lines
    assert lines[-2:] == ["problem: mailbox support is silent: why", "2 problems"]
    assert ran.status == 1


@pytest.mark.usefixtures("busy")
def test_it_stays_one_screen_however_many_problems_there_are(database: Database, begun: datetime) -> None:
    for n in range(100):
        change(database, partial(alarms.raise_alarm, key=f"untaken:support:1:{n}", sentence=f"UID {n}", now=begun))
    ran = command_line.mailbot("status")
    assert ran.out.count("\n") <= 25
    assert ran.out.endswith(f"and {100 - SHOWN} problems more: `mailbot status --json` names all\n100 problems\n")
    assert len(json.loads(command_line.mailbot("status", "--json").out)["problems"]) == 100


def test_on_a_narrow_terminal_a_long_line_goes_on_below_itself() -> None:
    assert output.wrapped("problem: ", "mailbox support is down since 2026-11-22: no answer in time", 40) == [
        "problem: mailbox support is down since",
        "         2026-11-22: no answer in time",
    ]


def test_a_terminal_too_narrow_for_columns_wraps_by_itself() -> None:
    assert output.wrapped("problem: ", "word " * 20, 12) == ["problem: " + "word " * 20]


def test_off_a_terminal_a_line_stays_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.hanging("problem: ", "word " * 100)
    assert capsys.readouterr().out.count("\n") == 1
