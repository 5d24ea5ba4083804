"""What is sensitive waits until the holder of the registered address confirms it (design 1.5.3)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from messages import ACCOUNT, ANNA, NOW, account, arrival, authenticated, field, known, message, registered, ticket
from sites import POLICY, site

from mailbot import tokens
from mailbot.decide import decide, notices
from mailbot.model import (
    Address,
    Agent,
    Asked,
    Automatic,
    Challenge,
    Decision,
    Ending,
    Known,
    Level,
    Message,
    Outcome,
    Policy,
    Purpose,
    RequestClass,
    Scope,
    Sent,
    Spent,
    Status,
    Ticket,
)
from mailbot.policy import read

STRANGER = "v.lang@elsewhere.example"
TAG = "0123456789abcdefghjkmnpqrs"
CODE = tokens.code(site().security.key, TAG)
HELD = ticket(status=Status.HELD)
INTENT = b'class = "%s"\n[words]\nfr = ["changez"]\nen = ["change"]\n'
TEXT = "Changez l’adresse du compte AC-100200."


def rules(klass: str) -> Policy:
    return read({"intents/address-change.toml": INTENT % klass.encode()})


RULES = rules("sensitive")


def opened(said: Message, have: Known | None = None, policy: Policy = RULES) -> Decision:
    return decide(arrival(), said, have or known(), policy, site(), NOW)


def templates(decision: Decision) -> list[tuple[str, str]]:
    return [(draft.template, draft.recipient) for draft in decision.drafts if draft.purpose is not Purpose.NOTICE]


def from_stranger(text: str = TEXT, **changes: object) -> Message:
    return message(text, author=Address(STRANGER), claimed=(STRANGER,), **changes)


def naming(*accounts: str) -> Known:
    return Known(free=("MB-0000-0000",), named=tuple(account(number=number) for number in accounts))


def test_a_sensitive_request_is_a_held_ticket_and_its_author_is_asked_to_confirm_it() -> None:
    decision = opened(message(TEXT))
    assert decision.ticket
    assert decision.ticket.status is Status.HELD
    assert templates(decision) == [("challenge", ANNA)]
    assert [(entry.account, entry.recipient) for entry in decision.challenges] == [(ACCOUNT, ANNA)]


def test_even_an_authenticated_author_is_asked() -> None:
    decision = opened(message(TEXT, authentication=(authenticated("client.example"),)))
    assert decision.ticket
    assert decision.ticket.status is Status.HELD
    assert templates(decision) == [("challenge", ANNA)]


@pytest.mark.parametrize("klass", [RequestClass.GENERAL, RequestClass.ACCOUNT])
def test_what_is_not_sensitive_is_acknowledged_and_not_held(klass: RequestClass) -> None:
    decision = opened(message(TEXT), policy=rules(klass))
    assert decision.ticket
    assert decision.ticket.status is Status.NEW
    assert templates(decision) == [("acknowledgement", ANNA)]
    assert decision.challenges == ()


def test_the_mail_that_asks_has_the_code_and_no_word_of_the_request() -> None:
    draft = opened(message("Changez-la : 1 rue du Vol")).drafts[0]
    assert len(draft.code) == 11
    assert (draft.subject, draft.text, draft.facts) == ("", "", ())


def test_who_asked_himself_gets_it_as_an_answer_and_the_holder_whom_a_stranger_names_as_a_thread_of_its_own() -> None:
    own, of_another = opened(message(TEXT)).drafts[0], opened(from_stranger(), naming(ACCOUNT)).drafts[1]
    assert own.in_reply_to == "<letter-1@client.example>"
    assert (of_another.in_reply_to, of_another.references) == ("", ())


def test_for_a_stranger_the_holder_of_the_account_that_he_names_is_asked_and_he_gets_the_neutral_mail() -> None:
    decision = opened(from_stranger(), naming(ACCOUNT))
    assert templates(decision) == [("acknowledgement-unknown", STRANGER), ("challenge", ANNA)]
    assert decision.ticket
    assert decision.ticket.requester == STRANGER
    assert decision.ticket.account is None


def test_whether_the_account_exists_does_not_show_in_what_a_stranger_gets() -> None:
    real, invented = opened(from_stranger(), naming(ACCOUNT)), opened(from_stranger(), naming())
    closed = opened(from_stranger(), replace(naming(), named=(account(closed=True),)))
    assert real.drafts[0] == invented.drafts[0] == closed.drafts[0]
    assert templates(invented) == templates(closed) == [("acknowledgement-unknown", STRANGER)]


def test_where_a_stranger_names_two_accounts_nobody_is_asked() -> None:
    assert templates(opened(from_stranger(), naming(ACCOUNT, "AC-300400"))) == [("acknowledgement-unknown", STRANGER)]


def test_the_default_address_of_an_account_is_asked_before_others() -> None:
    addresses = (registered("b@client.example", default=False), registered("a@client.example", default=True))
    decision = opened(from_stranger(), Known(free=("MB-0000-0000",), named=(account(*addresses),)))
    assert templates(decision)[1] == ("challenge", "a@client.example")


def test_an_account_is_asked_three_times_a_day_and_no_more() -> None:
    asked = replace(known(), asked=(Asked(ACCOUNT, 2),))
    assert templates(opened(message(TEXT), asked)) == [("challenge", ANNA)]
    enough = opened(message(TEXT), replace(known(), asked=(Asked(ACCOUNT, 3),)))
    assert templates(enough) == [("acknowledgement", ANNA)]
    assert enough.ticket
    assert enough.ticket.status is Status.HELD


def test_of_what_may_be_forged_nobody_is_asked_and_agents_see_it_held() -> None:
    decision = opened(message(TEXT, authentication=(authenticated("client.example", result="fail"),)))
    assert decision.ticket
    assert decision.ticket.status is Status.HELD
    assert templates(decision) == []
    assert [draft.template for draft in decision.drafts] == ["notice"]


def reply(text: str, **changes: object) -> Message:
    return message(text, in_reply_to=(f"<mb.{TAG}@tickets.example.com>",), **changes)


def asking(challenge: Challenge | None = None, of: Ticket = HELD, **changes: object) -> Known:
    asked = challenge or Challenge(TAG, of.number, ACCOUNT, ANNA, NOW - timedelta(hours=1))
    sent = Sent(TAG, "", "challenge", Purpose.CHALLENGE, asked.recipient, of.number, asked.asked_at)
    return replace(known(), sent=(sent,), tickets=(of,), challenges=(asked,), **changes)  # type: ignore[arg-type]


def answered(said: Message, have: Known | None = None, agents: tuple[Agent, ...] | None = None) -> Decision:
    there = site() if agents is None else site(agents=agents)
    return decide(arrival(), said, have or asking(), POLICY, there, NOW)


@pytest.mark.parametrize("said", ["OUI {}", "Oui, {}\n\nMerci", "yes: {}", " YES\n{}", "oui {} merci", "**OUI {}**"])
def test_yes_and_the_code_confirm_the_request(said: str) -> None:
    decision = answered(reply(said.format(CODE)))
    assert decision.outcome is Outcome.CHALLENGE
    assert decision.ticket
    assert (decision.ticket.status, decision.ticket.level) == (Status.NEW, Level.CONFIRMED)
    assert [entry.ending for entry in decision.challenges] == [Ending.CONFIRMED]
    assert decision.sender.level is Level.CONFIRMED


@pytest.mark.parametrize("typed", [CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " "), CODE.replace("0", "O")])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert answered(reply(f"OUI {typed}")).ticket != HELD


WRONG = {
    "no word": CODE,
    "no code": "OUI",
    "another code": f"OUI {tokens.code(site().security.key, TAG[::-1])}",
    "one character less": f"OUI {CODE[:-1]}",
    "text before": f"Bonjour, OUI {CODE}",
    "nothing": "",
}


@pytest.mark.parametrize("why", WRONG)
def test_anything_else_confirms_nothing_and_agents_see_it(why: str) -> None:
    decision = answered(reply(WRONG[why]))
    assert (decision.outcome, decision.ticket) == (Outcome.CHALLENGE, HELD)
    assert "notice" in [draft.template for draft in decision.drafts]


def test_success_and_failure_give_the_author_the_same_mail() -> None:
    right, wrong, no = answered(reply(f"OUI {CODE}")), answered(reply("OUI AAAAA-AAAAA")), answered(reply("NON"))
    mails = [decision.drafts[0] for decision in (right, wrong, no)]
    assert {draft.template for draft in mails} == {"challenge-received"}
    assert mails[0] == mails[1] == mails[2]


def test_no_ends_the_challenge_and_keeps_the_request_held() -> None:
    decision = answered(reply("Non, ce n’est pas moi"))
    assert decision.ticket == HELD
    assert [entry.ending for entry in decision.challenges] == [Ending.DENIED]


def test_who_says_yes_after_no_is_not_told_to_agents_as_saying_no() -> None:
    done = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW, ending=Ending.DENIED)
    said = {text: answered(reply(text), asking(done)).drafts[1].reason for text in ("NON", f"OUI {CODE}")}
    assert said == {"NON": notices.DENIED[0], f"OUI {CODE}": notices.UNCONFIRMED[0]}


def test_agents_learn_that_the_holder_says_no_to_what_is_no_longer_held() -> None:
    released = replace(HELD, status=Status.OPEN)
    void = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW, ending=Ending.VOID)
    have = replace(asking(void), tickets=(released,))
    said = {text: answered(reply(text), have).drafts[1].reason for text in ("NON", "Merci")}
    assert said == {"NON": notices.DENIED_LATE[0], "Merci": notices.LATE[0]}


@pytest.mark.parametrize("ending", [Ending.DENIED, Ending.VOID])
def test_a_challenge_that_ended_confirms_nothing(ending: Ending) -> None:
    done = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW, ending=ending)
    assert answered(reply(f"OUI {CODE}"), asking(done)).ticket == HELD


def test_a_code_works_once() -> None:
    done = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW, ending=Ending.CONFIRMED)
    again = answered(reply(f"OUI {CODE}"), asking(done, ticket(status=Status.OPEN)))
    assert again.outcome is Outcome.APPENDED
    assert again.challenges == ()


def test_after_24_hours_the_code_is_worth_nothing() -> None:
    old = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW - timedelta(hours=24, seconds=1))
    assert answered(reply(f"OUI {CODE}"), asking(old)).ticket == HELD


def test_five_wrong_codes_make_the_right_one_worthless() -> None:
    four = Challenge(TAG, HELD.number, ACCOUNT, ANNA, NOW, tries=4)
    wrong = answered(reply("OUI AAAAA-AAAAA"), asking(four))
    assert [entry.tries for entry in wrong.challenges] == [5]
    assert answered(reply(f"OUI {CODE}"), asking(wrong.challenges[0])).ticket == HELD


def test_the_code_of_another_request_confirms_nothing() -> None:
    other = tokens.code(site().security.key, "z" * 26)
    assert answered(reply(f"OUI {other}")).ticket == HELD


def test_somebody_else_with_the_code_confirms_nothing() -> None:
    colleague = registered("autre@client.example", default=False)
    said = reply(f"OUI {CODE}", author=Address("autre@client.example"), claimed=("autre@client.example",))
    decision = answered(said, replace(asking(), accounts=(account(registered(), colleague),)))
    assert decision.ticket
    assert decision.ticket.status is Status.HELD
    assert Ending.CONFIRMED not in [entry.ending for entry in decision.challenges]


def test_a_forged_reply_confirms_nothing() -> None:
    decision = answered(reply(f"OUI {CODE}", authentication=(authenticated("client.example", result="fail"),)))
    assert decision.ticket
    assert decision.ticket.status is Status.HELD


@pytest.mark.parametrize("kind", [Automatic.AUTO_REPLIED, Automatic.BULK, Automatic.LIST, Automatic.BOUNCE])
def test_nothing_automatic_confirms_or_denies(kind: Automatic) -> None:
    for text in (f"OUI {CODE}", "NON"):
        decision = answered(reply(text, automatic=kind))
        assert (decision.ticket, decision.challenges, decision.drafts) == (HELD, (), ())


def test_a_code_that_is_only_quoted_confirms_nothing() -> None:
    assert answered(reply(f"Qu’est-ce que c’est ?\n> OUI {CODE}")).ticket == HELD


def test_another_text_of_the_request_ends_what_was_asked_and_asks_anew() -> None:
    said = message("Envoyez-le plutôt à Lyon.", in_reply_to=(f"<mb.{'x' * 26}@tickets.example.com>",))
    ours = Sent("x" * 26, "", "acknowledgement", Purpose.CUSTOMER, ANNA, HELD.number, NOW)
    have = replace(asking(), sent=(ours,))
    decision = answered(said, have)
    assert decision.outcome is Outcome.APPENDED
    assert [(entry.tag == TAG, entry.ending) for entry in decision.challenges] == [(True, Ending.VOID), (False, None)]
    assert ("challenge", ANNA) in templates(decision)


def test_once_the_holder_confirms_a_strangers_request_we_speak_with_the_holder() -> None:
    strange = ticket(status=Status.HELD, requester=STRANGER, account=None, level=Level.UNKNOWN)
    decision = answered(reply(f"OUI {CODE}"), asking(of=strange))
    assert decision.ticket
    assert (decision.ticket.requester, decision.ticket.account) == (ANNA, ACCOUNT)


def test_a_request_that_a_person_released_meanwhile_is_not_confirmed_again() -> None:
    decision = answered(reply(f"OUI {CODE}"), asking(of=ticket(status=Status.OPEN)))
    assert decision.ticket
    assert decision.ticket.level is Level.REGISTERED


def test_the_account_is_asked_for_once_and_the_answer_kept_for_the_thread() -> None:
    two = (
        account(registered(default=False)),
        account(registered(account="AC-300400", default=False), number="AC-300400"),
    )
    decision = opened(message(TEXT), known(accounts=two), rules("account"))
    assert decision.ticket
    assert decision.ticket.account is None
    assert decision.drafts[0].lines == (ACCOUNT, "AC-300400")
    text = "C’est AC-300400."
    said = replace(field("account", "AC-300400"), start=6, end=15)
    quoted = replace(field("account", ACCOUNT), start=40, end=49)
    answer = message(text, in_reply_to=(f"<mb.{TAG}@tickets.example.com>",), fields=(said, quoted))
    unsure = ticket(account=None)
    ours = Sent(TAG, "", "acknowledgement", Purpose.CUSTOMER, ANNA, unsure.number, NOW)
    have = known(accounts=two, tickets=(unsure,), sent=(ours,))
    after = decide(arrival(), answer, have, POLICY, site(), NOW)
    assert after.ticket
    assert after.ticket.account == "AC-300400"
    assert [draft.template for draft in after.drafts] == ["notice"]


@pytest.mark.parametrize(
    "spent",
    [Spent("", 1000, Scope.SITE), Spent("support", 200, Scope.MAILBOX), Spent(ANNA, 20)],
)
def test_a_question_that_is_beyond_a_budget_was_not_asked(spent: Spent) -> None:
    """It counts against no account, and no agent reads that somebody was asked."""
    decision = opened(from_stranger(), replace(naming(ACCOUNT), spent=(spent,)))
    assert [draft.recipient for draft in decision.drafts if draft.template == "challenge" and draft.withheld] == [ANNA]
    assert decision.challenges == ()


def test_what_an_agent_was_asked_is_never_asked_of_him_in_a_customers_place() -> None:
    strange = ticket(status=Status.HELD, requester=STRANGER, account=None, level=Level.UNKNOWN)
    of_agent = Challenge("y" * 26, strange.number, "", "alice@example.com", NOW)
    ours = Sent(TAG, "", "acknowledgement-unknown", Purpose.CUSTOMER, STRANGER, strange.number, NOW)
    have = Known(free=("MB-0000-0000",), tickets=(strange,), sent=(ours,), challenges=(of_agent,))
    said = from_stranger("Alors ?", in_reply_to=(f"<mb.{TAG}@tickets.example.com>",))
    decision = decide(arrival(), said, have, POLICY, site(), NOW)
    assert decision.outcome is Outcome.APPENDED
    assert templates(decision) == []


def about(of: Ticket) -> Known:
    ours = Sent(TAG, "", "acknowledgement", Purpose.CUSTOMER, ANNA, of.number, NOW)
    return known(tickets=(of,), sent=(ours,))


def test_what_is_sensitive_is_held_and_asked_for_in_a_reply_about_something_else_as_well() -> None:
    decision = decide(arrival(), reply(f"Merci. {TEXT}"), about(ticket(status=Status.PENDING)), RULES, site(), NOW)
    assert decision.outcome is Outcome.APPENDED
    assert decision.ticket
    assert (decision.ticket.status, decision.ticket.klass) == (Status.HELD, RequestClass.SENSITIVE)
    assert templates(decision) == [("challenge", ANNA)]
    assert [entry.ending for entry in decision.challenges] == [None]


def test_talk_about_what_was_confirmed_is_not_held_again_and_another_request_is() -> None:
    done = ticket(status=Status.OPEN, klass=RequestClass.SENSITIVE, intent="address-change", level=Level.CONFIRMED)
    his = replace(reply(TEXT), authentication=(authenticated("client.example"),))
    again = decide(arrival(), his, about(done), RULES, site(), NOW)
    other = decide(arrival(), his, about(replace(done, intent="cancel")), RULES, site(), NOW)
    assert again.ticket
    assert other.ticket
    assert (again.ticket.status, other.ticket.status) == (Status.OPEN, Status.HELD)


def test_a_forged_addition_neither_ends_what_the_holder_was_asked_nor_changes_it() -> None:
    ours = Sent("x" * 26, "", "acknowledgement", Purpose.CUSTOMER, ANNA, HELD.number, NOW)
    waiting = asking()
    have = replace(waiting, sent=(*waiting.sent, ours))
    forged = message(
        "Et envoyez-le à Lyon.",
        in_reply_to=(f"<mb.{'x' * 26}@tickets.example.com>",),
        authentication=(authenticated("client.example", result="fail"),),
    )
    decision = decide(arrival(), forged, have, POLICY, site(), NOW)
    assert (decision.outcome, decision.ticket, decision.challenges) == (Outcome.HELD, HELD, ())
    assert "may be a forger" in decision.reason
    assert templates(decision) == [("held", "alice@example.com")]
