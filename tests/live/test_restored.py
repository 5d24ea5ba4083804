"""A robot whose disk is lost and that is restored from a backup: what people live through, on both databases."""

import json
from collections.abc import Callable
from pathlib import Path

import command_line
import pytest
from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, Robot
from servers.dovecot import PASSWORD
from servers.postgresql import PostgreSQL

from mailbot.model import Outcome, Status

SUPPORT = "support@telecom.example"


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database: str) -> str:
    """A database of the same kind for the robot that is restored."""
    if database.startswith("sqlite"):
        return database
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.fresh_database()


def restore(robot: Robot, file: Path, database: str) -> None:
    """As an operator does, who brings the password that no backup holds."""
    folder = robot.site.folder
    ran = command_line.mailbot("restore", str(file), str(folder), "--database", database)
    assert (ran.status, ran.err) == (0, "")
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o600)


def test_a_restored_robot_goes_on_as_if_nothing_was_lost_and_answers_nobody_twice(
    open_site: Callable[..., Robot], database: str, elsewhere: str, tmp_path: Path
) -> None:
    robot = open_site(**{"database.url": database})
    robot.start()
    robot.mail(ANNA, SUPPORT, "Panne", "Bonjour, plus rien ne marche.")
    robot.received(ANNA), robot.received(ALICE)
    told = robot.command("backup", str(tmp_path / "copy"))
    assert "files     mailbot.toml, agents.toml, mailbot.key\n" in told
    assert "left out  password\n" in told
    assert "holds     1 delivery, 1 ticket, 2 mails, " in told

    # What the backup knows nothing of: a letter, its answer, and another letter.
    robot.mail(ANNA, SUPPORT, "Lenteur", "Bonjour, tout est très lent.")
    acknowledgement, notice = robot.received(ANNA), robot.received(ALICE)
    robot.reply(ALICE, notice, "Un technicien passe demain.")
    answer = robot.received(ANNA)
    robot.mail(BRUNO, "business@telecom.example", "Invoice", "Hello, where is my invoice?")
    invoice = robot.received(BRUNO)
    robot.everybody_reads()
    robot.lose()

    restore(robot, tmp_path / "copy", elsewhere)
    robot.start()
    assert robot.unread(ANNA, BRUNO) == []
    again = robot.received(ALICE)
    assert (again.message_id, again.number) == (notice.message_id, acknowledgement.number)
    assert robot.received(BOB).number == invoice.number
    assert robot.ticket(acknowledgement.number).status is Status.PENDING
    withheld = robot.command("outgoing", "list", "--status", "withheld")
    assert sorted(word for word in withheld.split() if word.endswith((".fr", ".en"))) == [
        "acknowledgement.en",
        "acknowledgement.fr",
        "answer.fr",
    ]

    # Mails of then find their tickets, in both directions.
    robot.reply(ANNA, answer, "Merci, à quelle heure ?")
    assert robot.received(ALICE).number == acknowledgement.number
    robot.reply(ALICE, notice, "À neuf heures.")
    assert "À neuf heures." in robot.received(ANNA).text
    robot.mail(BRUNO, "business@telecom.example", "Another", "Hello, one more question.")
    assert robot.received(BRUNO).subject.endswith("Another")
    assert robot.unread(ANNA, BRUNO, ADMIN) == []
    assert robot.outcomes(acknowledgement.number) == [
        Outcome.TICKET_CREATED,
        Outcome.ANSWERED,
        Outcome.APPENDED,
        Outcome.ANSWERED,
    ]


def test_what_was_withheld_goes_out_when_the_admin_asks_for_it(open_site: Callable[..., Robot], tmp_path: Path) -> None:
    robot = open_site()
    robot.start()
    robot.command("backup", str(tmp_path / "copy"))
    for subject in ("Panne", "Lenteur"):
        robot.mail(ANNA, SUPPORT, subject, "Bonjour, rien ne va plus.")
    robot.everybody_reads()
    robot.lose()
    restore(robot, tmp_path / "copy", "sqlite:///mailbot.db")
    robot.start()
    robot.settle()
    listed = robot.command("outgoing", "list", "--status", "withheld", "--json")
    ids = [str(json.loads(line)["id"]) for line in listed.splitlines()]
    assert robot.command("outgoing", "retry", *ids) == "".join(f"outgoing mail {id_} is queued\n" for id_ in ids)
    assert len(robot.unread(ANNA)) == len(ids) == 2
