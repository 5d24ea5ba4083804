"""Machines are told from persons by their headers, and a person is never taken for a machine."""

import pytest

from mailbot.model import Automatic, Report
from mailbot.parsers.automatic import classify
from mailbot.parsers.structure import Headers

DOMAIN = "tickets.example.com"
OWN = f"<mb.{'7k3f9xwm' * 3}07@{DOMAIN}>"


def judge(*fields: str, report: Report | None = None) -> Automatic | None:
    split = [field.partition(": ") for field in fields]
    present = [(name.lower(), value) for name, _, value in split]
    author = [] if any(name == "from" for name, _ in present) else [("from", "Anne Roy <anne@client.example>")]
    return classify(Headers(tuple(present + author)), report, DOMAIN)


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("Auto-Submitted: no",),
        ("Auto-Submitted: (a person) NO ; x=y",),
        ("Auto-Submitted: ",),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply",),
        ("X-Auto-Response-Suppress: OOF",),
        ("X-Autoreply: no",),
        ("Precedence: first-class",),
        ("X-Mailer: Auto-Reply Master 3000", "X-Loop: paul@client.example"),
        ("Return-Path: <anne@client.example>",),
        ("Return-Path: <bounces+17@mailing.example>",),
        ("Subject: Re: Out of office hours support", "In-Reply-To: <1@fibre.example>"),
        ("Subject: Out of office hours support", "In-Reply-To: <1@fibre.example>"),
        ("Subject: Réponse automatique : comment l'activer ?",),
        ("Subject: Absence du bureau du technicien", "In-Reply-To: <1@fibre.example>"),
        ("Subject: TR: Undelivered Mail Returned to Sender", "Return-Path: <anne@client.example>"),
        ("Subject: Delivery failure since this morning", "Return-Path: <anne@client.example>"),
        ("From: postmaster@client.example", "Subject: Our relay", "Return-Path: <postmaster@client.example>"),
        ("From: noreen.bounce@client.example",),
        ("From: Bounces Inc. <requests@client.example>",),
        ("Content-Type: multipart/mixed; report-type=delivery-status",),
        ("Content-Type: text/plain; name=report-type=disposition-notification",),
        ("Message-ID: <mb.7k3f9xwm7k3f9xwm7k3f9xwm07@elsewhere.example>",),
        ("Message-ID: <mb.short@tickets.example.com>",),
        ("X-Mailbot-Loop: other.tickets.example.com",),
    ],
)
def test_a_person_is_no_machine(fields: tuple[str, ...]) -> None:
    assert judge(*fields) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((f"Message-ID: {OWN}",), Automatic.OWN),
        ((f"Message-ID: {OWN.upper()}",), Automatic.OWN),
        (("X-Mailbot-Loop: tickets.example.com; 1",), Automatic.OWN),
        (("Auto-Submitted: auto-replied",), Automatic.AUTO_REPLIED),
        (('Auto-Submitted: Auto-Replied; owner-email="a@b.example"',), Automatic.AUTO_REPLIED),
        (("Auto-Submitted: (no) auto-generated; x=1",), Automatic.AUTO_GENERATED),
        (("Auto-Submitted: auto-notified",), Automatic.AUTO_GENERATED),
        (("Auto-Submitted: yes",), Automatic.AUTO_GENERATED),
        (("Auto-Submitted: no", "Auto-Submitted: auto-replied"), Automatic.AUTO_REPLIED),
        (("X-Autoreply: yes",), Automatic.AUTO_REPLIED),
        (("X-Autorespond: Panne",), Automatic.AUTO_REPLIED),
        (("Precedence: auto_reply",), Automatic.AUTO_REPLIED),
        (("X-Auto-Response-Suppress: All",), Automatic.AUTO_GENERATED),
        (("X-Auto-Response-Suppress: DR, all",), Automatic.AUTO_GENERATED),
        (("List-Id: <news.shop.example>",), Automatic.LIST),
        (("List-Unsubscribe: <mailto:off@shop.example>", "Precedence: bulk"), Automatic.LIST),
        (("Precedence: Bulk",), Automatic.BULK),
        (("Precedence: junk",), Automatic.BULK),
        (("Precedence: list",), Automatic.BULK),
        (("Return-Path: <>",), Automatic.AUTO_GENERATED),
        (("From: No Reply <no-reply@shop.example>",), Automatic.AUTO_GENERATED),
        (("From: calendar-noreply@shop.example",), Automatic.AUTO_GENERATED),
        (("From: ne-pas-repondre@shop.example",), Automatic.AUTO_GENERATED),
        (("From: bounces@shop.example",), Automatic.AUTO_GENERATED),
        (("From: owner-users@lists.example",), Automatic.LIST),
        (("Return-Path: <users-request@lists.example>",), Automatic.LIST),
        (("From: LISTSERV@lists.example",), Automatic.LIST),
        (("From: Mail System <MAILER-DAEMON@mx.example>",), Automatic.BOUNCE),
        (("From: postmaster@mx.example", "Return-Path: <>"), Automatic.BOUNCE),
        (("Subject: Undelivered Mail Returned to Sender", "Return-Path: <>"), Automatic.BOUNCE),
        (("Subject: Message non remis", "Return-Path: <MAILER-DAEMON>"), Automatic.BOUNCE),
        (('Content-Type: multipart/report; boundary=x; report-type="delivery-status"',), Automatic.BOUNCE),
        (("Content-Type: multipart/report; report-type=disposition-notification",), Automatic.AUTO_GENERATED),
        (("Content-Type: multipart/report; report-type=feedback-report", "Return-Path: <>"), Automatic.AUTO_GENERATED),
        (("Subject: Réponse automatique : Votre demande", "In-Reply-To: <1@fibre.example>"), Automatic.AUTO_REPLIED),
        (("Subject: Automatic reply: Your request", "References: <1@fibre.example>"), Automatic.AUTO_REPLIED),
        (("Subject: Out of Office", "In-Reply-To: <1@fibre.example>"), Automatic.AUTO_REPLIED),
    ],
)
def test_a_machine_is_known_by_its_header(fields: tuple[str, ...], expected: Automatic) -> None:
    assert judge(*fields) is expected


def test_whatever_carries_a_delivery_report_is_a_bounce() -> None:
    assert judge("Auto-Submitted: auto-replied", report=Report("", ())) is Automatic.BOUNCE


def test_our_own_mail_is_own_before_all_else() -> None:
    assert judge(f"Message-ID: {OWN}", "Auto-Submitted: auto-generated", "Return-Path: <>") is Automatic.OWN


def test_without_a_domain_nothing_is_own() -> None:
    headers = Headers((("message-id", OWN), ("x-mailbot-loop", "")))
    assert classify(headers, None, "") is None
