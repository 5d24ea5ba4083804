"""`mailbot customers`: the register goes in whole or not at all, and what stands there can be looked at."""

import json
from datetime import UTC, datetime
from pathlib import Path

import command_line
import pytest
import site_files

from mailbot.model import Bounce, BounceKind
from mailbot.store import returned
from mailbot.work.opening import open_database
from mailbot.work.transactions import change

ACCOUNTS = "account,name,language,plan\nAC-1,Boulangerie Tremblay,fr,premium\nAC-2,Maple Dental,en,\n"
ADDRESSES = """\
account,email,contact,notify,default
AC-1,jean@bakery.test,Jean Tremblay,support billing,yes
AC-2,jean@bakery.test,Jean Tremblay,,no
"""
SERVICES = "account,service,order,ip\nAC-1,fibre-500,#200001,203.0.113.10\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with a register/ folder; its key is in the environment, the passwords of its servers are not."""
    site_files.write(tmp_path)
    (tmp_path / "register").mkdir()
    for name, text in (("accounts", ACCOUNTS), ("addresses", ADDRESSES), ("services", SERVICES)):
        (tmp_path / "register" / f"{name}.csv").write_text(text)
    monkeypatch.setenv("KEY", site_files.ENVIRON["KEY"])
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    return tmp_path


def imported(site: Path, *options: str) -> command_line.Ran:
    return command_line.mailbot("customers", "import", str(site / "register"), *options)


def test_an_import_says_what_it_changed_and_a_second_that_nothing_changed(site: Path) -> None:
    first, second = imported(site), imported(site)

    says = "2 accounts: 2 new, 0 changed, 0 closed; addresses: 2 in, 0 out; services: 1 in, 0 out\n"
    assert first == command_line.Ran(0, says, "")
    assert second == command_line.Ran(0, "2 accounts: nothing changed\n", "")


def test_a_faulty_register_is_told_line_by_line_and_nothing_is_imported(site: Path) -> None:
    (site / "register" / "addresses.csv").write_text(ADDRESSES + "AC-9,x,,,no\n")

    ran = imported(site)

    assert (ran.status, ran.out) == (1, "")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["addresses.csv:4", "addresses.csv:4"]
    assert not (site / "mailbot.db").exists()


def test_the_address_of_our_own_mailbox_is_no_customers(site: Path) -> None:
    (site / "register" / "addresses.csv").write_text(ADDRESSES + "AC-2,Support@acme.test,,,no\n")

    ran = imported(site)

    assert ran.err == 'mailbot: addresses.csv:4: "Support@acme.test" is the address of our own mailbox support\n'


def test_an_import_that_would_close_many_accounts_is_refused_unless_asked_for(site: Path) -> None:
    imported(site)
    for name in ("accounts", "addresses"):
        path = site / "register" / f"{name}.csv"
        path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("AC-2")))

    refused = imported(site)
    asked_for = imported(site, "--close-missing")

    assert (refused.status, refused.out) == (1, "")
    assert "--close-missing" in refused.err
    assert refused.err.count("\n") == 1
    assert asked_for.status == 0
    assert "1 closed" in asked_for.out
    assert json.loads(command_line.mailbot("customers", "show", "AC-2", "--json").out)["closed"] is True


def test_an_account_is_shown_by_its_number_and_by_its_address(site: Path) -> None:
    imported(site)

    number = command_line.mailbot("customers", "show", "AC-1", "--json")
    address = command_line.mailbot("customers", "show", "Jean@Bakery.test", "--json")

    assert json.loads(number.out) == {
        "account": "AC-1",
        "name": "Boulangerie Tremblay",
        "language": "fr",
        "plan": "premium",
        "closed": False,
        "addresses": [
            {
                "email": "jean@bakery.test",
                "contact": "Jean Tremblay",
                "notify": ["support", "billing"],
                "default": True,
                "unreachable": None,
            }
        ],
        "services": [{"service": "fibre-500", "order": "#200001", "ip": "203.0.113.10"}],
    }
    assert [json.loads(line)["account"] for line in address.out.splitlines()] == ["AC-1", "AC-2"]


def test_people_see_an_account_with_its_addresses_and_services(site: Path) -> None:
    imported(site)

    ran = command_line.mailbot("customers", "show", "AC-1")

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[:4] == ["account AC-1", "name Boulangerie Tremblay", "language fr", "plan premium"]
    assert "jean@bakery.test Jean Tremblay support billing yes" in lines
    assert "fibre-500 #200001 203.0.113.10" in lines


@pytest.mark.parametrize(("asked", "what"), [("AC-7", "account"), ("who@bakery.test", "address")])
def test_what_the_register_does_not_have_is_a_sentence(site: Path, asked: str, what: str) -> None:
    imported(site)

    ran = command_line.mailbot("customers", "show", asked)

    assert ran == command_line.Ran(1, "", f"mailbot: the register has no {what} {asked}\n")


def test_a_database_that_is_none_is_a_sentence(site: Path) -> None:
    (site / "mailbot.db").write_text("this is no database, but a letter to my aunt " * 100)

    ran = imported(site)

    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("mailbot: ")


def test_an_address_that_takes_no_mail_of_ours_is_shown_with_the_day_and_the_servers_words(site: Path) -> None:
    imported(site)
    database = open_database(f"sqlite:///{site / 'mailbot.db'}")
    said, when = "550 5.1.1 no such user", datetime(2026, 3, 10, 15, tzinfo=UTC)
    bounce = Bounce("a" * 26, "jean@bakery.test", BounceKind.MISSING, "5.1.1", said, when)
    change(database, lambda conn: returned.came_back(conn, (), (bounce,), bounce.at))
    database.engine.dispose()

    ran = command_line.mailbot("customers", "show", "AC-1")
    record = json.loads(command_line.mailbot("customers", "show", "AC-1", "--json").out)

    assert f"jean@bakery.test takes no mail of ours since 2026-03-10 15:00 UTC: {said}." in " ".join(ran.out.split())
    since = "2026-03-10T15:00:00+00:00"
    assert record["addresses"][0]["unreachable"] == {"since": since, "status": "5.1.1", "said": said}
