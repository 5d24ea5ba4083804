"""Delivery reports: RFC 3464 ones by their parts, others only where a mailer sent them."""

import pytest

from mailbot.model import Report, ReportedRecipient
from mailbot.parsers.dsn import report
from mailbot.parsers.structure import Headers, Leaf, Structure

STATUS = """Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 3 Nov 2025 10:12:33 -0500

Final-Recipient: rfc822; anne@client.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
"""
RETURNED = "From: support@fibre.example\nMessage-ID:\n <mb.1@tickets.example.com>\nSubject: Demande\n"
EXIM = """This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients.

  anne@client.example
    SMTP error from remote mail server: 550 no such user

------ This is a copy of the message, including all the headers. ------

Message-ID: <mb.2@tickets.example.com>
"""


def leaf(content_type: str, text: str | None) -> Leaf:
    return Leaf(content_type, text)


def formal(*leaves: Leaf) -> Report | None:
    return report(Structure(Headers(), "multipart/report", "delivery-status", leaves), b"")


def informal(text: str, **fields: str) -> Report | None:
    headers = Headers(tuple((name.replace("_", "-").lower(), value) for name, value in fields.items()))
    head = "".join(f"{name}: {value}\n" for name, value in headers.fields)
    structure = Structure(headers, "text/plain", "", (leaf("text/plain", text),))
    return report(structure, f"{head}\n{text}".encode())


def recipients(status: str) -> tuple[ReportedRecipient, ...]:
    found = formal(leaf("message/delivery-status", status))
    assert found is not None
    return found.recipients


def test_a_report_names_the_returned_mail_its_recipients_and_why() -> None:
    leaves = (leaf("text/plain", "Sorry."), leaf("message/delivery-status", STATUS), leaf("message/rfc822", RETURNED))
    said = ReportedRecipient("anne@client.example", "failed", "5.1.1", "550 5.1.1 no such user")
    assert formal(*leaves) == Report("<mb.1@tickets.example.com>", (said,))


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers", "message/global"])
def test_the_message_id_comes_from_the_part_that_returns_the_mail(returned: str) -> None:
    quoted = leaf("text/plain", "> Message-ID: <other@elsewhere.example>")
    found = formal(quoted, leaf("message/delivery-status", STATUS), leaf(returned, RETURNED))
    assert found is not None
    assert found.message_id == "<mb.1@tickets.example.com>"


def test_a_report_that_cannot_be_read_is_still_a_report() -> None:
    assert formal(leaf("message/delivery-status", "nonsense"), leaf("image/png", None)) == Report("", ())


def test_the_original_recipient_counts_before_the_final_one() -> None:
    status = "\nOriginal-Recipient: rfc822;anne@client.example\nFinal-Recipient: rfc822; box17@host.example\n"
    assert recipients(f"{status}Action: failed\n") == (ReportedRecipient("anne@client.example", "failed", ""),)


@pytest.mark.parametrize(
    ("fields", "action", "status"),
    [
        ("Action: Delayed (still trying)\nStatus: 4.4.7 (timeout)", "delayed", "4.4.7"),
        ("Action: delivered\nStatus: 2.0.0", "delivered", "2.0.0"),
        ("Action: relayed", "relayed", ""),
        ("Action: expanded", "expanded", ""),
        ("Action: error\nStatus: 5.0.0", "failed", "5.0.0"),
        ("Status: 4.2.2", "delayed", "4.2.2"),
        ("Action: failed\nDiagnostic-Code: smtp;\n 552 5.2.2 mailbox\n full", "failed", "5.2.2"),
        ("Action: strange\nStatus: 11.2.2.5.1.1", "failed", ""),
        ("Action: failed\nAction: delivered", "failed", ""),
    ],
)
def test_action_and_status_are_canonical(fields: str, action: str, status: str) -> None:
    (found,) = recipients(f"\nFinal-Recipient: rfc822; a@b.example\n{fields}\n")
    assert (found.address, found.action, found.status) == ("a@b.example", action, status)


@pytest.mark.parametrize(
    "value", ["rfc822;<a@b.example>", "<a@b.example>", "utf-8; a@b.example", "RFC822 ; a@b.example"]
)
def test_recipient_addresses_are_read_in_any_dress(value: str) -> None:
    assert [found.address for found in recipients(f"\nFinal-Recipient: {value}\nAction: failed\n")] == ["a@b.example"]


def test_at_most_a_hundred_recipients_are_read() -> None:
    status = "".join(f"\nFinal-Recipient: rfc822; a{number}@b.example\nAction: failed\n" for number in range(500))
    assert len(recipients(status)) == 100


def test_a_bounce_in_words_alone_is_read_where_a_mailer_sent_it() -> None:
    found = informal(EXIM, Return_Path="<>", From="Mail Delivery System <Mailer-Daemon@mx.example>")
    said = ReportedRecipient("anne@client.example", "failed", "", "550 no such user")
    assert found == Report("<mb.2@tickets.example.com>", (said,))


def test_a_mailer_that_only_returns_our_mail_makes_a_report() -> None:
    found = informal("Nope.\n\n> Message-Id: <mb.3@tickets.example.com>\n", From="MAILER-DAEMON@mx.example")
    assert found == Report("<mb.3@tickets.example.com>", ())


@pytest.mark.parametrize(
    "subject", ["Mail delivery failed: returning message to sender", "TR: Undelivered Mail", "Panne"]
)
def test_a_bounce_that_a_customer_pastes_is_his_letter(subject: str) -> None:
    fields = {"Return_Path": "<anne@client.example>", "From": "Anne <anne@client.example>", "Subject": subject}
    assert informal(f"Bonjour, voici ce que je reçois :\n\n{EXIM}", **fields) is None


def test_a_report_that_a_customer_attaches_is_his_letter() -> None:
    headers = Headers((("from", "Anne <anne@client.example>"), ("subject", "Échec de remise")))
    leaves = (leaf("text/plain", "Voyez."), leaf("message/delivery-status", STATUS))
    assert report(Structure(headers, "multipart/mixed", "", leaves), b"") is None


def test_a_receipt_is_no_delivery_report() -> None:
    headers = Headers((("return-path", "<>"), ("from", "MAILER-DAEMON@mx.example")))
    receipt = Structure(headers, "multipart/report", "disposition-notification", (leaf("text/plain", EXIM),))
    assert report(receipt, b"") is None


def test_an_absence_notice_with_the_null_path_is_no_delivery_report() -> None:
    assert informal("Je suis absent jusqu'au 15.\n", Return_Path="<>", From="Anne <anne@client.example>") is None


@pytest.mark.parametrize("raw", [b"\xff" * 100_000, b"Content-Type: message/rfc822\n\n" * 2000, b"From: \n\nHi.\n"])
def test_hostile_bytes_raise_nothing(raw: bytes) -> None:
    headers = Headers((("return-path", "<>"),))
    assert report(Structure(headers, "text/plain", "", ()), raw) is None


@pytest.mark.parametrize(("domain", "named"), [(b"client.example", 1), (b"cli\0ent.example", 0)])
def test_a_recipient_with_a_control_character_is_none(domain: bytes, named: int) -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\nContent-Type: multipart/mixed; boundary=m\n\n--m\n"
        b"Content-Description: notification\n\n"
        b"\t\t\tThe Postfix program\n\n<anne@%s>: host mx said: 550 no such user\n\n--m--\n" % domain
    )
    headers = Headers((("from", "MAILER-DAEMON@mx.example"), ("subject", "Undelivered Mail Returned to Sender")))

    found = report(Structure(headers, "multipart/mixed", "", ()), raw)

    assert len(found.recipients if found else ()) == named
