"""Bounces in words alone, as mailers write them in French and English: found with their recipient and the reason."""

from dataclasses import dataclass

import pytest

from mailbot.model import Automatic, Message, Reading, ReportedRecipient
from mailbot.parsers.message import parse

READING = Reading(domain="tickets.example.com")
TAG = "0123456789abcdefghjkmnpqrs"
PROOF = "zyxwvtsrqpnmkjhgfedcba9876"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.client.example>"
BRUNO = "bruno@client.example"
OURS = f"""Received: from mx.example.com by mx.client.example; Tue, 3 Mar 2026 10:00:00 +0000
From: Exemple <support@example.com>
To: {BRUNO}
Subject: Votre demande
Message-ID: <mb.{TAG}@tickets.example.com>
X-Mailbot-Proof: {PROOF}

Bonjour,
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """`said` is part of what is read as the server's words."""

    author: str
    subject: str
    text: str
    action: str = "failed"
    status: str = ""
    said: str = ""


LETTERS = {
    "Exchange, French": Letter(
        "postmaster@client.example",
        "Non remis : Votre demande",
        f"Échec de la remise à ces destinataires ou groupes :\n\n{BRUNO}\n"
        "L’adresse de courrier que vous avez entrée est introuvable. Vérifiez-la et renvoyez le message.\n\n"
        "Informations de diagnostic pour les administrateurs :\nServeur de génération : ex1.client.example\n\n"
        f"{BRUNO}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n"
        f"En-têtes du message d’origine :\n\n{OURS}",
        status="5.1.1",
        said="550 5.1.1 RESOLVER.ADR.RecipNotFound",
    ),
    "Exchange, French, a failed delivery": Letter(
        "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@client.example",
        "Remise échouée : Votre demande",
        f"Votre message n’a pas pu être remis à {BRUNO}.\nLa boîte est désactivée.\n\nMessage d’origine\n{OURS}",
        said="La boîte est désactivée",
    ),
    "Exim": Letter(
        DAEMON,
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        f"delivered to one or more of its recipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {BRUNO}\n    host mx.client.example [203.0.113.7]\n    SMTP error from remote mail server after RCPT TO:\n"
        "    550 5.1.1 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        f"{OURS}",
        status="5.1.1",
        said="550 5.1.1 unknown user",
    ),
    "Exim, a delay": Letter(
        DAEMON,
        "Warning: message 1abc delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its recipients after more than 24 hours on the queue on mx.client.example.\n\n"
        f"The address to which the message has not yet been delivered is:\n\n  {BRUNO}\n\nNo action is required on "
        "your part. Delivery attempts will continue for some time.\n",
        action="delayed",
    ),
    "qmail": Letter(
        DAEMON,
        "failure notice",
        "Hi. This is the qmail-send program at mx.client.example.\nI'm afraid I wasn't able to deliver your message to "
        f"the following addresses.\n\n<{BRUNO}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{OURS}",
        status="5.1.1",
        said="no mailbox here by that name",
    ),
    "Postfix without its parts": Letter(
        DAEMON,
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.client.example.\n\nI'm sorry to have to inform you that your message could "
        f"not\nbe delivered to one or more recipients.\n\n                   The mail system\n\n<{BRUNO}>: host "
        "mx2[203.0.113.8] said: 550 5.1.1 User\n    unknown (in reply to RCPT TO command)\n",
        status="5.1.1",
        said="550 5.1.1 User",
    ),
    "Gmail": Letter(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        f"** Address not found **\n\nYour message wasn't delivered to {BRUNO} because the address couldn't be found, "
        "or is unable to receive mail.\n\nThe response was:\n\n550 5.1.1 The account that you tried to reach does "
        "not exist. Learn more at https://support.example/mail\n",
        status="5.1.1",
        said="550 5.1.1 The account that you tried to reach does not exist. Learn more at …",
    ),
    "Gmail, French": Letter(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        f"** Adresse introuvable **\n\nVotre message n'a pas été distribué à {BRUNO}, car l'adresse est introuvable ou "
        "ne peut pas recevoir de messages.\n\nRéponse du serveur distant :\n\n550 5.1.1 compte inexistant\n",
        status="5.1.1",
        said="550 5.1.1 compte inexistant",
    ),
    "Gmail, French, a delay": Letter(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        f"** Remise incomplète **\n\nUn problème temporaire empêche la distribution de votre message à {BRUNO}. Gmail "
        "effectuera de nouvelles tentatives pendant 47 heures.\n",
        action="delayed",
    ),
    "Yahoo": Letter(
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        f"Sorry, we were unable to deliver your message to the following address.\n\n<{BRUNO}>:\n"
        "554: 5.7.9: Message not accepted for policy reasons.\n\n--- Below this line is a copy of the message.\n",
        status="5.7.9",
        said="Message not accepted for policy reasons",
    ),
    "Orange": Letter(
        "MAILER-DAEMON@orange.example",
        "Echec de distribution de votre message",
        "Bonjour,\n\nVotre message n'a pas pu être distribué au destinataire suivant :\n"
        f"{BRUNO}\n\nLa boîte aux lettres de ce destinataire est pleine. (552 5.2.2 over quota)\n",
        status="5.2.2",
        said="552 5.2.2 over quota",
    ),
    "Free": Letter(
        "postmaster@free.example",
        "Courrier non remis",
        f"Impossible de remettre votre courrier à <{BRUNO}> :\n550 5.5.0 utilisateur inconnu\n\nMessage original\n"
        f"{OURS}",
        status="5.5.0",
        said="550 5.5.0 utilisateur inconnu",
    ),
    "OVH": Letter(
        "postmaster@mail.ovh.example",
        "Avis de non-remise : Votre demande",
        f"Bonjour,\nce serveur n’a pas pu remettre votre message ; il n’a pas été livré à :\n\n- {BRUNO}\n\n"
        f"451 4.7.1 le serveur distant refuse pour l’instant\n\nEn-têtes d’origine\n{OURS}",
        status="4.7.1",
        said="451 4.7.1 le serveur distant refuse",
    ),
    "Microsoft 365, French": Letter(
        "Microsoft Outlook <postmaster@client.example>",
        "Échec de remise : Votre demande",
        f"Votre message à {BRUNO} n’a pas pu être remis.\n\nbruno n’a pas été trouvé à client.example.\n\n"
        f"Erreur signalée : 550 5.1.10 RESOLVER.ADR.RecipientNotFound\n",
        status="5.1.10",
        said="550 5.1.10 RESOLVER.ADR.RecipientNotFound",
    ),
}


def mail(letter: Letter, **fields: str) -> bytes:
    head = {"From": letter.author, "To": "support@example.com", "Subject": letter.subject} | fields
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    return f"{lines}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{letter.text}".encode()


def read(raw: bytes) -> Message:
    return parse(raw, READING)


def recipient(message: Message) -> ReportedRecipient:
    assert message.report is not None
    (found,) = message.report.recipients
    return found


@pytest.mark.parametrize("path", ["<>", ""], ids=["null path", "path not written down"])
@pytest.mark.parametrize("name", LETTERS)
def test_a_bounce_in_words_tells_its_recipient_its_status_and_what_the_server_said(name: str, path: str) -> None:
    letter = LETTERS[name]
    message = read(mail(letter, **({"Return-Path": path} if path else {})))
    assert message.automatic is Automatic.BOUNCE
    found = recipient(message)
    assert (found.address, found.action, found.status) == (BRUNO, letter.action, letter.status)
    assert letter.said in found.diagnostic


@pytest.mark.parametrize("name", [name for name, letter in LETTERS.items() if OURS in letter.text])
def test_the_tag_and_the_proof_of_our_mail_are_read_in_the_copy_that_it_quotes(name: str) -> None:
    report = read(mail(LETTERS[name])).report
    assert report is not None
    assert (report.message_id, report.tags, report.proofs) == (
        f"<mb.{TAG}@tickets.example.com>",
        (TAG,),
        (PROOF,),
    )


@pytest.mark.parametrize("name", LETTERS)
def test_the_same_words_from_a_customer_are_his_letter(name: str) -> None:
    letter = LETTERS[name]
    raw = mail(letter, **{"From": f"Anna <{BRUNO}>", "Return-Path": f"<{BRUNO}>", "Subject": f"TR : {letter.subject}"})
    message = read(raw)
    assert (message.report, message.automatic) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        "Je suis absent : votre message n’a pas été livré à mon collègue. Écrivez à bob@client.example.",
        "I am away and will try again next week. Your mail was not delivered to bob@client.example.",
    ],
)
def test_an_absence_notice_with_the_null_path_is_no_report_whatever_it_says(words: str) -> None:
    letter = Letter(f"Bruno <{BRUNO}>", "Absence", words)
    message = read(mail(letter, **{"Return-Path": "<>", "Auto-Submitted": "auto-replied"}))
    assert (message.report, message.automatic) == (None, Automatic.AUTO_REPLIED)


def test_a_postmaster_who_writes_himself_is_a_person() -> None:
    words = "Bonjour,\n\nnotre serveur refuse vos factures depuis lundi. Pouvez-vous regarder ?\n\nCarl, postmaster\n"
    message = read(mail(Letter("postmaster@client.example", "Problème de distribution de vos factures", words)))
    assert message.report is None


def test_a_report_in_html_alone_is_read_as_well() -> None:
    html = (
        f"<html><body><p>Votre message à <b>&lt;{BRUNO}&gt;</b> n’a pas pu être remis.</p>"
        "<p>550 5.1.1 inconnu</p></body></html>"
    )
    letter = Letter(DAEMON, "Échec de remise", html)
    found = recipient(read(mail(letter).replace(b"text/plain", b"text/html")))
    assert (found.address, found.status) == (BRUNO, "5.1.1")


@pytest.mark.parametrize(
    "text",
    ["a@b " * 8000, "<" * 32000, "x" * 64 + "@" + "a" * 32000, "not delivered " + "a.b@c.d-" * 4000, "550 " * 8000],
    ids=["addresses", "brackets", "one address", "many addresses", "codes"],
)
def test_hostile_words_of_a_mailer_give_a_bounce_and_no_more_than_ten_recipients(text: str) -> None:
    message = read(mail(Letter(DAEMON, "Undelivered mail", text)))
    assert message.automatic is Automatic.BOUNCE
    assert len(message.report.recipients if message.report else ()) <= 10
