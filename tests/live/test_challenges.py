"""A sensitive request, held until its holder confirms it: the whole dialogue over real servers, in both languages."""

import re
from dataclasses import dataclass

import pytest
from robot import (
    ADMIN,
    ALICE,
    ANNA,
    ANNA_AT_HOME,
    BOB,
    BRUNO,
    BRUNO_AT_HOME,
    CARLA,
    DAVE,
    GONE,
    LOST,
    PROGRAMS,
    Mail,
    Program,
    Robot,
    address,
    apple,
    gmail,
    outlook,
)

from mailbot.model import Level, Outcome, Status

EVERYBODY = (ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks for what in one language, and what he and the agents read of it."""

    language: str
    customer: str
    at_home: str
    stranger: str
    lost: str
    agent: str
    mailbox: str
    account: str
    subject: str
    letter: str
    kind: str
    yes: str
    no: str
    away: tuple[str, str]
    neutral: str
    receipt: str
    held: str
    confirmed: str
    denied: str
    unconfirmed: str
    released: str
    release: str


FRENCH = Scene(
    language="fr",
    customer=ANNA,
    at_home=ANNA_AT_HOME,
    stranger=CARLA,
    lost=GONE,
    agent=ALICE,
    mailbox="support@telecom.example",
    account="AC-100001",
    subject="Résiliation de notre abonnement",
    letter="Bonjour,\n\nVeuillez résilier notre abonnement au 31 août.\n\nAnna Tremblay",
    kind="résiliation ou suppression",
    yes="OUI",
    no="NON, je n’ai rien demandé !",
    away=("Réponse automatique : absente", "Je suis absente jusqu’au 24."),
    neutral="nous ne\nparlons d’un compte qu’avec ses adresses enregistrées",
    receipt="Nous avons bien reçu votre réponse",
    held="Demande sensible, retenue",
    confirmed="Demande confirmée par le titulaire depuis son adresse enregistrée",
    denied="Le titulaire répond que cette demande n’est pas de lui",
    unconfirmed="qui ne confirme rien",
    released="Demande sensible libérée par Alice Roy",
    release="/libérer",
)
ENGLISH = Scene(
    language="en",
    customer=BRUNO,
    at_home=BRUNO_AT_HOME,
    stranger=DAVE,
    lost=LOST,
    agent=BOB,
    mailbox="business@telecom.example",
    account="AC-100002",
    subject="Cancellation of our contract",
    letter="Hello,\n\nPlease cancel our contract at the end of August.\n\nBruno Clarke",
    kind="cancellation or deletion",
    yes="YES",
    no="No, this was not me!",
    away=("Automatic reply: out of office", "I am out of the office until the 24th."),
    neutral="we discuss an account only with its registered addresses",
    receipt="We have received your reply",
    held="Sensitive request, held",
    confirmed="Request confirmed by the holder from his registered address",
    denied="The holder replies that this request is not his",
    unconfirmed="that confirms nothing",
    released="Sensitive request released by Bob Stone",
    release="/release",
)
both_languages = pytest.mark.parametrize("scene", [FRENCH, ENGLISH], ids=["french", "english"])


def asked(robot: Robot, scene: Scene) -> tuple[Mail, str]:
    """The mail that asks the customer whether what came from his address is his, and its code."""
    robot.mail(scene.customer, scene.mailbox, scene.subject, scene.letter)
    question = robot.received(scene.customer)
    notice = robot.received(scene.agent)
    assert scene.held in notice.text
    assert robot.ticket(question.number).status is Status.HELD
    return question, code_in(question)


def code_in(question: Mail) -> str:
    found = re.search(r"^ +(?:OUI|YES) (\S{5}-\S{5})$", question.text, re.MULTILINE)
    assert found, question.text
    return found[1]


def still_held(robot: Robot, number: str, outcome: Outcome) -> None:
    assert robot.ticket(number).status is Status.HELD
    assert robot.outcomes(number)[-1] is outcome


@both_languages
@pytest.mark.parametrize("program", PROGRAMS)
def test_yes_and_the_code_from_any_mail_program_free_the_request(robot: Robot, scene: Scene, program: Program) -> None:
    question, code = asked(robot, scene)
    assert (question.language, question.automatic) == (scene.language, "auto-replied")
    assert scene.kind in question.text
    assert scene.letter.splitlines()[2] not in question.words
    robot.send(scene.customer, program(scene.customer, question, f"{scene.yes} {code}"))
    assert scene.receipt in robot.received(scene.customer).subject
    notice = robot.received(scene.agent)
    assert scene.confirmed in " ".join(notice.text.split())
    ticket = robot.ticket(question.number)
    assert (ticket.status, ticket.level, ticket.account) == (Status.NEW, Level.CONFIRMED, scene.account)
    assert robot.outcomes(question.number)[-1] is Outcome.CHALLENGE
    robot.send(scene.agent, outlook(scene.agent, notice, "C’est fait. / It is done."))
    assert "C’est fait. / It is done." in robot.received(scene.customer).text
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_no_keeps_the_request_held_and_warns_the_agents(robot: Robot, scene: Scene) -> None:
    question, code = asked(robot, scene)
    robot.send(scene.customer, gmail(scene.customer, question, scene.no))
    assert scene.receipt in robot.received(scene.customer).subject
    assert scene.denied in " ".join(robot.received(scene.agent).text.split())
    still_held(robot, question.number, Outcome.CHALLENGE)
    robot.send(scene.customer, gmail(scene.customer, question, f"{scene.yes} {code}"))
    robot.received(scene.customer)
    assert scene.unconfirmed in " ".join(robot.received(scene.agent).text.split())
    still_held(robot, question.number, Outcome.CHALLENGE)
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_a_wrong_code_confirms_nothing_and_the_right_one_still_does(robot: Robot, scene: Scene) -> None:
    question, code = asked(robot, scene)
    robot.send(scene.customer, apple(scene.customer, question, f"{scene.yes} {code[::-1]}"))
    assert scene.receipt in robot.received(scene.customer).subject
    assert scene.unconfirmed in " ".join(robot.received(scene.agent).text.split())
    still_held(robot, question.number, Outcome.CHALLENGE)
    robot.send(scene.customer, apple(scene.customer, question, f"{scene.yes} {code.lower().replace('-', ' ')}"))
    assert scene.receipt in robot.received(scene.customer).subject
    assert scene.confirmed in " ".join(robot.received(scene.agent).text.split())
    assert robot.ticket(question.number).status is Status.NEW


@both_languages
def test_the_right_code_from_anybody_else_confirms_nothing(robot: Robot, scene: Scene) -> None:
    question, code = asked(robot, scene)
    yes = f"{scene.yes} {code}"
    robot.send(scene.stranger, gmail(scene.stranger, question, yes))
    robot.received(scene.agent)
    still_held(robot, question.number, Outcome.HELD)
    # In the customer's name, from a server that is not his.
    robot.send(scene.customer, gmail(scene.customer, question, yes), elsewhere=True)
    robot.received(scene.agent)
    still_held(robot, question.number, Outcome.CHALLENGE)
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_a_vacation_reply_that_quotes_the_code_confirms_nothing(robot: Robot, scene: Scene) -> None:
    question, code = asked(robot, scene)
    subject, text = scene.away
    for said in (text, f"{scene.yes} {code}"):
        away = outlook(scene.customer, question, said)
        del away["Subject"]
        away["Subject"], away["Auto-Submitted"] = subject, "auto-replied"
        robot.send(scene.customer, away)
        assert robot.unread(*EVERYBODY) == []
        still_held(robot, question.number, Outcome.AUTOMATIC)


@both_languages
def test_a_challenge_that_bounces_confirms_nothing(robot: Robot, scene: Scene) -> None:
    robot.mail(scene.lost, scene.mailbox, scene.subject, scene.letter)
    notice = robot.received(scene.agent)
    robot.settle()
    assert robot.outcomes(notice.number) == [Outcome.TICKET_CREATED, Outcome.BOUNCE]
    still_held(robot, notice.number, Outcome.BOUNCE)


@both_languages
def test_a_stranger_who_names_an_account_gets_a_neutral_mail_and_its_holder_is_asked(
    robot: Robot, scene: Scene
) -> None:
    robot.mail(scene.stranger, scene.mailbox, scene.subject, f"{scene.letter}\n\n{scene.account}")
    neutral, question, notice = (
        robot.received(scene.stranger),
        robot.received(scene.customer),
        robot.received(scene.agent),
    )
    assert scene.neutral in neutral.text
    for secret in (scene.account, address(scene.customer), scene.subject, question.message_id):
        assert secret.lower() not in neutral.words.lower()
    assert scene.kind in question.text
    assert (question.thread, question.automatic) == ((), "auto-generated")
    for secret in (address(scene.stranger), scene.subject, neutral.message_id):
        assert secret.lower() not in question.words.lower()
    assert scene.held in notice.text
    robot.send(scene.customer, apple(scene.customer, question, f"{scene.yes} {code_in(question)}"))
    robot.received(scene.customer)
    assert scene.confirmed in " ".join(robot.received(scene.agent).text.split())
    ticket = robot.ticket(notice.number)
    assert (ticket.status, ticket.requester, ticket.account) == (Status.NEW, address(scene.customer), scene.account)
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_an_agent_releases_by_one_word_and_the_code_of_a_second_mail(robot: Robot, scene: Scene) -> None:
    robot.mail(scene.customer, scene.mailbox, scene.subject, scene.letter)
    robot.received(scene.customer)
    notice = robot.received(scene.agent)
    robot.send(scene.agent, gmail(scene.agent, notice, scene.release))
    second = robot.received(scene.agent)
    still_held(robot, notice.number, Outcome.COMMAND)
    robot.send(scene.agent, outlook(scene.agent, second, f"{scene.yes} {code_in(second)}"))
    assert scene.released in " ".join(robot.received(scene.agent).text.split())
    assert robot.ticket(notice.number).status is Status.NEW
    assert robot.unread(*EVERYBODY) == []


@both_languages
def test_an_agent_lets_a_held_reply_pass_by_one_word(robot: Robot, scene: Scene) -> None:
    question, _ = asked(robot, scene)
    robot.send(scene.stranger, gmail(scene.stranger, question, "Bonjour, hello."))
    robot.send(scene.agent, apple(scene.agent, robot.received(scene.agent), scene.release))
    assert "Bonjour, hello." in robot.received(scene.agent).text
    assert robot.ticket(question.number).status is Status.HELD
    assert robot.outcomes(question.number) == [Outcome.TICKET_CREATED, Outcome.APPENDED, Outcome.COMMAND]


@both_languages
def test_the_operator_releases_a_ticket_on_the_server(robot: Robot, scene: Scene) -> None:
    question, _ = asked(robot, scene)
    assert "is released" in robot.command("tickets", "release", question.number)
    assert question.number in robot.received(scene.agent).subject
    assert robot.ticket(question.number).status is Status.NEW
    assert "not held" in robot.command("tickets", "release", question.number, status=1)
