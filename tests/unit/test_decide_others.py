"""What becomes of letters that no customer wrote, and of those that came twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from messages import ANNA, NOW, arrival, authenticated, known, message, sent, ticket
from sites import POLICY, agent, mailbox, site

from mailbot.decide import decide
from mailbot.decide.pointers import candidates
from mailbot.model import (
    Address,
    Attachment,
    AuthenticationResult,
    Automatic,
    Command,
    Decision,
    Known,
    Language,
    Letter,
    Level,
    Message,
    Outcome,
    Part,
    PartKind,
    Property,
    Purpose,
    Report,
    ReportedRecipient,
    Start,
    StartMode,
    Status,
    Twin,
)

TAG = "0123456789abcdefghjkmnpqrs"
ALICE = "alice@example.com"
OURS = f"<mb.{TAG}@tickets.example.com>"


def judged(said: Message, have: Known | None = None, **changes: object) -> Decision:
    return decide(arrival(), said, have or known(), POLICY, site(**changes), NOW)  # type: ignore[arg-type]


def templates(decision: Decision) -> list[str]:
    return [draft.template for draft in decision.drafts]


def from_alice(text: str = "Nous y travaillons.", **changes: object) -> Message:
    plain = {
        "author": Address(ALICE, "Alice Roy"),
        "claimed": (ALICE,),
        "in_reply_to": (OURS,),
        "authentication": (authenticated("example.com"),),
    }
    return message(text, **(plain | changes))


def noticed(**changes: object) -> Known:
    return known(
        tickets=(ticket(**changes),), sent=(sent(TAG, Purpose.NOTICE, ALICE),), thread=("<letter-0@client.example>",)
    )


def test_automatic_mail_is_never_answered_and_noted_on_its_ticket() -> None:
    away = message(automatic=Automatic.AUTO_REPLIED, in_reply_to=(OURS,))
    decision = judged(away, known(tickets=(ticket(),), sent=(sent(TAG, Purpose.CUSTOMER, ANNA),)))
    assert decision.outcome is Outcome.AUTOMATIC
    assert decision.ticket == ticket()
    assert decision.drafts == ()


def test_automatic_mail_does_not_reopen_a_ticket() -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW)
    away = message(automatic=Automatic.AUTO_REPLIED, in_reply_to=("<a@x>",))
    decision = judged(away, known(tickets=(closed,), letters=(Letter("<a@x>", closed.number),)))
    assert decision.ticket == closed


def test_our_own_mail_coming_back_is_own() -> None:
    assert judged(message(automatic=Automatic.OWN)).outcome is Outcome.OWN


def bounced(action: str) -> Message:
    report = Report(OURS, (ReportedRecipient(ANNA, action, "5.1.1"),))
    return message(automatic=Automatic.BOUNCE, report=report, author=Address("mailer-daemon@mx.example"))


def test_a_bounce_is_noted_on_the_ticket_of_the_mail_that_bounced_and_never_answered() -> None:
    decision = judged(bounced("failed"), known(tickets=(ticket(),), sent=(sent(TAG, Purpose.CUSTOMER, ANNA),)))
    assert decision.outcome is Outcome.BOUNCE
    assert decision.ticket == ticket()
    assert decision.drafts == ()
    assert decision.bounced == (TAG,)


def test_agents_learn_that_their_answer_did_not_arrive() -> None:
    decision = judged(bounced("failed"), known(tickets=(ticket(),), sent=(sent(TAG, Purpose.ANSWER, ANNA),)))
    assert [(draft.template, draft.recipient) for draft in decision.drafts] == [("undelivered", ALICE)]


def test_a_delay_is_noted_and_troubles_nobody() -> None:
    decision = judged(bounced("delayed"), known(tickets=(ticket(),), sent=(sent(TAG, Purpose.ANSWER, ANNA),)))
    assert decision.drafts == ()
    assert decision.bounced == ()


def test_a_bounce_of_no_mail_of_ours_opens_no_ticket() -> None:
    decision = judged(bounced("failed"))
    assert (decision.outcome, decision.ticket) == (Outcome.BOUNCE, None)


def test_an_agents_reply_to_his_notice_goes_to_the_customer_as_his_words_alone() -> None:
    text = "Nous y travaillons.\n\n> notice\n"
    parts = (Part(PartKind.NEW, 0, 21), Part(PartKind.QUOTED, 21, len(text)))
    decision = judged(from_alice(text, parts=parts), noticed())
    assert decision.outcome is Outcome.ANSWERED
    (draft,) = decision.drafts
    assert (draft.template, draft.recipient, draft.text) == ("answer", ANNA, "Nous y travaillons.")
    assert not draft.automatic
    assert decision.ticket is not None
    assert (decision.ticket.status, decision.ticket.agent) == (Status.PENDING, "alice")
    assert decision.ticket.first_response_at == NOW


def test_an_agents_login_at_our_border_authenticates_him() -> None:
    login = AuthenticationResult("mx.example.com", "auth", "pass", (Property("smtp.auth", ALICE),))
    assert judged(from_alice(authentication=(login,)), noticed()).outcome is Outcome.ANSWERED


def test_no_notices_message_id_stands_in_the_answer() -> None:
    (draft,) = judged(from_alice(references=(OURS,)), noticed()).drafts
    assert draft.references == ("<letter-0@client.example>",)
    assert draft.in_reply_to == "<letter-0@client.example>"


@pytest.mark.parametrize(
    "said",
    [
        from_alice(authentication=()),
        from_alice(authentication=(authenticated("example.com", result="fail"),)),
        from_alice(authentication=(authenticated("example.com", "mx.evil.example"),)),
        from_alice(""),
        from_alice(commands=(Command("close", ""),)),
        from_alice("Merci\n\nBillet\u00a0: MB-7K3F-9XW0\nIdentité\u00a0: adresse enregistrée\n"),
        from_alice("Thanks\n\nTicket: MB-7K3F-9XW0\nHow sure: registered address\n"),
        from_alice(attachments=(Attachment("a.pdf", "application/pdf", 3, "00"),)),
        from_alice(attachments=(Attachment("screen.png", "image/png", 200_000, "00", inline=True),)),
    ],
    ids=[
        "unauthenticated",
        "forged",
        "foreign border",
        "empty",
        "command",
        "unmarked notice",
        "unmarked notice in English",
        "attachment",
        "picture in the text",
    ],
)
def test_anything_less_goes_nowhere_and_the_agent_is_told(said: Message) -> None:
    decision = judged(said, noticed())
    assert [(draft.template, draft.recipient) for draft in decision.drafts] == [("not-sent", ALICE)]
    assert decision.ticket == ticket()
    assert decision.outcome in (Outcome.HELD, Outcome.COMMAND)


def test_the_logo_in_an_agents_signature_keeps_no_answer_back() -> None:
    logo = Attachment("image001.png", "image/png", 4_000, "00", inline=True)
    assert judged(from_alice(attachments=(logo,)), noticed()).outcome is Outcome.ANSWERED


def test_an_agent_who_names_a_ticket_in_the_subject_only_is_told_to_answer_his_notice() -> None:
    numbered = candidates(arrival(), site())[0]
    by_subject = from_alice(subject=f"[{numbered}] Panne", in_reply_to=())
    decision = judged(by_subject, known(tickets=(ticket(number=numbered),)))
    assert (decision.outcome, templates(decision)) == (Outcome.HELD, ["not-sent"])


def test_an_agent_who_is_the_customer_of_a_ticket_adds_to_it_like_any_customer() -> None:
    numbered = candidates(arrival(), site())[0]
    mine = ticket(number=numbered, requester=ALICE)
    decision = judged(from_alice(subject=f"[{numbered}] Panne", in_reply_to=()), known(tickets=(mine,)))
    assert decision.outcome is Outcome.APPENDED


def test_where_an_agent_wrote_his_own_address_the_customer_reads_the_mailboxs() -> None:
    (draft,) = judged(from_alice("Écrivez-moi à Alice@example.com."), noticed()).drafts
    assert draft.text == "Écrivez-moi à support@example.com."


def test_another_agents_notice_gives_no_authority() -> None:
    have = known(tickets=(ticket(),), sent=(sent(TAG, Purpose.NOTICE, "carol@example.com"),))
    assert templates(judged(from_alice(), have)) == ["not-sent"]


def test_an_agent_who_left_the_department_is_refused_when_his_mail_is_processed() -> None:
    assert templates(judged(from_alice(), noticed(department="customer-care"))) == ["not-sent"]


def test_an_agent_who_left_altogether_is_no_party() -> None:
    decision = judged(from_alice(), noticed(), agents=(agent("bob"),))
    assert decision.outcome is Outcome.HELD
    assert all(draft.recipient != ANNA for draft in decision.drafts)


def test_with_token_the_notices_tag_alone_is_enough_but_never_against_a_trusted_fail() -> None:
    token = {"agents": "token"}
    bare = decide(arrival(), from_alice(authentication=()), noticed(), POLICY, site(security=token), NOW)
    forged = from_alice(authentication=(authenticated("example.com", result="fail"),))
    assert bare.outcome is Outcome.ANSWERED
    assert templates(decide(arrival(), forged, noticed(), POLICY, site(security=token), NOW)) == ["not-sent"]


def test_a_customer_who_replies_to_a_forwarded_notice_is_added_and_not_obeyed() -> None:
    decision = judged(message(in_reply_to=(OURS,)), noticed())
    assert decision.outcome is Outcome.APPENDED


def test_an_agent_has_the_sentence_in_his_own_language() -> None:
    english = judged(from_alice(""), noticed(), agents=(agent("alice", language=Language.EN),))
    french = judged(from_alice(""), noticed())
    assert english.drafts[0].reason == "It held no new text."
    assert french.drafts[0].reason == "Elle ne contenait pas de texte nouveau."


def twin(*, same: bool, author: str = ANNA, hours: int = 1) -> Twin:
    return Twin(7, ticket().number, author, NOW - timedelta(hours=hours), same)


def test_the_same_letter_again_is_a_duplicate_without_any_mail() -> None:
    decision = judged(message(), known(twin=twin(same=True), tickets=(ticket(),)))
    assert decision.outcome is Outcome.DUPLICATE
    assert decision.reason == "the same letter as d7"
    assert decision.ticket == ticket()
    assert decision.drafts == ()


def test_one_message_id_with_other_content_by_its_author_is_added_without_a_second_acknowledgement() -> None:
    decision = judged(message(), known(twin=twin(same=False), tickets=(ticket(),)))
    assert decision.outcome is Outcome.APPENDED
    assert templates(decision) == ["notice"]


@pytest.mark.parametrize("other", [twin(same=False, author="x@elsewhere.example"), twin(same=False, hours=48)])
def test_a_used_message_id_never_swallows_somebody_elses_letter_or_a_late_one(other: Twin) -> None:
    assert judged(message(), known(twin=other, tickets=(ticket(),))).outcome is Outcome.TICKET_CREATED


def test_old_mail_found_again_after_renumbering_stays_unanswered() -> None:
    again = arrival(rescan=True)
    old = message(received_at=NOW - timedelta(days=900))
    have = known(horizon=NOW - timedelta(days=30))
    assert decide(again, old, have, POLICY, site(), NOW).outcome is Outcome.BEFORE_START
    everything = site(mailboxes=(mailbox(start=Start(StartMode.ALL)),))
    assert decide(again, old, have, POLICY, everything, NOW).outcome is Outcome.TICKET_CREATED


def test_the_machines_level_is_machine() -> None:
    assert judged(message(automatic=Automatic.LIST)).sender.level is Level.MACHINE


def test_what_the_sites_own_filter_calls_spam_is_kept_without_ticket_or_mail_until_released() -> None:
    decision = judged(message(spam=True))
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.JUNK, None, ())
    released = decide(arrival(released=True, round=1), message(spam=True), known(), POLICY, site(), NOW)
    assert released.outcome is Outcome.TICKET_CREATED


@pytest.mark.parametrize("template", ["not-sent", "held", "undelivered"])
def test_an_agent_who_replies_to_another_mail_of_ours_is_told_that_it_went_nowhere(template: str) -> None:
    told = known(tickets=(ticket(),), sent=(sent(TAG, Purpose.AGENT, ALICE, template=template),))
    decision = judged(from_alice(), told)
    assert (decision.outcome, templates(decision)) == (Outcome.HELD, ["not-sent"])
    assert decision.ticket == ticket()


def test_what_an_agent_adds_is_not_announced_as_the_customers() -> None:
    letter = known(tickets=(ticket(),), letters=(Letter("<a@x>", ticket().number),))
    said = message(author=Address(ALICE), claimed=(ALICE,), in_reply_to=("<a@x>",))
    shown = replace(said, authentication=(authenticated("example.com"),))
    carol = agent("carol", email="carol@example.com", language=Language.EN)
    his, anybodys = (judged(one, letter, agents=(agent("alice"), carol)) for one in (shown, said))
    assert his.outcome is anybodys.outcome is Outcome.APPENDED
    assert [(draft.recipient, draft.reason) for draft in his.drafts] == [
        ("carol@example.com", "A colleague wrote; the customer got nothing from us")
    ]
    assert [(draft.recipient, draft.reason.partition(",")[0]) for draft in anybodys.drafts] == [
        (ALICE, "Écrit sous l’adresse d’un collègue"),
        ("carol@example.com", "Written under a colleague’s address"),
    ]
