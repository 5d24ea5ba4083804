"""Two robots on one database, and one that is stopped in the middle of its work."""

from collections.abc import Callable

from robot import ADMIN, ALICE, ANNA, BOB, Robot
from servers.postgresql import PostgreSQL

from mailbot.model import Outcome, Sending
from mailbot.store import leases, listing
from mailbot.work.desk import clock

BACKLOG = 100


def test_a_second_robot_on_the_same_sqlite_file_refuses_in_one_sentence(open_site: Callable[..., Robot]) -> None:
    robot = open_site()
    robot.start()
    told = robot.command("run", status=1)
    assert told.startswith("mailbot: another mailbot (process ")
    assert told.endswith("SQLite allows one; stop it, or use PostgreSQL\n")
    assert told.count("\n") == 1


def test_a_second_robot_on_postgresql_waits_and_takes_over(
    open_site: Callable[..., Robot], postgresql: PostgreSQL
) -> None:
    first = open_site(**{"database.url": postgresql.fresh_database()})
    first.start()
    second = Robot(first.site, first.post)
    try:
        second.begin()
        second.wait(lambda: second.look(lambda conn: leases.living(conn, clock())) == 2, "the second does not live")
        second.wait(lambda: "another daemon has it" in second.log, "the second does not say that it waits")
        first.mail(ANNA, "support@telecom.example", "Première panne", "Bonjour, plus rien ne marche.")
        assert first.received(ANNA).subject.endswith("Première panne")
        first.stop()
        second.mail(ANNA, "support@telecom.example", "Seconde panne", "Bonjour, c’est encore en panne.")
        assert first.received(ANNA).subject.endswith("Seconde panne")
        assert len(first.unread(ALICE)) == 2
        assert first.unread(ANNA, BOB, ADMIN) == []
        assert first.outcomes() == [Outcome.TICKET_CREATED] * 2
    finally:
        second.close()


def test_a_robot_stopped_in_the_middle_loses_nothing_and_finishes_when_it_is_started_again(
    open_site: Callable[..., Robot],
) -> None:
    robot = open_site(
        **{"mailboxes.support.imap.start": "all", "budget.registered": 10 * BACKLOG, "budget.domain": 10 * BACKLOG}
    )
    for n in range(BACKLOG):
        robot.mail(ANNA, "support@telecom.example", f"Panne {n}", f"Bonjour, la panne {n} dure encore.")
    robot.post.until_still()
    robot.begin()
    robot.wait(lambda: robot.look(listing.sums).received > 0, "mailbot receives nothing")
    robot.stop()
    sums = robot.look(listing.sums)
    assert sums.received == sums.waiting + sum(count for _, count in sums.outcomes)
    queued = dict(sums.outgoing).get(Sending.QUEUED, 0)
    assert sums.received < BACKLOG or sums.waiting or queued, "it was stopped too late to prove anything"
    robot.start()
    acknowledged = [subject.partition("Re: ")[2] for subject in robot.unread(ANNA)]
    assert sorted(acknowledged) == sorted(f"Panne {n}" for n in range(BACKLOG))
    assert len(robot.unread(ALICE)) == BACKLOG
    assert robot.outcomes() == [Outcome.TICKET_CREATED] * BACKLOG
