"""The files that `mailbot init` writes are complete, true, and load as they are."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailbot import settings
from mailbot.model import Site
from mailbot.settings import keys, starting

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("robot", keys.Robot),
    ("database", keys.Database),
    ("smtp", keys.Smtp),
    ("security", keys.Security),
    ("mailboxes.support", keys.Mailbox),
    ("mailboxes.support.imap", keys.Imap),
    ("limits", keys.Limits),
    ("budget", keys.Budget),
    ("retention", keys.Retention),
    ("alarm", keys.Alarm),
)
# [database] says "as in [smtp]" of these.
ELSEWHERE = {("database", f"password{form}") for form in ("", "_env", "_credential", "_file")}


def every_key() -> Iterator[tuple[str, str]]:
    for section, model in SECTIONS:
        yield from ((section, key) for key in model.model_fields if (section, key) not in ELSEWHERE)


def text_of_section(section: str) -> str:
    text = starting.shipped("mailbot.toml").decode()
    _, found, rest = text.partition(f"\n[{section}]\n")
    assert found
    return re.split(r"^#?\[", rest, maxsplit=1, flags=re.MULTILINE)[0]


def begun(folder: Path) -> Site:
    starting.begin(folder)
    return settings.load(folder, {}).site


def faults_of(folder: Path) -> tuple[str, ...]:
    try:
        settings.load(folder, {})
    except settings.SettingsError as error:
        return error.faults
    return ()


@pytest.mark.parametrize(("section", "key"), tuple(every_key()))
def test_every_key_stands_in_the_commented_file(section: str, key: str) -> None:
    assert re.search(rf"(^#?|\(|or ){key} = ", text_of_section(section), re.MULTILINE)


@pytest.mark.parametrize("key", keys.OAuth2.model_fields)
def test_every_key_of_an_oauth2_client_is_named_with_the_relay(key: str) -> None:
    assert re.search(rf"\b{key}\b", text_of_section("smtp"))


def test_every_default_in_the_commented_file_is_true(tmp_path: Path) -> None:
    as_it_is = begun(tmp_path)
    text = starting.shipped("mailbot.toml").decode()
    others = text.index("#[mailboxes.business]")

    spelled_out = re.sub(r"^#(\w+ = )", r"\1", text[:others], flags=re.MULTILINE) + re.sub(
        r"^#(\w+ = )", r"\1", text[text.index("[limits]") :], flags=re.MULTILINE
    )
    (tmp_path / "mailbot.toml").write_text(spelled_out)

    assert spelled_out.count("\n#") < text.count("\n#") - 30
    assert settings.load(tmp_path, {}).site == as_it_is


def test_the_mailboxes_in_reserve_can_be_switched_on(tmp_path: Path) -> None:
    begun(tmp_path)
    text = re.sub(r"^#(\w+ = |\[)", r"\1", starting.shipped("mailbot.toml").decode(), flags=re.MULTILINE)
    (tmp_path / "mailbot.toml").write_text(text)
    for name in ("business", "sac"):
        (tmp_path / "secrets" / name).touch(mode=0o600)

    site = settings.load(tmp_path, {}).site

    assert [(mailbox.key, mailbox.department) for mailbox in site.mailboxes] == [
        ("support", "technical"),
        ("business", "financial"),
        ("sac", "customer-care"),
    ]


def test_every_key_of_an_agent_but_those_of_later_commands_stands_in_the_example() -> None:
    text = starting.shipped("agents.toml").decode()

    assert set(re.findall(r"^(\w+) = ", text, re.MULTILINE)) == set(keys.Agent.model_fields) - {"calendar", "may"}


def test_a_fresh_site_says_what_is_still_to_be_filled_in(tmp_path: Path) -> None:
    starting.begin(tmp_path)

    warnings = settings.load(tmp_path, {}).warnings

    assert [re.sub(r":\d+", "", warning).split(": ")[1] for warning in warnings] == [
        "names of example.com stand for yours still",
        "[smtp]",
        "[security] trusted_authserv_ids",
        "[mailboxes.support.imap]",
    ]


def test_key_and_passwords_are_for_the_owner_alone(tmp_path: Path) -> None:
    starting.begin(tmp_path)

    private = {"mailbot.key": 0o600, "secrets/smtp": 0o600, "secrets": 0o700}

    assert {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in private} == private


def test_two_sites_have_two_keys(tmp_path: Path) -> None:
    assert begun(tmp_path / "a").security.key != begun(tmp_path / "b").security.key


def test_a_site_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mailbot.toml").write_text("mine")

    with pytest.raises(settings.SettingsError, match=r"has a mailbot\.toml already"):
        starting.begin(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mailbot.toml"]


def test_what_stands_in_the_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mailbot.key").write_text("a1" * 32)
    (tmp_path / "mailbot.key").chmod(0o600)
    (tmp_path / "agents.toml").symlink_to("/nowhere/agents.toml")

    names = starting.begin(tmp_path)

    assert "mailbot.key" not in names
    assert "agents.toml" not in names
    assert (tmp_path / "mailbot.key").read_text() == "a1" * 32
    assert not Path("/nowhere").exists()


@pytest.mark.parametrize(
    "value",
    [
        "5",
        "-1",
        "true",
        "nan",
        "1e999",
        '""',
        '"\\u0000\\n"',
        f'"{"x" * 5000}"',
        "[]",
        "[[]]",
        "{}",
        "{x={y=1}}",
        "07:30:00",
    ],
)
def test_no_value_of_any_key_breaks_more_than_a_sentence(tmp_path: Path, value: str) -> None:
    begun(tmp_path)
    text = re.sub(r"^#(\w+ = )", r"\1", starting.shipped("mailbot.toml").decode(), flags=re.MULTILINE)
    main = text[: text.index("#[mailboxes.business]")] + text[text.index("[limits]") :]
    places = [found.span(2) for found in re.finditer(r"^(\w+) = (.*)$", main, re.MULTILINE)]
    refused = 0

    for start, end in places:
        (tmp_path / "mailbot.toml").write_text(main[:start] + value + main[end:])
        faults = faults_of(tmp_path)
        assert all("\n" not in fault and len(fault) < 400 for fault in faults)
        refused += bool(faults)

    assert refused > len(places) / 2
