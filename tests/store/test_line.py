"""Letters and answers of one mailbox as one line: an answer after the letter that it may answer, a reply after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ledger import BOX, DAY, MINUTE, SECOND, received, record
from messages import NOW
from sqlalchemy import Connection

from mailbot.model import Outcome
from mailbot.store import intake, traffic

SENT = "support/sent"


def letters(conn: Connection, *times: datetime) -> list[int]:
    return record(conn, *(received(uid, received_at=at) for uid, at in enumerate(times, 1)))


def answers(conn: Connection, *times: datetime) -> list[int]:
    return record(conn, *(received(uid, SENT, received_at=at) for uid, at in enumerate(times, 1)))


def looked_into(conn: Connection, at: datetime) -> None:
    intake.save_box(conn, replace(BOX, looked_at=at))


def line(conn: Connection, now: datetime = NOW, limit: int = 50, in_flight: Sequence[int] = ()) -> list[int]:
    """Claimed as by a daemon that reads the Sent folder."""
    taken = intake.claim(conn, "support", limit, now, in_flight, suspects=True, answers=True)
    return [entry.arrival.id for entry in taken]


def test_letter_answer_and_reply_are_judged_in_that_order_however_they_were_received(conn: Connection) -> None:
    answer, later = answers(conn, NOW - 2 * MINUTE, NOW - SECOND)
    letter, reply = letters(conn, NOW - 3 * MINUTE, NOW - MINUTE)
    looked_into(conn, NOW)
    assert line(conn) == [letter, answer, reply, later]


def test_each_arrival_says_where_it_lay(conn: Connection) -> None:
    letters(conn, NOW - MINUTE)
    answers(conn, NOW - SECOND)
    looked_into(conn, NOW)
    taken = intake.claim(conn, "support", 50, NOW, suspects=True, answers=True)
    assert [(entry.arrival.mailbox, entry.arrival.sent, entry.arrival.place) for entry in taken] == [
        ("support", False, "support"),
        ("support", True, SENT),
    ]
    assert len({entry.arrival.cause for entry in taken}) == 2


def test_an_answer_waits_until_the_mailbox_was_looked_into_for_its_letter(conn: Connection) -> None:
    (letter,) = letters(conn, NOW - 3 * MINUTE)
    (answer,) = answers(conn, NOW - MINUTE)
    looked_into(conn, NOW - SECOND)
    assert line(conn) == [letter]
    looked_into(conn, NOW)
    assert line(conn, in_flight=[letter]) == [answer]


def test_an_answer_before_a_younger_letter_waits_for_nothing(conn: Connection) -> None:
    (answer,) = answers(conn, NOW - 2 * MINUTE)
    (letter,) = letters(conn, NOW - MINUTE)
    assert line(conn) == [answer, letter]


def test_an_answer_does_not_wait_for_ever_for_a_mailbox_out_of_reach(conn: Connection) -> None:
    (answer,) = answers(conn, NOW - MINUTE)
    assert line(conn, NOW + 9 * MINUTE) == []
    assert line(conn, NOW + 11 * MINUTE) == [answer]


def test_an_answer_comes_after_more_older_letters_than_are_claimed_together(conn: Connection) -> None:
    many = letters(conn, *(NOW - timedelta(hours=9) + n * SECOND for n in range(60)))
    (answer,) = answers(conn, NOW - DAY / 12)
    looked_into(conn, NOW)
    assert line(conn) == many[:50]
    assert line(conn, in_flight=many[:50]) == [*many[50:], answer]


def test_a_copy_of_an_answer_in_the_inbox_comes_after_it(conn: Connection) -> None:
    (copy,) = letters(conn, NOW - 3 * SECOND)
    (answer,) = answers(conn, NOW)
    looked_into(conn, NOW)
    assert line(conn) == [answer, copy]


def test_answers_keep_the_order_of_their_uids_and_letters_that_of_theirs(conn: Connection) -> None:
    first, second = answers(conn, NOW, NOW - DAY)
    one, two = letters(conn, NOW, NOW - DAY)
    looked_into(conn, NOW)
    taken = line(conn)
    assert taken.index(first) < taken.index(second)
    assert taken.index(one) < taken.index(two)


def test_what_a_sent_folder_brought_is_judged_even_if_nobody_reads_it_any_more(conn: Connection) -> None:
    (answer,) = answers(conn, NOW - MINUTE)
    (letter,) = letters(conn, NOW)
    looked_into(conn, NOW)

    def taken(*in_flight: int) -> list[int]:
        claimed = intake.claim(conn, "support", 50, NOW, in_flight, suspects=True)
        return [entry.arrival.id for entry in claimed]

    assert taken() == [letter]
    assert taken(letter) == [answer]


def test_what_was_in_flight_of_either_folder_goes_back_into_the_line_alone(conn: Connection) -> None:
    (answer,) = answers(conn, NOW - MINUTE)
    (letter,) = letters(conn, NOW)
    assert line(conn) == [answer, letter]
    assert intake.abandon(conn, "support") == 2
    assert line(conn) == [answer]


def test_the_two_folders_have_numberings_of_their_own(conn: Connection) -> None:
    letters(conn, NOW, NOW, NOW)
    answers(conn, NOW)
    assert intake.last_uid(conn, BOX) == 3
    assert intake.last_uid(conn, replace(BOX, mailbox=SENT)) == 1
    assert intake.next_generation(conn, SENT, 77) == 1


@pytest.mark.parametrize("outcome", [None, Outcome.OWN])
def test_status_counts_what_waits_in_the_sent_folder_with_its_mailbox(
    conn: Connection, outcome: Outcome | None
) -> None:
    record(conn, received(1, SENT, raw=None, outcome=outcome, received_at=NOW))
    letters(conn, NOW)
    assert {mailbox: entry.count for mailbox, entry in traffic.waiting(conn).items()} == {
        "support": 1 if outcome else 2
    }
