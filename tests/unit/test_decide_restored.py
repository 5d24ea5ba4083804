"""After a restore nobody is answered twice: what may have gone out is kept back, and that is said."""

from datetime import timedelta

from messages import NOW, arrival, authenticated, known, message, sent, ticket
from sites import POLICY, site

from mailbot.decide import decide
from mailbot.decide.restored import MAY_HAVE_GONE
from mailbot.model import Address, Arrival, Decision, Known, Letter, Message, Outcome, Purpose

TAG = "0123456789abcdefghjkmnpqrs"
ALICE = "alice@example.com"
HOUR = timedelta(hours=1)


def judged(said: Message, have: Known, came: Arrival | None = None) -> Decision:
    return decide(came or arrival(), said, have, POLICY, site(), NOW)


def kept_back(decision: Decision) -> dict[str, bool]:
    return {draft.template: draft.withheld == MAY_HAVE_GONE for draft in decision.drafts}


def said_of_mail(decision: Decision) -> list[str]:
    return [why.sentence for why in decision.because if why.topic == "mail"]


def test_a_letter_from_before_the_restore_opens_its_ticket_and_only_the_agents_are_told() -> None:
    decision = judged(message(), known(doubtful_until=NOW + HOUR))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert kept_back(decision) == {"acknowledgement": True, "notice": False}
    assert said_of_mail(decision)[-1] == f"kept back: {MAY_HAVE_GONE}"


def test_a_letter_from_after_the_restore_is_answered_as_always() -> None:
    decision = judged(message(), known(doubtful_until=NOW - HOUR))
    assert kept_back(decision) == {"acknowledgement": False, "notice": False}
    assert decision == judged(message(), known())


def test_an_agents_answer_from_before_the_restore_stands_in_its_ticket_and_goes_nowhere() -> None:
    reply = message(
        author=Address(ALICE, "Alice Roy"),
        claimed=(ALICE,),
        in_reply_to=(f"<mb.{TAG}@tickets.example.com>",),
        authentication=(authenticated("example.com"),),
    )
    notice = sent(TAG, Purpose.NOTICE, ALICE)
    decision = judged(reply, known(tickets=(ticket(),), sent=(notice,), doubtful_until=NOW + HOUR))
    assert decision.outcome is Outcome.ANSWERED
    assert kept_back(decision) == {"answer": True}


def test_a_letter_that_nobody_answers_is_not_said_to_be_kept_back() -> None:
    before = Letter("<letter-0@client.example>", ticket().number)
    have = known(tickets=(ticket(),), letters=(before,), doubtful_until=NOW + HOUR)
    decision = judged(message(in_reply_to=(before.message_id,)), have)
    assert decision.outcome is Outcome.APPENDED
    assert kept_back(decision) == {"notice": False}
    assert MAY_HAVE_GONE not in str(decision.because)


def test_what_a_person_lets_pass_after_the_restore_is_answered() -> None:
    decision = judged(message(), known(doubtful_until=NOW + HOUR), arrival(released=True, round=1))
    assert kept_back(decision) == {"acknowledgement": False, "notice": False}
