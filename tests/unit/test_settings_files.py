"""Files that are missing, no files, no TOML or no site are told in a sentence; a file hides no fault of the other."""

from pathlib import Path

import pytest
import site_files
from hypothesis import given
from hypothesis import strategies as some

from mailbot import settings
from mailbot.settings import file
from mailbot.written import file as written


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"smtp.acme.test"',
            "smtp.acme.test",
            "mailbot.toml:8: is not valid TOML at column 8: Invalid value (text stands in quotes)",
        ),
        (
            "organisation =",
            "organisation",
            "mailbot.toml:2: is not valid TOML at column 14: Expected '=' after a key in a key/value pair",
        ),
        (
            "[smtp]",
            "[robot]",
            "mailbot.toml:7: is not valid TOML at column 7: "
            "Cannot declare ('robot',) twice (the same section stands twice)",
        ),
        (
            'username = "sac"',
            'username = "sac"\nusername = "sac"',
            "mailbot.toml:25: is not valid TOML at column 17: Cannot overwrite a value (the same key stands twice)",
        ),
        (
            'password_env = "SAC"',
            'password_env = """SAC',
            "mailbot.toml: is not valid TOML at its end: Unterminated string",
        ),
        (
            'password_env = "SAC"',
            "port = " + "9" * 5000,
            "mailbot.toml: is not valid TOML at its end: Exceeds the limit",
        ),
        ('["mx.acme.test"]', "[" * 5000, "mailbot.toml: is nested too deeply"),
    ],
)
def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    (found,) = site_files.faults(tmp_path, (old, new))

    assert found.startswith(sentence)


def test_all_faults_of_both_files_come_at_once_in_their_order(tmp_path: Path) -> None:
    found = site_files.faults(
        tmp_path,
        ("alice@acme.test", "alice"),
        ('"SAC"', '"NOWHERE"'),
        ('"smtp.acme.test"', '""'),
        ("fr-CA", "de"),
        ("Alice Roy", ""),
    )

    assert [fault.split(": ")[0] for fault in found] == [
        "mailbot.toml:3",
        "mailbot.toml:8",
        "mailbot.toml:25",
        "agents.toml:2",
        "agents.toml:3",
    ]


def test_a_file_that_is_not_toml_hides_no_fault_of_the_other(tmp_path: Path) -> None:
    found = site_files.faults(tmp_path, ("[alice]", "[alice"), ("fr-CA", "de"))

    assert [fault.split(": ")[0] for fault in found] == ["agents.toml:1", "mailbot.toml:3"]


def test_a_missing_section_is_told(tmp_path: Path) -> None:
    found = site_files.faults(tmp_path, ('[smtp]\nhost = "smtp.acme.test"\n', ""))

    assert found == ("mailbot.toml: [smtp]: this section is missing",)


def test_a_site_needs_a_mailbox(tmp_path: Path) -> None:
    without = site_files.MAIN[: site_files.MAIN.index("[mailboxes.support]")]

    found = site_files.refusal(site_files.write(tmp_path, main=without))

    assert found == ("mailbot.toml: [mailboxes]: no mailbox is named: write a section [mailboxes.support]",)


def test_a_mailbox_needs_its_server(tmp_path: Path) -> None:
    without = site_files.MAIN[: site_files.MAIN.index("[mailboxes.sac.imap]")]

    found = site_files.refusal(site_files.write(tmp_path, main=without))

    assert found == ("mailbot.toml:19: [mailboxes.sac.imap]: this section is missing",)


def test_a_folder_without_a_site_is_one_sentence(tmp_path: Path) -> None:
    (found,) = site_files.refusal(tmp_path)

    assert found.startswith(f"mailbot.toml: there is no such file in {tmp_path}; `mailbot init DIR` makes a site")


def test_a_missing_agents_file_is_a_fault(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    (tmp_path / "agents.toml").unlink()

    (found,) = site_files.refusal(tmp_path)

    assert found.startswith(f"agents.toml: there is no such file in {tmp_path}; it may be empty")


def test_an_empty_agents_file_is_a_site_where_nobody_answers(tmp_path: Path) -> None:
    checked = settings.load(site_files.write(tmp_path, agents=""), site_files.ENVIRON)

    assert checked.site.agents == ()
    assert len(checked.warnings) == 2


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    (tmp_path / "agents.toml").unlink()
    (tmp_path / "agents.toml").mkdir()

    assert site_files.refusal(tmp_path) == (f"agents.toml: {tmp_path}/agents.toml is a folder, not a file",)


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    (tmp_path / "mailbot.toml").write_bytes(site_files.MAIN.encode("latin-1"))

    assert site_files.refusal(tmp_path) == ("mailbot.toml:2: is not UTF-8: save the file in that encoding",)


def test_an_enormous_file_is_not_read(tmp_path: Path) -> None:
    site_files.write(tmp_path, main="#" * (file.LARGEST + 1))

    assert site_files.refusal(tmp_path) == ("mailbot.toml: is larger than 1 MiB",)


@given(some.text())
def test_any_text_gives_a_file_or_a_sentence(text: str) -> None:
    found = written.parsed("mailbot.toml", text)

    assert isinstance(found, written.File) or "\n" not in found.strip()


def test_the_patterns_of_a_site_can_be_read_without_the_rest(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[smtp]", "order_pattern = ['#\\d{4}']\n[sntp]"), agents="broken")

    assert settings.reading(tmp_path).order_patterns == (r"#\d{4}",)


def test_patterns_that_are_none_are_told(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[smtp]", "order_pattern = ['(']\n[sntp]"))

    with pytest.raises(settings.SettingsError) as caught:
        settings.reading(tmp_path)

    assert [fault.split(": ")[0] for fault in caught.value.faults] == ["mailbot.toml:7"]


def test_the_patterns_of_no_site_are_told(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match="there is no such file"):
        settings.reading(tmp_path)
