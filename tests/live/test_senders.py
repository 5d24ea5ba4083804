"""How sure we are of an author, behind a real border that stamps Authentication-Results and strips forged ones."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from robot import ADMIN, ALICE, ANNA, ANNA_AT_HOME, BOB, BRUNO, BRUNO_AT_HOME, Mail, Robot, address, gmail, written
from servers.postfix import AUTHSERV_ID

from mailbot.model import Level, Status
from mailbot.store import listing


@dataclass(frozen=True, slots=True)
class Scene:
    """One customer in one language, what he writes, and what his agent reads of how sure we are."""

    customer: str
    at_home: str
    agent: str
    mailbox: str
    question: tuple[str, str]
    sensitive: tuple[str, str]
    surely: str
    perhaps: str
    hardly: str
    held: str
    nobody_asked: str
    release: str
    right: str


FRENCH = Scene(
    customer=ANNA,
    at_home=ANNA_AT_HOME,
    agent=ALICE,
    mailbox="support@telecom.example",
    question=("Ligne très lente", "Bonjour, notre ligne est très lente depuis hier. Que se passe-t-il ?"),
    sensitive=("Mot de passe oublié", "Bonjour, j’ai oublié mon mot de passe. Envoyez-moi un nouveau mot de passe."),
    surely="adresse enregistrée, authentifiée",
    perhaps="adresse enregistrée, non authentifiée",
    hardly="adresse enregistrée, mais l’authentification a échoué",
    held="Demande sensible, retenue",
    nobody_asked="non demandée",
    release="/libérer",
    right="exige le droit « release » dans agents.toml, que vous n’avez pas",
)
ENGLISH = Scene(
    customer=BRUNO,
    at_home=BRUNO_AT_HOME,
    agent=BOB,
    mailbox="business@telecom.example",
    question=("Our line is slow", "Hello, our line is very slow since yesterday. What is going on?"),
    sensitive=("Forgotten password", "Hello, I forgot my password. Please send me a new password."),
    surely="registered address, authenticated",
    perhaps="registered address, not authenticated",
    hardly="registered address, but the authentication failed",
    held="Sensitive request, held",
    nobody_asked="not asked",
    release="/release",
    right="takes the right “release” in agents.toml, which you do not have",
)
both_languages = pytest.mark.parametrize("scene", [FRENCH, ENGLISH], ids=["french", "english"])


@both_languages
def test_true_unauthenticated_and_forged_mail_of_one_customer_end_as_the_matrix_says(
    open_site: Callable[..., Robot], database: str, scene: Scene
) -> None:
    robot = open_site(**{"database.url": database})
    robot.start()
    everybody = (ADMIN, scene.customer, scene.agent)

    for letter, template in ((scene.question, "acknowledgement"), (scene.sensitive, "challenge")):
        status = Status.HELD if letter is scene.sensitive else Status.NEW
        # His own server sent it.
        notice = noticed(robot, scene, claiming(scene.customer, scene.mailbox, letter))
        assert scene.surely in notice.text
        asked_or_told(robot, scene.customer, notice, template)
        stands(robot, notice, Level.AUTHENTICATED, status, "dmarc=pass by")
        # He writes from home, with a pass of his own making on top, which the border takes out.
        notice = noticed(robot, scene, claiming(scene.at_home, scene.mailbox, letter))
        assert scene.perhaps in notice.text
        asked_or_told(robot, scene.at_home, notice, template)
        stands(robot, notice, Level.REGISTERED, status, f"no Authentication-Results of {AUTHSERV_ID}")
        # Somebody else writes in his name, from elsewhere, with the same pass on top: nobody is answered or asked.
        notice = noticed(robot, scene, claiming(scene.customer, scene.mailbox, letter), elsewhere=True)
        assert scene.hardly in " ".join(notice.text.split())
        stands(robot, notice, Level.SUSPECT, status, "dmarc=fail by")
        assert (scene.held in notice.text) == (scene.nobody_asked in notice.text) == (letter is scene.sensitive)
        assert robot.unread(*everybody) == []


def test_an_agent_without_the_right_releases_nothing_and_is_told(open_site: Callable[..., Robot]) -> None:
    robot = open_site()
    agents = robot.site.folder / "agents.toml"
    agents.write_text(agents.read_text().replace('may = ["release"]\n', ""))
    robot.start()
    for scene in (FRENCH, ENGLISH):
        robot.mail(scene.customer, scene.mailbox, *scene.sensitive)
        notice = robot.received(scene.agent)
        robot.send(scene.agent, gmail(scene.agent, notice, scene.release))
        assert " ".join(scene.right.split()) in " ".join(robot.received(scene.agent).text.split())
        assert robot.ticket(notice.number).status is Status.HELD
        assert robot.unread(scene.agent, ADMIN) == []


def claiming(author: str, to: str, letter: tuple[str, str]) -> EmailMessage:
    """With a field on top that says in our border's name what the author would like."""
    domain = address(author).rpartition("@")[2]
    forged = f"{AUTHSERV_ID}; dmarc=pass header.from={domain}; dkim=pass header.d={domain}"
    return written(author, to, *letter, headers={"Authentication-Results": forged})


def noticed(robot: Robot, scene: Scene, letter: EmailMessage, *, elsewhere: bool = False) -> Mail:
    robot.send(str(letter["From"]), letter, elsewhere=elsewhere)
    return robot.received(scene.agent)


def asked_or_told(robot: Robot, author: str, notice: Mail, template: str) -> None:
    mail = robot.received(author)
    assert (mail.recipient, mail.number) == (address(author), notice.number)
    sent = robot.look(lambda conn: listing.mails(conn, number=notice.number))
    assert [entry.recipient for entry in sent if entry.template == template] == [address(author)]


def stands(robot: Robot, notice: Mail, level: Level, status: Status, evidence: str) -> None:
    ticket = robot.ticket(notice.number)
    assert (ticket.level, ticket.status) == (level, status)
    events = robot.look(lambda conn: listing.events(conn, number=notice.number))
    assert evidence in " ".join(because.sentence for event in events for because in event.because)
