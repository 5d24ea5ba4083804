"""Who wrote a mail: the table of reliability.md 2.3 and its neighbours."""

import random
from email.utils import parseaddr

import pytest

from mailbot.model import Address
from mailbot.parsers.author import Authorship, authorship
from mailbot.parsers.headers import section


def read(head: bytes) -> Authorship:
    raw = head + b"\n\n"
    return authorship(section(raw, 0, len(raw)))


def wrote(value: str) -> Address | None:
    return read(b"From: " + value.encode()).author


@pytest.mark.parametrize(
    "value",
    [
        "victim@good.com <evil@bad.com>",
        "victim@good.com; evil@bad.com",
        "=?utf-8?q?victim=40good.com=3C?=evil@bad.com",
        "<=?utf-8?q?victim?=@good.com>",
        "<@evil.com:victim@good.com>",
        "group: victim@good.com;",
        "undisclosed-recipients:;",
        "<victim@good.com>, <evil@bad.com>",
        "victim@good.com.",
        '"victim"@good.com',
        "a@good.com@evil.com",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@good..com",
        ".a@good.com",
        "a.@good.com",
        "a@-good.com",
        "a@" + "x" * 64 + ".com",
        "a" * 65 + "@good.com",
        "a@" + "x." * 130 + "com",
        "a\u202e@good.com",
        "a\u200b@good.com",
        "a\u00ad@good.com",
        "a\tb@good.com",
        "a\x00@good.com",
        "a@ＧＯＯＤ.com",
        "a@good。com",
        "a@go\u200dod.com",
        "Ana (Roy) <a@good.com>",
        "Ana <a@good.com> x",
        "Ana <a@good.com",
        "Ana Roy a@good.com",
        "<a@good.com>>",
        "<>",
        "",
        "(" * 300,
        "a@good.com " + "(" * 300,
        '"Ana\x07" <a@good.com>',
        "Ana\u202e yoR <a@good.com>",
        '"Ana\u2066 Roy" <a@good.com>',
        "Ana\u0085 Roy <a@good.com>",
        "Ana\x7f Roy <a@good.com>",
        "Ana " * 600 + "<a@good.com>",
    ],
)
def test_a_doubtful_from_has_no_author(value: str) -> None:
    authorship = read(b"From: " + value.encode())

    assert authorship.author is None
    assert authorship.defect


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("ana@good.com", "ana@good.com", ""),
        ("<ana@good.com>", "ana@good.com", ""),
        ("Ana Roy <ANA@Good.COM>", "ANA@Good.COM", "Ana Roy"),
        ('"Roy, Ana" <ana@good.com>', "ana@good.com", "Roy, Ana"),
        ('"Ana \\"la\\" Roy" <ana@good.com>', "ana@good.com", 'Ana "la" Roy'),
        ("Exemple Inc. <ana@good.com>", "ana@good.com", "Exemple Inc."),
        ("=?utf-8?q?L=C3=A9a?= Roy <lea@good.com>", "lea@good.com", "Léa Roy"),
        ("Léa Roy <lea@good.com>", "lea@good.com", "Léa Roy"),
        ("ana@good.com (Ana Roy)", "ana@good.com", "Ana Roy"),
        ("Ana<ana+tag@good.com>", "ana+tag@good.com", "Ana"),
        ("O'Neil <o'n@good.com>", "o'n@good.com", "O'Neil"),
        ("zoé@bücher.example", "zoé@bücher.example", ""),
        ('"registered@good.com" <a@bad.com>', "a@bad.com", ""),
        ("=?utf-8?q?registered=40good=2Ecom?= <a@bad.com>", "a@bad.com", ""),
        ("Ana\u200f\u200b Roy <a@good.com>", "a@good.com", "Ana Roy"),
        ("registered＠good.com <a@bad.com>", "a@bad.com", ""),
    ],
)
def test_a_plain_from_names_its_author(value: str, address: str, name: str) -> None:
    assert wrote(value) == Address(address, name)


@pytest.mark.parametrize(
    "head",
    [
        b"From: a@good.com\nSubject: x\nFrom: b@good.com",
        b"From: a@good.com\nfrom: a@good.com",
        b"From: a@good.com\nFrom : b@good.com",
        b"From: a@good.com\nX-Test: 1\rFrom: b@good.com",
        b"From: a@good.com\nno field\nFrom: b@good.com",
    ],
)
def test_several_from_fields_are_nobody_however_the_second_hides(head: bytes) -> None:
    authorship = read(head)

    assert authorship.author is None
    assert authorship.claimed[0] == "a@good.com"


@pytest.mark.parametrize("value", [b"\ra@good.com", b"a@good.com\r\r", b"Ana\r <a@good.com>", b"Ana\n \r<a@good.com>"])
def test_a_bare_carriage_return_in_from_is_no_blank(value: bytes) -> None:
    assert read(b"X-Test: 1\nFrom: " + value).author is None
    assert read(b"From: a@good.com\nX-Test: 1\r2\nTo: b@good.com").author == Address("a@good.com")


def test_latin_octets_in_an_address_are_no_address() -> None:
    assert read(b"From: ren\xe9@good.com").author is None
    assert read(b"From: Ren\xe9 <rene@good.com>").author == Address("rene@good.com", "René")


def test_a_header_too_large_to_be_seen_whole_has_no_author() -> None:
    authorship = read(b"From: a@good.com\nX-Test: " + b"x" * 300_000)

    assert authorship.author is None
    assert authorship.claimed == ("a@good.com",)


def test_what_needs_no_second_reader_has_one_reading() -> None:
    chance = random.Random(3)
    pieces = [
        "Ana",
        "d'Arc",
        "é",
        "=?utf-8?q?",
        "?=",
        " ",
        " ",
        "<",
        ">",
        "a",
        ".",
        "@",
        "@",
        "b.ca",
        "-",
        "+",
        "_",
        "/",
        "9",
    ]
    plain = 0
    for _ in range(30_000):
        value = "".join(chance.choices(pieces, k=chance.randrange(3, 9)))
        author = wrote(value)
        if author is not None:
            plain += 1
            assert parseaddr(value)[1] == author.address, value
    assert plain > 100


def test_a_mail_without_from_says_so() -> None:
    assert read(b"Sender: a@good.com") == Authorship(None, "there is no From field")


def test_no_mixture_of_pieces_elevates_a_stranger() -> None:
    """What the grammar believes holds the victim's address only where nothing else could be meant."""
    chance = random.Random(7)
    pieces = ["victim@good.com", "evil@bad.com", "<", ">", '"', "(", ")", ",", ";", ":", " ", "\\", "=?utf-8?q?", "?="]

    believed = set()
    for _ in range(20_000):
        value = "".join(chance.choices(pieces, k=chance.randint(1, 7)))
        author = wrote(value)
        if author is not None and author.address == "victim@good.com" and "evil" in value:
            believed.add(value)

    # the other address is in a quoted name or in a comment: every reader passes over both
    assert all('"' in value or "(" in value for value in believed)
    assert all("evil@bad.com>" not in value and not value.startswith("evil@bad.com ") for value in believed)
