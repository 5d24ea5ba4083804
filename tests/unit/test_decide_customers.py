"""What becomes of a customer's letter."""

from dataclasses import replace
from datetime import timedelta

from messages import (
    ACCOUNT,
    ANNA,
    NOW,
    account,
    arrival,
    authenticated,
    field,
    known,
    message,
    registered,
    sent,
    ticket,
)
from sites import POLICY, agent, site

from mailbot.decide import decide
from mailbot.decide.pointers import candidates
from mailbot.model import (
    Address,
    AuthenticationResult,
    Decision,
    Known,
    Language,
    Letter,
    Level,
    Limits,
    Message,
    Order,
    Outcome,
    Property,
    Purpose,
    Spent,
    Standing,
    Status,
)

TAG = "0123456789abcdefghjkmnpqrs"


def judged(said: Message, have: Known | None = None, **changes: object) -> Decision:
    return decide(arrival(), said, have or known(), POLICY, site(**changes), NOW)  # type: ignore[arg-type]


def templates(decision: Decision) -> list[str]:
    return [draft.template for draft in decision.drafts]


def test_a_letter_from_a_registered_address_opens_a_ticket_on_its_account() -> None:
    decision = judged(message())
    assert decision.outcome is Outcome.TICKET_CREATED
    assert decision.ticket is not None
    assert (decision.ticket.account, decision.ticket.status) == (ACCOUNT, Status.NEW)
    assert decision.ticket.requester == ANNA
    assert decision.ticket.level is Level.REGISTERED


def test_it_is_acknowledged_once_and_noticed_to_each_agent_of_its_department() -> None:
    two = (agent("alice"), agent("carol"), agent("bob", "customer-care"))
    decision = judged(message(), agents=two)
    assert [(draft.template, draft.recipient) for draft in decision.drafts] == [
        ("acknowledgement", ANNA),
        ("notice", "alice@example.com"),
        ("notice", "carol@example.com"),
    ]


def test_a_department_without_agents_sends_its_notices_to_the_admin() -> None:
    decision = judged(message(), agents=())
    assert [draft.recipient for draft in decision.drafts if draft.template == "notice"] == ["admin@example.com"]
    assert decision.drafts[1].purpose is Purpose.ADMIN


def test_a_trusted_pass_for_the_authors_domain_makes_him_authenticated() -> None:
    decision = judged(message(authentication=(authenticated("client.example"),)))
    assert decision.sender.level is Level.AUTHENTICATED


def test_a_pass_for_another_domain_or_from_a_foreign_server_shows_nothing_or_worse() -> None:
    foreign = judged(message(authentication=(authenticated("client.example", "mx.evil.example"),)))
    other = judged(message(authentication=(authenticated("evil.example"),)))
    assert foreign.sender.level is Level.REGISTERED
    assert other.sender.level is Level.SUSPECT


def test_a_pass_that_names_no_domain_shows_nothing_and_one_in_its_own_letters_is_for_the_same_domain() -> None:
    nameless = AuthenticationResult("mx.example.com", "dmarc", "pass", ())
    umlaut = registered("a@bücher.example")
    written = message(author=Address("a@xn--bcher-kva.example"), authentication=(authenticated("Bücher.example"),))
    assert judged(message(authentication=(nameless,))).sender.level is Level.REGISTERED
    assert judged(written, known(accounts=(account(umlaut),))).sender.level is Level.AUTHENTICATED


def test_a_login_at_our_border_authenticates_agents_only() -> None:
    """Customers of a provider share its domain: the login of one says nothing of another (design 1.5.2 and 1.5.4)."""
    neighbour = AuthenticationResult("mx.example.com", "auth", "pass", (Property("smtp.auth", "eve@client.example"),))
    assert judged(message(authentication=(neighbour,))).sender.level is Level.REGISTERED


def test_a_forged_pass_beside_a_genuine_fail_is_not_believed() -> None:
    both = (authenticated("client.example", result="fail"), authenticated("client.example"))
    assert judged(message(authentication=both)).sender.level is Level.SUSPECT


def test_a_suspected_forgery_opens_a_ticket_and_gets_no_mail() -> None:
    decision = judged(message(authentication=(authenticated("client.example", result="fail"),)))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert templates(decision) == ["notice"]


def test_an_unknown_author_gets_a_ticket_without_account_and_a_text_without_his_words() -> None:
    stranger = message(author=Address("x@elsewhere.example"), subject="Buy now", claimed=("x@elsewhere.example",))
    decision = judged(stranger)
    assert decision.ticket is not None
    assert decision.ticket.account is None
    assert decision.drafts[0].template == "acknowledgement-unknown"
    assert decision.drafts[0].subject == ""
    assert decision.drafts[0].facts == ()


def test_an_author_who_cannot_be_told_gets_a_ticket_and_no_mail() -> None:
    two = message(author=None, author_defect="two authors", claimed=(ANNA, "x@elsewhere.example"))
    decision = judged(two)
    assert decision.outcome is Outcome.TICKET_CREATED
    assert templates(decision) == ["notice"]
    assert decision.sender.level is Level.UNKNOWN


def test_over_budget_the_ticket_is_there_and_the_mail_withheld() -> None:
    decision = judged(message(), known(spent=(Spent(ANNA, 20),)))
    assert decision.outcome is Outcome.TICKET_CREATED
    assert decision.drafts[0].withheld is not None


def test_mail_older_than_acknowledge_within_is_not_acknowledged() -> None:
    old = arrival(received_at=NOW - timedelta(days=8))
    decision = decide(old, message(), known(), POLICY, site(), NOW)
    assert decision.outcome is Outcome.TICKET_CREATED
    assert templates(decision) == ["notice"]


def test_the_department_is_that_of_our_first_address_in_to_then_cc_whichever_box_it_came_to() -> None:
    letter = message(
        to=(Address("someone@client.example"), Address("sac@example.com")), cc=(Address("support@example.com"),)
    )
    here = decide(arrival(mailbox="support"), letter, known(), POLICY, site(), NOW)
    there = decide(arrival(mailbox="sac"), letter, known(), POLICY, site(), NOW)
    assert here.ticket is not None
    assert here.ticket.department == "customer-care"
    assert here.ticket.mailbox == "sac"
    assert there.ticket is not None
    assert there.ticket.department == here.ticket.department


def test_the_account_named_in_the_letter_decides_among_the_authors_own() -> None:
    first = account(registered(default=False))
    second = account(registered(account="AC-100201", default=False), number="AC-100201")
    named = judged(message(fields=(field("account", "AC-100201"),)), known(accounts=(first, second)))
    by_order = judged(
        message(fields=(field("order", "#123456"),)),
        known(accounts=(first, second), orders=(Order("#123456", "AC-100201"),)),
    )
    unnamed = judged(message(), known(accounts=(first, second)))
    assert named.ticket is not None
    assert named.ticket.account == "AC-100201"
    assert by_order.ticket is not None
    assert by_order.ticket.account == "AC-100201"
    assert unnamed.ticket is not None
    assert unnamed.ticket.account is None


def test_a_strangers_account_or_order_is_treated_like_one_that_nobody_has() -> None:
    theirs = (field("account", "AC-999999"), field("order", "#654321"))
    with_register = judged(message(fields=theirs), known(orders=(Order("#654321", "AC-999999"),)))
    without = judged(message(fields=theirs))
    assert with_register == without
    assert all(entry.standing is Standing.UNKNOWN for entry in with_register.fields)


def test_a_number_that_is_not_the_authors_own_does_not_look_like_his_in_the_notice() -> None:
    decision = judged(message(fields=(field("account", "AC-999999"),)))
    notice = next(draft for draft in decision.drafts if draft.template == "notice")
    assert [(fact.name, fact.value) for fact in notice.facts if "ompte" in fact.name] == [
        ("Compte", ACCOUNT),
        ("Compte nommé, non enregistré pour cette adresse", "AC-999999"),
    ]


def test_a_closed_account_stands_for_nothing() -> None:
    decision = judged(message(), known(accounts=(account(closed=True),)))
    assert decision.sender.level is Level.UNKNOWN


def test_a_reply_by_the_requester_is_added_and_not_acknowledged() -> None:
    mine = ticket(status=Status.PENDING)
    reply = message(in_reply_to=("<a@client.example>",))
    decision = judged(reply, known(tickets=(mine,), letters=(Letter("<a@client.example>", mine.number),)))
    assert decision.outcome is Outcome.APPENDED
    assert decision.ticket == replace(mine, status=Status.OPEN)
    assert templates(decision) == ["notice"]


def test_a_new_ticket_stays_new_until_an_agent_answers() -> None:
    decision = judged(
        message(in_reply_to=("<a@client.example>",)),
        known(tickets=(ticket(),), letters=(Letter("<a@client.example>", ticket().number),)),
    )
    assert decision.ticket is not None
    assert decision.ticket.status is Status.NEW


def test_the_tag_of_our_mail_finds_the_ticket_and_only_a_party_is_added_by_it() -> None:
    ours = message(in_reply_to=(f"<mb.{TAG}@tickets.example.com>",))
    have = known(tickets=(ticket(),), sent=(sent(TAG, Purpose.CUSTOMER, ANNA, template="acknowledgement"),))
    stranger = replace(ours, author=Address("x@elsewhere.example"), claimed=("x@elsewhere.example",))
    assert judged(ours, have).outcome is Outcome.APPENDED
    held = judged(stranger, have)
    assert held.outcome is Outcome.HELD
    assert [(draft.template, draft.recipient) for draft in held.drafts] == [("held", "alice@example.com")]
    assert held.ticket == ticket()


def test_a_released_delivery_is_added_whoever_wrote_it() -> None:
    stranger = message(
        author=Address("x@elsewhere.example"), claimed=("x@elsewhere.example",), in_reply_to=("<a@client.example>",)
    )
    have = known(tickets=(ticket(),), letters=(Letter("<a@client.example>", ticket().number),))
    decision = decide(arrival(released=True, round=1), stranger, have, POLICY, site(), NOW)
    assert decision.outcome is Outcome.APPENDED
    assert [draft.reason for draft in decision.drafts] == ["Message retenu, maintenant ajouté au dossier"]


def test_a_number_in_the_subject_counts_only_for_a_party() -> None:
    numbered = candidates(arrival(), site())[0]
    mine = ticket(number=numbered)
    subject = f"Re: [{numbered}] Panne"
    assert judged(message(subject=subject), known(tickets=(mine,))).outcome is Outcome.APPENDED
    stranger = message(subject=subject, author=Address("x@elsewhere.example"), claimed=("x@elsewhere.example",))
    opened = judged(stranger, known(tickets=(mine,)))
    assert opened.outcome is Outcome.TICKET_CREATED
    assert opened.ticket is not None
    assert opened.ticket.number != numbered


def test_a_colleague_with_notify_support_is_a_party_and_one_with_billing_only_is_not() -> None:
    colleague, clerk = "bruno@client.example", "cleo@client.example"
    mine = account(
        registered(),
        registered(colleague, default=False),
        registered(clerk, notify=("billing",), default=False),
    )
    have = known(accounts=(mine,), tickets=(ticket(),), letters=(Letter("<a@x>", ticket().number),))
    from_colleague = message(author=Address(colleague), claimed=(colleague,), in_reply_to=("<a@x>",))
    from_clerk = message(author=Address(clerk), claimed=(clerk,), in_reply_to=("<a@x>",))
    assert judged(from_colleague, have).outcome is Outcome.APPENDED
    assert judged(from_clerk, have).outcome is Outcome.HELD


def test_a_reply_to_a_closed_ticket_within_the_window_reopens_it() -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW - timedelta(days=1))
    decision = judged(
        message(in_reply_to=("<a@x>",)), known(tickets=(closed,), letters=(Letter("<a@x>", closed.number),))
    )
    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (closed.number, Status.OPEN)
    assert decision.ticket.closed_at is None


def test_a_reply_to_a_ticket_closed_long_ago_opens_a_new_one_that_names_it() -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW - timedelta(days=90))
    decision = judged(
        message(in_reply_to=("<a@x>",)), known(tickets=(closed,), letters=(Letter("<a@x>", closed.number),))
    )
    assert decision.outcome is Outcome.TICKET_CREATED
    assert decision.ticket is not None
    assert decision.ticket.predecessor == closed.number
    assert templates(decision)[0] == "acknowledgement"


def test_the_language_is_the_letters_then_the_accounts_then_the_sites() -> None:
    english = judged(message(language=Language.EN))
    accounts = judged(message(language=None), known(accounts=(account(language=Language.EN),)))
    sites = judged(message(language=None), known(accounts=(account(language=None),)))
    assert [entry.ticket.language for entry in (english, accounts, sites) if entry.ticket] == [
        Language.EN,
        Language.EN,
        Language.FR,
    ]


def test_a_new_ticket_gets_the_first_number_that_nobody_has() -> None:
    first, second, *_ = candidates(arrival(), site())
    decision = judged(message(), known(free=(second, first)))
    assert decision.ticket is not None
    assert decision.ticket.number == second


def test_our_own_mailbox_as_author_is_never_answered() -> None:
    ours = message(author=Address("sac@example.com"), claimed=("sac@example.com",))
    assert templates(judged(ours)) == ["notice"]


def test_every_decision_names_its_reasons() -> None:
    decision = judged(message())
    assert [why.topic for why in decision.because] == ["author", "account", "ticket", "request", "department", "mail"]
    assert all(why.sentence for why in decision.because)


def too_large(have: Known | None = None, size: int = 26 * 1024**2, **changes: object) -> Decision:
    said = message("", parts=(), language=None, **changes)
    return decide(arrival(oversize=size), said, have or known(), POLICY, site(), NOW)


def test_a_registered_author_is_asked_for_a_smaller_letter_and_a_stranger_is_not() -> None:
    asked, silent = too_large(), too_large(Known())
    assert [(asked.outcome, asked.drafts[0].template, asked.drafts[0].recipient)] == [
        (Outcome.OVERSIZE, "too-large", ANNA)
    ]
    assert (silent.outcome, silent.drafts) == (Outcome.OVERSIZE, ())
    assert silent.because[-1].sentence == "nobody is asked for a smaller one: the author is not registered"


def test_nobody_is_asked_for_a_smaller_letter_who_would_get_no_acknowledgement() -> None:
    forged = too_large(authentication=(authenticated("client.example", result="fail"),))
    old = decide(
        arrival(oversize=26 * 1024**2, received_at=NOW - timedelta(days=8)), message(), known(), POLICY, site(), NOW
    )
    assert (forged.drafts, old.drafts) == ((), ())
    assert forged.because[-1].sentence == "nobody is asked for a smaller one: the author may be forged"
    assert old.because[-1].sentence == "nobody is asked for a smaller one: the mail is older than acknowledge_within"


def test_a_letter_just_above_the_limit_is_said_to_be_above_it() -> None:
    small = replace(site(), limits=Limits(message=64 * 1024))
    above = decide(arrival(oversize=64 * 1024 + 1), message(), known(), POLICY, small, NOW)
    assert too_large(size=25 * 1024**2 + 1).reason.startswith("25.1 MiB, more than the 25 MiB that are taken in")
    assert above.reason.startswith("64.1 KiB, more than the 64 KiB that are taken in")
    assert above.drafts[0].reason == "64\u00a0Ko"
