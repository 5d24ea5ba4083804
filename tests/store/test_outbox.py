"""The outbox: a mail is in the hands of one daemon, and only as long as that one lives."""

from datetime import timedelta

from ledger import MINUTE, mail
from messages import NOW
from sqlalchemy import Connection, select

from mailbot.model import Sending
from mailbot.store import leases, listing, outbox
from mailbot.store.apply import queue
from mailbot.store.outbox import Due, Settled
from mailbot.tables import outgoing


def alive(conn: Connection, *holders: str) -> None:
    for holder in holders:
        assert leases.take(conn, f"{leases.DAEMON}{holder}", holder, NOW)


def put(conn: Connection, count: int = 1) -> list[int]:
    queue(conn, [mail(n) for n in range(count)], NOW)
    return list(conn.scalars(select(outgoing.c.id).order_by(outgoing.c.id)))


def ids(due: tuple[Due, ...]) -> list[int]:
    return [entry.id for entry in due]


def status(conn: Connection, id_: int) -> Sending:
    return next(entry.status for entry in listing.mails(conn) if entry.id == id_)


def test_what_is_due_is_claimed_oldest_first_and_what_is_not_waits(conn: Connection) -> None:
    first, second, third = put(conn, 3)
    outbox.settle(conn, [Settled(first, Sending.SENT, "250", 1)], "one")
    alive(conn, "one")
    (due,) = outbox.claim(conn, "one", 1, NOW)
    assert (due.id, due.attempts, due.doubts, due.raw) == (second, 1, 0, b"mail")
    later = Settled(second, Sending.QUEUED, "451", 1, next_attempt_at=NOW + MINUTE)
    outbox.settle(conn, [later], "one")
    assert ids(outbox.claim(conn, "one", 10, NOW)) == [third]
    assert ids(outbox.claim(conn, "one", 10, NOW + MINUTE, in_hand=[third])) == [second]


def test_what_a_living_daemon_holds_no_other_claims(conn: Connection) -> None:
    (only,) = put(conn)
    alive(conn, "one", "two")
    assert ids(outbox.claim(conn, "one", 10, NOW)) == [only]
    assert outbox.claim(conn, "two", 10, NOW) == ()


def test_what_a_dead_daemon_held_is_free(conn: Connection) -> None:
    (only,) = put(conn)
    alive(conn, "one")
    outbox.claim(conn, "one", 10, NOW)
    assert ids(outbox.claim(conn, "two", 10, NOW + leases.LIFE)) == [only]


def test_what_is_in_hand_is_not_claimed_again_whatever_became_of_the_lease(conn: Connection) -> None:
    (only,) = put(conn)
    alive(conn, "one")
    outbox.claim(conn, "one", 10, NOW)
    assert outbox.claim(conn, "one", 10, NOW, in_hand=[only]) == ()
    assert outbox.claim(conn, "one", 10, NOW + leases.LIFE, in_hand=[only]) == ()


def test_a_claim_of_unknown_fate_is_made_again(conn: Connection) -> None:
    (only,) = put(conn)
    alive(conn, "one")
    outbox.claim(conn, "one", 10, NOW)
    assert ids(outbox.claim(conn, "one", 10, NOW)) == [only]


def test_each_time_a_mails_fate_stayed_unknown_is_counted(conn: Connection) -> None:
    (only,) = put(conn)
    for doubts in range(3):
        holder = f"daemon-{doubts}"
        (due,) = outbox.claim(conn, holder, 1, NOW)
        assert (due.attempts, due.doubts) == (doubts + 1, doubts)
        assert outbox.mark_in_doubt(conn, [only], holder) == {only}
    assert status(conn, only) is Sending.IN_DOUBT


def test_a_daemon_that_slept_marks_only_what_is_still_its_own(conn: Connection) -> None:
    lost, kept = put(conn, 2)
    outbox.claim(conn, "one", 2, NOW)
    outbox.claim(conn, "two", 1, NOW)
    assert outbox.mark_in_doubt(conn, [lost, kept], "one") == {kept}
    assert status(conn, lost) is Sending.QUEUED


def test_that_it_was_sent_counts_whoever_says_it_and_nothing_takes_it_back(conn: Connection) -> None:
    (only,) = put(conn)
    outbox.claim(conn, "one", 1, NOW)
    outbox.claim(conn, "two", 1, NOW)
    outbox.settle(conn, [Settled(only, Sending.QUEUED, "later", 1, next_attempt_at=NOW)], "one")
    assert outbox.mark_in_doubt(conn, [only], "two") == {only}
    outbox.settle(conn, [Settled(only, Sending.SENT, "250 ok", 1, sent_at=NOW)], "one")
    outbox.settle(conn, [Settled(only, Sending.FAILED, "550", 2)], "two")
    assert status(conn, only) is Sending.SENT
    assert outbox.claim(conn, "three", 1, NOW) == ()


def test_many_answers_are_written_together(conn: Connection) -> None:
    first, second, third = put(conn, 3)
    outbox.claim(conn, "one", 3, NOW)
    outbox.settle(conn, [], "one")
    outbox.settle(
        conn,
        [
            Settled(first, Sending.SENT, "250 ok", 1, sent_at=NOW),
            Settled(second, Sending.FAILED, "550 no", 1),
            Settled(third, Sending.IN_DOUBT, "silence", 1, next_attempt_at=NOW + MINUTE),
        ],
        "one",
    )
    found = {entry.id: (entry.status, entry.reply) for entry in listing.mails(conn)}
    assert found == {
        first: (Sending.SENT, "250 ok"),
        second: (Sending.FAILED, "550 no"),
        third: (Sending.IN_DOUBT, "silence"),
    }


def test_a_person_may_have_a_mail_tried_again_but_not_one_that_was_sent(conn: Connection) -> None:
    failed, sent = put(conn, 2)
    outbox.claim(conn, "one", 2, NOW)
    outbox.settle(conn, [Settled(failed, Sending.FAILED, "550", 1), Settled(sent, Sending.SENT, "250", 1)], "one")
    assert outbox.try_again(conn, failed, NOW)
    assert not outbox.try_again(conn, sent, NOW)
    assert not outbox.try_again(conn, 10**6, NOW)
    (due,) = outbox.claim(conn, "one", 10, NOW)
    assert (due.id, due.attempts, due.created_at) == (failed, 2, NOW)


def test_the_oldest_wait_is_told(conn: Connection) -> None:
    put(conn)
    queue(conn, [mail(7)], NOW - timedelta(hours=1))
    assert listing.sums(conn).oldest_queued == NOW - timedelta(hours=1)
