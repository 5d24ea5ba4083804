"""`mailbot backup` and `mailbot restore`: what is inside and what is not, and what to do next, is said."""

from pathlib import Path

import command_line
import pytest
import site_files


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With its database; the key is in the environment, the passwords of the servers in files that are not there."""
    folder = tmp_path / "site"
    folder.mkdir()
    site_files.write(
        folder,
        ('password_env = "SUPPORT"', 'password_file = "secrets/support"\nprocessed = "move:Done"'),
        ('password_env = "SAC"', 'password_file = "secrets/sac"'),
    )
    monkeypatch.setenv("KEY", site_files.ENVIRON["KEY"])
    monkeypatch.setenv("MAILBOT_SITE", str(folder))
    assert command_line.mailbot("db", "upgrade").status == 0
    return folder


def test_a_backup_says_what_is_in_it_and_what_is_not(site: Path, tmp_path: Path) -> None:
    ran = command_line.mailbot("backup", str(tmp_path / "copy"))
    assert (ran.status, ran.err) == (0, "")
    assert "holds     0 deliveries, 0 tickets, 0 mails, 0 accounts\n" in ran.out
    assert "files     mailbot.toml, agents.toml\n" in ran.out
    assert "left out  secrets/support, secrets/sac, the key of [security] ($KEY)\n" in ran.out
    assert ran.out.endswith(
        "Keep it secret: it holds every mail.\n"
        "The key is not inside: keep it elsewhere, for ticket numbers and reply tags follow from it.\n"
    )


def test_a_backup_with_secrets_says_so(site: Path, tmp_path: Path) -> None:
    (site / "secrets").mkdir()
    for name in ("support", "sac"):
        (site / "secrets" / name).write_text("canary")
    ran = command_line.mailbot("backup", "--secrets", str(tmp_path / "copy"))
    assert "files     mailbot.toml, agents.toml, secrets/support, secrets/sac\n" in ran.out
    assert "Keep it secret: it holds every mail and passwords.\n" in ran.out


def test_a_restore_says_what_to_do_next(site: Path, tmp_path: Path) -> None:
    command_line.mailbot("backup", str(tmp_path / "copy"))
    (tmp_path / "new" / "secrets").mkdir(parents=True)
    (tmp_path / "new" / "secrets" / "sac").write_text("brought before")
    ran = command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / "new"))
    assert (ran.status, ran.err) == (0, "")
    assert f"database  sqlite:///{tmp_path}/new/mailbot.db\n" in ran.out
    assert "1. See to it that the robot that was lost does not run" in ran.out
    assert "2. Bring what was not in the backup: secrets/support, the key of [security] ($KEY).\n" in ran.out
    assert "3. Move what came into mailbox support since " in ran.out
    assert "back from Done to its folder.\n" in ran.out
    assert "4. mailbot check, then mailbot run.\n" in ran.out
    assert command_line.mailbot("tickets", "list", "--site", str(tmp_path / "new")).out == "no ticket\n"


@pytest.mark.parametrize(
    ("time", "says"),
    [
        ("noon", "is no time: write it such as 2026-11-22T10:15-05:00"),
        ("2026-03-10T10:15", "says no offset from UTC: write it such as 2026-11-22T10:15-05:00"),
        ("9999-03-10T10:15Z", "is yet to come"),
    ],
)
def test_a_time_that_is_none_is_told(site: Path, tmp_path: Path, time: str, says: str) -> None:
    ran = command_line.mailbot("restore", "copy", str(tmp_path / "new"), "--stopped", time)
    assert (ran.status, ran.err) == (1, f"mailbot: --stopped {time}: {says}\n")


def test_a_restore_can_name_another_database(site: Path, tmp_path: Path) -> None:
    command_line.mailbot("backup", str(tmp_path / "copy"))
    arguments = ("restore", str(tmp_path / "copy"), str(tmp_path / "new"), "--database")
    wrong = command_line.mailbot(*arguments, "mysql://db")
    assert "[database] url: is not a database that mailbot knows: write sqlite:///FILE or" in wrong.err
    assert not (tmp_path / "new").exists()
    assert command_line.mailbot(*arguments, "sqlite:///other.db").status == 0
    assert (tmp_path / "new" / "other.db").exists()


@pytest.mark.parametrize("command", [("backup", "/nowhere/copy"), ("restore", "/nowhere/copy", "/nowhere/new")])
def test_a_file_that_cannot_be_is_told_in_one_sentence(site: Path, command: tuple[str, ...]) -> None:
    ran = command_line.mailbot(*command)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "/nowhere" in ran.err
