"""Tags say which mail, ticket numbers which ticket; neither is read where a single sign is wrong."""

import re
import string
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot import tokens

KEY = b"k" * 32
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TAG = tokens.tag(KEY, "delivery:17", "acknowledgement", "anna@example.net")
BOX = "support@example.com"

names = st.text(max_size=20)
keys = st.binary(min_size=16, max_size=64)


def number_of(data: str) -> str:
    """The sound number with these seven characters, found by trying."""
    return next(filter(tokens.is_ticket_number, (f"MB-{data[:4]}-{data[4:]}{check}" for check in CROCKFORD)))


def characters(number: str) -> str:
    return number.removeprefix("MB-").replace("-", "")


def numbered(eight: str) -> str:
    return f"MB-{eight[:4]}-{eight[4:]}"


@given(keys, names, names, names)
def test_a_tag_is_26_lower_case_crockford_characters_and_always_the_same(
    key: bytes, cause: str, template: str, recipient: str
) -> None:
    made = tokens.tag(key, cause, template, recipient)
    assert re.fullmatch(f"[{CROCKFORD.lower()}]{{26}}", made)
    assert made == tokens.tag(key, cause, template, recipient)


def test_a_tag_never_changes_from_one_release_to_the_next() -> None:
    """Replies to mails sent years ago must find their ticket."""
    assert TAG == "0eenz0aag66r7tt1ggywj08x06"
    assert tokens.ticket_number(KEY, "delivery:17", 0) == "MB-VZMP-6YKT"


@given(st.tuples(names, names, names), st.tuples(names, names, names))
def test_other_parts_make_another_tag(some: tuple[str, str, str], others: tuple[str, str, str]) -> None:
    assert (tokens.tag(KEY, *some) == tokens.tag(KEY, *others)) is (some == others)


def test_no_part_runs_into_the_next() -> None:
    cuts = [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("abcd", "", ""), ("", "abcd", ""), ("", "", "abcd")]
    assert len({tokens.tag(KEY, *parts) for parts in cuts}) == len(cuts)


def test_every_bit_of_the_key_counts() -> None:
    flipped = [bytes(octet ^ (1 << bit) if n == at else octet for n, octet in enumerate(KEY)) for at, bit in BITS]
    assert len({tokens.tag(key, "c", "t", "r") for key in [KEY, *flipped]}) == 257
    assert len({tokens.ticket_number(key, "c", 0) for key in [KEY, *flipped]}) == 257


BITS = list(product(range(32), range(8)))


def test_a_recipient_that_is_no_valid_text_still_has_a_tag() -> None:
    assert tokens.tag(KEY, "c", "t", "\udce9") != tokens.tag(KEY, "c", "t", "é")


@given(keys, names)
def test_a_message_id_gives_its_tag_back(key: bytes, cause: str) -> None:
    made = tokens.tag(key, cause, "t", "r")
    written = tokens.message_id(made, "tickets.example.com")
    assert written == f"<mb.{made}@tickets.example.com>"
    assert tokens.tag_of_message_id(written, "Tickets.Example.COM") == made


def test_a_message_id_has_at_most_70_characters() -> None:
    assert len(tokens.message_id(TAG, "d" * 34 + ".com")) == 70


@pytest.mark.parametrize(
    "written",
    [
        f"mb.{TAG}@tickets.example.com",
        f"<mb.{TAG}@tickets.example.com> ",
        f"<mb.{TAG}@tickets.example.com>\n",
        f"<mb.{TAG}@evil.example>",
        f"<mb.{TAG}@tickets.example.com.evil.example>",
        f"<mb.{TAG}@evil@tickets.example.com>",
        f"<xmb.{TAG}@tickets.example.com>",
        f"<{TAG}@tickets.example.com>",
        f"<mb.{TAG[:-1]}@tickets.example.com>",
        f"<mb.{TAG}0@tickets.example.com>",
        f"<mb.{TAG[:-1]}u@tickets.example.com>",
        f"<mb.{TAG[:-1]}-@tickets.example.com>",
        "",
    ],
)
def test_a_foreign_message_id_has_no_tag(written: str) -> None:
    assert tokens.tag_of_message_id(written, "tickets.example.com") is None


@given(keys, names, st.sampled_from(["+", "-", "--", "=", "."]))
def test_a_subaddress_gives_its_tag_back_in_either_case(key: bytes, cause: str, separator: str) -> None:
    made = tokens.tag(key, cause, "t", "r")
    written = tokens.subaddress(BOX, separator, made)
    assert written == f"support{separator}{made}@example.com"
    for variant in (written, written.upper(), written.title()):
        assert tokens.tag_of_address(variant, BOX, separator) == made


@pytest.mark.parametrize(
    "written",
    [
        BOX,
        f"{TAG}@example.com",
        f"+{TAG}@example.com",
        f"support{TAG}@example.com",
        f"support-{TAG}@example.com",
        f"support+{TAG}@example.net",
        f"support+{TAG}@sub.example.com",
        f"xsupport+{TAG}@example.com",
        f"support+x{TAG}@example.com",
        f"support+{TAG}0@example.com",
        f"support+{TAG[1:]}@example.com",
        f"support+{TAG}@evil@example.com",
        f" support+{TAG}@example.com",
        f"support+{TAG}@example.com ",
        f"support+{'o' * 26}@example.com",
        "support+" + "\N{KELVIN SIGN}" * 26 + "@example.com",
        "support+" + "\N{FULLWIDTH DIGIT ONE}" * 26 + "@example.com",
        "",
        "@",
    ],
)
def test_a_foreign_address_has_no_tag(written: str) -> None:
    assert tokens.tag_of_address(written, BOX, "+") is None


def test_the_kelvin_sign_is_no_k_before_a_tag() -> None:
    assert tokens.tag_of_address(f"DESK+{TAG}@example.com", "desk@example.com", "+") == TAG
    assert tokens.tag_of_address(f"des\N{KELVIN SIGN}+{TAG}@example.com", "desk@example.com", "+") is None


def test_without_a_separator_no_address_has_a_tag() -> None:
    assert tokens.tag_of_address(f"support{TAG}@example.com", BOX, "") is None


@given(st.text())
def test_no_text_is_read_as_another_tag_than_it_shows(text: str) -> None:
    found = tokens.tag_of_address(f"support+{text}@example.com", BOX, "+")
    assert found is None or found == text.lower()


def test_each_wrong_sign_makes_another_tag_or_none() -> None:
    written = tokens.subaddress(BOX, "+", TAG)
    start = len("support+")
    for at, sign in product(range(start, start + 26), string.printable):
        found = tokens.tag_of_address(written[:at] + sign + written[at + 1 :], BOX, "+")
        assert (found == TAG) is (sign.lower() == written[at])


@given(keys, names, st.integers(0, 1000))
def test_a_ticket_number_is_never_taken_for_an_order_number(key: bytes, cause: str, n: int) -> None:
    number = tokens.ticket_number(key, cause, n)
    assert re.fullmatch(f"MB-[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}", number)
    assert tokens.is_ticket_number(number)
    assert not re.search(r"#\d{6}", f"[{number}]")


@given(names, names, st.integers(0, 50), st.integers(0, 50))
def test_each_cause_has_its_own_row_of_numbers(cause: str, other: str, n: int, m: int) -> None:
    same = (cause, n) == (other, m)
    assert (tokens.ticket_number(KEY, cause, n) == tokens.ticket_number(KEY, other, m)) is same


def test_a_ticket_number_tells_nothing_of_a_tag() -> None:
    assert characters(tokens.ticket_number(KEY, "c", 0))[:7].lower() != tokens.tag(KEY, "c", "0", "")[:7]


@pytest.mark.parametrize("data", ["0000000", "ZZZZZZZ", "7K3F9XW", "0123456", "ABCDEFG"])
def test_every_single_wrong_character_is_noticed(data: str) -> None:
    sound = characters(number_of(data))
    for at, sign in product(range(8), CROCKFORD):
        changed = sound[:at] + sign + sound[at + 1 :]
        assert tokens.is_ticket_number(numbered(changed)) is (changed == sound)


@pytest.mark.parametrize("at", range(7))
def test_every_two_neighbours_swapped_are_noticed(at: int) -> None:
    """All pairs of characters at all places, the check character's included."""
    seen = set()
    for one, two in product(CROCKFORD, repeat=2):
        data = ["0"] * 7
        data[at], data[at - 1 if at == 6 else at + 1] = one, two
        sound = characters(number_of("".join(data)))
        swapped = sound[:at] + sound[at + 1] + sound[at] + sound[at + 2 :]
        assert tokens.is_ticket_number(numbered(swapped)) is (sound[at] == sound[at + 1])
        seen.add(sound[at : at + 2])
    assert len(seen) == 32 * 32


@given(st.lists(st.sampled_from(CROCKFORD), min_size=7, max_size=7).map("".join), st.integers(0, 7), st.integers(0, 7))
def test_two_characters_swapped_anywhere_are_noticed(data: str, a: int, b: int) -> None:
    sound = characters(number_of(data))
    swapped = list(sound)
    swapped[a], swapped[b] = swapped[b], swapped[a]
    assert tokens.is_ticket_number(numbered("".join(swapped))) is (sound[a] == sound[b])


def test_one_check_character_in_32_is_right() -> None:
    for data in ("0000000", "7K3F9XW"):
        assert sum(tokens.is_ticket_number(numbered(data + check)) for check in CROCKFORD) == 1


NUMBER = number_of("10K3F9X")
OTHER = number_of("7K3F9XW")


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        (f"Re: [{NUMBER}] Panne", (NUMBER,)),
        (f"re: {NUMBER.lower()}: panne", (NUMBER,)),
        (f"{NUMBER}, {OTHER} et {NUMBER}", (NUMBER, OTHER)),
        (f"({OTHER})({NUMBER})", (OTHER, NUMBER)),
        (NUMBER.replace("10", "IO"), (NUMBER,)),
        (NUMBER.replace("10", "lo"), (NUMBER,)),
        (f"«{NUMBER}»", (NUMBER,)),
        (f"x{NUMBER}", ()),
        (f"é{NUMBER}", ()),
        (f"{NUMBER}x", ()),
        (f"{NUMBER}é", ()),
        (f"{NUMBER}-1", ()),
        (f"_{NUMBER}_", ()),
        (NUMBER.replace("-", ""), ()),
        (NUMBER.replace("-", " "), ()),
        (NUMBER.replace("K", "\N{KELVIN SIGN}"), ()),
        (NUMBER.replace("K", "U"), ()),
        ("commande #123456", ()),
        ("", ()),
    ],
)
def test_numbers_are_found_as_people_write_them(subject: str, found: tuple[str, ...]) -> None:
    assert tokens.ticket_numbers(subject) == found


def test_at_most_five_numbers_are_read() -> None:
    many = [tokens.ticket_number(KEY, "c", n) for n in range(20)]
    assert tokens.ticket_numbers(" ".join(many)) == tuple(many[:5])


def test_only_the_canonical_form_is_a_ticket_number() -> None:
    assert tokens.is_ticket_number(NUMBER)
    for text in (NUMBER.lower(), f" {NUMBER}", f"[{NUMBER}]", NUMBER.replace("0", "O"), f"{NUMBER} {OTHER}", ""):
        assert not tokens.is_ticket_number(text)


@given(st.text(alphabet="mMbB-01ioLO7k3f9xw é["))
def test_what_is_found_is_sound_and_canonical(text: str) -> None:
    assert all(tokens.is_ticket_number(number) for number in tokens.ticket_numbers(text))
