"""Secrets come by reference, stay out of every sentence and every repr, and are refused where others can read them."""

from pathlib import Path

import pytest
import site_files

from mailbot import settings

CANARY = "canary-9f3a"
ENV = 'password_env = "SUPPORT"'


def secret_file(folder: Path, content: str = f"{CANARY}\n", mode: int = 0o600) -> Path:
    path = folder / "support.password"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_password_comes_from_the_environment(tmp_path: Path) -> None:
    site = site_files.load(tmp_path).site

    assert [mailbox.imap.password for mailbox in site.mailboxes] == ["canary-support", "canary-sac"]


def test_a_password_comes_from_a_file_without_its_line_break(tmp_path: Path) -> None:
    secret_file(tmp_path)

    site = site_files.load(tmp_path, (ENV, 'password_file = "support.password"')).site

    assert site.mailboxes[0].imap.password == CANARY


def test_a_password_may_stand_in_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    site_files.write(tmp_path, (ENV, f'password = "{CANARY}"'))
    (tmp_path / "mailbot.toml").chmod(0o640)

    site = settings.load(tmp_path, site_files.ENVIRON).site

    assert site.mailboxes[0].imap.password == CANARY


def test_a_password_in_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    site_files.write(tmp_path, (ENV, f'password = "{CANARY}"'))
    (tmp_path / "mailbot.toml").chmod(0o644)

    (fault,) = site_files.refusal(tmp_path)

    assert fault.startswith("mailbot.toml:18: [mailboxes.support.imap] password: other users can read the password")
    assert CANARY not in fault


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path, mode=0o604)

    (fault,) = site_files.faults(tmp_path, (ENV, 'password_file = "support.password"'))

    assert fault.endswith(f'password_file: other users can read "support.password": `chmod o= {path}`')


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('password_env = "NOWHERE"', "password_env: the environment variable NOWHERE is not set"),
        ('password_file = "nowhere"', 'password_file: "nowhere" cannot be read: No such file or directory'),
        ('password_file = "."', 'password_file: "." cannot be read: Is a directory'),
        ("", "the password is missing: write password_file, password_credential, password_env, password or oauth2"),
        (f'{ENV}\npassword_file = "x"', "password_file: stands beside password_env: keep one of them"),
        ("password = 4711", "password: is not text: put it in quotes"),
    ],
)
def test_what_is_wrong_with_a_password_is_told(tmp_path: Path, written: str, says: str) -> None:
    (fault,) = site_files.faults(tmp_path, (ENV, written))

    assert fault.startswith("mailbot.toml:")
    assert fault.endswith(says)


def test_a_password_and_the_key_come_from_credentials_of_the_service(tmp_path: Path) -> None:
    """Whatever their mode: systemd closes the folder to others, and a container has no others."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    for name, content in (("mailbot_support", f"{CANARY}\n"), ("mailbot_key", "a1" * 32)):
        (folder / name).write_text(content)
        (folder / name).chmod(0o444)
    key = ('key_env = "KEY"', 'key_credential = "mailbot_key"')
    site_files.write(tmp_path, (ENV, 'password_credential = "mailbot_support"'), key)

    site = settings.load(tmp_path, {**site_files.ENVIRON, "CREDENTIALS_DIRECTORY": str(folder)}).site

    assert (site.mailboxes[0].imap.password, site.security.key) == (CANARY, b"\xa1" * 32)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "mailbot_suport",
            'there is no credential "mailbot_suport" in {folder}: the unit\'s LoadCredential= brings it',
        ),
        (
            "../mailbot.toml",
            '"../mailbot.toml" is no credential\'s name, which has no slash: a file goes into password_file',
        ),
        ("..", '".." is no credential\'s name, which has no slash: a file goes into password_file'),
        ("folder", '"folder" cannot be read: Is a directory'),
    ],
)
def test_what_is_wrong_with_a_credential_is_told(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    site_files.write(tmp_path, (ENV, f'password_credential = "{name}"'))

    with pytest.raises(settings.SettingsError) as caught:
        settings.load(tmp_path, {**site_files.ENVIRON, "CREDENTIALS_DIRECTORY": str(tmp_path)})

    (fault,) = caught.value.faults
    assert fault.endswith(f"password_credential: {says.replace('{folder}', str(tmp_path))}")


def test_without_a_service_a_credential_is_not_at_hand(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, (ENV, 'password_credential = "mailbot_support"'))

    assert "password_credential: $CREDENTIALS_DIRECTORY is not set: systemd sets it in the unit; in a shell: " in fault


@pytest.mark.parametrize("content", [f"{CANARY}\r\nX1 LOGOUT", f"{CANARY}\x00"])
def test_a_password_is_one_line(tmp_path: Path, content: str) -> None:
    secret_file(tmp_path, content)

    (fault,) = site_files.faults(tmp_path, (ENV, 'password_file = "support.password"'))

    assert fault.endswith('"support.password" holds a control character or a second line')


def test_an_empty_password_is_a_warning(tmp_path: Path) -> None:
    secret_file(tmp_path, "")

    checked = site_files.load(tmp_path, (ENV, 'password_file = "support.password"'))

    assert checked.warnings == ("mailbot.toml:15: [mailboxes.support.imap]: the password is empty",)


def test_a_relay_without_a_login_needs_no_password(tmp_path: Path) -> None:
    assert site_files.load(tmp_path).site.smtp.password == ""


def test_a_relay_with_a_login_needs_a_password(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, ("[security]", 'username = "robot"\n[security]'))

    assert fault.startswith("mailbot.toml:7: [smtp]: the password is missing: write password_file, ")


def test_a_relays_password_without_a_name_is_a_fault(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, ("[security]", 'password_env = "SAC"\n[security]'))

    assert fault == "mailbot.toml:7: [smtp] username: is empty, but a password is given: name both or neither"


def test_offline_no_password_of_a_server_is_asked_for(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[security]", 'username = "robot"\npassword_file = "nowhere"\n[security]'))

    checked = settings.load(tmp_path, {"KEY": "0f" * 32}, offline=True)

    assert {mailbox.imap.password for mailbox in checked.site.mailboxes} | {checked.site.smtp.password} == {""}
    assert checked.warnings == ()


def test_the_key_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "mailbot.key").write_text("a1" * 32 + "\n")
    (tmp_path / "mailbot.key").chmod(0o600)

    assert site_files.load(tmp_path, ('key_env = "KEY"\n', "")).site.security.key == b"\xa1" * 32


@pytest.mark.parametrize("key", ["", "secret", "0f" * 31])
def test_a_key_is_32_random_octets(tmp_path: Path, key: str) -> None:
    site_files.write(tmp_path)

    with pytest.raises(settings.SettingsError) as caught:
        settings.load(tmp_path, {**site_files.ENVIRON, "KEY": key})

    assert caught.value.faults == (
        "mailbot.toml:10: [security] key_env: holds no key: `mailbot init` writes one of 64 hexadecimal digits",
    )


def test_a_site_has_one_key(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, ('key_env = "KEY"', 'key_env = "KEY"\nkey_file = "mailbot.key"'))

    assert fault.endswith("[security] key_env: stands beside key_file: keep one of them")


def test_no_secret_is_in_the_repr_of_a_site(tmp_path: Path) -> None:
    postgres = ("[smtp]", f'[database]\nurl = "postgresql+psycopg://robot:{CANARY}@db/mailbot"\n[smtp]')
    site_files.write(tmp_path, postgres)
    (tmp_path / "mailbot.toml").chmod(0o600)

    checked = settings.load(tmp_path, site_files.ENVIRON)

    assert CANARY in checked.site.database
    assert "canary" not in repr(checked)
    assert "0f0f" not in repr(checked)
    assert "\\x0f" not in repr(checked)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "names no file: write sqlite:///mailbot.db"),
        ("sqlite:///:memory:", "names no file: write sqlite:///mailbot.db"),
        ("sqlite:///nowhere/mailbot.db", "there is no folder {site}/nowhere for the database"),
        ("sqlite:///a?b", "a question mark cannot stand in the name of a SQLite file: {site}/a?b"),
        (
            "postgresql://robot@db/mailbot",
            "is not a database that mailbot knows: write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
        ),
        (
            "postgresql+psycopg://[robot@db/mailbot",
            "is not a URL: write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
        ),
        (
            "postgresql+psycopg://robot@db:secret/mailbot",
            "is not a URL: write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
        ),
    ],
)
def test_a_database_that_is_none_is_told(tmp_path: Path, url: str, says: str) -> None:
    found = site_files.faults(tmp_path, ("[smtp]", f'[database]\nurl = "{url}"\n[smtp]'))

    assert found == (f"mailbot.toml:8: [database] url: {says.replace('{site}', str(tmp_path))}",)


def test_a_database_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://robot:{CANARY}@db/mailbot"
    site_files.write(tmp_path, ("[smtp]", f'[database]\nurl = "{url}"\n[smtp]'))
    (tmp_path / "mailbot.toml").chmod(0o644)

    (fault,) = site_files.refusal(tmp_path)

    assert fault.startswith("mailbot.toml:8: [database] url: other users can read the password in this URL")
    assert CANARY not in fault


def test_a_database_password_may_come_from_elsewhere(tmp_path: Path) -> None:
    database = '[database]\nurl = "postgresql+psycopg://robot@db:5432/mailbot?sslmode=require"\npassword_env = "DB"\n'
    site_files.write(tmp_path, ("[smtp]", f"{database}[smtp]"))

    site = settings.load(tmp_path, {**site_files.ENVIRON, "DB": "p@ss/w:rd"}).site

    assert site.database == "postgresql+psycopg://robot:p%40ss%2Fw%3Ard@db:5432/mailbot?sslmode=require"
