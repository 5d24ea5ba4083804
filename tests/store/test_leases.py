"""Leases: one holder at a time, renewed by him, free by themselves when he is gone."""

from ledger import MINUTE, SECOND
from messages import NOW
from sqlalchemy import Connection

from mailbot.store import leases

BOX = "mailbox:support"


def test_a_lease_has_one_holder(conn: Connection) -> None:
    assert leases.take(conn, BOX, "one", NOW)
    assert not leases.take(conn, BOX, "two", NOW)
    assert leases.holder_of(conn, BOX, NOW) == "one"
    assert leases.take(conn, "mailbox:sac", "two", NOW)


def test_it_runs_out_by_itself_and_not_before(conn: Connection) -> None:
    leases.take(conn, BOX, "one", NOW)
    assert not leases.take(conn, BOX, "two", NOW + leases.LIFE - SECOND)
    assert leases.holder_of(conn, BOX, NOW + leases.LIFE) is None
    assert leases.take(conn, BOX, "two", NOW + leases.LIFE)
    assert not leases.take(conn, BOX, "one", NOW + leases.LIFE)


def test_its_holder_renews_all_that_he_has(conn: Connection) -> None:
    leases.take(conn, BOX, "one", NOW)
    leases.take(conn, "mailbox:sac", "one", NOW)
    leases.take(conn, "mailbox:business", "two", NOW)
    leases.renew(conn, "one", NOW + SECOND)
    assert leases.held_by(conn, "one", NOW + leases.LIFE) == (BOX, "mailbox:sac")
    assert leases.held_by(conn, "two", NOW + leases.LIFE) == ()


def test_what_ran_out_is_not_renewed_but_taken(conn: Connection) -> None:
    leases.take(conn, BOX, "one", NOW)
    leases.renew(conn, "one", NOW + leases.LIFE)
    assert leases.held_by(conn, "one", NOW + leases.LIFE) == ()
    assert leases.take(conn, BOX, "one", NOW + 2 * MINUTE)


def test_a_daemon_that_ends_gives_back_what_it_has(conn: Connection) -> None:
    leases.take(conn, BOX, "one", NOW)
    leases.take(conn, "mailbox:sac", "two", NOW)
    leases.give_back(conn, "one")
    assert leases.take(conn, BOX, "three", NOW)
    assert not leases.take(conn, "mailbox:sac", "three", NOW)


def test_the_living_are_counted_by_their_daemon_leases(conn: Connection) -> None:
    for holder in ("one", "two"):
        leases.take(conn, f"{leases.DAEMON}{holder}", holder, NOW)
    leases.take(conn, BOX, "one", NOW)
    assert leases.living(conn, NOW) == 2
    assert leases.living(conn, NOW + leases.LIFE) == 0
    leases.forget_all(conn)
    assert leases.living(conn, NOW) == 0
