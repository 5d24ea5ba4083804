"""`mailbot init` makes a site, and `mailbot check` finds no fault in it."""

import re
from pathlib import Path

import command_line
import pytest


def test_a_fresh_site_passes_its_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = command_line.mailbot("init", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)

    checked = command_line.mailbot("check", "--site", "site")

    assert (made.status, made.err) == (0, "")
    assert (checked.status, checked.err) == (0, "")
    assert checked.out.splitlines()[-1] == "no problem found, 4 warnings"


def test_init_names_every_file_and_the_three_things_to_edit(tmp_path: Path) -> None:
    ran = command_line.mailbot("init", str(tmp_path))

    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert path.name in ran.out or f"{path.relative_to(tmp_path).parts[0]}/" in ran.out
    assert re.findall(r"^  \d\. (\S+)", ran.out, re.MULTILINE) == ["mailbot.toml", "secrets/", "agents.toml"]


def test_init_refuses_a_folder_with_a_site(tmp_path: Path) -> None:
    command_line.mailbot("init", str(tmp_path))

    ran = command_line.mailbot("init", str(tmp_path))

    sentence = f"mailbot: {tmp_path} has a mailbot.toml already: choose another folder, or edit that file\n"
    assert ran == command_line.Ran(1, "", sentence)


def test_init_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert command_line.mailbot("init", str(tmp_path / "file")).err == f"mailbot: {tmp_path}/file is not a folder\n"


def test_the_site_is_the_current_folder_or_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_line.mailbot("init", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path / "site")
    here = command_line.mailbot("check")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path / "site"))
    named = command_line.mailbot("check")
    monkeypatch.delenv("MAILBOT_SITE")
    lost = command_line.mailbot("check")

    assert (here.status, named.status, lost.status) == (0, 0, 1)
    assert lost.err.startswith("mailbot: mailbot.toml: there is no such file in .; `mailbot init DIR` makes a site")
