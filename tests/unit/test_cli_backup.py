"""`mailbot backup` and `mailbot restore`: what is inside and what is not, and what to do next, is said."""

import random
import resource
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


def test_a_file_of_the_site_is_inside_however_its_name_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    site_files.write(
        tmp_path,
        ('key_env = "KEY"', 'key_file = "./mailbot.key"'),
        ('password_env = "SAC"', 'password_file = "secrets//sac"'),
    )
    (tmp_path / "secrets").mkdir()
    for name in ("mailbot.key", "secrets/sac"):
        (tmp_path / name).write_text("0f" * 32)
        (tmp_path / name).chmod(0o600)
    assert command_line.mailbot("db", "upgrade").status == 0
    ran = command_line.mailbot("backup", "--secrets", str(tmp_path / "copy"))
    assert (ran.status, ran.err) == (0, "")
    assert "files     mailbot.toml, agents.toml, mailbot.key, secrets/sac\n" in ran.out
    assert command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / "new")).status == 0
    assert (tmp_path / "new" / "secrets" / "sac").read_text() == "0f" * 32


def test_a_file_whose_name_is_no_text_is_told(site: Path, tmp_path: Path) -> None:
    (site / "templates").mkdir()
    (site / "templates" / "a\udcff.txt").touch()
    ran = command_line.mailbot("backup", str(tmp_path / "copy"))
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "mailbot: The name of templates/a\\udcff.txt is not UTF-8, so no backup can hold it: rename it.\n"


def test_a_database_in_a_folder_of_the_site_is_restored_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", site_files.ENVIRON["KEY"])
    monkeypatch.setenv("MAILBOT_SITE", str(tmp_path))
    site_files.write(tmp_path, ("[smtp]", '[database]\nurl = "sqlite:///data/mailbot.db"\n[smtp]'))
    (tmp_path / "data").mkdir()
    command_line.mailbot("db", "upgrade")
    command_line.mailbot("backup", str(tmp_path / "copy"))
    ran = command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / "new"))
    assert (ran.status, ran.err) == (0, "")
    assert (tmp_path / "new" / "data" / "mailbot.db").exists()


def test_no_folder_is_made_outside_the_site(site: Path, tmp_path: Path) -> None:
    command_line.mailbot("backup", str(tmp_path / "copy"))
    url = f"sqlite:///{tmp_path}/not-mounted/mailbot.db"
    ran = command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / "new"), "--database", url)
    assert ran.status == 1
    says = f"There is no folder {tmp_path}/not-mounted for the database: make it, or name another."
    assert ran.err == f"mailbot: {says}\n"
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_looked_at_is_still_to_be_brought(site: Path, tmp_path: Path) -> None:
    """As where another user's folder holds the password."""
    name = "/" + "é" * 199
    main = (site / "mailbot.toml").read_text()
    (site / "mailbot.toml").write_text(main.replace("secrets/sac", name))
    assert command_line.mailbot("backup", str(tmp_path / "copy")).err == ""
    ran = command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / "new"))
    assert (ran.status, ran.err) == (0, "")
    assert f"2. Bring what was not in the backup: secrets/support, {name}, " in ran.out


def test_without_room_it_says_where(site: Path, tmp_path: Path) -> None:
    (site / "templates").mkdir()
    for name in ("a.txt", "b.txt"):
        (site / "templates" / name).write_bytes(random.Random(7).randbytes(300_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        ran = command_line.mailbot("backup", str(tmp_path / "copy"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (ran.status, ran.err) == (1, f"mailbot: {tmp_path}/copy: File too large\n")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("time", "says"),
    [
        ("noon", "is no time: write it such as 2026-11-22T10:15-05:00"),
        ("2026-03-10T10:15", "says no offset from UTC: write it such as 2026-11-22T10:15-05:00"),
        ("9999-03-10T10:15Z", "is yet to come"),
        ("0001-01-01T00:00+14:00", "is no time: write it such as 2026-11-22T10:15-05:00"),
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


@pytest.mark.parametrize("name", ["copy", "copy/new"])
def test_a_restore_into_a_file_is_told(site: Path, tmp_path: Path, name: str) -> None:
    command_line.mailbot("backup", str(tmp_path / "copy"))
    ran = command_line.mailbot("restore", str(tmp_path / "copy"), str(tmp_path / name))
    assert (ran.status, ran.err) == (1, f"mailbot: {tmp_path}/copy is not a folder.\n")


@pytest.mark.parametrize("command", [("backup", "/nowhere/copy"), ("restore", "/nowhere/copy", "/nowhere/new")])
def test_a_file_that_cannot_be_is_told_in_one_sentence(site: Path, command: tuple[str, ...]) -> None:
    ran = command_line.mailbot(*command)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "/nowhere" in ran.err
