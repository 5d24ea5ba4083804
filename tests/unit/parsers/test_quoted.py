"""New text, signature and quotation in letters of the clients that customers use, in French and in English."""

import pytest

from mailbot.model import PartKind
from mailbot.parsers.quoted import split

DELIMITER = "##- Répondez au-dessus de cette ligne / Reply above this line -##"
QUOTE = "> La panne dure-t-elle encore ?\n> Merci de nous le dire.\n"


def _joined(text: str, kind: PartKind) -> str:
    return "".join(text[part.start : part.end] for part in split(text) if part.kind is kind)


def new(text: str) -> str:
    return _joined(text, PartKind.NEW).strip()


def signature(text: str) -> str:
    return _joined(text, PartKind.SIGNATURE).strip()


def quoted(text: str) -> str:
    return _joined(text, PartKind.QUOTED).strip()


def test_an_empty_letter_has_no_parts() -> None:
    assert split("") == ()


def test_a_blank_letter_is_one_new_part() -> None:
    assert [(part.kind, part.start, part.end) for part in split(" \n\n")] == [(PartKind.NEW, 0, 3)]


def test_a_plain_letter_is_new_from_greeting_to_name() -> None:
    letter = "Bonjour,\n\nLa ligne est coupée depuis 9 h.\n\nMerci, Jean\n"
    assert [part.kind for part in split(letter)] == [PartKind.NEW]


@pytest.mark.parametrize(
    "attribution",
    [
        "Le lun. 3 nov. 2025 à 10:12, Support <support@fibre.example> a écrit :",
        "Le lun. 3 nov. 2025, à 10 h 12, Support <support@fibre.example> a\nécrit :",
        "Le lun. 3 nov. 2025 à 10:12, Service technique de la Fibre <\nsupport@fibre.example> a écrit\u00a0:",
        "Le 03/11/2025 à 10:12, Service technique a écrit\u202f:",
        "Le lundi 3 novembre 2025 à 10:12:33 UTC−5, Support <support@fibre.example> a écrit :",
        "Le 2025-11-03 10:12, Support a écrit :",
        "- Le 2025-11-03 10:12, Support a écrit :",
        "Le 3 nov. 2025 à 10:12, Support <support@fibre.example<mailto:support@fibre.example>> a écrit :",
        "---- Le lun., 03 nov. 2025 10:12:33 -0500 Support <support@fibre.example> a écrit ----",
        "\u200eLe 25-11-03 10:12, « Support » <support@fibre.example> a écrit :",
        "Support <support@fibre.example> a écrit :",
        "On Mon, Nov 3, 2025 at 10:12 AM Support <support@fibre.example> wrote:",
        "On Mon, Nov 3, 2025 at 10:12 AM Service technique de la Fibre <\nsupport@fibre.example> wrote:",
        "On Nov 3, 2025, at 10:12 AM, Service technique de la Fibre\n<support@fibre.example>\nwrote:",
        "On 3/11/25 10:12, Support wrote:",
        "On Monday, November 3, 2025 at 10:12:33 AM EST, Support <support@fibre.example> wrote:",
        "2025-11-03 10:12 GMT-05:00 Support <support@fibre.example>:",
    ],
)
@pytest.mark.parametrize("body", [QUOTE, "\n" + QUOTE, "\nLa panne dure-t-elle encore ?\nMerci de nous le dire.\n"])
def test_an_attribution_and_what_follows_is_quoted(attribution: str, body: str) -> None:
    letter = f"Oui, encore.\n\n{attribution}\n{body}"
    assert new(letter) == "Oui, encore."
    assert quoted(letter).startswith(attribution[:8])
    assert quoted(letter).endswith("Merci de nous le dire.")


@pytest.mark.parametrize(
    "attribution",
    [
        "Le 3 novembre, Support a écrit :",
        "On Monday Support wrote:",
        "03/11/2025 Support <support@fibre.example>",
        "Jean wrote:",
    ],
)
def test_a_vague_attribution_counts_only_above_marked_lines(attribution: str) -> None:
    assert new(f"Oui.\n\n{attribution}\n{QUOTE}") == "Oui."
    assert new(f"Oui.\n\n{attribution}\nvoici\n") == f"Oui.\n\n{attribution}\nvoici"


@pytest.mark.parametrize(
    "sentence",
    [
        "Le 3 novembre, le technicien a écrit : « tout est réparé ».\nC'est faux.",
        "Le 3 novembre, le technicien a écrit :\n« tout est réparé ».\nC'est faux.",
        "On Monday at noon I called and nobody answered.\nThe technician wrote: all fixed. It is not.",
        "On your router:\nping 192.0.2.1",
        "De : Paris\nÀ : Lyon\nMerci de déménager la ligne.",
        "Le message suivant n'est jamais arrivé :\nDe : anne@client.example\nÀ : paul@ailleurs.example\n"
        "Date : 3 novembre 2025 10:12\nObjet : Contrat\n\nPouvez-vous vérifier ?",
        "Réunion\n\nDate : 3 novembre 10:00\nLieu : siège\n\nMerci.",
        "Nous mesurons\n> 100 ms de latence\nsur la fibre.",
        "Le routeur affiche :\n> link down\ndepuis hier.",
        "Sent from my desk, which is offline, as you see.",
        "Envoyé hier par la poste.",
        "A -- B -- C",
        "-----\nTableau\n-----\nLigne 1 : 10 Mbit/s",
    ],
)
def test_a_customers_own_words_stay_new(sentence: str) -> None:
    assert new(sentence) == sentence


@pytest.mark.parametrize(
    "head",
    [
        "De : Support <support@fibre.example>\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Anne Roy\nObjet : RE: Panne",
        "De : Support\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Anne <anne@client.example>\nCc : Paul\nObjet : Panne",
        "*De :* Support <support@fibre.example>\n*Envoyé :* lundi 3 novembre 2025 10:12\n*À :* Anne\n*Objet :* Panne",
        "De :\u00a0Support <s@fibre.example>\nDate :\u00a03 novembre 2025 à 10:12\nÀ :\u00a0Anne\nObjet :\u00a0Panne",
        "________________________________\nFrom: bob@fibre.example Date: Mon, 3 Nov 2025",
        "________________________________\nDe : Support\nEnvoyé : 3 novembre 2025 10:12\nÀ : Anne\nObjet : Panne",
        "________________________________\n\nFrom: Support\nSent: Nov 3, 2025 10:12 AM\nTo: Anne\nSubject: Down",
        "From: Support [mailto:support@fibre.example]\nSent: Monday, 3 November 2025 10:12\nTo: Anne\nSubject: Down",
        "From: Support <support@fibre.example>\nDate: Monday, November 3, 2025 at 10:12 AM\nTo: Anne\nSubject: Down",
        "-----Message d'origine-----\nDe : Support\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Anne\nObjet : Panne",
        "-----Message d’origine-----\nDe : Support\nÀ : Anne",
        "-----Original Message-----\nFrom: Support\nTo: Anne",
        "-------- Message d'origine --------\nDe : Support <support@fibre.example>\nDate : 03/11/2025 10:12\nÀ : Anne",
        "-------- Message original --------\nObjet : Panne\nDate : 2025-11-03 10:12\nDe : Support\nÀ : Anne",
        '----- Mail original -----\nDe: "Support" <support@fibre.example>\nÀ: <anne@client.example>\nObjet: Panne',
        '====================\n\nMessage du : 03/11/2025 10:12\nDe : "Support" <support@fibre.example>\nA : anne',
    ],
)
def test_a_header_block_begins_the_quotation(head: str) -> None:
    letter = f"Bonjour,\n\nC'est réparé.\n\n{head}\n\nBonjour Anne,\n\nLa panne dure-t-elle encore ?\n"
    assert new(letter) == "Bonjour,\n\nC'est réparé."
    assert quoted(letter).startswith(head.split("\n")[0])
    assert signature(letter) == ""


@pytest.mark.parametrize(
    "head",
    [
        "---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\nDate: Mon, Nov 3\nSubject: Down\nTo: A",
        "---------- Message transféré ---------\nDe : Boutique <shop@shop.example>\nDate: lun. 3 nov.\nSubject: Panne",
        "-------- Message transféré --------\nSujet : \tPanne\nDate : \tMon, 3 Nov 2025 10:12:33\nDe : \tBoutique",
        "Début du message réexpédié :\n\nDe: Boutique <shop@shop.example>\nObjet: Panne\nDate: 3 novembre 2025",
        "Begin forwarded message:\n\nFrom: Shop <shop@shop.example>\nSubject: Down",
        "De : Boutique <shop@shop.example>\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Anne\nObjet : Panne",
    ],
)
def test_a_forward_without_words_speaks_by_what_it_forwards(head: str) -> None:
    body = "La boutique est hors ligne.\n\nPaul"
    assert new(f"{head}\n\n{body}\n") == body
    assert new(f"Voyez ceci.\n\n{head}\n\n{body}\n") == "Voyez ceci."
    assert new(f"Envoyé de mon iPhone\n\n{head}\n\n{body}\n") == body


def test_an_apple_forward_without_words_keeps_its_marks() -> None:
    head = "\nBegin forwarded message:\n\n> From: Shop <shop@shop.example>\n> Subject: Down\n"
    letter = head + "> \n> The shop is offline.\n> Paul\n"
    assert new(letter).endswith("> The shop is offline.\n> Paul")
    assert "From:" in quoted(letter)


def test_an_answer_below_the_quotation_is_new() -> None:
    letter = f"Le 03/11/2025 à 10:12, Support a écrit :\n{QUOTE}\nOui, encore.\n\n-- \nAnne Roy\n"
    assert new(letter) == "Oui, encore."
    assert signature(letter) == "-- \nAnne Roy"


def test_answers_between_quoted_lines_are_new() -> None:
    letter = (
        "Bonjour,\n\nOn 3/11/25 10:12, Support wrote:\n> Avez-vous redémarré ?\nOui, deux fois.\n"
        "> Et le câble ?\n>\n\nChangé.\n\nAnne\n"
    )
    assert new(letter) == "Bonjour,\n\nOui, deux fois.\nChangé.\n\nAnne"


def test_an_answer_to_one_quoted_question_is_new() -> None:
    assert new("> Avez-vous redémarré le routeur ?\n\nOui, deux fois.\n") == "Oui, deux fois."


def test_a_quoted_line_that_a_client_wrapped_stays_quoted() -> None:
    wrapped = (
        "> Nous aimerions savoir si la panne de votre connexion dure encore ce matin et\nsi elle touche le siège\n"
    )
    letter = f"Oui.\n\n{wrapped}> Merci.\n"
    assert new(letter) == "Oui."


def test_what_stands_from_our_delimiter_on_is_quoted() -> None:
    letter = f"C'est réglé, merci.\n\n{DELIMITER}\n\nDemande MB-7K3F-9XWM\nClient : Anne Roy\n"
    assert new(letter) == "C'est réglé, merci."
    assert quoted(letter).startswith("##-")


@pytest.mark.parametrize(
    "head",
    [
        "Le lun. 3 nov. 2025 à 10:12, Robot <robot@fibre.example> a écrit :\n\n> ",
        "Le 3 novembre, Robot a écrit :\n\n",
        "Robot, Montag 10:12 <robot@fibre.example>:\n\n> ",
        "De : Robot\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Alice\nObjet : [MB-7K3F-9XWM]\n\n",
    ],
)
def test_what_announces_our_delimiter_is_quoted_too(head: str) -> None:
    assert new(f"Réparé.\n\n{head}{DELIMITER}\n> Client : Anne\n") == "Réparé."


def test_a_delimiter_that_a_client_wrapped_is_known() -> None:
    wrapped = DELIMITER.replace("ligne / ", "ligne /\n")
    assert new(f"Réparé.\n\n{wrapped}\nClient : Anne\n") == "Réparé."


def test_an_answer_of_nothing_never_speaks_with_our_own_notice() -> None:
    outlook = f"De : Robot\nEnvoyé : lundi 3 novembre 2025 10:12\nÀ : Alice\n\n{DELIMITER}\nClient : Anne Roy\n"
    gmail = f"> {DELIMITER}\n> Client : Anne Roy\n"
    for letter in (outlook, gmail, f"Envoyé de mon iPhone\n\n{outlook}", f"-- \nAlice\n\n{gmail}"):
        assert new(letter) == ""


def test_an_answer_below_our_marked_notice_is_new() -> None:
    assert new(f"> {DELIMITER}\n> Client : Anne Roy\n\nRéparé.\n-- \nAlice\n") == "Réparé."


@pytest.mark.parametrize(
    "mark",
    [
        "Envoyé de mon iPhone",
        "Envoyé depuis mon appareil Galaxy",
        "Envoyé à partir d’Outlook pour iOS<https://aka.example/o0ukef>",
        "Envoyé à partir de Courrier pour Windows",
        "Envoyé avec la messagerie sécurisée Proton Mail.",
        "Télécharger Outlook pour iOS<https://aka.example/o0ukef>",
        "Obtenir Outlook pour Android",
        "Provenance : Courrier pour Windows",
        "Sent from my iPhone",
        "Sent from Outlook for Android",
        "Sent with Proton Mail secure email.",
        "Get Outlook for iOS<https://aka.example/o0ukef>",
        "Garanti sans virus. www.antivirus.example",
    ],
)
def test_the_mark_of_a_telephone_or_client_is_a_signature(mark: str) -> None:
    letter = f"La ligne est coupée.\n\nAnne\n\n{mark}\n"
    assert new(letter) == "La ligne est coupée.\n\nAnne"
    assert signature(letter) == mark


def test_words_below_the_mark_of_a_telephone_are_not_lost() -> None:
    assert new("Coupé.\n\nEnvoyé de mon iPhone\n\nP.-S. Le câble aussi.\n") == "Coupé.\n\nP.-S. Le câble aussi."


def test_two_dashes_begin_a_signature_even_where_their_blank_was_stripped() -> None:
    for dashes in ("-- ", "--"):
        assert signature(f"Coupé.\n{dashes}\nAnne Roy\nExemple inc.\n") == f"{dashes}\nAnne Roy\nExemple inc."


def test_two_dashes_above_a_long_text_begin_no_signature() -> None:
    letter = "Coupé.\n--\n" + "Étape du diagnostic.\n" * 30
    assert new(letter) == letter.strip()


@pytest.mark.parametrize(
    "sign_off", ["Cordialement,", "Bien à vous", "Merci d'avance,", "Salutations distinguées,", "Best regards,"]
)
def test_a_contact_block_under_the_sign_off_is_a_signature(sign_off: str) -> None:
    words = f"La ligne est coupée.\n\n{sign_off}\nAnne Roy"
    contact = "Directrice informatique\nTél. : 514 555-0100\nwww.client.example"
    assert (new(f"{words}\n{contact}\n"), signature(f"{words}\n{contact}\n")) == (words, contact)


def test_a_name_that_heads_a_contact_block_belongs_to_it() -> None:
    block = "Anne Roy\nDirectrice informatique\n+1 514 555-0100"
    assert signature(f"La ligne est coupée.\n\nCordialement,\n\n{block}\n") == block
    assert signature("La ligne est coupée.\n\nAnne Roy\n514-555-0100\nanne@client.example\n") == (
        "Anne Roy\n514-555-0100\nanne@client.example"
    )


@pytest.mark.parametrize(
    "letter",
    [
        "Coupé.\n\nMerci,\nAnne",
        "Coupé.\n\nMerci,\nAnne\n\nCompte : AC-123456\nAdresse IP : 203.0.113.7",
        "Coupé.\n\nMerci de me joindre au :\n514 555-0100",
        "Personne sur place :\n\nPaul Roy\n514 555-0100\npaul@client.example",
        "Merci, Anne\n\nP.-S. Vous pouvez aussi joindre mon collègue Paul demain au 514 555-0100.",
    ],
)
def test_what_a_customer_gives_to_be_reached_stays_new(letter: str) -> None:
    assert new(letter) == letter


@pytest.mark.parametrize(
    "footer",
    [
        "Ce courriel et ses pièces jointes sont confidentiels et réservés à leur destinataire.",
        "AVIS DE CONFIDENTIALITÉ\nCe message peut contenir de l'information confidentielle.",
        "This e-mail and any attachments are confidential and intended solely for the addressee.",
        "Pensez à l'environnement avant d'imprimer ce courriel.",
        "________________________________________\nliste@ailleurs.example",
    ],
)
def test_a_legal_footer_is_a_signature(footer: str) -> None:
    letter = f"La ligne est coupée.\n\nMerci,\nAnne\n\n{footer}\n"
    assert new(letter) == "La ligne est coupée.\n\nMerci,\nAnne"
    assert signature(letter) == footer


def test_new_text_is_never_empty_where_the_letter_is_not() -> None:
    for letter in (
        "> a\n> b\n",
        "-- \nAnne\n",
        "Envoyé de mon iPhone\n",
        "On 3/11/25 10:12, X wrote:\n",
        f"Sent from my iPad\n\n{QUOTE}",
    ):
        assert new(letter) != ""


def test_blank_lines_belong_to_what_stands_above_them() -> None:
    letter = f"\n\nOui.\n\n{QUOTE}\nNon.\n"
    assert [(part.kind, letter[part.start : part.end]) for part in split(letter)] == [
        (PartKind.NEW, "\n\nOui.\n\n"),
        (PartKind.QUOTED, f"{QUOTE}\n"),
        (PartKind.NEW, "Non.\n"),
    ]


def test_lines_beyond_the_limit_share_the_kind_of_the_last() -> None:
    letter = "Bonjour.\n" * 12_000 + QUOTE
    assert [part.kind for part in split(letter)] == [PartKind.NEW]
