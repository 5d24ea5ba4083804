"""Answers that people write from the shared webmail: they join their tickets, and nothing else comes of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from imaplib import IMAP4, Time2Internaldate

import pytest
from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, Mail, Robot, Value, reply, written
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


def keep(robot: Robot, mailbox: str, folder: str, letter: EmailMessage, minutes: int = 0) -> None:
    """In the Sent folder, as mail programs do once they have sent it: so many minutes ago."""
    stamp = Time2Internaldate(time.time() - 60 * minutes)
    with webmail(robot, mailbox) as client:
        client.create(f'"{folder}"')
        assert client.append(f'"{folder}"', r"(\Seen)", stamp, letter.as_bytes())[0] == "OK"


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


def test_letter_answer_and_reply_that_lay_there_before_the_robot_came_find_each_other(
    open_site: Callable[..., Robot],
) -> None:
    """As while it is down: the order in which they were written counts, not the folders in which they wait."""
    robot = open_site(**reading("support", "auto"), **{"mailboxes.support.imap.start": "all"})
    letter = written(ANNA, SUPPORT, FRENCH.subject, FRENCH.letter)
    answer = reply(SUPPORT, Mail.read(letter.as_bytes()), FRENCH.answer)
    threaded = {"In-Reply-To": str(answer["Message-ID"]), "References": str(answer["Message-ID"])}
    thanks = written(ANNA, SUPPORT, f"Re: {FRENCH.subject}", FRENCH.thanks, headers=threaded)
    keep(robot, SUPPORT, "INBOX", letter, minutes=30)
    keep(robot, SUPPORT, "Sent", answer, minutes=20)
    keep(robot, SUPPORT, "INBOX", thanks, minutes=10)
    robot.start()
    robot.settle()
    number = robot.received(ANNA).number
    assert robot.outcomes(number) == robot.outcomes()
    assert set(robot.outcomes(number)) == {Outcome.ANSWERED, Outcome.APPENDED, Outcome.TICKET_CREATED}
    ticket = robot.ticket(number)
    assert ticket.status is Status.OPEN
    assert ticket.first_response_at
    assert timedelta(minutes=9) < ticket.first_response_at - ticket.opened_at < timedelta(minutes=11)


def test_what_is_no_answer_is_own_and_does_nothing(open_site: Callable[..., Robot]) -> None:
    robot = open_site(**reading("support", "auto"))
    keep(robot, SUPPORT, "Sent", written(SUPPORT, ANNA, "Old", "Of last year."))
    robot.start()
    robot.mail(ANNA, SUPPORT, FRENCH.subject, FRENCH.letter)
    acknowledgement = robot.received(ANNA)
    robot.received(ALICE)
    copied = message_from_bytes(acknowledgement.raw, policy=policy.default)
    assert isinstance(copied, EmailMessage)
    keep(robot, SUPPORT, "Sent", copied)
    keep(robot, SUPPORT, "Sent", written(SUPPORT, BRUNO, "Our new opening hours", "We open at nine."))
    supplier = reply(SUPPORT, in_inbox(robot, SUPPORT, FRENCH.subject), "Can you send a modem?")
    del supplier["To"]
    supplier["To"] = CARLA
    keep(robot, SUPPORT, "Sent", supplier)
    robot.wait(lambda: robot.outcomes().count(Outcome.OWN) == 3, "not all of them are own")
    assert robot.ticket(acknowledgement.number).status is Status.NEW
    assert robot.unread(ANNA, ALICE, BRUNO, CARLA) == []
    told = robot.command("deliveries", "list", "--outcome", "own")
    for why in ("a mail of our own", "it names no ticket that we know", "went to nobody who is a customer there"):
        assert why in " ".join(told.split())
    shown = robot.command("tickets", "show", acknowledgement.number)
    assert "own: from the Sent folder of support@telecom.example: it names" in " ".join(shown.split())


def test_our_own_address_in_the_inbox_answers_nobody_however_it_got_there(open_site: Callable[..., Robot]) -> None:
    robot = open_site(**reading("support", "auto"))
    keep(robot, SUPPORT, "Sent", written(SUPPORT, ANNA, "Old", "Of last year."))
    robot.start()
    robot.mail(ANNA, SUPPORT, FRENCH.subject, FRENCH.letter)
    acknowledgement = robot.received(ANNA)
    robot.received(ALICE)
    forged = reply(SUPPORT, in_inbox(robot, SUPPORT, FRENCH.subject), "Appelez le 555 0199 avec votre mot de passe.")
    robot.post.send(forged.as_bytes(), "eve@elsewhere.example", [SUPPORT])
    robot.wait(lambda: Outcome.HELD in robot.outcomes(), "the forged answer is not held")
    assert robot.ticket(acknowledgement.number).status is Status.NEW
    assert "Réponse retenue" in robot.received(ALICE).subject
    assert robot.unread(ANNA, ALICE) == []


def test_a_sent_folder_that_is_missing_is_told_to_the_admin_and_customers_are_answered(
    open_site: Callable[..., Robot],
) -> None:
    robot = open_site(**reading("support", "Envoyés"), **{"alarm.digest": "2s"})
    robot.start()
    robot.mail(ANNA, SUPPORT, FRENCH.subject, FRENCH.letter)
    number = robot.received(ANNA).number
    alarm = robot.received(ADMIN)
    assert "the sent_folder of mailbox support cannot be read" in alarm.subject
    assert "there is no folder 'Envoyés'; the nearest are 'INBOX'" in " ".join(alarm.text.split())
    assert "the sent_folder of mailbox support cannot be read" in robot.command("status", status=1)
    robot.stop()
    answer = reply(SUPPORT, in_inbox(robot, SUPPORT, FRENCH.subject), FRENCH.answer)
    keep(robot, SUPPORT, "Envoy&AOk-s", written(SUPPORT, ANNA, "Old", "Of last year."))
    robot.start()
    robot.wait(lambda: Outcome.BEFORE_START in robot.outcomes(), "the folder is not read")
    keep(robot, SUPPORT, "Envoy&AOk-s", answer)
    robot.wait(lambda: Outcome.ANSWERED in robot.outcomes(number), "the answer is not read")
    assert "terminé" in robot.received(ADMIN).subject
