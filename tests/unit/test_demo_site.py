"""The demo's site is one that an operator could have written."""

import stat
from pathlib import Path

import pytest

from mailbot import register, settings
from mailbot.demo import site
from mailbot.demo.border import AUTHSERV_ID
from mailbot.demo.office import Ports
from mailbot.demo.story import scenes

PORTS = Ports(imap=40143, relay=40025, door=40026)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    site.write(tmp_path / "site", PORTS, site.passwords())
    return tmp_path / "site"


def test_it_loads_without_a_warning_and_points_to_the_post_office(directory: Path) -> None:
    checked = settings.load(directory, {})
    assert checked.warnings == ()
    assert {mailbox.imap.port for mailbox in checked.site.mailboxes} == {PORTS.imap}
    assert checked.site.smtp.port == PORTS.relay
    assert checked.site.security.trusted_authserv_ids == (AUTHSERV_ID,)


def test_the_border_takes_mail_for_just_the_mailboxes_of_the_site(directory: Path) -> None:
    mailboxes = settings.load(directory, {}).site.mailboxes
    assert {(mailbox.key, mailbox.address) for mailbox in mailboxes} == set(site.BORDER.mailboxes)


def test_each_mailbox_has_a_password_of_its_own_and_a_new_one_each_time(directory: Path) -> None:
    first, second = site.passwords(), site.passwords()
    assert len({*first.values(), *second.values()}) == len(first) + len(second)


def test_the_border_vouches_for_every_address_of_the_register_and_every_agent(directory: Path) -> None:
    registered = [entry.email for entry in register.read(directory / "register").addresses]
    agents = [agent.email for agent in settings.load(directory, {}).site.agents]
    assert {address.rpartition("@")[2] for address in registered + agents} == site.BORDER.vouched


def test_the_register_has_the_customers_of_the_story(directory: Path) -> None:
    registered = {entry.email for entry in register.read(directory / "register").addresses}
    assert len(registered & {scene.mail_from for scene in scenes()}) == 4


def test_its_secrets_are_the_owner_s_alone(directory: Path) -> None:
    for name in ("mailbot.toml", "mailbot.key"):
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600


def test_it_is_never_written_over_another(directory: Path) -> None:
    with pytest.raises(FileExistsError):
        site.write(directory, PORTS, site.passwords())
