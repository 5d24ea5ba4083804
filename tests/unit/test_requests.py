"""What a letter asks for is read in its own words, French and English, and nothing sensitive passes for less."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from policies import shipped

from mailbot import policy
from mailbot.model import Request, RequestClass
from mailbot.parsers.words import words


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    intent: str
    klass: str


def _letters() -> tuple[Letter, ...]:
    table = tomllib.loads((Path(__file__).parent / "requests.toml").read_text("utf-8"))
    return tuple(Letter(one["subject"], one["text"], one["intent"], one["class"]) for one in table["letter"])


LETTERS = _letters()


def asked(subject: str, text: str = "") -> Request:
    return policy.classify(subject, text, shipped())


def test_nine_of_ten_letters_are_known_by_their_intent() -> None:
    wrong = [one.subject for one in LETTERS if asked(one.subject, one.text).intent != one.intent]
    assert len(LETTERS) >= 60
    assert len(wrong) <= len(LETTERS) // 10, wrong


def test_no_sensitive_request_is_classed_lower() -> None:
    sensitive = [one for one in LETTERS if one.klass == "sensitive"]
    assert len(sensitive) >= 20
    assert not [one.subject for one in sensitive if asked(one.subject, one.text).klass != "sensitive"]


def test_no_ordinary_letter_is_held() -> None:
    ordinary = [one for one in LETTERS if one.klass != "sensitive"]
    assert not [one.subject for one in ordinary if asked(one.subject, one.text).klass == "sensitive"]


def test_what_no_phrase_shows_is_about_an_account() -> None:
    assert asked("Bonjour", "Merci de me rappeler.") == Request(None, RequestClass.ACCOUNT, ())


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Opening hours", "And please cancel my subscription."),
        ("Horaires", "Merci aussi de résilier mon abonnement."),
        ("", "Panne depuis ce matin. J'ai oublié mon mot de passe."),
    ],
)
def test_the_strictest_class_wins(subject: str, text: str) -> None:
    assert asked(subject, text).klass is RequestClass.SENSITIVE


def test_naming_ones_own_account_makes_a_general_question_one_about_it() -> None:
    assert asked("Opening hours", "Are you open today?").klass is RequestClass.GENERAL
    assert asked("Opening hours", "Are you open today? It is about my account.").klass is RequestClass.ACCOUNT


def test_case_accents_elisions_and_typography_do_not_matter() -> None:
    for written in ("CHANGEMENT D'ADRESSE", "changement d’adresse", "Changement  d'adresse", "changement\nd'adresse"):
        assert asked("", written).intent == "address-change", written
    assert asked("", "R\u00c9SILIATION").intent == asked("", "Re\u0301siliation").intent == "cancel"


def test_a_longer_phrase_hides_the_shorter_ones_within_it() -> None:
    assert asked("", "Changement d'adresse").klass is RequestClass.SENSITIVE
    assert asked("", "Changement d'adresse IP").klass is RequestClass.ACCOUNT


def test_no_phrase_goes_on_beyond_its_sentence() -> None:
    assert asked("", "Please restart the server").klass is RequestClass.SENSITIVE
    assert asked("", "Yes please. Restart of the server was fine.").klass is RequestClass.ACCOUNT


def test_having_restarted_something_oneself_is_no_request() -> None:
    text = "Nous avons redémarré le serveur et le routeur, sans résultat. We rebooted the server as well."
    assert asked("", text).klass is not RequestClass.SENSITIVE


def test_what_is_not_read_cannot_make_a_letter_general() -> None:
    filling = "lorem ipsum " * 20_000
    long = f"What are your opening hours? {filling}"
    assert asked("", long).klass is RequestClass.ACCOUNT
    assert asked("", f"{filling} Please cancel my subscription.").klass is RequestClass.SENSITIVE


@pytest.mark.parametrize("unit", ["facture ", "please could you ", "l'", "e\u0301\u0323", "\n \n", "send " * 9, "a"])
def test_hostile_text_of_a_mebibyte_has_an_outcome(unit: str) -> None:
    text = unit * (1024 * 1024 // len(unit))
    assert asked("", text).klass in RequestClass


def test_words_end_where_sentences_do() -> None:
    assert words("Où ?\n\nC'est l'œuf n° 12.5… 'quoi'") == ["ou", "|", "est", "oeuf", "n", "12", "5", "|", "quoi"]
