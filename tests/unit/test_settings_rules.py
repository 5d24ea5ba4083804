"""A site's rules/ is read once, whole; what it lacks is shipped, and what it names must be there."""

import os
from collections.abc import Callable
from pathlib import Path

import command_line
import pytest
import site_files
from policies import CANCEL, TECHNICAL

from mailbot import policy, settings
from mailbot.settings import rules


def load(folder: Path) -> settings.Checked:
    return settings.load(folder, site_files.ENVIRON, rules=True)


def put(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(settings.SettingsError) as caught:
        load(folder)
    return caught.value.faults


def test_a_site_without_rules_works_by_the_shipped_ones(tmp_path: Path) -> None:
    read = load(site_files.write(tmp_path)).rules
    assert read.shipped == ("departments", "intents")
    assert read.policy == policy.read(rules.shipped())


def test_what_a_site_has_of_its_own_takes_the_place_of_all_the_shipped_of_its_kind(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    put(tmp_path, "intents/cancel.toml", CANCEL)
    read = load(tmp_path).rules
    assert read.shipped == ("departments",)
    assert [intent.key for intent in read.policy.intents] == ["cancel"]


def test_a_department_that_is_named_must_have_a_file(tmp_path: Path) -> None:
    site_files.write(
        tmp_path, ('department = "customer-care"', 'department = "customer-car"'), ('["technical"', '["sales"')
    )
    assert faults(tmp_path) == (
        "mailbot.toml:21: [mailboxes.sac] department: there is no rules/departments/customer-car.toml; "
        "did you mean customer-care?",
        "agents.toml:4: [alice] departments: there is no rules/departments/sales.toml; "
        "there are abuse, customer-care, financial, technical",
    )


def test_faults_of_the_settings_and_of_the_rules_are_told_together(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("organisation", "organisatoin"))
    put(tmp_path, "departments/technical.toml", TECHNICAL.replace(b"name", b"nmae"))
    found = faults(tmp_path)
    assert [sentence.partition(":")[0] for sentence in found] == [
        *["mailbot.toml"] * 2,
        *["rules/departments/technical.toml"] * 2,
    ]


def test_what_editors_leave_behind_is_passed_over(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    for name in ("departments/.technical.toml.swp", "departments/technical.toml~", ".git/config", "intents/#cancel#"):
        put(tmp_path, name, b"\xff")
    assert load(tmp_path).rules.shipped == ("departments", "intents")


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    put(tmp_path, "intents/cancel.toml", CANCEL)
    (tmp_path / "rules/intents/other.toml").symlink_to(tmp_path / "mailbot.toml")
    assert faults(tmp_path) == ("rules/intents/other.toml: cannot be read: it is a link that leads out of rules/",)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_a_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    site_files.write(tmp_path)
    put(tmp_path, "intents/cancel.toml", CANCEL)
    make(tmp_path / "rules/intents/other.toml")
    (found,) = faults(tmp_path)
    assert found.startswith("rules/intents/other.toml: cannot be read: it is ")


def test_check_says_whose_rules_they_are_and_what_has_no_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in site_files.ENVIRON.items():
        monkeypatch.setenv(name, value)
    site_files.write(tmp_path, ('"customer-care"', '"technical"'))
    put(tmp_path, "departments/technical.toml", TECHNICAL + b'manager = "chef@acme.test"\n')
    ran = command_line.mailbot("check", "--site", str(tmp_path))
    assert "1 department, 14 intents; of intents the shipped ones" in ran.out
    assert "warning: rules/departments/technical.toml: manager: has no effect yet" in ran.out


def test_init_copies_every_shipped_file(tmp_path: Path) -> None:
    command_line.mailbot("init", str(tmp_path))
    copied = {path.relative_to(tmp_path / "rules").as_posix() for path in (tmp_path / "rules").rglob("*.toml")}
    assert copied == set(rules.shipped())


def test_inspect_judges_by_the_rules_of_the_site(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    put(tmp_path, "intents/pizza.toml", CANCEL.replace(b"cancel", b"margherita"))
    letter = b"From: a@example.com\r\nSubject: A Margherita please\r\n\r\nThanks\r\n"
    ran = command_line.mailbot("inspect", "-", "--site", str(tmp_path), stdin=letter)
    assert "pizza, sensitive: “margherita” in the subject" in " ".join(ran.out.split())
