"""What a site needs beside its settings files is known without opening any of it."""

from pathlib import Path

import pytest
import site_files

from mailbot.settings import SettingsError
from mailbot.settings.references import References, database_url, references, with_database

FILE = 'password_file = "secrets/support"\nca_file = "imap-ca.pem"'


def test_files_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    site_files.write(
        tmp_path,
        ('key_env = "KEY"\n', ""),
        ('password_env = "SUPPORT"', FILE),
        ('password_env = "SAC"', 'oauth2 = { client_secret_file = "secrets/client", refresh_token_env = "TOKEN" }'),
    )
    assert references(tmp_path / "mailbot.toml") == References(
        certificates=("imap-ca.pem",),
        key="mailbot.key",
        secrets=("secrets/support", "secrets/client"),
        elsewhere=("the refresh token of [mailboxes.sac.imap.oauth2] ($TOKEN)",),
        inline=False,
    )


def test_a_key_from_elsewhere_is_no_file(tmp_path: Path) -> None:
    found = references(
        site_files.write(tmp_path, ('key_env = "KEY"', 'key_credential = "mailbot_key"')) / "mailbot.toml"
    )
    assert found.key is None
    assert "the key of [security] (credential mailbot_key)" in found.elsewhere


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('password_env = "SAC"', 'password = "canary"'),
        ("[smtp]", '[database]\nurl = "postgresql+psycopg://robot:canary@db/mailbot"\n[smtp]'),
    ],
)
def test_a_secret_in_the_settings_themselves_is_noticed(tmp_path: Path, written: str, instead: str) -> None:
    found = references(site_files.write(tmp_path, (written, instead)) / "mailbot.toml")
    assert found.inline
    assert "canary" not in repr(found)


def test_the_database_is_where_the_settings_say_once_they_stand_there(tmp_path: Path) -> None:
    main = site_files.write(tmp_path) / "mailbot.toml"
    assert database_url(main, Path("/"), {}) == "sqlite:////mailbot.db"


def test_a_database_whose_password_is_not_at_hand_is_told(tmp_path: Path) -> None:
    section = '[database]\nurl = "postgresql+psycopg://robot@db/mailbot"\npassword_file = "secrets/db"\n[smtp]'
    main = site_files.write(tmp_path, ("[smtp]", section)) / "mailbot.toml"
    with pytest.raises(SettingsError) as caught:
        database_url(main, tmp_path, {})
    assert caught.value.faults == (
        'mailbot.toml:9: [database] password_file: "secrets/db" cannot be read: No such file or directory',
    )


def test_a_password_that_came_with_the_settings_opens_the_database_elsewhere(tmp_path: Path) -> None:
    section = '[database]\nurl = "postgresql+psycopg://robot@db/mailbot"\npassword_file = "secrets/db"\n[smtp]'
    main = site_files.write(tmp_path, ("[smtp]", section)) / "mailbot.toml"
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "db").write_text("canary")
    (tmp_path / "secrets" / "db").chmod(0o600)
    assert database_url(main, tmp_path / "new", {}) == "postgresql+psycopg://robot:canary@db/mailbot"


POSTGRES = "postgresql+psycopg://robot@db/mailbot"


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ('[database]\nurl = "sqlite:///a.db" # here\n[smtp]\n', f'[database]\nurl = "{POSTGRES}"\n[smtp]\n'),
        ("[database]\n[smtp]\n", f'[database]\nurl = "{POSTGRES}"\n[smtp]\n'),
        ('[smtp]\nhost = "é"', f'[smtp]\nhost = "é"\n[database]\nurl = "{POSTGRES}"\n'),
        (
            '[database]\npassword_env = "DB"\nurl="x"\n',
            f'[database]\npassword_env = "DB"\nurl = "{POSTGRES}"\n',
        ),
    ],
)
def test_another_database_is_written_into_the_settings_and_nothing_else_changes(text: str, changed: str) -> None:
    assert with_database(text, POSTGRES) == changed


@pytest.mark.parametrize(
    "text",
    [
        'database = { url = "sqlite:///a.db" }\n',
        'database.url = "sqlite:///a.db"\n',
        'x = """\n[database]\nurl = 3\n"""\n',
        '[database]\nurl = """\nsqlite:///a.db"""\n',
    ],
)
def test_settings_in_a_rare_form_are_left_to_their_author(text: str) -> None:
    with pytest.raises(SettingsError, match="stands there in a form that is not changed for you"):
        with_database(text, POSTGRES)
