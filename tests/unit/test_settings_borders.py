"""Whose Authentication-Results count in which mailbox, as an operator writes it."""

from pathlib import Path

import pytest
import site_files

from mailbot.model import Border, Profile, ProfileMode

IDS = 'trusted_authserv_ids = ["mx.acme.test"]'
SAC = 'department = "customer-care"'


@pytest.mark.parametrize(
    ("written", "profile"),
    [
        ("stripped", Profile()),
        ("top", Profile(ProfileMode.TOP)),
        ("border:3", Profile(ProfileMode.BORDER, 3)),
        ("m365", Profile(ProfileMode.M365)),
    ],
)
def test_a_profile_is_read_and_shown_as_it_is_written(tmp_path: Path, written: str, profile: Profile) -> None:
    site = site_files.load(tmp_path, (IDS, f'{IDS}\nauthentication_profile = "{written}"')).site
    assert site.border("support") == Border(("mx.acme.test",), profile)
    assert str(profile) == written


def test_a_mailbox_with_another_provider_has_names_and_a_profile_of_its_own(tmp_path: Path) -> None:
    """What mx.acme.test takes out in its own name it lets through in Gmail's, and the other way round."""
    own = f'{SAC}\ntrusted_authserv_ids = ["MX.Google.com"]\nauthentication_profile = "border:3"'
    site = site_files.load(tmp_path, (SAC, own)).site
    assert site.border("sac") == Border(("mx.google.com",), Profile(ProfileMode.BORDER, 3))
    assert site.border("support") == Border(("mx.acme.test",), Profile())
    assert site.border("gone") == Border(("mx.acme.test",), Profile())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            IDS,
            f'{IDS}\nauthentication_profile = "gmail"',
            'mailbot.toml:12: [security] authentication_profile: "gmail" is not one of stripped, top, border:N '
            "(border:1 to border:9) or m365",
        ),
        (
            SAC,
            f'{SAC}\nauthentication_profile = "border:0"',
            'mailbot.toml:22: [mailboxes.sac] authentication_profile: "border:0" is not one of stripped, top, border:N '
            "(border:1 to border:9) or m365",
        ),
        (
            IDS,
            'trusted_authserv_ids = ["mx.acme.test; dmarc=pass"]',
            'mailbot.toml:11: [security] trusted_authserv_ids item 1: "mx.acme.test; dmarc=pass" is not an '
            "authserv-id: the first word of Authentication-Results, such as mx.example.com",
        ),
        (
            SAC,
            f"{SAC}\ntrusted_authserv_ids = [5]",
            "mailbot.toml:22: [mailboxes.sac] trusted_authserv_ids item 1: 5 is not text: put it in quotes",
        ),
        (
            SAC,
            f'{SAC}\ntrusted_authserv_ids = "mx.google.com"',
            'mailbot.toml:22: [mailboxes.sac] trusted_authserv_ids: "mx.google.com" is not a list: put it in [ ]',
        ),
    ],
)
def test_what_is_neither_is_refused_in_a_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert site_files.faults(tmp_path, (old, new)) == (sentence,)


def warned(folder: Path, *changes: tuple[str, str]) -> list[str]:
    return [warning.partition("[security] ")[2] for warning in site_files.load(folder, *changes).warnings]


def test_each_setting_that_believes_more_or_shows_less_than_it_need_is_a_warning(tmp_path: Path) -> None:
    weaker = f'{IDS}\nsender_authentication = "address"\nagents = "token"'
    by_address, token = warned(tmp_path, (IDS, weaker))
    assert by_address.startswith('sender_authentication: "address" is weaker: ')
    assert token.startswith('agents: "token" is weaker: ')


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ("", ["no customer counts as authenticated and no agent's answer goes out"]),
        ('\nagents = "token"', ["no customer counts as authenticated", ""]),
        ('\nsender_authentication = "address"', ["no agent's answer goes out", ""]),
        ('\nauthentication_profile = "m365"', []),
    ],
)
def test_what_it_means_that_no_server_is_trusted_is_told(tmp_path: Path, others: str, says: list[str]) -> None:
    found = warned(tmp_path, (IDS, f"trusted_authserv_ids = []{others}"))
    told = [warning.removeprefix("trusted_authserv_ids: is empty: ") for warning in found]
    assert [warning.removesuffix("; name your mail server") for warning in told[:1]] == says[:1]
    assert len(told) == len(says)


def test_one_mailbox_without_a_trusted_server_is_enough_for_the_warning(tmp_path: Path) -> None:
    (told,) = warned(tmp_path, (SAC, f"{SAC}\ntrusted_authserv_ids = []"))
    assert told.startswith("trusted_authserv_ids: is empty: ")
