"""A site and its mail: a letter that was answered before, and eight during which the robot dies in every place."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from sites import mailbox, site

from crash.folder import UIDVALIDITY
from mailbot import tokens
from mailbot.model import (
    Alarm,
    Language,
    Processed,
    ProcessedMode,
    RegisteredAddress,
    Site,
    Start,
    StartMode,
)
from mailbot.register import AccountRow, Register

ANNA, JOHN, ALICE = "anna@client.example", "john@firm.example", "alice@example.com"
POISON = b"kills whoever reads it"

REGISTER = Register(
    accounts=(
        AccountRow("AC-100200", "Client SA", Language.FR, "standard"),
        AccountRow("AC-100300", "Firm Ltd", Language.EN, "standard"),
    ),
    addresses=(
        RegisteredAddress("AC-100200", ANNA, "Anna Lefèvre", ("support",), True),
        RegisteredAddress("AC-100300", JOHN, "John Firm", ("support",), True),
    ),
    services=(),
)


def robot(relay: int) -> Site:
    """Support marks as seen, sac moves away: what `processed` can do to a server at once.

    One connection to the relay, so that every run meets the same events in the same order.
    """
    everything = Start(StartMode.ALL)
    return site(
        smtp={"port": relay, "connections": 1},
        mailboxes=(
            mailbox("support", imap={"sent_folder": "Sent"}, start=everything, processed=Processed(ProcessedMode.SEEN)),
            mailbox("sac", "customer-care", start=everything, processed=Processed(ProcessedMode.MOVE, "Archive")),
        ),
        alarm=Alarm(digest=timedelta(0)),
    )


def letter(author: str, subject: str, text: str, *fields: str, to: str = "support@example.com") -> bytes:
    word = subject.split()[-1].lower()
    head = [
        f"From: {author}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Tue, 10 Mar 2026 10:00:00 -0400",
        f"Message-ID: <{word}@{author.partition('@')[2]}>",
        "MIME-Version: 1.0",
        *(() if any(field.startswith("Content-Type:") for field in fields) else ("Content-Type: text/plain",)),
        *fields,
    ]
    return "\r\n".join([*head, "", text, ""]).encode()


FIRST = letter(ANNA, "Notre lien est en panne", "Bonjour, le lien de notre bureau est coupé depuis ce matin.")
"""UID 1 in support, worked before anything dies."""


def answers(robot: Site) -> Mapping[str, bytes]:
    """Mail that answers what the robot sent about FIRST: its Message-IDs follow from key and cause."""
    cause = f"delivery:support:{UIDVALIDITY}:0:1:{hashlib.sha256(FIRST).hexdigest()[:16]}"

    def sent(template: str, recipient: str) -> str:
        tag = tokens.tag(robot.security.key, cause, template, recipient)
        return tokens.message_id(tag, robot.robot.domain)

    acknowledgement, notice = sent("acknowledgement", ANNA), sent("notice", ALICE)
    threaded = f"In-Reply-To: {acknowledgement}"
    return {
        "reply": letter(ANNA, "Re: panne précisions", "Le voyant du modem est rouge.", threaded),
        "vacation": letter(ANNA, "Absence vacances", "Je suis absente.", threaded, "Auto-Submitted: auto-replied"),
        "report": _report(acknowledgement),
        "answer": letter(
            ALICE,
            "Re: Nouvelle demande reponse",
            "Bonjour, un technicien est en route.",
            f"In-Reply-To: {notice}",
            "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com",
        ),
    }


def letters(robot: Site) -> Mapping[str, Mapping[int, bytes]]:
    """By mailbox and UID; UID 1 of support is FIRST. The English one came to two mailboxes, by two paths.

    Somebody answered the second one from the mailbox itself; the relay put a mail of ours beside that.
    """
    later = answers(robot)
    english = letter(JOHN, "Our line is down today", "Hello, our line has been down since this morning.", to=_BOTH)
    support = (
        FIRST,
        letter(ANNA, "Une autre question facture", "Bonjour, notre facture du mois est en double."),
        english,
        later["reply"],
        letter("eve@elsewhere.example", "Perfectly ordinary poison", POISON.decode()),
        later["vacation"],
        later["report"],
        later["answer"],
    )
    return {
        "support": dict(enumerate(support, 1)),
        "support/sent": {
            2: letter(
                "support@example.com",
                "Re: Une autre question webmail",
                "Bonjour, la seconde facture est annulée.",
                "In-Reply-To: <facture@client.example>",
                to=ANNA,
            ),
            3: letter("support@example.com", "Copie relais", "Ours.", f"X-Mailbot-Loop: {robot.robot.domain}", to=ANNA),
        },
        "sac": {5: b"Received: from elsewhere by sac; Tue, 10 Mar 2026 10:00:05 -0400\r\n" + english},
    }


_BOTH = "support@example.com, sac@example.com"


def _report(message_id: str) -> bytes:
    text = "\r\n".join(
        [
            "--b",
            "Content-Type: text/plain",
            "",
            "It could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.client.example",
            "",
            f"Final-Recipient: rfc822; {ANNA}",
            "Action: failed",
            "Status: 5.2.2",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: {message_id}",
            "--b--",
        ]
    )
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return letter("MAILER-DAEMON@mx.client.example", "Undelivered report", text, kind)
