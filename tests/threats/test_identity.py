"""T-08 to T-18 and F-001 to F-032: what others were deceived by about who wrote a mail, each by its number."""

import unicodedata
from dataclasses import replace

import pytest
from identity import ACCOUNT, BORDER, DESK, PASS, RECEIVED, TOP, VICTIM, Desk, below, customer, read
from sites import site

from mailbot.model import Level
from mailbot.work.doctor import evidence
from mailbot.work.doctor.finding import Verdict

UNKNOWN, REGISTERED, SUSPECT, AUTHENTICATED = Level.UNKNOWN, Level.REGISTERED, Level.SUSPECT, Level.AUTHENTICATED
FROM = f"From: {VICTIM}"
EVIL = "From: evil@bad.com"
EVIL_PASS = PASS.replace("good.com", "bad.com")
SIGNED = "DKIM-Signature: v=1; d=good.com; h=from:to; b=Ab1xyz"
DKIM = f"Authentication-Results: {BORDER}; dkim=pass header.d=good.com header.b=Ab1"


def stamp(what: str, by: str = BORDER) -> str:
    return f"Authentication-Results: {by}; {what}"


def level(*lines: str | bytes, desk: Desk = DESK) -> Level:
    return desk.identified(*lines).level


def is_nobodys(*lines: str | bytes) -> bool:
    sender = DESK.identified(*lines)
    return sender.address == "" and sender.evidence.startswith("the author cannot be told: ")


# threats


def test_t08_reply_to_and_sender_name_nobody() -> None:
    sender = DESK.identified(EVIL_PASS, EVIL, f"Reply-To: {VICTIM}", f"Sender: {VICTIM}", f"Return-Path: <{VICTIM}>")
    assert (sender.level, sender.address, sender.accounts) == (UNKNOWN, "evil@bad.com", ())
    assert DESK.identified(PASS, FROM, "Reply-To: evil@bad.com").address == VICTIM


def test_t09_a_registered_address_in_from_is_a_claim_until_the_border_shows_it() -> None:
    assert level(FROM) is REGISTERED
    assert level(PASS, FROM) is AUTHENTICATED


@pytest.mark.parametrize(
    "lines",
    [
        [stamp("dmarc=pass header.from=good.com", "mx.evil.net"), FROM],
        [stamp("spf=pass smtp.mailfrom=evil@bad.com"), FROM],
        [stamp("spf=pass; dmarc=pass header.from=good.com ("), FROM],
        [stamp("none"), stamp("dmarc=pass header.from=good.com"), FROM],
        [stamp("dmarc=none header.from=good.com"), RECEIVED, stamp("dmarc=pass header.from=good.com"), FROM],
        [stamp("spf=fail (dmarc=pass) smtp.mailfrom=dmarc=pass"), FROM],
        [stamp("dmarc=none; dmarc=pass header.from=good.com"), FROM],
    ],
    ids=[
        "not compared",
        "SPF not aligned",
        "cannot be parsed",
        "any of several",
        "first wins",
        "in text",
        "two in one",
    ],
)
def test_t10_authentication_results_are_a_claim_as_well(lines: list[str]) -> None:
    assert level(*lines) is REGISTERED


def test_t10_where_the_provider_stamps_nothing_the_topmost_is_the_attackers() -> None:
    assert level(RECEIVED, PASS, FROM, desk=replace(DESK, profile=TOP)) is REGISTERED


@pytest.mark.parametrize("spf", ["smtp.helo=good.com", "smtp.mailfrom=victim@good.com", "smtp.mailfrom=evil@bad.com"])
def test_t11_spf_aligns_nobody(spf: str) -> None:
    assert level(stamp(f"spf=pass {spf}"), FROM) is REGISTERED


@pytest.mark.parametrize(
    "lines",
    [
        [FROM, EVIL],
        [FROM, "From : evil@bad.com"],
        [f"From: {VICTIM}\x00@bad.com"],
        [f"From: <@bad.com:{VICTIM}>"],
        [f"From: a:{VICTIM};"],
        ['From: "victim"@good.com'],
        [f"From:{VICTIM}\r\n <evil@bad.com>"],
        [f"From: <{VICTIM}>,\r\n evil@bad.com"],
        [f"X-Test: 1\rFrom: {VICTIM}", EVIL],
        ["From\x00: evil@bad.com", FROM, EVIL],
    ],
)
def test_t12_where_two_readers_see_two_authors_there_is_none(lines: list[str]) -> None:
    assert is_nobodys(PASS, *lines)


@pytest.mark.parametrize("tag", ["l=0", "l=100", " l = 1 "])
def test_t14_a_signature_over_a_part_of_the_text_shows_nothing(tag: str) -> None:
    assert level(DKIM, SIGNED, FROM) is AUTHENTICATED
    assert level(DKIM, f"{SIGNED}; {tag}", FROM) is REGISTERED


@pytest.mark.parametrize(
    ("registered", "written"),
    [
        ("kim@good.com", "\u212aim@good.com"),
        ("mike@good.com", "m\u0131ke@good.com"),
        ("sam@good.com", "\u017fam@good.com"),
    ],
)
def test_t15_no_letter_is_folded_into_another_and_mail_goes_to_the_registered_spelling(
    registered: str, written: str
) -> None:
    assert level(PASS, f"From: {written}", desk=DESK.of(registered)) is UNKNOWN
    upper = registered.upper()
    assert DESK.of(registered).identified(PASS, f"From: {upper}").address == registered


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?victim?=@good.com",
        "<=?utf-8?q?victim=40good.com?=>",
        "=?utf-8?q?victim=40good.com=3C?=evil@bad.com",
        "victim@=?utf-8?q?good.com?=",
        "victim@\uff47ood.com",
        "victim@good\u3002com",
    ],
)
def test_t16_nothing_is_decoded_or_mapped_into_an_address(value: str) -> None:
    assert is_nobodys(PASS, f"From: {value}")


def test_t17_a_name_that_poses_as_an_address_is_not_shown_and_a_domain_that_looks_alike_is() -> None:
    message = read(PASS, f'From: "{VICTIM}" <evil@bad.com>')
    assert message.author is not None
    assert message.author.name == ""
    sender = DESK.of("ana@apple.com").identified("From: ana@\u0430pple.com")
    assert (sender.level, sender.address) == (UNKNOWN, "ana@xn--pple-43d.com")
    assert sender.address in sender.evidence


@pytest.mark.parametrize(
    "value", ["victim@bad.com@good.com", "victim@good.com(<evil@bad.com>", "victim@good.com@bad.com"]
)
def test_t18_what_the_standard_library_misread_is_nobodys(value: str) -> None:
    assert is_nobodys(PASS, f"From: {value}")


# faults: identity


def test_f001_an_address_in_front_of_another_is_nobodys_though_the_other_is_authenticated() -> None:
    sender = DESK.identified(EVIL_PASS, f"From: {VICTIM} <evil@bad.com>")
    assert (sender.level, sender.accounts) == (UNKNOWN, ())
    assert "the name in From looks like another address" in sender.evidence


def test_f002_a_list_by_semicolon_is_nobodys() -> None:
    assert is_nobodys(PASS, f"From: {VICTIM}; evil@bad.com")


def test_f003_two_from_fields_are_nobodys_and_it_says_so() -> None:
    assert DESK.identified(PASS, FROM, EVIL).evidence == ("the author cannot be told: there are several From fields")


def test_f004_two_mailboxes_are_nobodys_whoever_sends() -> None:
    assert is_nobodys(PASS, f"From: {VICTIM}, evil@bad.com", "Sender: evil@bad.com")


@pytest.mark.parametrize("value", [f"x: {VICTIM};", "undisclosed:;"])
def test_f005_a_group_is_nobodys_and_there_is_nobody_to_write_to(value: str) -> None:
    sender = DESK.identified(PASS, f"From: {value}")
    assert (sender.level, sender.address) == (UNKNOWN, "")


@pytest.mark.parametrize("value", ["<=?utf-8?q?victim?=@good.com>", "=?utf-8?q?victim=40good.com=3C?=evil@bad.com"])
def test_f006_an_encoded_word_is_never_decoded_into_an_address(value: str) -> None:
    assert is_nobodys(PASS, f"From: {value}")


def test_f007_a_source_route_is_nobodys() -> None:
    assert is_nobodys(PASS, f"From: <@a,@b:{VICTIM}>")


@pytest.mark.parametrize("value", ["a@good.com@evil.com", "a@[127.0.0.1]", "a@good.com.", "a@good..com"])
def test_f008_to_an_address_that_is_none_nobody_writes(value: str) -> None:
    sender = DESK.identified(PASS, f"From: {value}")
    assert (sender.level, sender.address) == (UNKNOWN, "")


@pytest.mark.parametrize("hidden", ["\x00", "\t", "\u202e", "\u200b", "\u00ad"])
def test_f009_an_address_that_hides_a_character_is_nobodys_and_shown_without(hidden: str) -> None:
    message = read(PASS, f"From: vic{hidden}tim@good.com")
    assert DESK.judged(message).level is UNKNOWN
    assert all(claim.isprintable() for claim in message.claimed)


def test_f010_a_registered_address_in_the_name_of_another_is_no_name() -> None:
    message = read(EVIL_PASS, "From: =?utf-8?q?victim=40good.com?= <evil@bad.com>")
    assert message.author is not None
    assert (message.author.name, DESK.judged(message).level) == ("", UNKNOWN)


@pytest.mark.parametrize("written", ["victim@g\u043e\u043ed.com", "victim@go\u03bfd.com"])
def test_f011_a_domain_in_other_letters_is_another_and_shown_as_its_a_labels(written: str) -> None:
    sender = DESK.identified(PASS, f"From: {written}")
    assert (sender.level, sender.accounts) == (SUSPECT, ())
    assert sender.address.isascii()
    assert "@xn--" in sender.evidence


@pytest.mark.parametrize(
    "written", ["v\u0131ctim@good.com", "\u212aim@good.com", "\u017fam@good.com", "\ufb01n@good.com"]
)
def test_f012_a_local_part_that_only_folds_to_a_registered_one_is_another(written: str) -> None:
    desk = DESK.of(VICTIM, "kim@good.com", "sam@good.com", "fin@good.com")
    assert level(PASS, f"From: {written}", desk=desk) is UNKNOWN


@pytest.mark.parametrize(
    ("registered", "written"), [("a@strasse.de", "a@stra\u00dfe.de"), ("a@stra\u00dfe.de", "a@strasse.de")]
)
def test_f013_two_domains_that_one_old_standard_made_one_are_two(registered: str, written: str) -> None:
    assert level(f"From: {written}", desk=DESK.of(registered)) is UNKNOWN
    assert level(f"From: {registered}", desk=DESK.of(registered)) is REGISTERED


def test_f014_upper_case_in_the_register_is_the_same_address() -> None:
    desk = DESK.of("ANA@Good.COM")
    assert level("From: ana@good.com", desk=desk) is REGISTERED
    assert level(PASS, "From: ana@good.com", desk=desk) is AUTHENTICATED


def test_f015_an_international_domain_is_one_in_both_forms_a_local_part_is_compared_as_it_stands() -> None:
    assert level("From: ana@xn--bcher-kva.example", desk=DESK.of("ana@b\u00fccher.example")) is REGISTERED
    composed, apart = (unicodedata.normalize(form, "zo\u00e9@good.com") for form in ("NFC", "NFD"))
    assert level(f"From: {composed}", desk=DESK.of(composed)) is REGISTERED
    assert level(f"From: {apart}", desk=DESK.of(composed)) is UNKNOWN


def test_f016_an_address_with_a_plus_is_another() -> None:
    assert level(PASS, "From: victim+shop@good.com") is UNKNOWN
    assert level(PASS, FROM, desk=DESK.of("victim+shop@good.com")) is UNKNOWN


@pytest.mark.parametrize("lines", [[], ["From:"], ["From: <>"], [f"Sender: {VICTIM}"]])
def test_f017_a_mail_that_names_no_author_is_nobodys(lines: list[str]) -> None:
    sender = DESK.identified(PASS, *lines)
    assert (sender.level, sender.address) == (UNKNOWN, "")


def test_f018_an_address_of_two_accounts_is_registered_for_both() -> None:
    both = replace(DESK, accounts=(customer(VICTIM), customer(VICTIM, number="AC-300300")))
    sender = both.identified(PASS, FROM)
    assert sender.accounts == (ACCOUNT, "AC-300300")
    assert sender.evidence.startswith("registered address of account AC-204518 and AC-300300, ")


def test_f019_whoever_names_anothers_account_is_registered_for_his_own_alone() -> None:
    others = replace(DESK, accounts=(customer(VICTIM), customer("bob@bad.com", number="AC-123123")))
    assert others.identified(PASS, FROM, "Subject: AC-123123").accounts == (ACCOUNT,)


def test_f020_the_register_of_this_moment_decides() -> None:
    changed = replace(DESK, accounts=(customer("new@good.com"),))
    closed = replace(DESK, accounts=(replace(customer(VICTIM), closed=True),))
    assert level(PASS, FROM) is AUTHENTICATED
    assert level(PASS, FROM, desk=changed) is UNKNOWN
    assert level(PASS, FROM, desk=closed) is UNKNOWN


# faults: authentication


def test_f021_without_authentication_results_an_address_is_registered_at_most() -> None:
    assert level(RECEIVED, FROM) is REGISTERED


def test_f022_a_name_that_is_not_configured_shows_nothing() -> None:
    assert level(stamp("dmarc=pass header.from=good.com", "mx.good.com"), FROM) is REGISTERED


def test_f023_a_fail_on_top_is_believed_before_a_pass_below_it() -> None:
    assert level(stamp("dmarc=fail header.from=good.com"), RECEIVED, PASS, FROM) is SUSPECT


def test_f024_gmails_layout_counts_under_its_profile_and_no_other() -> None:
    google = stamp("dmarc=pass header.from=good.com", "mx.google.com")
    mail = [RECEIVED, RECEIVED.replace(BORDER, "mx.google.com"), google, FROM]
    gmail = replace(DESK, authserv_ids=("mx.google.com",), profile=below(2))
    assert level(*mail, desk=gmail) is AUTHENTICATED
    assert level(*mail, desk=replace(gmail, profile=TOP)) is REGISTERED
    assert level(stamp("dmarc=fail", "mx.evil.net"), *mail, desk=gmail) is AUTHENTICATED


@pytest.mark.parametrize(
    "what", ["spf=none (dmarc=pass)", 'spf=none reason="dmarc=pass"', 'spf=none smtp.mailfrom="dmarc=pass"@bad.com']
)
def test_f025_a_pass_in_somebodys_words_is_none(what: str) -> None:
    assert level(stamp(what), FROM) is REGISTERED


def test_f026_a_pass_for_another_domain_speaks_against_the_author() -> None:
    assert level(stamp("dmarc=pass header.from=evil.com"), FROM) is SUSPECT


def test_f027_spf_and_dkim_of_another_show_nothing() -> None:
    what = "spf=pass smtp.mailfrom=evil@evil.com; dkim=pass header.d=evil.com"
    assert level(stamp(what), SIGNED.replace("good", "evil"), FROM) is REGISTERED


@pytest.mark.parametrize("result", ["none", "temperror", "permerror", "bestguesspass"])
def test_f028_what_is_neither_pass_nor_fail_shows_nothing(result: str) -> None:
    assert level(stamp(f"dmarc={result} header.from=good.com"), FROM) is REGISTERED


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mx.google.com.evil.net", REGISTERED), (" MX.GOOGLE.COM ", AUTHENTICATED), ('"mx.google.com"', AUTHENTICATED)],
)
def test_f029_a_name_is_compared_whole_whatever_its_case(name: str, expected: Level) -> None:
    desk = replace(DESK, authserv_ids=("mx.google.com",))
    assert level(stamp("dmarc=pass header.from=good.com", name), FROM, desk=desk) is expected


def test_f030_another_version_and_too_much_show_nothing_and_a_folded_field_is_read() -> None:
    folded = f"Authentication-Results:\r\n\t{BORDER}\r\n\t1\r\n\t;\r\n\tdmarc=pass\r\n\theader.from=good.com"
    assert level(folded, FROM) is AUTHENTICATED
    assert level(stamp("dmarc=pass header.from=good.com", f"{BORDER} 2"), FROM) is REGISTERED
    assert level(*[PASS] * 200, FROM) is REGISTERED
    assert level(f"{PASS} ({'x' * 65_536})", FROM) is REGISTERED


def test_f031_where_no_server_is_trusted_nobody_is_authenticated_and_doctor_says_so() -> None:
    assert level(PASS, FROM, desk=replace(DESK, authserv_ids=())) is REGISTERED
    there = site(security={"trusted_authserv_ids": ()})
    seen = evidence.seen(f"{PASS}\r\n{FROM}\r\n\r\n".encode(), there)
    (told,) = evidence.authentication("mailbox:support", there, there.border("support"), [seen])
    assert (told.verdict, told.value) == (Verdict.WARNING, BORDER)


@pytest.mark.parametrize(
    ("result", "signature"),
    [
        ("dkim=pass header.d=good.com", f"{SIGNED}; l=0"),
        ("dkim=pass header.d=good.com", SIGNED.replace("h=from:to", "h=to:subject")),
        ("dkim=fail (expired) header.d=good.com", f"{SIGNED}; x=1"),
        ("dkim=policy (512-bit key) header.d=good.com", SIGNED),
    ],
    ids=["l=0", "From is not signed", "expired", "short key"],
)
def test_f032_a_weak_signature_shows_nothing(result: str, signature: str) -> None:
    """How old a signature may be and how short its key is the border's to judge: it asks the DNS, we do not."""
    assert level(stamp(result), signature, FROM) is REGISTERED
