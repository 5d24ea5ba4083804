"""How much automatic mail goes to whom: what is beyond it is withheld, and nobody honest is forgotten for it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ledger import PRESS
from messages import ANNA, NOW, account, arrival, authenticated, known, message
from sites import POLICY, site

from mailbot.decide import decide
from mailbot.decide.budget import spending
from mailbot.decide.pace import last_quick
from mailbot.model import Address, Budget, Decision, Draft, Known, Level, Message, Outcome, Purpose, Scope, Spent

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STRANGER = "victim@elsewhere.example"
FULL = {
    Scope.DOMAIN: Spent("elsewhere.example", 30, Scope.DOMAIN),
    Scope.MAILBOX: Spent("support", 200, Scope.MAILBOX),
    Scope.SITE: Spent("", 1000, Scope.SITE),
}
STORM = (*FULL.values(), Spent("client.example", 30, Scope.DOMAIN))


def judged(said: Message, have: Known | None = None, **changes: object) -> Decision:
    return decide(arrival(), said, have or known(), POLICY, site(**changes), NOW)  # type: ignore[arg-type]


def from_stranger() -> Message:
    return message(author=Address(STRANGER), claimed=(STRANGER,))


def withheld(decision: Decision) -> str | None:
    (draft,) = [draft for draft in decision.drafts if draft.purpose is Purpose.CUSTOMER]
    return draft.withheld


@pytest.mark.parametrize("scope", FULL)
def test_a_budget_that_strangers_have_spent_withholds_mail_to_the_next_one_and_his_ticket_is_there(
    scope: Scope,
) -> None:
    decision = judged(from_stranger(), known(spent=(FULL[scope],)))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert f"all that [budget] {scope} allows" in (withheld(decision) or "")
    assert any("[budget]" in why.sentence for why in decision.because if why.topic == "mail")


def test_one_less_than_a_budget_is_still_within_it() -> None:
    nearly = tuple(replace(entry, count=entry.count - 1) for entry in FULL.values())
    assert withheld(judged(from_stranger(), known(spent=nearly))) is None


def test_another_domain_and_another_mailbox_have_budgets_of_their_own() -> None:
    others = (Spent("other.example", 30, Scope.DOMAIN), Spent("sac", 200, Scope.MAILBOX))
    assert withheld(judged(from_stranger(), known(spent=others))) is None


def test_a_storm_of_strangers_withholds_nothing_from_an_authenticated_customer() -> None:
    proven = message(authentication=(authenticated("client.example"),))
    decision = judged(proven, known(spent=(*STORM, Spent(ANNA, 3))))
    assert withheld(decision) is None
    assert not any(draft.charged for draft in decision.drafts)


def test_the_first_mail_of_a_day_to_a_registered_address_is_outside_of_the_budgets_that_strangers_share() -> None:
    decision = judged(message(), known(spent=STORM))
    assert withheld(decision) is None
    assert not any(draft.charged for draft in decision.drafts)


def test_the_second_is_within_them_where_nothing_authenticates_its_author() -> None:
    assert withheld(judged(message(), known(spent=(*STORM, Spent(ANNA, 1))))) is not None
    assert any(draft.charged for draft in judged(message(), known(spent=(Spent(ANNA, 1),))).drafts)


def test_agents_get_their_notices_whatever_strangers_have_spent() -> None:
    notices = [draft for draft in judged(from_stranger(), known(spent=STORM)).drafts if draft.template == "notice"]
    assert [draft.withheld for draft in notices] == [None]


def test_mails_of_one_batch_count_for_each_other() -> None:
    first = judged(from_stranger())
    taken = spending(first.drafts)
    assert taken == (
        Spent(STRANGER, 1),
        Spent("elsewhere.example", 1, Scope.DOMAIN),
        Spent("support", 1, Scope.MAILBOX),
        Spent("", 1, Scope.SITE),
    )
    assert withheld(judged(from_stranger(), known(spent=taken))) is not None


def test_what_is_withheld_spends_nothing() -> None:
    assert spending(judged(from_stranger(), known(spent=tuple(FULL.values()))).drafts) == ()


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, False),
        ({"template": "of tomorrow"}, False),
        ({"purpose": Purpose.AGENT, "template": "not-sent"}, False),
        ({"purpose": Purpose.AGENT, "template": "of tomorrow"}, False),
        ({"purpose": Purpose.HELD, "template": "held"}, True),
        ({"purpose": Purpose.AGENT, "template": "undelivered"}, True),
        ({"purpose": Purpose.NOTICE, "template": "notice"}, True),
        ({"purpose": Purpose.ADMIN, "template": "alarm"}, True),
        ({"purpose": Purpose.ANSWER, "template": "answer", "automatic": False}, True),
    ],
)
def test_everything_automatic_counts_but_notices_and_alarms(changes: dict[str, object], free: bool) -> None:
    (acknowledgement, *_) = judged(from_stranger()).drafts
    draft: Draft = replace(acknowledgement, **changes)  # type: ignore[arg-type]
    assert (spending((draft,)) == ()) is free


def test_a_budget_of_nothing_lets_nothing_out() -> None:
    assert withheld(judged(from_stranger(), budget=Budget(others=0))) is not None


def test_a_closed_account_makes_no_address_a_registered_one() -> None:
    closed = known(accounts=(account(closed=True),), spent=(Spent(ANNA, 1),))
    assert withheld(judged(message(), closed)) == "this address had its 1 automatic mail within 24 hours"


def at(*seconds: float) -> tuple[datetime, ...]:
    return tuple(NOW + second * SECOND for second in seconds)


@pytest.mark.parametrize(
    ("told", "heard", "robot"),
    [
        (at(0, 100, 200), at(1, 101, 201), True),
        (at(0, 100, 200), at(59, 159, 259), True),
        # Each letter, and the acknowledgement that it got in its own second.
        (at(0.9, 100.9, 200.9), at(0, 100, 200), False),
        (at(1, 101, 201), at(0, 100, 200), False),
        (at(0, 100, 200), at(60, 160, 260), False),
        (at(0, 100), at(1, 101), False),
        (at(0), at(1, 20, 40), False),
        (at(0, 1, 2), at(30), False),
        (at(0, 400, 800), at(1, 401, 801), False),
        (at(0, 5000, 5100, 5200), at(1, 5001, 5101, 5201), True),
        ((), at(1, 2, 3), False),
    ],
)
def test_three_quick_answers_in_ten_minutes_to_three_mails_are_a_robots(
    told: tuple[datetime, ...], heard: tuple[datetime, ...], robot: bool
) -> None:
    assert (last_quick(told, heard) is not None) is robot


def answering(told: tuple[datetime, ...], heard: tuple[datetime, ...], proof: bool = True) -> Decision:
    proven = (authenticated("client.example"),) if proof else ()
    return judged(message(authentication=proven), known(told=told, heard=heard))


@pytest.mark.parametrize("proof", [True, False])
def test_a_robot_without_any_header_gets_no_automatic_mail_and_its_ticket_is_there_for_the_agents(proof: bool) -> None:
    decision = answering(at(-61, -31, -1), at(-60, -30), proof)
    assert decision.outcome is Outcome.TICKET_CREATED
    assert "answered our mail within seconds, three times" in (withheld(decision) or "")
    (notice,) = [draft for draft in decision.drafts if draft.template == "notice"]
    assert notice.withheld is None
    assert [fact.name for fact in notice.facts][2] == "Répond comme un robot"


def test_it_is_taken_for_a_robot_for_a_day_and_no_longer() -> None:
    day = timedelta(days=1).total_seconds()
    old = at(-day - 99, -day - 66, -day - 33)
    assert withheld(answering(old, at(-day - 98, -day - 65, -day - 32))) is None
    assert withheld(answering(old, at(-day - 98, -day - 65, -day + 26))) is not None


def test_a_mail_to_a_mailbox_of_our_own_never_goes_out() -> None:
    own = message(author=Address("sac@example.com"), claimed=("sac@example.com",))
    assert all(draft.withheld for draft in judged(own).drafts if draft.recipient == "sac@example.com")


@pytest.mark.parametrize("proof", ["dmarc", "address"])
def test_where_the_address_is_enough_a_second_mail_to_it_counts_as_a_strangers(proof: str) -> None:
    guarded = {"sender_authentication": proof}
    decision = judged(message(), known(spent=(*STORM, Spent(ANNA, 1))), security=guarded)
    assert withheld(decision) is not None
    assert withheld(judged(message(), known(spent=STORM), security=guarded)) is None


def test_whom_dmarc_disowns_gets_no_mail_though_no_account_has_his_address() -> None:
    """T-21: a forged From is the victim's."""
    said = replace(from_stranger(), authentication=(authenticated("elsewhere.example", result="fail"),))
    decision = judged(said)
    assert decision.sender.level is Level.SUSPECT
    assert decision.outcome is Outcome.TICKET_CREATED
    assert [draft.template for draft in decision.drafts] == ["notice"]


def test_a_stranger_gets_a_few_kilobytes_however_long_his_thread_is() -> None:
    """SC-09, RFC 3834 section 2."""
    long = tuple(f"<{n}{'a' * 200}@x.example>" for n in range(99))
    for letter_id in ("<1@x.example>", f"<{'b' * 800}@x.example>"):
        decision = judged(replace(from_stranger(), references=long, message_id=letter_id))
        assert [len(PRESS.render(draft, NOW).raw) <= 4096 for draft in decision.drafts][:1] == [True]


def test_who_is_authenticated_gets_the_whole_thread() -> None:
    proven = message(references=("<0@x.example>",), authentication=(authenticated("client.example"),))
    assert judged(proven).drafts[0].references == ("<0@x.example>", proven.message_id)
    assert judged(message(references=("<0@x.example>",))).drafts[0].references == (proven.message_id,)
