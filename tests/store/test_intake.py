"""Deliveries: recorded once, claimed in order, suspects alone; what people ask for by hand."""

import pytest
from ledger import BOX, DAY, MINUTE, claim, outcome, received, record
from messages import NOW
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import IntegrityError

from mailbot.model import Outcome
from mailbot.store import intake
from mailbot.store.engine import Database
from mailbot.tables import delivery, raw


def finish(conn: Connection, id_: int, as_: Outcome = Outcome.HELD) -> None:
    intake.finish(conn, id_, as_, "because", NOW)


def state(conn: Connection, id_: int) -> tuple[object, ...]:
    d = delivery.c
    return tuple(conn.execute(select(d.attempts, d.deaths, d.failures, d.claimed, d.suspect).where(d.id == id_)).one())


def test_bytes_are_kept_as_they_came(conn: Connection) -> None:
    body = bytes(range(256)) * 5
    first, second = record(conn, received(1, raw=body), received(2, raw=b""))
    assert intake.bytes_of(conn, [second, first]) == (b"", body)


def test_a_connection_that_wrote_or_read_a_large_mail_is_left(database: Database) -> None:
    large = bytes(2 << 20)
    with database.engine.begin() as conn:
        (usual,) = record(conn, received(1))
        first = conn.connection.driver_connection
    with database.engine.begin() as conn:
        assert intake.bytes_of(conn, [usual]) == (b"bytes",)
        assert conn.connection.driver_connection is first
        (id_,) = record(conn, received(2, raw=large, size=len(large)))
    with database.engine.begin() as conn:
        second = conn.connection.driver_connection
        assert second is not first
        assert intake.bytes_of(conn, [id_]) == (large,)
    with database.engine.begin() as conn:
        assert conn.connection.driver_connection is not second


def test_a_mail_that_is_not_taken_in_is_a_row_without_bytes(conn: Connection) -> None:
    gone = received(1, raw=None, outcome=Outcome.GONE, reason="vanished")
    first, second = record(conn, gone, received(2))
    assert intake.bytes_of(conn, [first, second]) == (None, b"bytes")
    assert outcome(conn, first) is Outcome.GONE
    (alone,) = record(conn, received(3, raw=None, outcome=Outcome.BEFORE_START))
    assert outcome(conn, alone) is Outcome.BEFORE_START


def test_one_uid_is_one_delivery(database: Database) -> None:
    with database.engine.begin() as conn:
        record(conn, received(1))
    with pytest.raises(IntegrityError), database.engine.begin() as conn:
        record(conn, received(1))
    with database.engine.begin() as conn:
        record(conn, received(1, uidvalidity=78))
        record(conn, received(1, generation=1))
        record(conn, received(1, mailbox="sac"))


def test_the_place_in_a_folder_is_its_highest_recorded_uid(conn: Connection) -> None:
    assert intake.last_uid(conn, BOX) == 0
    record(conn, received(4), received(9, raw=None, outcome=Outcome.GONE))
    record(conn, received(50, uidvalidity=78), received(60, mailbox="sac"), received(70, generation=1))
    assert intake.last_uid(conn, BOX) == 9


def test_a_numbering_that_comes_back_gets_a_generation_of_its_own(conn: Connection) -> None:
    assert intake.next_generation(conn, "support", 77) == 0
    record(conn, received(1))
    assert intake.next_generation(conn, "support", 77) == 1
    record(conn, received(1, generation=3))
    assert intake.next_generation(conn, "support", 77) == 4
    assert intake.next_generation(conn, "support", 78) == 0


def test_what_we_know_of_a_folder_is_kept(conn: Connection) -> None:
    assert intake.find_box(conn, "support") is None
    intake.save_box(conn, BOX)
    assert intake.find_box(conn, "support") == BOX
    intake.looked(conn, "support", NOW)
    found = intake.find_box(conn, "support")
    assert found is not None
    assert found.looked_at == NOW
    assert intake.boxes(conn) == (found,)


def test_uids_are_settled_that_were_taken_in_and_judged_under_the_present_numbering(conn: Connection) -> None:
    intake.save_box(conn, BOX)
    judged, waiting, _ = record(conn, received(1), received(2), received(3, raw=None, outcome=Outcome.BEFORE_START))
    (elsewhere,) = record(conn, received(4, uidvalidity=76))
    for id_ in (judged, elsewhere):
        finish(conn, id_, Outcome.TICKET_CREATED)
    assert intake.settled_uids(conn, "support", NOW + MINUTE) == {1}
    assert intake.settled_uids(conn, "support", NOW) == frozenset()
    assert outcome(conn, waiting) is None


def test_deliveries_are_claimed_in_the_order_of_arrival_and_each_once(conn: Connection) -> None:
    ids = record(conn, received(1), received(2), received(3))
    record(conn, received(1, mailbox="sac"))
    first = claim(conn, limit=2)
    second = intake.claim(conn, "support", 2, NOW, [entry.arrival.id for entry in first], suspects=False)
    assert [entry.arrival.id for entry in (*first, *second)] == ids
    assert not any(entry.alone for entry in first)
    assert state(conn, ids[0]) == (1, 0, 0, True, False)


def test_a_claim_of_unknown_fate_is_made_again(conn: Connection) -> None:
    """PostgreSQL may commit and then lose the connection: nobody has these in hand."""
    record(conn, received(1), received(2))
    assert len(claim(conn)) == 2
    assert [entry.arrival.uid for entry in claim(conn)] == [1, 2]


def test_what_a_dead_daemon_had_in_flight_flies_alone(conn: Connection) -> None:
    first, second, third = record(conn, received(1), received(2), received(3))
    assert len(claim(conn, limit=2)) == 2
    assert intake.abandon(conn, "support") == 2
    (flight,) = claim(conn)
    assert (flight.arrival.id, flight.alone, flight.attempts) == (first, True, 2)
    finish(conn, first)
    assert [entry.arrival.id for entry in claim(conn)] == [second]
    finish(conn, second)
    (last,) = claim(conn)
    assert (last.arrival.id, last.alone, last.attempts) == (third, False, 1)


def test_a_suspect_waits_until_nothing_else_is_in_flight_and_its_mailbox_with_it(conn: Connection) -> None:
    record(conn, received(1))
    claim(conn)
    intake.abandon(conn, "support")
    record(conn, received(2))
    assert intake.claim(conn, "support", 50, NOW, suspects=False) == ()


def test_a_batch_ends_before_a_suspect(conn: Connection) -> None:
    first, second, _ = record(conn, received(1), received(2), received(3))
    intake.died(conn, second, 1, NOW)
    assert [entry.arrival.id for entry in claim(conn)] == [first]


def test_a_batch_has_room_in_memory_and_holds_one_at_least(conn: Connection) -> None:
    half = intake.OCTETS // 2
    large = (received(1, size=half), received(2, size=half), received(3), received(4, size=intake.OCTETS + 1))
    ids = record(conn, *large, received(5, size=intake.OCTETS + 1, oversize=True))
    batches = []
    while batch := claim(conn):
        batches.append([entry.arrival.id for entry in batch])
        for id_ in batches[-1]:
            finish(conn, id_)
    assert batches == [ids[:2], ids[2:3], ids[3:4], ids[4:]]


def test_only_a_death_while_it_is_judged_alone_counts_against_a_mail(conn: Connection) -> None:
    """Not one before, nor an error that left all alive, nor a database that went away."""
    (id_,) = record(conn, received(1))
    for _ in range(2):
        claim(conn)
        intake.abandon(conn, "support")
    claim(conn)
    intake.begin_judging(conn, id_)
    claim(conn)
    intake.abandon(conn, "support")
    claim(conn)
    intake.begin_judging(conn, id_)
    intake.failed(conn, id_, NOW)
    intake.abandon(conn, "support")
    assert state(conn, id_) == (5, 0, 1, False, True)
    claim(conn)
    intake.begin_judging(conn, id_)
    intake.abandon(conn, "support")
    assert claim(conn)[0].deaths == 1


def test_one_that_failed_waits_and_the_line_goes_on(conn: Connection) -> None:
    first, second = record(conn, received(1), received(2))
    claim(conn)
    intake.failed(conn, first, NOW + MINUTE)
    assert [entry.arrival.id for entry in claim(conn)] == [second]
    finish(conn, second)
    assert not claim(conn)
    (again,) = intake.claim(conn, "support", 50, NOW + MINUTE, suspects=True)
    assert again.arrival.id == first
    assert intake.failures(conn, first) == 1


def test_what_is_judged_stays_judged(conn: Connection) -> None:
    """A daemon that slept and wakes does not know that another one judged meanwhile."""
    (id_,) = record(conn, received(1))
    finish(conn, id_, Outcome.TICKET_CREATED)
    finish(conn, id_, Outcome.QUARANTINED)
    intake.failed(conn, id_, NOW)
    intake.died(conn, id_, 2, NOW)
    assert outcome(conn, id_) is Outcome.TICKET_CREATED
    assert state(conn, id_) == (0, 0, 0, False, False)


@pytest.mark.parametrize("held", [Outcome.HELD, Outcome.JUNK])
def test_what_a_person_releases_goes_through_as_a_new_cause(conn: Connection, held: Outcome) -> None:
    (id_,) = record(conn, received(1))
    (before,) = claim(conn)
    finish(conn, id_, held)
    assert not intake.try_again(conn, id_)
    assert intake.release(conn, id_)
    assert not intake.release(conn, id_)
    (flight,) = claim(conn)
    assert (flight.arrival.released, flight.arrival.round) == (True, 1)
    assert flight.arrival.cause == f"{before.arrival.cause}:1"


def test_a_cause_follows_from_the_mail_and_its_place_and_not_from_our_count_of_rows(conn: Connection) -> None:
    """So a restored database gives a mail taken in anew the numbers that it had, and no other mail gets them."""
    record(conn, received(1), received(2, raw=b"lost"))
    (_, lost) = claim(conn)
    conn.execute(delete(raw))
    conn.execute(delete(delivery))
    record(conn, received(2, raw=b"lost"))
    (again,) = claim(conn)
    assert (again.arrival.id == lost.arrival.id, again.arrival.cause) == (False, lost.arrival.cause)


def test_no_two_deliveries_have_one_cause(conn: Connection) -> None:
    record(conn, received(1), received(2))
    for other in (received(1, "sac"), received(1, uidvalidity=78), received(1, generation=1)):
        record(conn, other)
    causes = {entry.arrival.cause for entry in (*claim(conn), *claim(conn, "sac"))}
    assert len(causes) == 5


def test_a_quarantined_one_is_tried_again_with_a_clean_slate(conn: Connection) -> None:
    (id_,) = record(conn, received(1))
    intake.died(conn, id_, 3, NOW)
    finish(conn, id_, Outcome.QUARANTINED)
    assert not intake.release(conn, id_)
    assert intake.try_again(conn, id_)
    (flight,) = claim(conn)
    assert (flight.arrival.released, flight.alone, flight.attempts, flight.deaths) == (False, True, 1, 0)


def test_without_its_bytes_nothing_goes_through_again(conn: Connection) -> None:
    (id_,) = record(conn, received(1, raw=None, outcome=Outcome.QUARANTINED))
    assert not intake.try_again(conn, id_)


def test_tidying_forgets_the_bytes_of_old_settled_mail_only(conn: Connection) -> None:
    old = NOW - 2 * DAY
    settled, held, waiting, _ = record(
        conn, received(1, received_at=old), received(2, received_at=old), received(3, received_at=old), received(4)
    )
    finish(conn, settled, Outcome.TICKET_CREATED)
    finish(conn, held, Outcome.HELD)
    assert intake.forget_bytes(conn, NOW - DAY, 10) == 1
    assert intake.bytes_of(conn, [settled, held, waiting]) == (None, b"bytes", b"bytes")
    assert outcome(conn, settled) is Outcome.TICKET_CREATED
    assert conn.execute(select(raw.c.sha256)).scalars().first()


def test_tidying_takes_small_bites(conn: Connection) -> None:
    for id_ in record(conn, *(received(uid, received_at=NOW - 2 * DAY) for uid in range(1, 6))):
        finish(conn, id_, Outcome.AUTOMATIC)
    assert [intake.forget_bytes(conn, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]
