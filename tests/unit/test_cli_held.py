"""What the commands say of held tickets, of what was asked about them, and of their release."""

import json
from datetime import timedelta
from pathlib import Path

import command_line
import pytest
import site_files
from correspondence import ALICE, ANNA, EVE, Letter, Office, reply
from messages import NOW
from sensitive import CHANGE, challenge, with_rules

from mailbot.decide.challenges import LIFE, TRIES, state
from mailbot.model import Challenge, Ending
from mailbot.store.engine import connect


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site_files.write(tmp_path)
    for name, value in site_files.ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    assert command_line.mailbot("db", "upgrade").status == 0
    return tmp_path


@pytest.fixture
def numbers(site: Path) -> tuple[str, str, str]:
    """A held ticket about which two were asked, one that is not held, and the delivery of a held reply."""
    database = connect(f"sqlite:///{site / 'mailbot.db'}")
    with database.engine.begin() as conn:
        office = with_rules(Office(conn))
        change = office.arrive(CHANGE)
        office.arrive(reply(ANNA, challenge(change), "OUI AAAAA-AAAAA"))
        office.arrive(reply(ALICE, change.to(ALICE), "/release"))
        held = office.arrive(Letter(EVE, "Et moi ?", thread=(change.message_id,)))
        plain = office.arrive(Letter(ANNA))
    database.engine.dispose()
    return change.number, plain.number, f"d{held.arrival.id}"


def test_a_ticket_shows_of_whom_what_was_asked_and_what_came_of_it(numbers: tuple[str, str, str]) -> None:
    shown = command_line.mailbot("tickets", "show", numbers[0]).out

    assert "carry out nothing before its holder confirms it" in shown
    assert f"mailbot tickets release {numbers[0]}" in shown
    asked = shown.partition("asked to confirm\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split() for line in asked[1:]] == [
        ["2026-03-10", "15:01", ANNA, "AC-100200", "1", "expired"],
        ["2026-03-10", "15:03", ALICE, "(an", "agent)", "0", "expired"],
    ]
    assert "asked to confirm" not in command_line.mailbot("tickets", "show", numbers[1]).out


def test_programs_read_the_same_and_no_code(numbers: tuple[str, str, str]) -> None:
    shown = json.loads(command_line.mailbot("tickets", "show", numbers[0], "--json").out)

    assert shown["challenges"] == [
        {
            "recipient": ANNA,
            "account": "AC-100200",
            "asked_at": "2026-03-10T15:01:00+00:00",
            "state": "expired",
            "wrong_codes": 1,
        },
        {
            "recipient": ALICE,
            "account": None,
            "asked_at": "2026-03-10T15:03:00+00:00",
            "state": "expired",
            "wrong_codes": 0,
        },
    ]
    assert json.loads(command_line.mailbot("tickets", "show", numbers[1], "--json").out)["challenges"] == []


def test_explain_and_the_lists_say_why_it_is_held(numbers: tuple[str, str, str]) -> None:
    ticket, _, delivery = numbers
    explained = command_line.mailbot("explain", ticket).out
    assert "held until it is confirmed" in explained
    assert f"confirmation asked of {ANNA}" in explained
    assert "nothing is confirmed: its code is missing or wrong" in explained
    assert "is no party" in command_line.mailbot("deliveries", "show", delivery).out
    listed = command_line.mailbot("tickets", "list", "--status", "held").out
    assert ticket in listed
    assert len(listed.splitlines()) == 2


def test_a_held_ticket_is_released_once(numbers: tuple[str, str, str]) -> None:
    ticket, other, _ = numbers
    ran = command_line.mailbot("tickets", "release", ticket)
    assert (ran.status, ran.out) == (0, f"{ticket} is released, and is new; its agents are told\n")
    again = command_line.mailbot("tickets", "release", ticket)
    assert (again.status, again.out) == (1, "")
    assert again.err == f"mailbot: {ticket} is not held: it is new.\n"
    shown = command_line.mailbot("tickets", "show", ticket).out
    assert "released by " in shown
    assert "carry out nothing" not in shown
    assert command_line.mailbot("tickets", "release", other).err == f"mailbot: {other} is not held: it is new.\n"


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("MB-0000-0000", "There is no ticket MB-0000-0000."),
        ("MB-0000-0001", "MB-0000-0001 is no ticket number: they look like MB-7K3F-9XWM"),
        ("d17", "d17 is no ticket number"),
    ],
)
def test_what_is_no_ticket_is_not_released(number: str, said: str) -> None:
    ran = command_line.mailbot("tickets", "release", number)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("tries", "ending", "later", "said"),
    [
        (0, None, LIFE, "waiting"),
        (0, None, LIFE * 1.001, "expired"),
        (TRIES, None, LIFE, "used up"),
        (1, Ending.DENIED, LIFE * 2, "denied"),
        (0, Ending.VOID, LIFE, "void"),
        (0, Ending.CONFIRMED, LIFE * 2, "confirmed"),
    ],
)
def test_what_was_asked_has_one_state(tries: int, ending: Ending | None, later: timedelta, said: str) -> None:
    challenge_ = Challenge("t" * 26, "MB-0000-0000", "AC-1", ANNA, NOW, tries, ending)
    assert state(challenge_, NOW + later) == said
