"""A decision is written whole or not at all, and only once."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from ledger import DAY, arrive, claim, judge, judged, mail, outcome
from messages import ANNA, NOW, message, ticket
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from mailbot.model import Address, Field, Outcome, Sending, Standing, Status
from mailbot.store import intake, listing
from mailbot.store.apply import apply, changes, note, queue
from mailbot.store.engine import Database
from mailbot.tables import message as messages
from mailbot.tables import outgoing, ticket_field
from mailbot.work.transactions import change, look

OTHER = "<other@client.example>"


def rows(conn: Connection) -> int:
    return sum(
        conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (messages, ticket_field, outgoing)
    )


def test_a_new_letter_becomes_ticket_fields_event_and_mails(conn: Connection) -> None:
    account = Field("account", "AC-100200", "AC-100200", "text", 3, 12, "pattern", 0.95)
    entry = judge(conn, arrive(conn, 1), message(fields=(account,)))
    assert entry.decision.ticket is not None
    found = listing.find_ticket(conn, entry.decision.ticket.number)
    assert found is not None
    assert found.ticket == entry.decision.ticket
    assert found.fields == (("account", "AC-100200"),)
    (event,) = listing.events(conn, number=found.ticket.number)
    assert (event.cause, event.kind, event.because) == (
        entry.arrival.cause,
        "ticket-created",
        entry.decision.because,
    )
    assert ("status", None, "new") in event.changes
    assert [sent.message_id for sent in listing.mails_of(conn, entry.arrival.cause, found.ticket.number)] == [
        sent.message_id for sent in entry.mails
    ]
    delivered = listing.find_delivery(conn, entry.arrival.id)
    assert delivered is not None
    assert (delivered.outcome, delivered.ticket) == (Outcome.TICKET_CREATED, found.ticket.number)
    standing = conn.scalars(select(ticket_field.c.standing)).one()
    assert standing == Standing.UNKNOWN


def test_many_are_written_together(conn: Connection) -> None:
    said = [message(message_id=f"<{n}@x.example>", content_hash=f"{n}") for n in range(30)]
    entries = [judged(conn, arrive(conn, n), one) for n, one in enumerate(said, 1)]
    apply(conn, entries, NOW)
    assert {outcome(conn, entry.arrival.id) for entry in entries} == {Outcome.TICKET_CREATED}
    assert len(listing.tickets(conn)) == 30


def test_a_reply_changes_its_ticket_and_says_what(conn: Connection) -> None:
    first = judge(conn, arrive(conn, 1), message())
    reply = message(message_id=OTHER, in_reply_to=(first.message.message_id,), content_hash="beef")
    second = judge(conn, arrive(conn, 2), reply)
    assert second.decision.before == first.decision.ticket
    assert second.decision.ticket is not None
    found = listing.find_ticket(conn, second.decision.ticket.number)
    assert found is not None
    assert found.ticket == second.decision.ticket
    assert [entry.kind for entry in listing.events(conn, number=found.ticket.number)] == ["ticket-created", "appended"]


def test_a_letter_that_was_known_already_leaves_no_message_of_its_own(conn: Connection) -> None:
    judge(conn, arrive(conn, 1), message())
    second = judge(conn, arrive(conn, 1, "sac"), message())
    assert second.decision.outcome is Outcome.DUPLICATE
    assert conn.execute(select(func.count()).select_from(messages)).scalar_one() == 1
    assert outcome(conn, second.arrival.id) is Outcome.DUPLICATE


def test_the_same_delivery_judged_twice_is_refused_whole(database: Database) -> None:
    """A daemon that slept judges what another has judged meanwhile."""
    by = change(database, lambda conn: arrive(conn, 1))
    late = look(database, lambda conn: judged(conn, by, message()))
    change(database, lambda conn: judge(conn, by, message()))
    before = look(database, rows)
    for entry in (late, replace(late, message=message(message_id=OTHER))):
        with pytest.raises(IntegrityError):
            change(database, partial(apply, judged=[entry], now=NOW))
    assert look(database, rows) == before


def test_of_two_that_open_a_ticket_for_one_letter_the_second_is_refused_and_judged_again(database: Database) -> None:
    """Two daemons, two mailboxes, one letter."""
    one, two = change(database, lambda conn: (arrive(conn, 1), arrive(conn, 1, "sac")))
    first, second = look(database, lambda conn: (judged(conn, one, message()), judged(conn, two, message())))
    change(database, lambda conn: apply(conn, [first], NOW))
    with pytest.raises(IntegrityError):
        change(database, lambda conn: apply(conn, [second], NOW))
    again = change(database, lambda conn: judge(conn, two, message()))
    assert again.decision.outcome is Outcome.DUPLICATE
    assert len(look(database, listing.tickets)) == 1


def test_a_released_letter_is_remembered_as_what_it_became(conn: Connection) -> None:
    first = judge(conn, arrive(conn, 1), message())
    stranger = message(
        message_id=OTHER,
        content_hash="beef",
        author=Address("eve@elsewhere.example"),
        in_reply_to=(first.message.message_id,),
    )
    held = judge(conn, arrive(conn, 2), stranger)
    assert held.decision.outcome is Outcome.HELD
    assert intake.release(conn, held.arrival.id)
    (flight,) = claim(conn)
    released = judge(conn, flight.arrival, stranger)
    assert released.decision.outcome is Outcome.APPENDED
    stored = conn.execute(select(messages.c.outcome).where(messages.c.message_id == OTHER)).scalar_one()
    assert stored == Outcome.APPENDED
    assert len(listing.events(conn, delivery_id=held.arrival.id)) == 2


def test_a_report_marks_the_mail_that_bounced(conn: Connection) -> None:
    entry = judge(conn, arrive(conn, 1), message())
    acknowledgement = entry.mails[0]
    bounce = judged(conn, arrive(conn, 2), message(message_id=OTHER))
    decision = replace(bounce.decision, bounced=(acknowledgement.tag,), ticket=None, drafts=())
    apply(conn, [replace(bounce, decision=decision, mails=())], NOW)
    bounced = conn.execute(select(outgoing.c.tag).where(outgoing.c.bounced_at.is_not(None))).scalars().all()
    assert bounced == [acknowledgement.tag]


def test_the_same_mail_queued_twice_is_one_mail(conn: Connection) -> None:
    queue(conn, [mail(1)], NOW)
    queue(conn, [mail(1), mail(2)], NOW)
    queue(conn, [], NOW)
    assert len(listing.mails(conn)) == 2


def test_a_withheld_mail_is_kept_and_never_due(conn: Connection) -> None:
    queue(conn, [mail(1, withheld="over budget")], NOW)
    (kept,) = listing.mails(conn)
    assert (kept.status, kept.next_attempt_at, kept.reply) == (Sending.WITHHELD, None, "over budget")


def test_a_note_is_one_event_however_often_it_is_made(conn: Connection) -> None:
    before = ticket()
    after = replace(before, status=Status.CLOSED, closed_at=NOW)
    for _ in range(2):
        note(conn, "closed:once", before, after, "closed", "bob", NOW)
    (event,) = listing.events(conn, number=before.number)
    assert (event.kind, event.actor) == ("closed", "bob")
    assert ("status", "new", "closed") in event.changes


def test_changes_tell_what_was_and_what_is() -> None:
    before = ticket()
    assert changes(before, before) == {}
    assert changes(before, None) == {}
    assert changes(before, replace(before, agent="bob")) == {"agent": [None, "bob"]}
    assert changes(None, before)["requester"] == [None, ANNA]


def test_times_come_back_as_they_went_in(conn: Connection) -> None:
    entry = judge(conn, arrive(conn, 1), message(date=NOW - DAY))
    stored: datetime | None = conn.execute(select(messages.c.date)).scalar_one()
    assert stored == NOW - DAY
    assert entry.decision.ticket is not None
    found = listing.find_ticket(conn, entry.decision.ticket.number)
    assert found is not None
    assert found.ticket.opened_at.tzinfo is not None


def test_the_sums_agree(conn: Connection) -> None:
    judge(conn, arrive(conn, 1), message())
    arrive(conn, 2)
    sums = listing.sums(conn)
    assert (sums.received, sums.waiting, sums.outcomes) == (2, 1, (("ticket-created", 1),))
    assert listing.orphans(conn) == 0
