"""SC-04, word by word: which replies to our question confirm a request, and which only hold the code somewhere."""

import pytest
from correspondence import ANNA, Arrived, Office, read, reply
from sensitive import CHANGE, challenge, code, stays_held, with_rules

from mailbot.model import Outcome, Outgoing, Status

AWAY = (("Auto-Submitted", "auto-replied"),)


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


@pytest.fixture
def change(desk: Office) -> Arrived:
    return desk.arrive(CHANGE)


def bounce(mail: Outgoing, code_: str) -> bytes:
    to = str(read(mail)["Reply-To"])
    head = (
        f"From: MAILER-DAEMON@client.example\r\nTo: {to}\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <b@client.example>\r\n"
        f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        f"--x\r\nContent-Type: text/plain\r\n\r\nOUI {code_}\r\n"
        f"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {mail.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--x\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    return head.encode() + mail.raw + b"\r\n--x--\r\n"


def test_sc_04_a_bounce_that_quotes_the_code_confirms_nothing(desk: Office, change: Arrived) -> None:
    arrived = desk.take(bounce(challenge(change), code(challenge(change))))
    assert arrived.outcome is Outcome.BOUNCE
    stays_held(desk, change)


@pytest.mark.parametrize("headers", [AWAY, (("X-Autoreply", "yes"),), (("Return-Path", "<>"),), (("List-Id", "<l>"),)])
def test_sc_04_a_vacation_reply_that_quotes_the_code_confirms_nothing(
    desk: Office, change: Arrived, headers: tuple[tuple[str, str], ...]
) -> None:
    arrived = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}", headers=headers))
    assert arrived.outcome is Outcome.AUTOMATIC
    assert arrived.mails == ()
    stays_held(desk, change)


def part(kind: str, text: str, more: str = "") -> str:
    return f"--x\r\nContent-Type: {kind}; charset=utf-8\r\n{more}\r\n{text}\r\n"


def several(desk: Office, mail: Outgoing, kind: str, *parts: str) -> Arrived:
    """A reply made of these parts."""
    head = reply(ANNA, mail).octets("<several@client.example>").partition(b"\r\n\r\n")[0]
    head = head.replace(
        b"Content-Type: text/plain; charset=utf-8", b'Content-Type: multipart/%s; boundary="x"' % kind.encode()
    )
    return desk.take(head + b"\r\nMIME-Version: 1.0\r\n\r\n" + "".join((*parts, "--x--\r\n")).encode())


def test_sc_04_a_code_in_the_subject_only_confirms_nothing(desk: Office, change: Arrived) -> None:
    desk.arrive(reply(ANNA, challenge(change), "", subject=f"OUI {code(challenge(change))}"))
    stays_held(desk, change)


def test_sc_04_a_code_in_the_html_beside_another_text_confirms_nothing(desk: Office, change: Arrived) -> None:
    html = part("text/html", f"<p>OUI {code(challenge(change))}</p>")
    several(desk, challenge(change), "alternative", part("text/plain", "Qui êtes-vous ?"), html)
    stays_held(desk, change)


def test_sc_04_a_reply_in_html_alone_confirms_as_any_other(desk: Office, change: Arrived) -> None:
    """Some programs write nothing else."""
    said = code(challenge(change))
    several(
        desk, challenge(change), "alternative", part("text/html", f"<div>Oui</div><div><br></div><div>{said}</div>")
    )
    assert desk.ticket(change.number).status is Status.NEW


def test_sc_04_a_code_in_an_attachment_confirms_nothing(desk: Office, change: Arrived) -> None:
    disposition = "Content-Disposition: attachment; filename=oui.txt\r\n"
    attached = part("text/plain", f"OUI {code(challenge(change))}", disposition)
    several(desk, challenge(change), "mixed", part("text/plain", "Voici."), attached)
    stays_held(desk, change)


NOT_NEW = {
    "in a quotation": "Qu’est-ce que c’est ?\n\n> OUI {}",
    "in a quotation above": "> OUI {}\n\nQu’est-ce que c’est ?",
    "in nothing but a quotation": "> OUI {}",
    "in a signature": "Oui\n-- \nAnna\n{}",
    "below an original message": "Bonjour ?\n\n-----Message d'origine-----\nDe : a@b.example\n\nOUI {}",
    "after another beginning": "Est-ce que OUI {} suffit ?",
    "in a longer word": "Ouistiti {}",
    "in another longer word": "Yesterday I got {}",
    "after no": "Non. OUI {}",
}


@pytest.mark.parametrize("where", NOT_NEW)
def test_sc_04_only_what_the_holder_himself_begins_with_confirms(desk: Office, change: Arrived, where: str) -> None:
    said = NOT_NEW[where].format(code(challenge(change)))
    arrived = desk.arrive(reply(ANNA, challenge(change), said))
    assert arrived.outcome is Outcome.CHALLENGE
    stays_held(desk, change)


TYPED = (
    "OUI {a}-{b}",
    "oui\n\n{a}-{b}\n",
    "Oui, merci {a}-{b}",
    "Oui voici {a} {b}. Merci !",
    "OUI {a}–{b}",
    "OUI {a}—{b}",
    "OUI {a}\u2011{b}",
    "OUI {a}\u00a0{b}",
    "OUI {a} - {b}",
    "OUI {a}-\n{b}",
    "OUI {a}{b}",
    "« OUI {a}-{b} »",
    "**Oui** {a}-{b}",
    "Yes: {a}-{b}\n\nSent from my iPhone",
    "OUI {a}-{b}\n\nEnvoyé de mon iPhone",
    "OUI {a}-{b}\n\nAnna Tremblay\nTél. 514 555 0100",
    "> Pour la confirmer, répondez.\n\nOUI {a}-{b}",
)


@pytest.mark.parametrize("typed", TYPED)
def test_sc_04_an_honest_reply_confirms_however_it_is_typed(desk: Office, change: Arrived, typed: str) -> None:
    first, second = code(challenge(change)).split("-")
    for made in (typed.format(a=first, b=second), typed.format(a=first.lower(), b=second.lower())):
        arrived = desk.arrive(reply(ANNA, challenge(change), made))
        assert desk.ticket(change.number).status is Status.NEW, arrived.decision.reason
