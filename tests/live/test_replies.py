"""Replies over real servers that are not as they should be: by strangers, by machines, by agents nobody can believe."""

from dataclasses import dataclass

import pytest
from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE, GONE, LOST, Mail, Robot, address, reply

from mailbot.model import Outcome, Status

EVERYBODY = (ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE)


@dataclass(frozen=True, slots=True)
class Scene:
    """A request that is under way in one language: who wrote it, who answers, who has no part in it."""

    customer: str
    agent: str
    stranger: str
    lost: str
    nobody: str
    mailbox: str
    request: str
    answer: str
    intrusion: str
    held: str
    away: tuple[str, str]
    undelivered: str
    diverted: str
    not_sent: str
    unproved: str
    attached: str


FRENCH = Scene(
    customer=ANNA,
    agent=ALICE,
    stranger=CARLA,
    lost=GONE,
    nobody="Nora Roux <nora@elsewhere.example>",
    mailbox="support@telecom.example",
    request="Bonjour, la téléphonie de la boulangerie grésille depuis lundi. Pouvez-vous regarder ?",
    answer="Bonjour, nous avons changé la carte de votre côté du central. Est-ce mieux ?",
    intrusion="Bonjour, je suis la voisine : chez moi aussi, ça grésille.",
    held="Réponse retenue",
    away=("Réponse automatique : absente", "Je suis absente jusqu’au 24. Pour une urgence, appelez Guy."),
    undelivered="Message non remis",
    diverted="Votre réponse est allée à une autre adresse",
    not_sent="Réponse non envoyée",
    unproved="rien ne prouve qu’elle vient de vous",
    attached="Elle contenait des pièces jointes",
)
ENGLISH = Scene(
    customer=BRUNO,
    agent=BOB,
    stranger=DAVE,
    lost=LOST,
    nobody="Nick Fox <nick@elsewhere.example>",
    mailbox="business@telecom.example",
    request="Hello, please tell us why the invoice of June has two lines for the same rack.",
    answer="Hello, one line is the rack, the other its power. We should have said so on the invoice.",
    intrusion="Hi, Bruno forwarded this to me. I think the rack was cancelled in May.",
    held="Reply held",
    away=("Automatic reply: out of office", "I am out of the office until the 24th. Regards, Bruno"),
    undelivered="Message not delivered",
    diverted="Your answer went to another address",
    not_sent="Reply not sent",
    unproved="nothing shows that it came from you",
    attached="It held attachments",
)
both_languages = pytest.mark.parametrize("scene", [FRENCH, ENGLISH], ids=["french", "english"])


def requested(robot: Robot, scene: Scene, author: str) -> Mail:
    """The agent's notice of a new request."""
    robot.mail(author, scene.mailbox, f"{scene.request[9:40]}…", scene.request)
    return robot.received(scene.agent)


@both_languages
def test_a_reply_by_one_who_is_no_party_is_held_until_somebody_releases_it(robot: Robot, scene: Scene) -> None:
    requested(robot, scene, scene.customer)
    acknowledgement = robot.received(scene.customer)
    robot.reply(scene.stranger, acknowledgement, scene.intrusion)
    held = robot.received(scene.agent)
    assert held.subject.startswith(f"[{acknowledgement.number}] {scene.held}")
    assert scene.intrusion in held.text
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(acknowledgement.number)[-1] is Outcome.HELD
    command = next(line.partition("mailbot ")[2] for line in held.text.splitlines() if "deliveries release" in line)
    robot.command(*command.split())
    assert scene.intrusion in robot.received(scene.agent).text
    assert robot.outcomes(acknowledgement.number)[-1] is Outcome.APPENDED
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_an_out_of_office_reply_is_noted_and_answered_by_nobody(robot: Robot, scene: Scene) -> None:
    requested(robot, scene, scene.customer)
    acknowledgement = robot.received(scene.customer)
    subject, text = scene.away
    automatic = {"Subject": subject, "Auto-Submitted": "auto-replied", "To": acknowledgement.reply_to}
    robot.reply(scene.customer, acknowledgement, text, automatic)
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(acknowledgement.number)[-1] is Outcome.AUTOMATIC
    assert robot.ticket(acknowledgement.number).status is Status.NEW


@both_languages
def test_an_answer_that_bounces_is_noted_and_the_agent_is_told(robot: Robot, scene: Scene) -> None:
    notice = requested(robot, scene, scene.nobody)
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(notice.number) == [Outcome.TICKET_CREATED, Outcome.BOUNCE]
    robot.reply(scene.agent, notice, scene.answer)
    told = robot.received(scene.agent)
    assert told.subject.startswith(f"[{notice.number}] {scene.undelivered}")
    assert address(scene.nobody) in told.text
    assert "5.1.1" in told.text
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(notice.number)[2:] == [Outcome.ANSWERED, Outcome.BOUNCE]
    assert "came back" in robot.command("tickets", "show", notice.number)


@both_languages
def test_an_address_that_does_not_exist_is_marked_and_the_answer_goes_to_another_of_the_account(
    robot: Robot, scene: Scene
) -> None:
    notice = requested(robot, scene, scene.lost)
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(notice.number) == [Outcome.TICKET_CREATED, Outcome.BOUNCE]
    shown = " ".join(robot.command("customers", "show", address(scene.lost)).split())
    assert f"{address(scene.lost)} takes no mail of ours" in shown
    assert "5.1.1" in shown
    robot.reply(scene.agent, notice, scene.answer)
    told = robot.received(scene.agent)
    assert told.subject.startswith(f"[{notice.number}] {scene.diverted}")
    assert address(scene.customer) in told.text
    answer = robot.received(scene.customer)
    assert (answer.recipient, scene.answer in answer.text) == (address(scene.customer), True)
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(notice.number)[2:] == [Outcome.ANSWERED]


@both_languages
def test_an_agent_s_reply_that_nothing_authenticates_goes_nowhere_and_he_is_told(robot: Robot, scene: Scene) -> None:
    notice = requested(robot, scene, scene.customer)
    robot.received(scene.customer)
    forged = reply(scene.agent, notice, scene.answer)
    # Past the border that would have stamped it.
    robot.post.dovecot.deliver(forged.as_bytes(), notice.reply_to)
    told = robot.received(scene.agent)
    assert told.subject.startswith(f"[{notice.number}] {scene.not_sent}")
    assert scene.unproved in " ".join(told.text.split())
    assert scene.answer in told.text
    assert robot.unread(*EVERYBODY) == []
    assert robot.outcomes(notice.number)[-1] is Outcome.HELD


@both_languages
def test_an_agent_s_reply_with_an_attachment_goes_nowhere_and_he_is_told(robot: Robot, scene: Scene) -> None:
    notice = requested(robot, scene, scene.customer)
    robot.received(scene.customer)
    answer = reply(scene.agent, notice, scene.answer)
    answer.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="offre.pdf")
    robot.send(scene.agent, answer)
    told = robot.received(scene.agent)
    assert told.subject.startswith(f"[{notice.number}] {scene.not_sent}")
    assert scene.attached in told.text
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_an_agent_s_reply_in_html_alone_goes_out_without_the_notice_below_it(robot: Robot, scene: Scene) -> None:
    notice = requested(robot, scene, scene.customer)
    robot.received(scene.customer)
    answer = reply(scene.agent, notice, "")
    quoted = notice.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    answer.set_content(
        f"<html><body><div>{scene.answer}</div><br><blockquote type='cite'>{quoted}</blockquote></body></html>",
        subtype="html",
    )
    robot.send(scene.agent, answer)
    got = robot.received(scene.customer)
    assert got.text.strip() == f"{scene.answer}\n\n— Exemple Télécom · {notice.number}"
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_an_agent_who_is_given_a_ticket_gets_the_customer_s_words_and_can_answer(robot: Robot, scene: Scene) -> None:
    number = requested(robot, scene, scene.customer).number
    robot.received(scene.customer)
    robot.command("tickets", "assign", number, address(scene.agent))
    notice = robot.received(scene.agent)
    assert scene.request in notice.text
    assert address(scene.customer) in notice.text
    robot.reply(scene.agent, notice, scene.answer)
    assert scene.answer in robot.received(scene.customer).text
    assert robot.unread(*EVERYBODY) == []
