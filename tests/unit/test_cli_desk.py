"""The commands that look into the store: what they are given may be wrong, and never shows a traceback."""

import json
import os
import stat
from pathlib import Path

import command_line
import pytest
import site_files

HUGE = "9" * 25


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site whose database has its schema and nothing else."""
    site_files.write(tmp_path)
    monkeypatch.setenv("KEY", site_files.ENVIRON["KEY"])
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    assert command_line.mailbot("db", "upgrade").status == 0
    return tmp_path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that has no database yet."""
    for name, value in site_files.ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    return site_files.write(tmp_path)


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("tickets", "list"), ("backup", "copy")])
def test_who_only_looks_makes_no_database(empty: Path, arguments: tuple[str, ...]) -> None:
    ran = command_line.mailbot(*arguments)

    assert (ran.status, ran.out) == (1, "")
    file = empty / "mailbot.db"
    assert ran.err == f"mailbot: there is no {file} yet: `mailbot customers import` or `mailbot run` makes it\n"
    assert not file.exists()


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o640), (0o077, 0o600), (0o002, 0o660)])
def test_a_new_database_is_not_for_others(empty: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        command_line.mailbot("db", "upgrade")
    finally:
        os.umask(before)
    assert stat.S_IMODE((empty / "mailbot.db").stat().st_mode) == mode


def test_a_database_that_cannot_even_be_looked_for_is_one_problem_of_the_check(empty: Path) -> None:
    with (empty / "mailbot.toml").open("a") as file:
        file.write(f'[database]\nurl = "sqlite:///{"a" * 300}"\n')
    ran = command_line.mailbot("check")

    assert (ran.status, ran.err) == (1, "")
    assert "a: the database refused: unable to open database file\n1 problem" in ran.out


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("what", [f"d{HUGE}", "d²", "d17", "nowhere.eml", "MB-????-????"])
def test_explain_says_that_there_is_no_such_thing(what: str) -> None:
    ran = command_line.mailbot("explain", what)

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"mailbot: there is no {what}, neither as a file nor as a delivery nor as a ticket\n"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "arguments",
    [
        ("outgoing", "retry", HUGE),
        ("outgoing", "list", "--limit", HUGE),
        ("deliveries", "list", "--limit", HUGE),
        ("tickets", "list", "--limit", HUGE),
    ],
)
def test_a_number_that_no_database_takes_is_wrong_use(arguments: tuple[str, ...]) -> None:
    ran = command_line.mailbot(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("mailbot: Invalid value for ")
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("site")
def test_status_of_a_robot_that_does_not_run_is_a_problem() -> None:
    ran = command_line.mailbot("status", "--json")

    assert (ran.status, ran.err) == (1, "")
    assert json.loads(ran.out)["problems"] == ["no daemon is running: start `mailbot run`"]


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_explain_takes_a_letter_above_the_limit_for_what_it_would_be(site: Path, line: bytes) -> None:
    with (site / "mailbot.toml").open("a") as file:
        file.write('[limits]\nmessage = "64 KiB"\n')
    letter = line.join([b"From: a@client.test", b"To: support@acme.test", b"Subject: Log", b"", b"x" * 65_536])
    (site / "large.eml").write_bytes(letter)

    ran = command_line.mailbot("explain", str(site / "large.eml"), "--json")

    told = json.loads(ran.out)
    assert (told["outcome"], told["mails"]) == ("oversize", [])
    assert told["reason"].startswith("64.1 KiB, more than the 64 KiB")
