"""What is written down of answers that people wrote from the mailbox itself, and what is known of them later."""

from dataclasses import replace

from ledger import BOX, MINUTE, SITE, address_of, arrive, customers, judge, judged
from messages import NOW, message
from sqlalchemy import Connection, select

from mailbot.decide import pointers
from mailbot.model import Address, Arrival, Level, Message, Outcome, Status
from mailbot.store import intake, listing
from mailbot.store.known import known
from mailbot.tables import message as kept

ANNA, SUPPORT = "anna@ac-1.example", "support@example.com"
LETTER, ANSWER = "<letter-1@client.example>", "<answer-1@example.com>"


def from_anna(text: str = "Panne.", **changes: object) -> Message:
    plain: dict[str, object] = {"author": Address(ANNA), "claimed": (ANNA,), "message_id": LETTER}
    return message(text, content_hash=text, **(plain | changes))


def from_support(text: str = "Un technicien passe demain.", **changes: object) -> Message:
    plain: dict[str, object] = {
        "author": Address(SUPPORT),
        "claimed": (SUPPORT,),
        "message_id": ANSWER,
        "in_reply_to": (LETTER,),
        "to": (Address(ANNA),),
    }
    return message(text, content_hash=text, **(plain | changes))


def came(conn: Connection, uid: int, minutes: int = 0) -> Arrival:
    return replace(arrive(conn, uid), received_at=NOW - minutes * MINUTE)


def lay(conn: Connection, uid: int, minutes: int = 0) -> Arrival:
    """In the Sent folder."""
    arrival = arrive(conn, uid, "support/sent")
    return replace(arrival, mailbox="support", sent=True, received_at=NOW - minutes * MINUTE)


def registered(conn: Connection) -> None:
    intake.save_box(conn, BOX)
    customers(conn, address_of("AC-1"))


def opened(conn: Connection) -> str:
    registered(conn)
    ticket = judge(conn, came(conn, 1, 60), from_anna()).decision.ticket
    assert ticket
    return ticket.number


def test_the_ticket_shows_the_words_and_what_changed(conn: Connection) -> None:
    number = opened(conn)
    arrival = lay(conn, 1, 30)
    judge(conn, arrival, from_support())
    letter, answer = listing.messages(conn, number)
    assert (answer.author, answer.outcome, answer.level) == (SUPPORT, Outcome.ANSWERED, Level.AGENT)
    assert answer.new_text == "Un technicien passe demain."
    assert letter.outcome is Outcome.TICKET_CREATED
    (_, event) = listing.events(conn, number=number)
    assert (event.kind, event.actor) == ("answered", SUPPORT)
    assert {name for name, _, _ in event.changes} == {"status", "first_response_at"}
    assert listing.mails_of(conn, event.cause, number) == ()
    (delivered,) = listing.deliveries(conn, [Outcome.ANSWERED])
    assert (delivered.mailbox, delivered.ticket) == ("support/sent", number)


def test_the_customers_reply_finds_the_ticket_by_the_answer_alone(conn: Connection) -> None:
    number = opened(conn)
    judge(conn, lay(conn, 1, 30), from_support())
    reply = judge(conn, came(conn, 2, 10), from_anna("Merci.", message_id="<r@x>", in_reply_to=(ANSWER,)))
    assert reply.decision.outcome is Outcome.APPENDED
    assert reply.decision.ticket
    assert (reply.decision.ticket.number, reply.decision.ticket.status) == (number, Status.OPEN)


def test_an_answer_that_is_seen_after_the_customers_reply_leaves_the_ticket_open(conn: Connection) -> None:
    opened(conn)
    judge(conn, came(conn, 2, 10), from_anna("Alors ?", message_id="<r@x>", in_reply_to=(LETTER,)))
    late = judge(conn, lay(conn, 1, 30), from_support()).decision
    assert late.ticket
    assert (late.ticket.status, late.ticket.first_response_at) == (Status.NEW, NOW - 30 * MINUTE)


def test_an_agents_later_answer_stands_in_the_thread_that_the_customer_knows(conn: Connection) -> None:
    opened(conn)
    judge(conn, lay(conn, 1, 30), from_support())
    from_alice = message(author=Address("alice@example.com"), in_reply_to=(ANSWER,), message_id="<a@x>")
    (have,) = known(conn, [(came(conn, 3), pointers(came(conn, 4), from_alice, SITE))], NOW)
    assert have.thread[0] == LETTER
    assert ANSWER in have.thread


def test_a_copy_in_the_inbox_is_a_duplicate_of_the_answer(conn: Connection) -> None:
    opened(conn)
    judge(conn, lay(conn, 1, 30), from_support())
    assert judge(conn, came(conn, 2, 30), from_support()).decision.outcome is Outcome.DUPLICATE


def test_an_answer_whose_copy_came_into_the_inbox_first_counts_once(conn: Connection) -> None:
    number = opened(conn)
    copy = judge(conn, came(conn, 2, 30), from_support()).decision
    assert copy.outcome is Outcome.HELD
    assert judge(conn, lay(conn, 1, 30), from_support()).decision.outcome is Outcome.ANSWERED
    assert judge(conn, lay(conn, 2, 30), from_support()).decision.outcome is Outcome.DUPLICATE
    (answer,) = conn.execute(select(kept).where(kept.c.message_id == ANSWER)).all()
    assert (answer.outcome, answer.sent, answer.ticket, answer.level) == ("answered", True, number, "agent")


def test_a_mail_that_names_no_ticket_is_own_and_no_letter_to_reply_to(conn: Connection) -> None:
    registered(conn)
    first = judge(conn, lay(conn, 1, 30), from_support(in_reply_to=())).decision
    assert (first.outcome, first.ticket) == (Outcome.OWN, None)
    reply = judge(conn, came(conn, 2, 10), from_anna("Oui.", message_id="<r@x>", in_reply_to=(ANSWER,)))
    assert reply.decision.outcome is Outcome.TICKET_CREATED


def test_judged_again_after_a_restart_it_is_the_same(conn: Connection) -> None:
    opened(conn)
    arrival = lay(conn, 1, 30)
    first = judge(conn, arrival, from_support())
    assert judged(conn, arrival, from_support()).decision.outcome is first.decision.outcome
