"""What is withheld is told to the admin in one mail, not one for each, and not every day again."""

from datetime import datetime, timedelta

from ledger import DAY, MINUTE
from simulated import Mail, Robot, letter
from sites import site

from mailbot.store.engine import Database

HOUR = timedelta(hours=1)


def digests(mails: list[Mail]) -> list[Mail]:
    return [mail for mail in mails if b"withheld since" in mail.raw]


def withhold(robot: Robot, first: int, many: int) -> None:
    """Each of these authors has had his one mail today."""
    for n in range(first, first + many):
        robot.gets(letter(2 * n, f"x{n}@elsewhere.example"), letter(2 * n + 1, f"x{n}@elsewhere.example"))
    robot.sends()


def told_at(robot: Robot, at: datetime) -> int:
    robot.now = at
    robot.tells()
    return len(digests(robot.sends()))


def test_what_is_withheld_is_told_in_one_mail_that_says_how_many_to_whom_why_and_what_to_do(database: Database) -> None:
    robot = Robot(database, site())
    withhold(robot, 0, 3)
    began = robot.now
    assert told_at(robot, began + 3 * MINUTE) == 0
    robot.passes(2 * MINUTE)
    robot.tells()
    robot.passes(MINUTE)
    robot.tells()
    (mail,) = digests(robot.sends())
    text = " ".join(mail.raw.decode().replace("=\r\n", "").split())
    assert "3 automatic mails were withheld since" in text
    assert "to elsewhere.example (3)" in text
    assert "this address had its 1 automatic mail within 24 hours (3)" in text
    assert "mailbot outgoing list --status withheld" in text
    assert "mailbot outgoing retry ID" in text


def test_the_next_digest_is_tomorrows_unless_a_storm_has_grown_to_ten_times_what_was_told(database: Database) -> None:
    robot = Robot(database, site())
    withhold(robot, 0, 3)
    began = robot.now
    told_at(robot, began + 5 * MINUTE)
    assert told_at(robot, began + 7 * MINUTE) == 1
    withhold(robot, 3, 5)
    assert told_at(robot, began + 6 * HOUR) == 0
    withhold(robot, 8, 100)
    told_at(robot, began + 7 * HOUR)
    assert told_at(robot, began + 7 * HOUR + MINUTE) == 1
    assert told_at(robot, began + 9 * DAY) == 0
