"""A site on disk for tests of the settings: a sound one, and the same with some of its text replaced."""

from pathlib import Path

import pytest

from mailbot import settings

MAIN = """\
[robot]
organisation = "Exemple Télécom"
language = "fr-CA"
timezone = "America/Toronto"
domain = "tickets.acme.test"
admin = "admin@acme.test"
[smtp]
host = "smtp.acme.test"
[security]
key_env = "KEY"
trusted_authserv_ids = ["mx.acme.test"]
[mailboxes.support]
address = "support@acme.test"
department = "technical"
[mailboxes.support.imap]
host = "imap.acme.test"
username = "support"
password_env = "SUPPORT"
[mailboxes.sac]
address = "sac@acme.test"
department = "customer-care"
[mailboxes.sac.imap]
host = "imap.acme.test"
username = "sac"
password_env = "SAC"
"""

AGENTS = """\
[alice]
name = "Alice Roy"
email = "alice@acme.test"
departments = ["technical", "customer-care"]
"""

ENVIRON = {"KEY": "0f" * 32, "SUPPORT": "canary-support", "SAC": "canary-sac"}


def write(folder: Path, *changes: tuple[str, str], main: str = MAIN, agents: str = AGENTS) -> Path:
    """Each change replaces the first text in mailbot.toml, or agents.toml, by the second; it must stand there."""
    for old, new in changes:
        assert old in main or old in agents, old
        main, agents = main.replace(old, new, 1), agents.replace(old, new, 1)
    (folder / "mailbot.toml").write_text(main, encoding="utf-8")
    (folder / "agents.toml").write_text(agents, encoding="utf-8")
    return folder


def load(folder: Path, *changes: tuple[str, str]) -> settings.Checked:
    return settings.load(write(folder, *changes), ENVIRON)


def faults(folder: Path, *changes: tuple[str, str]) -> tuple[str, ...]:
    return refusal(write(folder, *changes))


def refusal(folder: Path) -> tuple[str, ...]:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load(folder, ENVIRON)
    return caught.value.faults
