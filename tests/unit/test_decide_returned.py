"""Mail that came back: which mail it was, what counts against its address, who is told, and what anybody can forge."""

from dataclasses import replace
from datetime import timedelta

import pytest
from messages import ACCOUNT, ANNA, NOW, account, arrival, authenticated, known, message, registered, sent, ticket
from sites import POLICY, agent, site

from mailbot import tokens
from mailbot.decide import decide
from mailbot.decide.reachable import kind_of, mark
from mailbot.model import (
    Address,
    Automatic,
    Bounce,
    BounceKind,
    Decision,
    Draft,
    Known,
    Language,
    Level,
    Message,
    Outcome,
    Purpose,
    Report,
    ReportedRecipient,
    Status,
)
from mailbot.parsers.message import parse
from mailbot.render import press

SITE = site()
TAG = "0123456789abcdefghjkmnpqrs"
OTHER_TAG = "zyxwvtsrqpnmkjhgfedcba9876"
OURS = f"<mb.{TAG}@tickets.example.com>"
PROOF = tokens.proof(SITE.security.key, TAG)
CARLA = "carla@client.example"
DAEMON = Address("mailer-daemon@mx.client.example")
MISSING = ReportedRecipient(ANNA, "failed", "5.1.1", "550 5.1.1 no such user")


def judged(said: Message, have: Known) -> Decision:
    return decide(arrival(), said, have, POLICY, SITE, NOW)


def report(*recipients: ReportedRecipient, **changes: object) -> Message:
    plain = Report(OURS, recipients or (MISSING,), (TAG,), (PROOF,))
    found = replace(plain, **changes)  # type: ignore[arg-type]
    return message(automatic=Automatic.BOUNCE, report=found, author=DAEMON, claimed=(DAEMON.address,))


def ours(purpose: Purpose = Purpose.ANSWER, **changes: object) -> Known:
    """What is known of our mail to Anna, and of her account, which Carla stands in as well."""
    both = account(registered(), registered(CARLA, default=False))
    plain = known(tickets=(ticket(),), sent=(sent(TAG, purpose, ANNA, template="answer"),), accounts=(both,))
    return replace(plain, **changes)  # type: ignore[arg-type]


def bounce(recipient: str = ANNA, kind: BounceKind = BounceKind.MISSING, days: int = 1, tag: str = OTHER_TAG) -> Bounce:
    return Bounce(tag, recipient, kind, "5.1.1", "550 5.1.1 no such user", NOW - timedelta(days=days))


def templates(decision: Decision) -> list[tuple[str, str]]:
    return [(draft.template, draft.recipient) for draft in decision.drafts]


def test_f_060_a_report_about_our_mail_is_noted_on_its_ticket_without_ticket_or_answer() -> None:
    decision = judged(report(), ours(Purpose.CUSTOMER))
    assert (decision.outcome, decision.ticket, decision.before) == (Outcome.BOUNCE, ticket(), ticket())
    assert decision.drafts == ()
    assert decision.bounced == (TAG,)
    assert "550 5.1.1 no such user" in decision.reason
    assert decision.bounces == (Bounce(TAG, ANNA, BounceKind.MISSING, "5.1.1", "550 5.1.1 no such user", NOW),)


def test_a_bounce_of_a_mail_that_has_no_ticket_is_matched_as_well() -> None:
    too_large = replace(sent(TAG, Purpose.CUSTOMER, ANNA, template="too-large"), ticket=None)
    decision = judged(report(), ours(tickets=(), sent=(too_large,)))
    assert (decision.outcome, decision.ticket, decision.bounced) == (Outcome.BOUNCE, None, (TAG,))
    assert "it belongs to no ticket" in decision.reason
    assert len(decision.bounces) == 1


def test_a_tag_in_the_recipient_finds_the_mail_where_a_relay_wrote_another_message_id() -> None:
    boxes = tuple(replace(box, subaddress="+") for box in SITE.mailboxes)
    rewritten = replace(report(message_id="<0100@ses.example>", tags=()), recipients=(f"support+{TAG}@example.com",))
    decision = decide(arrival(), rewritten, ours(), POLICY, site(mailboxes=boxes), NOW)
    assert (decision.ticket, decision.bounced) == (ticket(), (TAG,))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (report(message_id="", tags=(), proofs=()), "does not say which mail came back; it names anna@client.example"),
        (report(message_id="<x@elsewhere.example>", tags=(), proofs=()), "about no mail of ours"),
        (report(proofs=()), "about no mail of ours; it names anna@client.example: we never sent what it returns"),
    ],
    ids=["nothing returned", "another's mail", "a tag that we never made"],
)
def test_a_bounce_of_no_mail_that_can_be_told_is_kept_and_nothing_follows(said: Message, why: str) -> None:
    decision = judged(said, known())
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.BOUNCE, None, ())
    assert (decision.bounced, decision.bounces) == ((), ())
    assert why in decision.reason


@pytest.mark.parametrize(
    ("said", "have"),
    [
        (report(proofs=()), ours()),
        (report(proofs=(tokens.proof(SITE.security.key, OTHER_TAG),)), ours()),
        (report(proofs=(tokens.proof(b"x" * 32, TAG),)), ours()),
        (report(replace(MISSING, address=CARLA)), ours()),
        (report(ReportedRecipient("", "failed", "5.1.1")), ours()),
        (report(), ours(sent=(replace(sent(TAG, Purpose.ANSWER, ANNA), created_at=NOW - timedelta(days=15)),))),
    ],
    ids=["no proof", "another mail's", "another key's", "another address", "no address", "weeks late"],
)
def test_t_25_a_report_that_anybody_could_have_written_marks_no_address(said: Message, have: Known) -> None:
    """Our Message-IDs travel on in answers and quotes, to people whom the mail never went to."""
    decision = judged(said, have)
    assert decision.outcome is Outcome.BOUNCE
    assert decision.bounces == ()
    assert decision.ticket == ticket()


def test_t_25_no_report_of_any_kind_is_answered_with_a_mail_to_its_author() -> None:
    for said in (report(), report(proofs=()), report(message_id="", tags=()), report(complaint=True)):
        for have in (known(), ours(), ours(Purpose.NOTICE), ours(Purpose.ADMIN)):
            assert all(draft.recipient != DAEMON.address for draft in judged(said, have).drafts)


def test_t_20_a_report_without_a_tag_matches_no_mail_whatever_address_it_names() -> None:
    for empty in ("", "<>", "<@>", "<mb.@tickets.example.com>"):
        decision = judged(report(message_id=empty, tags=(), proofs=("",)), known())
        assert (decision.ticket, decision.bounced, decision.bounces) == (None, (), ())


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "", BounceKind.MISSING),
        ("5.1.2", "domain not found", BounceKind.MISSING),
        ("5.1.10", "RecipientNotFound", BounceKind.MISSING),
        ("", "550 no such user here", BounceKind.MISSING),
        ("", "550 utilisateur inconnu", BounceKind.MISSING),
        ("5.0.0", "destinataire introuvable", BounceKind.MISSING),
        ("5.2.1", "mailbox disabled", BounceKind.REFUSED),
        ("5.4.1", "Recipient address rejected: Access denied", BounceKind.REFUSED),
        ("5.4.4", "host not found", BounceKind.REFUSED),
        ("", "550 mailbox unavailable", BounceKind.REFUSED),
        ("4.2.2", "mailbox full", None),
        ("4.4.1", "connection timed out", None),
        ("5.2.2", "mailbox full", None),
        ("", "552 quota exceeded", None),
        ("", "la boîte aux lettres est pleine", None),
        ("5.1.1", "550 5.1.1 over quota", None),
        ("5.3.4", "message too big", None),
        ("5.7.1", "message refused as spam", None),
        ("5.1.8", "bad sender", None),
        ("", "550 relaying denied for this recipient", None),
        ("", "451 user lookup failed", None),
        ("", "", None),
    ],
)
def test_only_what_speaks_of_the_address_and_lasts_counts_against_it(
    status: str, said: str, kind: BounceKind | None
) -> None:
    assert kind_of(status, said) is kind


def test_an_address_is_marked_when_it_does_not_exist_or_refuses_two_mails_within_thirty_days() -> None:
    refused = BounceKind.REFUSED
    assert mark((bounce(),), ANNA)
    assert mark((bounce(),), "ANNA@Client.example")
    assert not mark((bounce(),), CARLA)
    assert not mark((bounce(kind=refused),), ANNA)
    assert mark((bounce(kind=refused, days=40), bounce(kind=refused, days=11)), ANNA)
    assert not mark((bounce(kind=refused, days=40), bounce(kind=refused, days=9)), ANNA)
    assert not mark((bounce(kind=BounceKind.COMPLAINT), bounce(kind=BounceKind.COMPLAINT)), ANNA)


def test_agents_learn_in_the_servers_words_that_their_answer_did_not_arrive_and_what_now() -> None:
    decision = judged(report(), ours())
    (draft,) = decision.drafts
    assert (draft.template, draft.recipient, draft.reason) == (
        "undelivered",
        "alice@example.com",
        "550 5.1.1 no such user",
    )
    assert CARLA in draft.lines[0]
    assert "répondez encore une fois à votre avis" in draft.lines[0]


def test_where_no_other_address_is_registered_the_agents_read_that_instead() -> None:
    (draft,) = judged(report(), ours(accounts=(account(),))).drafts
    assert "faites corriger le registre" in draft.lines[0]


def test_a_thousand_reports_of_one_answer_tell_the_agents_once() -> None:
    again = ours(sent=(replace(sent(TAG, Purpose.ANSWER, ANNA), bounced=True),))
    assert judged(report(), again).drafts == ()


def test_a_delay_troubles_nobody() -> None:
    decision = judged(report(ReportedRecipient(ANNA, "delayed", "4.4.1", "451 later")), ours())
    assert (decision.drafts, decision.bounced, decision.bounces) == ((), (), ())


def test_a_notice_that_comes_back_alarms_the_admin_once_a_day_for_each_agent() -> None:
    gone = ReportedRecipient("alice@example.com", "failed", "5.1.1", "550 gone")
    decision = judged(report(gone), ours(sent=(sent(TAG, Purpose.NOTICE, "alice@example.com"),)))
    (concern,) = decision.concerns
    assert concern.key == "bounced:alice@example.com"
    assert "agents.toml" in concern.sentence
    assert decision.drafts == ()


def test_a_question_for_confirmation_that_comes_back_is_told_to_the_agents_and_an_agents_own_to_the_admin() -> None:
    asked = replace(sent(TAG, Purpose.CHALLENGE, ANNA, template="challenge"))
    decision = judged(report(), ours(sent=(asked,)))
    assert templates(decision) == [("undelivered", "alice@example.com")]
    assert decision.drafts[0].lines == ()
    gone = ReportedRecipient("alice@example.com", "failed", "5.1.1", "550 gone")
    of_agent = sent(TAG, Purpose.CHALLENGE, "alice@example.com", template="release")
    decision = judged(report(gone), ours(sent=(of_agent,)))
    assert (decision.drafts, [concern.key for concern in decision.concerns]) == ((), ["bounced:alice@example.com"])


def test_an_alarm_that_comes_back_stands_in_status_until_mail_arrives_again() -> None:
    gone = ReportedRecipient("admin@example.com", "failed", "5.1.1", "550 gone")
    told = replace(sent(TAG, Purpose.ADMIN, "admin@example.com", template="alarm"), ticket=None)
    (concern,) = judged(report(gone), ours(sent=(told,), tickets=())).concerns
    assert concern.key == "unheard:admin@example.com"


def marked(**changes: object) -> Known:
    return replace(ours(), **({"bounces": (bounce(),)} | changes))  # type: ignore[arg-type]


def from_alice() -> Message:
    return message(
        "Voici la suite.",
        author=Address("alice@example.com", "Alice Roy"),
        claimed=("alice@example.com",),
        in_reply_to=(OURS,),
        authentication=(authenticated("example.com"),),
    )


def noticed(**changes: object) -> Known:
    return marked(sent=(sent(TAG, Purpose.NOTICE, "alice@example.com"),), **changes)


def test_an_answer_for_a_marked_address_goes_to_another_of_the_account_and_its_agent_is_told() -> None:
    decision = judged(from_alice(), noticed())
    assert templates(decision) == [("answer", CARLA), ("diverted", "alice@example.com")]
    answer, word = decision.drafts
    assert answer.to == CARLA
    assert (word.text, word.lines, word.reason) == (ANNA, (CARLA,), "550 5.1.1 no such user")


def test_the_other_address_is_one_for_support_before_the_default() -> None:
    billing = registered("billing@client.example", notify=("billing",), default=True)
    support = registered("zoe@client.example", default=False)
    accounts = (account(registered(default=False), billing, support),)
    assert templates(judged(from_alice(), noticed(accounts=accounts)))[0] == ("answer", "zoe@client.example")
    accounts = (account(registered(default=False), billing),)
    assert templates(judged(from_alice(), noticed(accounts=accounts)))[0] == ("answer", "billing@client.example")


@pytest.mark.parametrize(
    "others",
    [
        (),
        (registered("invoices@client.example", notify=("billing",), default=False),),
        (registered(CARLA),),
    ],
    ids=["no other", "no party of the ticket", "marked as well"],
)
def test_without_another_address_the_answer_goes_to_the_marked_one_all_the_same(others: tuple[object, ...]) -> None:
    have = noticed(accounts=(account(registered(), *others),), bounces=(bounce(), bounce(CARLA)))  # type: ignore[arg-type]
    decision = judged(from_alice(), have)
    assert templates(decision) == [("answer", ANNA)]
    assert decision.drafts[0].withheld is None
    assert any("all the same" in why.sentence for why in decision.because)


def test_nothing_of_one_account_ever_goes_to_another() -> None:
    other = account(registered(CARLA, account="AC-2"), number="AC-2")
    decision = judged(from_alice(), noticed(accounts=(account(), other)))
    assert templates(decision) == [("answer", ANNA)]


def test_a_notice_says_that_the_requester_takes_no_mail_before_the_agent_answers() -> None:
    carla = message(author=Address(CARLA), claimed=(CARLA,), in_reply_to=(OURS,))
    decision = judged(carla, marked())
    (notice,) = [draft for draft in decision.drafts if draft.template == "notice"]
    said = [fact.value for fact in notice.facts if fact.name == "Adresse qui ne reçoit plus nos messages"]
    assert said == [f"{ANNA} (550 5.1.1 no such user) → {CARLA}"]
    assert decision.alive == ()


def test_whoever_writes_to_us_is_reached_again_unless_he_may_be_forged() -> None:
    assert judged(message(), marked()).alive == (ANNA,)
    assert judged(message(), ours()).alive == ()
    forged = message(authentication=(authenticated("client.example", result="fail"),))
    assert judged(forged, marked()).sender.level is Level.SUSPECT
    assert judged(forged, marked()).alive == ()
    assert judged(message(automatic=Automatic.AUTO_REPLIED), marked()).alive == ()


def test_the_acknowledgement_of_him_who_writes_goes_to_himself() -> None:
    decision = judged(message(), marked(tickets=(), sent=()))
    assert ("acknowledgement", ANNA) in templates(decision)


def test_f_159_an_absence_notice_on_a_closed_ticket_is_noted_and_neither_reopens_nor_answers() -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW)
    away = message(automatic=Automatic.AUTO_REPLIED, in_reply_to=(OURS,))
    decision = judged(away, ours(Purpose.CUSTOMER, tickets=(closed,)))
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.AUTOMATIC, closed, ())


RETURNED = f"""Message-ID: {OURS}
X-Mailbot-Proof: {PROOF}
From: support@example.com
"""
DSN = """From: MAILER-DAEMON@mx.client.example
To: support@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.client.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

Sorry, your message could not be delivered.
--b
Content-Type: {status}

{fields}
--b
Content-Type: {returned_type}

{returned}
--b--
"""
FIELDS = f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 5.1.1\n"


def dsn(returned: str, kind: str = "delivery-status", fields: str = FIELDS) -> Message:
    raw = DSN.format(
        kind=kind, status=f"message/{kind}", fields=fields, returned_type="message/rfc822", returned=returned
    )
    return parse(raw.encode(), SITE.robot.reading)


def test_f_160_a_report_is_believed_by_the_mail_that_it_returns() -> None:
    decision = judged(dsn(RETURNED + "\nBonjour"), ours(Purpose.CUSTOMER))
    assert [entry.recipient for entry in decision.bounces] == [ANNA]


def test_f_160_the_bounce_of_a_bounce_says_nothing_of_any_mail_of_ours() -> None:
    inner = (
        DSN.format(
            kind="delivery-status",
            status="message/delivery-status",
            fields=FIELDS,
            returned_type="text/rfc822-headers",
            returned=RETURNED,
        )
        .replace("boundary=b", "boundary=c")
        .replace("--b", "--c")
    )
    said = dsn(inner)
    assert said.automatic is Automatic.BOUNCE
    assert said.report is not None
    assert (said.report.message_id, said.report.tags, said.report.proofs) == ("", (), ())
    decision = judged(said, known())
    assert (decision.outcome, decision.ticket, decision.bounces) == (Outcome.BOUNCE, None, ())


def test_f_160_a_report_with_a_forged_message_id_of_ours_finds_nothing() -> None:
    forged = dsn(RETURNED.replace(TAG, OTHER_TAG))
    decision = judged(forged, known())
    assert (decision.outcome, decision.ticket, decision.sender.level) == (Outcome.BOUNCE, None, Level.MACHINE)
    assert len(decision.attempts) == 1


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_f_161_receipts_and_complaints_open_no_ticket_and_are_not_answered(kind: str) -> None:
    said = dsn(RETURNED, kind, "Feedback-Type: abuse\n")
    assert said.automatic is Automatic.AUTO_GENERATED
    decision = judged(said, ours(Purpose.CUSTOMER))
    assert (decision.outcome, decision.drafts) == (Outcome.AUTOMATIC, ())


def test_f_161_a_complaint_about_our_mail_stops_what_is_automatic_until_the_address_writes() -> None:
    complaint = judged(dsn(RETURNED, "feedback-report", "Feedback-Type: abuse\n"), ours(Purpose.CUSTOMER))
    assert [(entry.recipient, entry.kind) for entry in complaint.bounces] == [(ANNA, BounceKind.COMPLAINT)]
    unproven = judged(dsn(f"Message-ID: {OURS}\n", "feedback-report", "Feedback-Type: abuse\n"), ours())
    assert unproven.bounces == ()
    complained = noticed(bounces=complaint.bounces)
    assert templates(judged(from_alice(), complained)) == [("answer", ANNA)]
    writes = judged(message(), ours(tickets=(), sent=(), bounces=complaint.bounces))
    assert writes.alive == (ANNA,)
    assert [draft.withheld for draft in writes.drafts if draft.template == "acknowledgement"] == [None]


def test_the_proof_stands_in_the_header_of_our_mail_and_nowhere_else_in_it() -> None:
    mail = press(SITE, {}).render(
        Draft("acknowledgement", Purpose.CUSTOMER, Language.FR, ANNA, "support", "cause", ticket=ticket()), NOW
    )
    proof = tokens.proof(SITE.security.key, mail.tag)
    assert proof != mail.tag
    assert mail.raw.count(proof.encode()) == 1
    assert f"\r\nX-Mailbot-Proof: {proof}\r\n".encode() in mail.raw.partition(b"\r\n\r\n")[0]


def test_every_agent_of_the_department_reads_it_in_his_own_language() -> None:
    two = site(agents=(agent("alice"), agent("bob", "technical")))
    drafts = decide(arrival(), report(), ours(), POLICY, two, NOW).drafts
    assert [draft.lines[0].startswith(start) for draft, start in zip(drafts, ("Tant que", "Until"), strict=True)] == [
        True,
        True,
    ]
    assert all(ACCOUNT in draft.lines[0] for draft in drafts)
