"""Fields are read with the exact quote, in canonical form, and never out of a longer number."""

import pytest

from mailbot.model import Field, Part, PartKind, Reading
from mailbot.parsers import fields
from mailbot.parsers.quoted import split

READING = Reading()


def read(subject: str, text: str, reading: Reading = READING) -> tuple[Field, ...]:
    return fields.extract(subject, text, split(text), reading)


def values(name: str, text: str, reading: Reading = READING) -> list[str]:
    return [field.value for field in read("", text, reading) if field.name == name]


def test_a_field_has_value_quote_source_and_span() -> None:
    text = "Bonjour,\nmon compte est ac-123456.\n"
    assert read("", text) == (Field("account", "AC-123456", "ac-123456", "text", 24, 33, "pattern", 0.95),)
    assert text[24:33] == "ac-123456"


def test_spans_are_code_points_of_their_source() -> None:
    (field,) = read("é€😀 #123456", "")
    assert (field.name, field.source, field.start, field.end, field.quote) == ("order", "subject", 4, 11, "#123456")


@pytest.mark.parametrize(
    "text",
    [
        "AC-1234567",
        "XAC-123456",
        "AC-123456a",
        "éAC-123456",
        "compte 123456789",
        "compte 1234567",
        "compte client A12345678",
        "comptes-rendus 12345678",
        "commande 12345678",
        "Appelez le 12345678",
        "accounting 12345678",
    ],
)
def test_a_piece_of_a_longer_number_or_word_is_no_account(text: str) -> None:
    assert values("account", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "compte 12345678",
        "Compte n° 12345678.",
        "Numéro de compte : 12345678",
        "COMPTE CLIENT NUMÉRO 12345678",
        "account number 12345678",
        "Our account is 12345678,",
        "Compte :\n12345678",
    ],
)
def test_eight_digits_after_the_word_are_an_account(text: str) -> None:
    assert values("account", text) == ["12345678"]


def test_several_accounts_after_one_word_are_all_read() -> None:
    assert values("account", "Comptes 12345678, 23456789 et 34567890") == ["12345678", "23456789", "34567890"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("commande #123456.", ["#123456"]),
        ("(#123456)", ["#123456"]),
        ("#1234567", []),
        ("##123456", []),
        ("&#123456;", []),
        ("#123456 et #654321", ["#123456", "#654321"]),
    ],
)
def test_an_order_stands_alone(text: str, expected: list[str]) -> None:
    assert values("order", text) == expected


def test_the_sites_own_patterns_count() -> None:
    reading = Reading(account_patterns=(r"C\d{6}", r"K[A-F]{4}"), order_patterns=())
    assert values("account", "c100042 KABCD AC-123456", reading) == ["C100042", "KABCD"]
    assert values("order", "#123456", reading) == []


def test_what_the_author_wrote_now_counts_more_than_signature_and_quotation() -> None:
    text = "Commande #111111\n-- \nClient #222222\n\n> Commande #333333\n> Commande #111111\n"
    found = [(field.value, field.confidence) for field in read("", text)]
    assert found == [("#111111", 0.95), ("#222222", 0.57), ("#333333", 0.47)]


def test_each_value_is_given_once_with_its_best_quote() -> None:
    (field,) = read("Panne #123456", "> #123456\n> #123456\n")
    assert (field.source, field.start) == ("subject", 6)


def test_at_most_twenty_values_of_a_field_are_given() -> None:
    assert len(values("order", " ".join(f"#{number}" for number in range(100_000, 105_000)))) == 20


def test_without_parts_the_text_is_read_all_the_same() -> None:
    assert [field.value for field in fields.extract("", "#123456", (), READING)] == ["#123456"]


def test_a_field_is_named_by_its_file() -> None:
    found = fields.extract("", "AC-123456 #123456", (Part(PartKind.NEW, 0, 17),), READING)
    assert [field.name for field in found] == ["account", "order"]
