"""New letters over real servers: who gets which mail, in French and in English."""

from dataclasses import dataclass

import pytest
from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE, Robot, address, written

from mailbot.model import Outcome

EVERYBODY = (ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE)


@dataclass(frozen=True, slots=True)
class Letter:
    author: str
    to: str
    cc: str
    subject: str
    text: str


@pytest.mark.parametrize(
    ("letter", "department", "agent"),
    [
        pytest.param(
            Letter(
                ANNA,
                "sac@telecom.example, support@telecom.example",
                "",
                "Plainte : le technicien n’est jamais venu",
                "Bonjour,\n\nNous l’avons attendu toute la journée de mardi. Que comptez-vous faire ?\n\nAnna Tremblay",
            ),
            "customer-care",
            BOB,
            id="french",
        ),
        pytest.param(
            Letter(
                BRUNO,
                "support@telecom.example",
                "sac@telecom.example",
                "Third outage this week",
                "Hello,\n\nThe line was down again this morning, for the third time. Patients went away.\n\nBruno",
            ),
            "technical",
            ALICE,
            id="english",
        ),
    ],
)
def test_a_letter_to_two_mailboxes_is_one_ticket_of_the_department_that_stands_first(
    robot: Robot, letter: Letter, department: str, agent: str
) -> None:
    robot.mail(letter.author, letter.to, letter.subject, letter.text, {"Cc": letter.cc} if letter.cc else None)
    acknowledgement, notice = robot.received(letter.author), robot.received(agent)
    assert acknowledgement.sender == letter.to.partition(",")[0]
    assert letter.text in notice.text
    assert robot.unread(*EVERYBODY) == []
    assert robot.ticket(acknowledgement.number).department == department
    # Whichever mailbox was looked into first.
    assert set(robot.outcomes(acknowledgement.number)) == {Outcome.TICKET_CREATED, Outcome.DUPLICATE}


@pytest.mark.parametrize(
    ("letter", "fixed", "badge"),
    [
        pytest.param(
            Letter(
                CARLA,
                "support@telecom.example",
                "",
                "Prix de la fibre à Laval",
                "Bonjour, combien coûte votre service à Laval pour un petit bureau ? Cordialement, Carla Diaz",
            ),
            "écrivez-nous depuis l’adresse enregistrée pour ce compte",
            "adresse inconnue du registre",
            id="french",
        ),
        pytest.param(
            Letter(
                DAVE,
                "business@telecom.example",
                "",
                "Quote for a colocation rack",
                "Hello, we would like a quote for one half rack in your data centre. Regards, Dave Miller",
            ),
            "please write to us from the address that is registered for that account",
            "address not in the register",
            id="english",
        ),
    ],
)
def test_a_stranger_gets_a_fixed_text_once_a_day_and_the_agents_see_all_he_writes(
    robot: Robot, letter: Letter, fixed: str, badge: str
) -> None:
    agent = ALICE if letter.to.startswith("support") else BOB
    robot.mail(letter.author, letter.to, letter.subject, letter.text)
    receipt, notice = robot.received(letter.author), robot.received(agent)
    assert fixed in " ".join(receipt.text.split())
    assert receipt.automatic == "auto-replied"
    assert [word for word in letter.subject.split() if len(word) > 4 and word in receipt.words] == []
    assert badge in notice.text
    assert letter.text in notice.text
    robot.mail(letter.author, letter.to, f"{letter.subject} (2)", letter.text)
    assert robot.received(agent).subject.endswith("(2)")
    assert robot.unread(*EVERYBODY) == []


def test_attachments_are_listed_in_the_notice_and_go_no_further(robot: Robot) -> None:
    letter = written(
        ANNA,
        "support@telecom.example",
        "Message d’erreur au démarrage",
        "Bonjour, voici ce que l’écran affiche.",
        attachments=[("capture d’écran.png", b"\x89PNG" * 3000), ("<b>journal.txt", b"x" * 200)],
    )
    robot.send(ANNA, letter)
    acknowledgement, notice = robot.received(ANNA), robot.received(ALICE)
    assert "capture d’écran.png (application/octet-stream, 11 KiB)" in notice.text
    assert "<b>journal.txt (application/octet-stream, 200 B)" in notice.text
    assert "&lt;b&gt;journal.txt" in notice.html
    assert len(notice.raw) < 12_000
    assert "écran.png" not in acknowledgement.words


@pytest.mark.parametrize(
    ("author", "agent", "mailbox", "subject", "text"),
    [
        pytest.param(ANNA, ALICE, "support", "Réseau coupé à Noël", "Plus de réseau depuis hier, ça presse !", id="fr"),
        pytest.param(BRUNO, BOB, "business", "Café “Zoë” – invoice", "Please send the café’s invoice again.", id="en"),
    ],
)
def test_a_subject_in_eight_bits_without_a_charset_is_read_as_it_was_meant(
    robot: Robot, author: str, agent: str, mailbox: str, subject: str, text: str
) -> None:
    """RFC 6532 forbids it, old programs do it: windows-1252 for the header, and for the body where they say so."""
    lines = (
        f"From: {address(author)}",
        f"To: {mailbox}@telecom.example",
        f"Subject: {subject}",
        f"Message-ID: <eight-bits-{mailbox}@old.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=windows-1252",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
        "",
    )
    robot.post.send("\r\n".join(lines).encode("cp1252"), address(author), [f"{mailbox}@telecom.example"])
    acknowledgement, notice = robot.received(author), robot.received(agent)
    assert acknowledgement.subject == f"[{acknowledgement.number}] Re: {subject}"
    assert subject in acknowledgement.text
    assert subject in notice.text
    assert text in notice.text
