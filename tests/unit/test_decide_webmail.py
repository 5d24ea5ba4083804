"""What becomes of mail that lay in a mailbox's Sent folder, and of the same mail in the inbox."""

from datetime import datetime, timedelta

import messages
import pytest
from messages import ANNA, NOW, account, arrival, known, message, registered, sent
from sites import POLICY, mailbox, site

from mailbot.decide import decide
from mailbot.model import (
    Address,
    Automatic,
    Decision,
    Known,
    Letter,
    Level,
    Message,
    Outcome,
    Purpose,
    Report,
    Start,
    StartMode,
    Status,
    Ticket,
    Twin,
)
from mailbot.tokens import ticket_number

SUPPORT, ALICE, SUPPLIER = "support@example.com", "alice@example.com", "parts@supplier.example"
TAG = "0123456789abcdefghjkmnpqrs"
OURS = f"<mb.{TAG}@tickets.example.com>"
LETTER = "<letter-0@client.example>"
TEXT = "Un technicien passe demain."
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NUMBER = ticket_number(b"k" * 32, "delivery:1", 0)


def ticket(**changes: object) -> Ticket:
    return messages.ticket(**({"number": NUMBER} | changes))


def after(decision: Decision) -> Ticket:
    assert decision.ticket
    return decision.ticket


def answer(text: str = TEXT, **changes: object) -> Message:
    plain: dict[str, object] = {
        "message_id": "<answer-1@example.com>",
        "author": Address(SUPPORT, "Soutien"),
        "claimed": (SUPPORT,),
        "to": (Address(ANNA),),
        "recipients": (ANNA,),
        "in_reply_to": (LETTER,),
        "subject": "Re: Panne de fibre",
    }
    return message(text, **(plain | changes))


def on_ticket(heard_at: datetime | None = NOW - HOUR, **changes: object) -> Known:
    return known(tickets=(ticket(**changes),), letters=(Letter(LETTER, NUMBER),), heard_at=heard_at)


def judged(said: Message, have: Known, at: datetime = NOW - MINUTE, **changes: object) -> Decision:
    return decide(arrival(sent=True, received_at=at, **changes), said, have, POLICY, site(), NOW)


def test_an_answer_joins_its_ticket_and_no_mail_comes_of_it() -> None:
    decision = judged(answer(), on_ticket())
    assert decision.outcome is Outcome.ANSWERED
    assert decision.drafts == ()
    assert (after(decision).number, after(decision).status) == (NUMBER, Status.PENDING)
    assert decision.sender.level is Level.AGENT


def test_the_first_answer_counts_from_when_it_was_written() -> None:
    decision = judged(answer(), on_ticket(), at=NOW - HOUR / 2)
    assert after(decision).first_response_at == NOW - HOUR / 2


def test_an_answer_seen_late_may_still_be_the_first_and_a_later_one_is_not() -> None:
    had = NOW - 10 * MINUTE
    earlier = judged(answer(), on_ticket(first_response_at=had), at=NOW - HOUR / 2)
    later = judged(answer(), on_ticket(first_response_at=had), at=NOW - MINUTE)
    assert after(earlier).first_response_at == NOW - HOUR / 2
    assert after(later).first_response_at == had


def test_no_answer_is_older_than_its_ticket_whatever_the_clock_of_the_server() -> None:
    decision = judged(answer(), on_ticket(heard_at=None), at=NOW - 100 * HOUR)
    assert after(decision).first_response_at == ticket().opened_at


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.HELD])
def test_where_the_customer_wrote_again_since_the_ticket_does_not_wait_for_him(status: Status) -> None:
    decision = judged(answer(), on_ticket(status=status, heard_at=NOW - MINUTE), at=NOW - 2 * MINUTE)
    assert decision.outcome is Outcome.ANSWERED
    assert after(decision).status is status
    assert "the customer has written again since" in decision.reason


def test_a_ticket_that_was_closed_since_stays_closed_and_one_closed_before_waits_again() -> None:
    closed = {"status": Status.CLOSED, "closed_at": NOW - HOUR, "resolved_at": NOW - HOUR}
    earlier = judged(answer(), on_ticket(heard_at=None, **closed), at=NOW - 2 * HOUR + MINUTE)
    later = judged(answer(), on_ticket(heard_at=None, **closed), at=NOW - MINUTE)
    assert (after(earlier).status, after(earlier).closed_at) == (Status.CLOSED, NOW - HOUR)
    assert (after(later).status, after(later).closed_at) == (Status.PENDING, None)


@pytest.mark.parametrize(
    "pointing",
    [
        {"in_reply_to": (OURS,)},
        {"in_reply_to": (), "references": ("<unknown@x>", LETTER)},
        {"in_reply_to": (), "subject": f"RE: [{NUMBER}] Panne"},
    ],
    ids=["our tag", "references", "number"],
)
def test_a_tag_a_reference_or_the_number_names_the_ticket(pointing: dict[str, object]) -> None:
    have = known(
        tickets=(ticket(),), letters=(Letter(LETTER, NUMBER),), sent=(sent(TAG, Purpose.CUSTOMER, ANNA, NUMBER),)
    )
    assert judged(answer(TEXT, **pointing), have).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("author", [SUPPORT, "sac@example.com", "Support@Example.com"])
def test_the_author_may_be_any_mailbox_of_ours(author: str) -> None:
    assert judged(answer(author=Address(author)), on_ticket()).outcome is Outcome.ANSWERED


def test_an_agent_who_writes_from_the_mailbox_under_his_own_name_gets_the_ticket_that_nobody_has() -> None:
    his = answer(author=Address(ALICE, "Alice Roy"))
    free, taken = judged(his, on_ticket()), judged(his, on_ticket(agent="bob"))
    assert after(free).agent == "alice"
    assert after(taken).agent == "bob"


def test_a_mail_to_another_address_of_the_account_is_an_answer_as_well() -> None:
    addresses = (registered(), registered("paul@client.example"))
    have = known(accounts=(account(*addresses),), tickets=(ticket(),), letters=(Letter(LETTER, NUMBER),))
    to_paul = answer(to=(Address("paul@client.example"),))
    assert judged(to_paul, have).outcome is Outcome.ANSWERED
    assert judged(answer(to=(Address(SUPPLIER),), cc=(Address(ANNA),)), have).outcome is Outcome.ANSWERED


def test_a_mail_to_a_supplier_is_no_answer_and_is_noted_on_the_ticket_that_it_names() -> None:
    decision = judged(answer(to=(Address(SUPPLIER),)), on_ticket())
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.OWN, ticket(), ())
    assert "went to nobody who is a customer there" in decision.reason


def test_where_nobody_knows_the_customer_it_is_an_answer_to_anybody_outside() -> None:
    have = on_ticket(requester="", account=None)
    assert judged(answer(to=(Address(SUPPLIER),)), have).outcome is Outcome.ANSWERED
    assert judged(answer(to=(Address(ALICE), Address(SUPPORT))), have).outcome is Outcome.OWN


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"automatic": Automatic.OWN}, "a mail of our own"),
        ({"automatic": Automatic.AUTO_REPLIED}, "a machine wrote it (auto-replied)"),
        ({"automatic": Automatic.BOUNCE, "report": Report(OURS, ())}, "a machine wrote it (bounce)"),
        ({"author": Address("eve@elsewhere.example")}, "its From, eve@elsewhere.example, is neither a mailbox of ours"),
        ({"author": None, "author_defect": "two mailboxes"}, "its author cannot be told: two mailboxes"),
        ({"in_reply_to": ("<unknown@x>",)}, "it names no ticket that we know"),
    ],
)
def test_what_is_no_answer_is_own_and_changes_nothing(changes: dict[str, object], why: str) -> None:
    decision = judged(answer(TEXT, **changes), on_ticket())
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.OWN, None, ())
    assert why in decision.reason
    assert "nothing is done about it" in decision.reason


def test_words_that_look_like_a_command_or_like_spam_went_out_as_they_are() -> None:
    assert judged(answer(spam=True), on_ticket()).outcome is Outcome.ANSWERED


def test_an_answer_too_large_to_be_read_is_an_answer_and_explain_says_what_is_missing() -> None:
    decision = judged(answer(""), on_ticket(), oversize=60 << 20)
    assert decision.outcome is Outcome.ANSWERED
    assert any("not read: 60.0 MiB" in why.sentence for why in decision.because)


def test_two_copies_of_one_answer_are_one_answer() -> None:
    """A mail program and its server may both put one there, and not letter for letter."""
    for same_content in (True, False):
        twin = Twin(7, NUMBER, SUPPORT, NOW - 2 * MINUTE, same_content, sent=True)
        decision = judged(answer(), known(tickets=(ticket(),), letters=(Letter(LETTER, NUMBER),), twin=twin))
        assert (decision.outcome, decision.reason) == (Outcome.DUPLICATE, "the same letter as d7")


def test_a_copy_that_reached_the_inbox_first_does_not_stand_in_the_way() -> None:
    twin = Twin(7, NUMBER, SUPPORT, NOW - 2 * MINUTE, True)
    have = known(tickets=(ticket(),), letters=(Letter(LETTER, NUMBER),), twin=twin)
    assert judged(answer(), have).outcome is Outcome.ANSWERED


def test_a_copy_of_an_answer_in_the_inbox_is_a_duplicate() -> None:
    twin = Twin(7, NUMBER, SUPPORT, NOW - 2 * MINUTE, True, sent=True)
    decision = decide(arrival(), answer(), known(tickets=(ticket(),), twin=twin), POLICY, site(), NOW)
    assert decision.outcome is Outcome.DUPLICATE


@pytest.mark.parametrize("pointing", [{"in_reply_to": (LETTER,)}, {"subject": f"Re: [{NUMBER}]", "in_reply_to": ()}])
def test_in_the_inbox_our_own_address_proves_nothing(pointing: dict[str, object]) -> None:
    decision = decide(arrival(), answer(TEXT, **pointing), on_ticket(), POLICY, site(), NOW)
    assert decision.outcome in (Outcome.HELD, Outcome.TICKET_CREATED)
    assert not any(draft.recipient == ANNA for draft in decision.drafts)
    assert decision.sender.level is not Level.AGENT


def test_answers_from_before_the_first_look_are_left_alone_even_when_the_folder_is_renumbered() -> None:
    have = known(tickets=(ticket(),), letters=(Letter(LETTER, NUMBER),), horizon=NOW - MINUTE)
    old = answer(date=NOW - HOUR, received_at=None)
    assert judged(old, have, rescan=True).outcome is Outcome.BEFORE_START
    young = answer(date=NOW, received_at=None)
    assert judged(young, have, rescan=True).outcome is Outcome.ANSWERED
    everything = site(mailboxes=(mailbox("support", start=Start(StartMode.ALL)),))
    assert decide(arrival(sent=True, rescan=True), old, have, POLICY, everything, NOW).outcome is Outcome.ANSWERED
