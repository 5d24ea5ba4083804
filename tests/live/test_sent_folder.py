"""Answers that people write from the shared webmail: they join their tickets, and nothing else comes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from imaplib import IMAP4

import pytest
from robot import ALICE, ANNA, BOB, BRUNO, Mail, Robot, Value, reply, written
from servers.dovecot import PASSWORD

from mailbot.model import Outcome, Status

SUPPORT, BUSINESS = "support@telecom.example", "business@telecom.example"


@dataclass(frozen=True, slots=True)
class Script:
    customer: str
    agent: str
    mailbox: str
    folder: str
    setting: str
    subject: str
    letter: str
    answer: str
    thanks: str


FRENCH = Script(
    customer=ANNA,
    agent=ALICE,
    mailbox=SUPPORT,
    folder="&AMk-l&AOk-ments envoy&AOk-s",
    setting="Éléments envoyés",
    subject="Le modem ne démarre plus",
    letter="Bonjour,\n\nLe modem ne démarre plus depuis hier soir. Que faire ?\n\nAnna Tremblay",
    answer="Bonjour,\n\nNous vous envoyons un nouveau modem dès demain matin.",
    thanks="Merci, le nouveau modem est arrivé et tout marche.",
)
ENGLISH = Script(
    customer=BRUNO,
    agent=BOB,
    mailbox=BUSINESS,
    folder="Sent",
    setting="auto",
    subject="A second invoice for August",
    letter="Hello,\n\nWe got two invoices for August. Which one should we pay?\n\nBruno Clarke",
    answer="Hello Bruno,\n\nPlease pay the first one only, the second was sent by mistake.",
    thanks="Thank you, that was paid this morning.",
)


def reading(mailbox: str, folder: str) -> dict[str, Value]:
    imap = f"mailboxes.{mailbox}.imap"
    return {f"{imap}.sent_folder": folder, f"{imap}.poll_interval": "0.5s"}


@contextmanager
def webmail(robot: Robot, mailbox: str) -> Iterator[IMAP4]:
    """As a mail program is logged in."""
    with IMAP4("127.0.0.1", robot.post.dovecot.imap) as client:
        client.login(mailbox.partition("@")[0], PASSWORD)
        yield client


def keep(robot: Robot, mailbox: str, folder: str, letter: EmailMessage) -> None:
    """In the Sent folder, as mail programs do once they have sent it."""
    with webmail(robot, mailbox) as client:
        client.create(f'"{folder}"')
        assert client.append(f'"{folder}"', r"(\Seen)", "", letter.as_bytes())[0] == "OK"


def in_inbox(robot: Robot, mailbox: str, subject: str) -> Mail:
    letters = map(Mail.read, robot.post.dovecot.letters(mailbox.partition("@")[0]))
    return next(mail for mail in letters if mail.subject == subject)


@pytest.mark.parametrize("script", [FRENCH, ENGLISH], ids=["french", "english"])
def test_an_answer_from_the_webmail_joins_its_ticket_and_nobody_gets_a_mail_for_it(
    open_site: Callable[..., Robot], database: str, script: Script
) -> None:
    name = script.mailbox.partition("@")[0]
    robot = open_site(**{"database.url": database, **reading(name, script.setting)})
    keep(robot, script.mailbox, script.folder, written(script.mailbox, script.customer, "Old", "Of last year."))
    robot.start()
    robot.mail(script.customer, script.mailbox, script.subject, script.letter)
    number = robot.received(script.customer).number
    robot.received(script.agent)

    answer = reply(f"Telecom <{script.mailbox}>", in_inbox(robot, script.mailbox, script.subject), script.answer)
    robot.send(script.mailbox, answer)
    keep(robot, script.mailbox, script.folder, answer)
    came = robot.received(script.customer)
    assert script.answer in came.text
    robot.wait(lambda: Outcome.ANSWERED in robot.outcomes(number), "the answer does not join its ticket")
    ticket = robot.ticket(number)
    assert ticket.status is Status.PENDING
    assert ticket.first_response_at is not None
    assert ticket.opened_at <= ticket.first_response_at <= datetime.now(UTC)
    shown = robot.command("tickets", "show", number)
    assert all(f"    {line}" in shown.splitlines() for line in script.answer.splitlines() if line)

    robot.reply(script.customer, came, script.thanks)
    assert script.thanks in robot.received(script.agent).text
    assert robot.ticket(number).status is Status.OPEN
    assert robot.unread(script.customer, script.agent) == []
    assert robot.outcomes() == [
        Outcome.BEFORE_START,
        Outcome.TICKET_CREATED,
        Outcome.ANSWERED,
        Outcome.APPENDED,
    ]
    explained = robot.command("explain", "d3")
    assert f"answered: answered from the mailbox {script.mailbox} itself: {number}, it waits for the cust" in explained
    assert f"somebody who works with the mailbox {script.mailbox} wrote this there" in explained
    assert "none: the customer has it already, and the agents see it on the ticket" in explained
