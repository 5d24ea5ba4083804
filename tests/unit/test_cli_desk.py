"""The commands that look into the store: what they are given may be wrong, and never shows a traceback."""

import json
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
