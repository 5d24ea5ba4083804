"""What the store knows of a message before it is judged: twins, threads, tickets, accounts, orders, budgets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger import SITE, address_of, arrive, customers, judge, mail
from messages import ANNA, NOW, arrival, message
from sqlalchemy import Connection, update

from mailbot.decide import pointers
from mailbot.model import Address, Addressed, Arrival, Known, Message, Order, Purpose, Service
from mailbot.store.apply import queue
from mailbot.store.known import known
from mailbot.tables import event as events
from mailbot.tables import message as messages
from mailbot.tables import outgoing
from mailbot.tables import ticket as tickets

OTHER = "<other@client.example>"


def ask(conn: Connection, said: Message, as_: Arrival | None = None) -> Known:
    by = as_ or arrival(id=10**6)
    (found,) = known(conn, [(by, pointers(by, said, SITE))], NOW)
    return found


def about(found: Sequence[Known]) -> list[str | None]:
    return [entry.tickets[0].number if entry.tickets else None for entry in found]


def test_an_empty_store_knows_nothing(conn: Connection) -> None:
    found = ask(conn, message())
    assert replace(found, free=()) == Known()
    assert found.free == pointers(arrival(id=10**6), message(), SITE).candidates


@pytest.mark.parametrize("id_", ["<[AM0PR04@exchange]>", '<"odd id"@client.example>', f"<{'x' * 900}@client.example>"])
def test_a_letter_is_known_again_by_any_message_id_that_its_maker_chose(conn: Connection, id_: str) -> None:
    first = judge(conn, arrive(conn, 1), message(message_id=id_)).decision.ticket
    assert first
    assert about([ask(conn, message(message_id="<next@x>", in_reply_to=(id_,)))]) == [first.number]
    assert ask(conn, message(message_id=id_)).twin is not None


def test_the_same_letter_is_a_twin_and_a_changed_one_under_its_message_id_a_lesser_one(conn: Connection) -> None:
    first = judge(conn, arrive(conn, 1), message())
    number = first.decision.ticket.number if first.decision.ticket else None
    same, changed = ask(conn, message()).twin, ask(conn, message(content_hash="beef")).twin
    assert same is not None
    assert changed is not None
    assert (same.delivery, same.ticket, same.same_content) == (first.arrival.id, number, True)
    assert (changed.delivery, changed.ticket, changed.same_content) == (first.arrival.id, number, False)
    assert ask(conn, message(message_id=OTHER)).twin is None


def test_without_message_id_the_content_tells_twins(conn: Connection) -> None:
    judge(conn, arrive(conn, 1), message(message_id=""))
    assert ask(conn, message(message_id="")).twin is not None
    assert ask(conn, message(message_id="", content_hash="beef")).twin is None
    assert ask(conn, message(message_id="", content_hash="beef", in_reply_to=("<x@y>",))).twin is None


def test_the_very_letter_is_preferred_to_one_that_only_has_its_message_id(conn: Connection) -> None:
    judge(conn, arrive(conn, 1), message(content_hash="older", author=Address("eve@elsewhere.example")))
    second = judge(conn, arrive(conn, 2), message())
    twin = ask(conn, message()).twin
    assert twin is not None
    assert (twin.delivery, twin.same_content) == (second.arrival.id, True)


def test_a_delivery_is_no_twin_of_itself(conn: Connection) -> None:
    first = judge(conn, arrive(conn, 1), message())
    assert ask(conn, message(), first.arrival).twin is None


def test_a_reply_finds_its_ticket_by_letter_by_our_mail_and_by_number(conn: Connection) -> None:
    entry = judge(conn, arrive(conn, 1), message())
    ticket, sent = entry.decision.ticket, entry.mails[0]
    assert ticket is not None
    by_letter = ask(conn, message(message_id=OTHER, in_reply_to=(entry.message.message_id,)))
    by_mail = ask(conn, message(message_id=OTHER, references=(sent.message_id,)))
    by_number = ask(conn, message(message_id=OTHER, subject=f"Re: [{ticket.number}]"))
    assert about([by_letter, by_mail, by_number]) == [ticket.number] * 3
    assert [letter.ticket for letter in by_letter.letters] == [ticket.number]
    assert [(found.tag, found.purpose) for found in by_mail.sent] == [(sent.tag, Purpose.CUSTOMER)]
    assert (by_number.letters, by_number.sent) == ((), ())


def test_messages_asked_together_do_not_see_each_others_answers(conn: Connection) -> None:
    one, two = judge(conn, arrive(conn, 1), message()), judge(conn, arrive(conn, 2), message(message_id=OTHER))
    asked = [
        (arrival(id=900 + n), pointers(arrival(id=900 + n), said, SITE))
        for n, said in enumerate(
            (
                message(message_id="<a@b>", in_reply_to=(OTHER,)),
                message(message_id="<c@d>", author=Address("eve@elsewhere.example")),
                message(message_id="<e@f>", in_reply_to=(one.message.message_id,)),
            )
        )
    ]
    tickets = [entry.decision.ticket.number if entry.decision.ticket else None for entry in (one, two)]
    assert about(known(conn, asked, NOW)) == [tickets[1], None, tickets[0]]


def test_accounts_are_the_authors_and_the_tickets(conn: Connection) -> None:
    customers(conn, address_of("AC-100200", ANNA), address_of("AC-100300", "bo@firm.example"))
    assert [entry.number for entry in ask(conn, message()).accounts] == ["AC-100200"]
    entry = judge(conn, arrive(conn, 1), message())
    stranger = message(
        message_id=OTHER, author=Address("eve@elsewhere.example"), in_reply_to=(entry.message.message_id,)
    )
    assert [found.number for found in ask(conn, stranger).accounts] == ["AC-100200"]
    assert ask(conn, replace(stranger, in_reply_to=())).accounts == ()


def test_an_address_under_several_accounts_gives_them_all(conn: Connection) -> None:
    customers(conn, address_of("AC-100200", ANNA), address_of("AC-100300", ANNA))
    (first, second) = ask(conn, message(author=Address("ANNA@Client.example"))).accounts
    assert (first.number, second.number) == ("AC-100200", "AC-100300")
    assert [entry.email for entry in first.addresses] == [ANNA]


def test_orders_are_known_with_their_number_sign_and_without(conn: Connection) -> None:
    services = (Service("AC-100200", "fibre", "#123456", ""), Service("AC-100200", "dsl", "222222", ""))
    customers(conn, address_of("AC-100200", ANNA), services=services)
    found = known(
        conn,
        [(arrival(), replace(pointers(arrival(), message(), SITE), orders=("#123456", "#222222", "#999999")))],
        NOW,
    )
    assert found[0].orders == (Order("#123456", "AC-100200"), Order("#222222", "AC-100200"))


def test_the_budget_counts_what_strangers_can_make_us_send_within_a_day(conn: Connection) -> None:
    counted = [mail(1), mail(2, template="not-sent", purpose=Purpose.AGENT)]
    free = [
        mail(3, purpose=Purpose.NOTICE, template="notice"),
        mail(4, purpose=Purpose.ANSWER, template="answer", automatic=False),
        mail(5, withheld="over budget"),
        mail(6, recipient="bo@firm.example"),
    ]
    queue(conn, [*counted, *free], NOW)
    assert [(entry.name, entry.count) for entry in ask(conn, message()).spent] == [(ANNA, 2)]
    yesterday = {"created_at": NOW - timedelta(hours=24)}
    conn.execute(update(outgoing).where(outgoing.c.tag == "tag-1").values(yesterday))
    assert [entry.count for entry in ask(conn, message()).spent] == [1]


def test_a_number_in_use_is_no_candidate(conn: Connection) -> None:
    by = arrive(conn, 1)
    before = ask(conn, message(), by).free
    entry = judge(conn, by, message())
    assert entry.decision.ticket is not None
    assert entry.decision.ticket.number == before[0]
    assert ask(conn, message(message_id=OTHER), by).free == before[1:]


def test_an_agent_is_told_the_ids_that_the_customer_has_seen_and_never_a_notices(conn: Connection) -> None:
    entry = judge(conn, arrive(conn, 1), message())
    later = {"received_at": NOW - timedelta(hours=1)}
    conn.execute(update(messages).values(later))
    notice = next(sent for sent in entry.mails if sent.template == "notice")
    acknowledgement = next(sent for sent in entry.mails if sent.purpose is Purpose.CUSTOMER)
    answer = message(message_id=OTHER, author=Address("alice@example.com"), in_reply_to=(notice.message_id,))
    assert ask(conn, answer).thread == (entry.message.message_id, acknowledgement.message_id)
    assert ask(conn, replace(answer, author=Address(ANNA))).thread == ()


BOTH = (Address("support@example.com"), Address("andré@client.example"))


def test_an_agent_is_told_whom_the_latest_letters_were_written_to(conn: Connection) -> None:
    first = judge(conn, arrive(conn, 1), message(cc=(Address("carl@client.example"),)))
    second = message(message_id=OTHER, to=BOTH, in_reply_to=(first.message.message_id,), content_hash="beef")
    judge(conn, replace(arrive(conn, 2), received_at=NOW + timedelta(minutes=1)), second)
    notice = next(sent for sent in first.mails if sent.template == "notice")
    answer = message(message_id="<a@b>", author=Address("alice@example.com"), in_reply_to=(notice.message_id,))
    assert ask(conn, answer).addressed == (
        Addressed(ANNA, ("support@example.com", "andré@client.example")),
        Addressed(ANNA, ("support@example.com", "carl@client.example")),
    )
    assert ask(conn, replace(answer, author=Address(ANNA))).addressed == ()


def test_an_agents_thread_is_that_of_the_notice_which_he_answers_whatever_his_subject_names(conn: Connection) -> None:
    one, two = judge(conn, arrive(conn, 1), message()), judge(conn, arrive(conn, 2), message(message_id=OTHER))
    notice = next(sent for sent in one.mails if sent.template == "notice")
    answer = message(
        message_id="<a@b>",
        author=Address("alice@example.com"),
        subject=f"[{two.decision.ticket.number}]" if two.decision.ticket else "",
        in_reply_to=(notice.message_id,),
    )
    found = ask(conn, answer)
    assert len(found.tickets) == 2
    assert found.thread[0] == one.message.message_id
    assert OTHER not in found.thread


@pytest.mark.parametrize(("days", "is_idle"), [(179, False), (180, True)])
def test_a_ticket_without_an_event_for_180_days_is_idle(conn: Connection, days: int, is_idle: bool) -> None:
    entry = judge(conn, arrive(conn, 1), message())
    number = entry.decision.ticket.number if entry.decision.ticket else ""
    conn.execute(update(tickets).values(opened_at=NOW - timedelta(days=400)))
    conn.execute(update(events).values(at=NOW - timedelta(days=days)))
    reply = message(message_id=OTHER, in_reply_to=(entry.message.message_id,))
    assert ask(conn, reply).idle == ((number,) if is_idle else ())
    assert ask(conn, message(message_id=OTHER)).idle == ()
