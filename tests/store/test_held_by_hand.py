"""SC-19: what people do at the command line about held tickets, and what two daemons do at once, on both databases."""

from copy import copy
from threading import Thread

import pytest
from correspondence import ALICE, ANNA, CAROL, EVE, Arrived, Letter, Office, reply
from sensitive import CHANGE, STOLEN, asked, challenge, code, with_rules

from mailbot.model import Ending, Outcome, Status
from mailbot.render import press
from mailbot.store import listing
from mailbot.store.engine import Database
from mailbot.work import by_hand
from mailbot.work.desk import Desk, Refused


class Robot:
    """An office whose every letter is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.engine.begin() as conn:
            self.office = with_rules(Office(conn))

    def arrive(self, letter: Letter) -> Arrived:
        with self.database.engine.begin() as conn:
            self.office.conn = conn
            return self.office.arrive(letter)

    def desk(self) -> Desk:
        site = self.office.site
        return Desk(self.database, site, press(site, {}), "one", lambda: self.office.now)

    def status(self, number: str) -> Status:
        with self.database.engine.begin() as conn:
            self.office.conn = conn
            return self.office.ticket(number).status

    def endings(self, arrived: Arrived) -> list[Ending | None]:
        with self.database.engine.begin() as conn:
            self.office.conn = conn
            return [entry.ending for entry in asked(self.office, arrived)]


@pytest.fixture
def robot(database: Database) -> Robot:
    return Robot(database)


def test_who_releases_by_hand_ends_what_was_asked_and_all_agents_are_told(robot: Robot) -> None:
    change = robot.arrive(CHANGE)
    assert by_hand.release(robot.desk(), change.number, "root").status is Status.NEW
    assert robot.endings(change) == [Ending.VOID]
    with robot.database.engine.begin() as conn:
        told = [(mail.template, mail.recipient) for mail in listing.mails(conn, number=change.number)][:2]
        (event,) = [entry for entry in listing.events(conn, number=change.number) if entry.kind == "released"]
    assert sorted(told) == [("notice", ALICE), ("notice", CAROL)]
    assert event.reason == "released by root"
    late = robot.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert late.outcome is Outcome.APPENDED


def test_what_is_not_held_is_not_released(robot: Robot) -> None:
    ticket = robot.arrive(Letter(ANNA))
    with pytest.raises(Refused, match=f"{ticket.number} is not held: it is new"):
        by_hand.release(robot.desk(), ticket.number, "root")
    with pytest.raises(Refused, match="There is no ticket MB-0000-0000"):
        by_hand.release(robot.desk(), "MB-0000-0000", "root")


def test_sc_04_a_held_ticket_that_a_person_closes_is_held_again_when_somebody_reopens_it(robot: Robot) -> None:
    stolen = robot.arrive(STOLEN)
    by_hand.close(robot.desk(), stolen.number, "root")
    assert robot.endings(stolen) == [Ending.VOID]
    reopened = robot.arrive(reply(EVE, stolen.to(EVE), "Alors ?"))
    assert (reopened.outcome, reopened.number) == (Outcome.APPENDED, stolen.number)
    assert robot.status(stolen.number) is Status.HELD


def test_one_that_was_released_before_it_was_closed_reopens_free(robot: Robot) -> None:
    change = robot.arrive(CHANGE)
    by_hand.release(robot.desk(), change.number, "root")
    by_hand.close(robot.desk(), change.number, "root")
    robot.arrive(Letter(ANNA, "Merci !", thread=(change.message_id,)))
    assert robot.status(change.number) is Status.OPEN


def test_sc_04_of_two_daemons_that_read_yes_and_no_at_once_the_second_sees_what_the_first_did(robot: Robot) -> None:
    change = robot.arrive(CHANGE)
    asked_ = challenge(change)
    no = reply(ANNA, asked_, "NON").octets("<no@client.example>")
    outcomes: list[Outcome] = []

    def second() -> None:
        with robot.database.engine.begin() as conn:
            other = copy(robot.office)
            other.conn = conn
            outcomes.append(other.take(no, box="sac").outcome)

    with robot.database.engine.begin() as conn:
        robot.office.conn = conn
        first = robot.office.arrive(reply(ANNA, asked_, f"OUI {code(asked_)}"))
        thread = Thread(target=second)
        thread.start()
    thread.join()
    assert first.outcome is Outcome.CHALLENGE
    assert outcomes == [Outcome.APPENDED]
    assert robot.status(change.number) is Status.NEW
    assert robot.endings(change) == [Ending.CONFIRMED]
