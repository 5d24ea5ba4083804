"""The whole conversation, as customer and agent live it, in both languages and on both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, Mail, Robot, address
from sqlalchemy import Connection, update

from mailbot.model import Outcome, Status
from mailbot.tables import ticket

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Script:
    """What the two write, and what the robot must say around it."""

    language: str
    customer: str
    agent: str
    mailbox: str
    account: str
    subject: str
    letter: str
    answer: str
    thanks: str
    late: str
    much_later: str
    received: str
    new: str
    reply: str
    reopened: str
    follows: str


FRENCH = Script(
    language="fr",
    customer=ANNA,
    agent=ALICE,
    mailbox="support@telecom.example",
    account="AC-100001",
    subject="Plus d’Internet à la boulangerie depuis ce matin",
    letter="Bonjour,\n\nPlus rien depuis 6 h 30, la commande #200001. Les voyants du modem sont éteints.\n\n"
    "Merci de votre aide,\nAnna Tremblay",
    answer="Bonjour,\n\nDébranchez le modem deux minutes, puis rebranchez-le : la ligne est bonne de notre côté.",
    thanks="Ça marche de nouveau, merci beaucoup !",
    late="Bonjour, la même panne est revenue cet après-midi.",
    much_later="Bonjour, et voilà que tout est encore coupé chez nous.",
    received="Nous avons bien reçu votre message",
    new="Nouvelle demande",
    reply="Nouvelle réponse du client",
    reopened="le billet fermé est rouvert",
    follows="fait suite à {}, qui est fermée",
)
ENGLISH = Script(
    language="en",
    customer=BRUNO,
    agent=BOB,
    mailbox="business@telecom.example",
    account="AC-100002",
    subject="Invoice of July charged twice",
    letter="Hello,\n\nYou charged the July invoice twice on our account AC-100002. Could you look into it, please?\n\n"
    "Kind regards,\nBruno Clarke",
    answer="Hello Bruno,\n\nYou are right, the second charge is our mistake. You will have it back by Friday.",
    thanks="Thank you, that was quick!",
    late="Hello again, the money has not arrived yet.",
    much_later="Hello, the August invoice has the same mistake, I am afraid.",
    received="We have received your message",
    new="New request",
    reply="New reply from the customer",
    reopened="the closed ticket is open again",
    follows="It follows {}, which is closed",
)


@pytest.mark.parametrize("script", [FRENCH, ENGLISH], ids=["french", "english"])
def test_letter_answer_reply_and_all_that_follows(
    open_site: Callable[..., Robot], database: str, script: Script
) -> None:
    # Each database and each language with a server that honours subaddresses, and with one that does not.
    subaddress = "+" if (script is FRENCH) == database.startswith("sqlite") else ""
    imap = {f"mailboxes.{name}.imap.subaddress": subaddress for name in ("support", "business", "sac")}
    robot = open_site(**{"database.url": database, **imap})
    assert "nothing changed" in robot.command("customers", "import", str(robot.site.folder / "register"))
    robot.start()
    letter = robot.mail(script.customer, script.mailbox, script.subject, script.letter)
    acknowledgement, notice = robot.received(script.customer), robot.received(script.agent)
    acknowledged(acknowledgement, script, letter, subaddress)
    noticed(notice, script, acknowledgement.number)
    seen = {letter, acknowledgement.message_id}

    robot.reply(script.agent, notice, f"{script.answer}\n\n-- \n{script.agent}\n+1 888 555 0142")
    answer = robot.received(script.customer)
    answered(answer, script, acknowledgement, seen, notice)
    number = acknowledgement.number
    assert robot.ticket(number).status is Status.PENDING

    seen |= {answer.message_id, robot.reply(script.customer, answer, script.thanks)}
    noticed_of(robot.received(script.agent), script.reply, script.thanks, number)
    assert f"{number} is closed" in robot.command("tickets", "close", number)

    seen |= {robot.reply(script.customer, answer, script.late)}
    reopening = robot.received(script.agent)
    noticed_of(reopening, script.reopened, script.late, number)
    robot.reply(script.agent, reopening, script.answer)
    answered(robot.received(script.customer), script, acknowledgement, seen, reopening)

    robot.settle()
    robot.meddle(lambda conn: close_long_ago(conn, number))
    robot.reply(script.customer, answer, script.much_later)
    another = robot.received(script.customer)
    assert another.number != number
    assert script.follows.format(number) in " ".join(another.text.split())
    noticed_of(robot.received(script.agent), script.new, script.much_later, another.number)

    assert robot.unread(script.customer, script.agent, ADMIN) == []
    assert robot.ticket(number).status is Status.CLOSED
    assert robot.ticket(another.number).status is Status.NEW
    assert robot.outcomes() == [
        Outcome.TICKET_CREATED,
        Outcome.ANSWERED,
        Outcome.APPENDED,
        Outcome.APPENDED,
        Outcome.ANSWERED,
        Outcome.TICKET_CREATED,
    ]


def acknowledged(mail: Mail, script: Script, letter: str, subaddress: str) -> None:
    assert mail.subject == f"[{mail.number}] Re: {script.subject}"
    assert script.received in mail.text
    assert script.received in mail.html
    assert mail.number in mail.text
    assert script.account in mail.text
    assert (mail.language, mail.automatic) == (script.language, "auto-replied")
    assert (mail.sender, mail.recipient) == (script.mailbox, address(script.customer))
    assert mail.thread == (letter,)
    local, _, domain = script.mailbox.partition("@")
    assert mail.reply_to.startswith(f"{local}{subaddress}")
    assert mail.reply_to.endswith(f"@{domain}")
    assert (mail.reply_to == script.mailbox) == (subaddress == "")


def noticed(mail: Mail, script: Script, number: str) -> None:
    noticed_of(mail, script.new, script.letter, number)
    assert (mail.language, mail.automatic) == (script.language, "auto-generated")
    for fact in (number, script.account, script.customer, script.subject):
        assert fact in mail.text
    assert script.mailbox in mail.text


def noticed_of(mail: Mail, reason: str, words: str, number: str) -> None:
    assert number in mail.subject
    assert mail.text.startswith("##-")
    assert reason in mail.text
    assert words in mail.text


def answered(mail: Mail, script: Script, acknowledgement: Mail, seen: set[str], notice: Mail) -> None:
    """The agent's words and nothing else of his, in the thread that the customer knows."""
    assert mail.text.strip() == f"{script.answer}\n\n— Exemple Télécom · {acknowledgement.number}"
    assert (mail.sender, mail.recipient) == (script.mailbox, address(script.customer))
    assert mail.automatic == ""
    assert mail.subject == acknowledgement.subject
    assert set(mail.thread) <= seen
    assert acknowledgement.message_id in mail.thread
    name, _, email = script.agent.rstrip(">").partition(" <")
    for secret in (name, email, email.partition("@")[0], notice.message_id, notice.reply_to.partition("@")[0], "##-"):
        if secret != script.mailbox.partition("@")[0]:
            assert secret.lower() not in mail.words.lower()


def close_long_ago(conn: Connection, number: str) -> None:
    """As if the window had passed: nobody waits for fourteen days."""
    closed = {"status": Status.CLOSED, "closed_at": LONG_AGO}
    conn.execute(update(ticket).where(ticket.c.number == number).values(closed))
