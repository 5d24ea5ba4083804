"""Mail that goes in circles brings no mail, and the admin hears of it; what a person wrote keeps its ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest
from messages import ANNA, NOW, account, arrival, known, message, registered, ticket
from sites import POLICY, site

from mailbot.decide import decide
from mailbot.decide.pointers import pointers
from mailbot.model import Address, Automatic, Decision, Known, Letter, Message, Outcome, Twin

SAC = "sac@example.com"
MINUTE = timedelta(minutes=1)


def judged(said: Message, have: Known | None = None, **changes: object) -> Decision:
    return decide(arrival(**changes), said, have or known(), POLICY, site(), NOW)


def from_ourselves(**changes: object) -> Message:
    return replace(message(author=Address(SAC), claimed=(SAC,)), **changes)  # type: ignore[arg-type]


def to_the_author(decision: Decision) -> list[str]:
    return [draft.template for draft in decision.drafts if draft.recipient in (ANNA, SAC) and not draft.withheld]


@pytest.mark.parametrize("have", [known(), known(accounts=(account(registered(SAC)),))])
def test_f_057_mail_from_our_own_address_gets_no_answer_and_the_admin_hears_of_it(have: Known) -> None:
    decision = judged(from_ourselves(), have)
    assert decision.outcome is Outcome.TICKET_CREATED
    assert to_the_author(decision) == []
    (concern,) = decision.concerns
    assert concern.key == "own:sac"
    assert concern.sentence.startswith("mail came from our own address sac@example.com: d1 ")


def test_f_057_a_subaddress_of_ours_is_our_own_address_too() -> None:
    tagged = site(mailboxes=tuple(replace(entry, subaddress="+") for entry in site().mailboxes))
    said = message(author=Address("sac+tag@example.com"), claimed=("sac+tag@example.com",))
    decision = decide(arrival(), said, known(), POLICY, tagged, NOW)
    assert [concern.key for concern in decision.concerns] == ["own:sac"]


def test_f_058_mailboxes_that_forward_to_each_other_are_held_after_ten_mails_and_bring_no_mail() -> None:
    have = known(heard=tuple(NOW - n * MINUTE / 2 for n in range(10)))
    decision = judged(from_ourselves(), have)
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.HELD, None, ())
    assert {concern.key for concern in decision.concerns} == {"loop:sac", "own:sac"}
    assert "forward to each other" in decision.reason


@pytest.mark.parametrize("heard", [9, 0])
def test_colleagues_may_forward_a_few_mails_from_one_mailbox_to_another(heard: int) -> None:
    have = known(heard=tuple(NOW - n * MINUTE / 2 for n in range(heard)))
    assert judged(from_ourselves(), have).outcome is Outcome.TICKET_CREATED


def test_ten_mails_of_longer_ago_are_no_circle() -> None:
    have = known(heard=tuple(NOW - (n + 11) * MINUTE for n in range(20)))
    assert judged(from_ourselves(), have).outcome is Outcome.TICKET_CREATED


def test_a_held_one_that_is_released_opens_its_ticket() -> None:
    have = known(heard=tuple(NOW for _ in range(99)))
    assert judged(from_ourselves(), have, released=True).outcome is Outcome.TICKET_CREATED


def test_a_customer_may_write_as_often_as_he_likes() -> None:
    have = known(heard=tuple(NOW for _ in range(99)))
    assert judged(message(), have).outcome is Outcome.TICKET_CREATED


def test_f_163_a_mail_that_passed_26_hosts_keeps_its_ticket_and_gets_no_answer() -> None:
    decision = judged(message(hops=26))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert to_the_author(decision) == []
    assert [concern.key for concern in decision.concerns] == ["hops"]
    assert any("passed 26 hosts" in why.sentence for why in decision.because)


def test_25_hosts_are_not_too_many() -> None:
    decision = judged(message(hops=25))
    assert to_the_author(decision) == ["acknowledgement"]
    assert decision.concerns == ()


def test_a_copy_of_a_known_letter_that_passed_too_many_hosts_is_told_all_the_same() -> None:
    twin = Twin(7, "MB-7K3F-9XW0", ANNA, NOW, True)
    decision = judged(message(hops=30), known(twin=twin, tickets=(ticket(),)))
    assert decision.outcome is Outcome.DUPLICATE
    assert [concern.key for concern in decision.concerns] == ["hops"]


def test_f_055_who_asks_for_no_automatic_answer_gets_none_and_his_ticket_is_there() -> None:
    decision = judged(message(declines=True))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert to_the_author(decision) == []
    assert any("X-Auto-Response-Suppress" in why.sentence for why in decision.because)


@pytest.mark.parametrize("name", ["postmaster", "Postmaster", "MAILER-DAEMON"])
def test_a_postmaster_who_writes_himself_gets_a_ticket_and_no_automatic_mail(name: str) -> None:
    decision = judged(message(author=Address(f"{name}@client.example"), claimed=(f"{name}@client.example",)))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert [draft.template for draft in decision.drafts] == ["notice"]


def test_our_own_mail_that_comes_back_brings_neither_mail_nor_alarm() -> None:
    decision = judged(from_ourselves(automatic=Automatic.OWN, hops=40))
    assert (decision.outcome, decision.drafts, decision.concerns) == (Outcome.OWN, (), ())


def test_the_store_is_asked_how_often_mailboxes_of_ours_wrote_and_nobody_else() -> None:
    assert pointers(arrival(), from_ourselves(), site()).own
    assert not pointers(arrival(), message(), site()).own


def test_what_a_colleague_wrote_from_the_mailbox_itself_is_no_loop() -> None:
    have = known(tickets=(ticket(),), letters=(Letter("<a@x>", ticket().number),))
    said = from_ourselves(in_reply_to=("<a@x>",), to=(Address(ANNA),))
    assert judged(said, have, sent=True).concerns == ()
