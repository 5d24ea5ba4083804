"""When two addresses are the same, and what stands in To and Cc."""

import unicodedata

import pytest

from mailbot.model import Address
from mailbot.parsers.address import key
from mailbot.parsers.mailboxes import addresses, mailboxes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ANA@Good.COM", "ana@good.com"),
        ("ana@bücher.example", "ana@XN--BCHER-KVA.example"),
        ("zoé@good.com", "zoé@GOOD.com"),
    ],
)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@straße.de", "ana@strasse.de"),
        ("ana@ＥＸＡＭＰＬＥ.com", "ana@example.com"),
        ("ana@example。com", "ana@example.com"),
        ("ana@exam\u00adple.com", "ana@example.com"),
        ("ana@exam\u200dple.com", "ana@example.com"),
        ("\u212aim@good.com", "kim@good.com"),
        ("ad\u0131n@good.com", "adin@good.com"),
        ("\u017fam@good.com", "sam@good.com"),
        ("\ufb01n@good.com", "fin@good.com"),
        ("ana+shop@good.com", "ana@good.com"),
        ("a.na@good.com", "ana@good.com"),
        (unicodedata.normalize("NFC", "zoé@good.com"), unicodedata.normalize("NFD", "zoé@good.com")),
        ("ana@аррle.com", "ana@apple.com"),
        ("É@good.com", "é@good.com"),
    ],
)
def test_what_only_looks_alike_has_two_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_a_key_is_the_key_of_itself() -> None:
    for address in ("ANA@Bücher.Example", "no address", "", "@", "a@", "ana@ＥＸＡＭＰＬＥ.com"):
        assert key(key(address)) == key(address)


def test_a_list_gives_its_mailboxes_without_groups_and_comments() -> None:
    value = '"Roy, Ana" <ana@good.com>, ventes: v1@good.com, v2@good.com;, rien:;, bad address, bob@good.com (Bob)'

    assert mailboxes(value) == (
        Address("ana@good.com", "Roy, Ana"),
        Address("v1@good.com"),
        Address("v2@good.com"),
        Address("bob@good.com"),
    )


def test_a_list_ends_at_five_hundred() -> None:
    assert len(mailboxes(", ".join(f"a{n}@good.com" for n in range(3_000)))) == 500


def test_claims_are_read_anywhere() -> None:
    assert addresses("x <a@good.com>; b@bad.com (c@d.example)", 2) == ("a@good.com", "b@bad.com")
