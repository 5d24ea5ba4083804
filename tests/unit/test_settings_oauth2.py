"""`oauth2` in the place of a password: what a provider fills in, and each fault with file, line and what to do."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import site_files

from mailbot import settings
from mailbot.model import Flow, OAuth2

PASSWORD = 'password_env = "SUPPORT"\n'
MICROSOFT = 'provider = "microsoft", tenant = "acme.test", client_id = "c-1"'
GOOGLE = 'provider = "google", client_id = "c-1"'
OTHER = 'provider = "other", client_id = "c-1"'
DEVICE = 'flow = "device-code"'
OWN = 'flow = "client-credentials"'
BROWSER = 'flow = "authorization-code"'
SECRET = 'client_secret_env = "SAC"'
RELAY = 'host = "smtp.acme.test"'


def client(folder: Path, *keys: str) -> OAuth2:
    (mailbox, _) = site_files.load(folder, (PASSWORD, f"oauth2 = {{ {', '.join(keys)} }}\n")).site.mailboxes
    assert mailbox.imap.oauth2
    assert mailbox.imap.password == ""
    return mailbox.imap.oauth2


def relay(folder: Path, *keys: str) -> OAuth2:
    written = (RELAY, f'{RELAY}\nusername = "robot@acme.test"\noauth2 = {{ {", ".join(keys)} }}')
    found = site_files.load(folder, written).site.smtp.oauth2
    assert found
    return found


def test_microsoft_needs_only_tenant_client_and_flow(tmp_path: Path) -> None:
    found = client(tmp_path, MICROSOFT, DEVICE)

    server = "https://login.microsoftonline.com/acme.test/oauth2/v2.0"
    assert found == OAuth2(
        mailbox="support",
        flow=Flow.DEVICE_CODE,
        client_id="c-1",
        client_secret="",
        refresh_token="",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        token_endpoint=f"{server}/token",
        device_endpoint=f"{server}/devicecode",
        authorization_endpoint=f"{server}/authorize",
        tokens=str(tmp_path / "tokens" / "mailboxes.support.json"),
        unused_after=timedelta(days=90),
    )
    assert (found.what, found.login) == ("mailbox support", "mailbot login support")
    assert relay(tmp_path, MICROSOFT, DEVICE).scope == "https://outlook.office.com/SMTP.Send offline_access"


def test_a_client_of_microsoft_may_act_for_itself(tmp_path: Path) -> None:
    found = relay(tmp_path, MICROSOFT, OWN, SECRET, "client_secret_expires = 2026-12-31")

    assert found.scope == "https://outlook.office365.com/.default"
    assert (found.client_secret, found.client_secret_expires) == ("canary-sac", date(2026, 12, 31))
    assert (found.what, found.login) == ("the relay", "mailbot login --relay")
    assert found.tokens == str(tmp_path / "tokens" / "smtp.json")


def test_google_needs_only_client_and_flow(tmp_path: Path) -> None:
    found = client(tmp_path, GOOGLE, BROWSER, SECRET)

    assert found.token_endpoint == "https://oauth2.googleapis.com/token"
    assert found.scope == "https://mail.google.com/"
    assert "access_type=offline" in found.authorization_endpoint


def test_any_other_server_can_be_named(tmp_path: Path) -> None:
    endpoints = 'token_endpoint = "http://127.0.0.1:80/t", device_endpoint = "https://a.test/d", scope = "imap smtp"'

    (tmp_path / "ca.pem").touch()
    found = client(tmp_path, OTHER, DEVICE, endpoints, 'ca_file = "ca.pem"')

    assert (found.token_endpoint, found.device_endpoint) == ("http://127.0.0.1:80/t", "https://a.test/d")
    assert (found.scope, found.ca_file) == ("imap smtp", str(tmp_path / "ca.pem"))


def test_what_a_provider_fills_in_can_be_overridden(tmp_path: Path) -> None:
    found = client(tmp_path, MICROSOFT, DEVICE, 'token_endpoint = "https://login.test/t"', 'scope = "a"')

    assert (found.token_endpoint, found.scope) == ("https://login.test/t", "a")
    assert found.device_endpoint.startswith("https://login.microsoftonline.com/")


def test_a_client_may_be_a_section_of_its_own(tmp_path: Path) -> None:
    section = f"[mailboxes.support.imap.oauth2]\n{MICROSOFT}, {DEVICE}\n".replace(", ", "\n")

    assert site_files.load(tmp_path, (PASSWORD, section)).site.mailboxes[0].imap.oauth2 == client(
        tmp_path, MICROSOFT, DEVICE
    )


def test_a_refresh_token_may_be_brought(tmp_path: Path) -> None:
    found = client(tmp_path, MICROSOFT, DEVICE, 'refresh_token_env = "SAC"')

    assert found.refresh_token == "canary-sac"


def test_no_secret_is_in_the_repr(tmp_path: Path) -> None:
    found = client(tmp_path, MICROSOFT, DEVICE, SECRET, 'refresh_token_env = "SUPPORT"')

    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (f"{MICROSOFT}, {DEVICE}, clientid = 'x'", "clientid: unknown key; did you mean client_id?"),
        (f"{MICROSOFT}, {DEVICE}, folder = 'x'", "folder: unknown key; it belongs in [mailboxes.NAME.imap]"),
        (f"{MICROSOFT}", "flow: this key is missing"),
        (
            f'{MICROSOFT}, flow = "password"',
            'flow: "password" is not one of client-credentials, authorization-code, device-code',
        ),
        (
            f'provider = "outlook", client_id = "c", {DEVICE}',
            'provider: "outlook" is not one of microsoft, google, other',
        ),
        (
            f'provider = "microsoft", client_id = "c", {DEVICE}',
            "tenant: this key is missing: the id or the domain of your directory, such as example.onmicrosoft.com",
        ),
        (
            f'provider = "microsoft", tenant = "common", client_id = "c", {OWN}, {SECRET}',
            'tenant: "common" names no directory, and client-credentials needs one: write the id or the domain of your '
            "directory, such as example.onmicrosoft.com",
        ),
        (
            f'provider = "microsoft", tenant = "a/b", client_id = "c", {DEVICE}',
            'tenant: "a/b" is not the id or the domain of a directory, such as example.onmicrosoft.com',
        ),
        (f'{GOOGLE}, {BROWSER}, {SECRET}, tenant = "a"', 'tenant: is for provider = "microsoft": leave it out'),
        (
            f"{GOOGLE}, {OWN}, {SECRET}",
            "flow: Google's service accounts sign with a key of their own, which mailbot does not: "
            'use flow = "authorization-code" and `mailbot login`',
        ),
        (
            f"{MICROSOFT}, {OWN}",
            "client_secret_file: this key is missing: or write client_secret_credential, client_secret_env or "
            "client_secret",
        ),
        (
            f"{GOOGLE}, {BROWSER}",
            "client_secret_file: this key is missing: or write client_secret_credential, client_secret_env or "
            "client_secret",
        ),
        (f"{MICROSOFT}, {OWN}, client_secret_env = 'NO'", "client_secret_env: the environment variable NO is not set"),
        (
            f"{MICROSOFT}, {OWN}, {SECRET}, client_secret_file = 'x'",
            "client_secret_file: stands beside client_secret_env: keep one of them",
        ),
        (
            f"{MICROSOFT}, {OWN}, client_secret = 'canary'",
            "client_secret: other users can read the client secret in this file: `chmod o= mailbot.toml`, "
            "or use client_secret_file or client_secret_env",
        ),
        (f"{MICROSOFT}, {OWN}, client_secret = 47", "client_secret: is not text: put it in quotes"),
        (
            f"{MICROSOFT}, {OWN}, {SECRET}, refresh_token_env = 'SAC'",
            "refresh_token_env: is of no use with client-credentials: leave it out",
        ),
        (
            f"{MICROSOFT}, {DEVICE}, client_secret_expires = 2026-12-31",
            "client_secret_expires: is given, but there is no client secret",
        ),
        (
            f"{MICROSOFT}, {OWN}, {SECRET}, client_secret_expires = 'soon'",
            'client_secret_expires: "soon" is not a day such as 2026-12-31',
        ),
        (f"{OTHER}, {DEVICE}, token_endpoint = 'https://a.test/t'", "device_endpoint: this key is missing: provider"),
        (f"{OTHER}, {BROWSER}, token_endpoint = 'https://a.test/t'", "authorization_endpoint: this key is missing: p"),
        (f"{OTHER}, {OWN}, {SECRET}", 'token_endpoint: this key is missing: provider = "other" has none of its own'),
        (
            f"{MICROSOFT}, {DEVICE}, token_endpoint = 'http://a.test/t'",
            'token_endpoint: "http://a.test/t" is not safe: https is needed, but for a server on this machine',
        ),
        (
            f"{MICROSOFT}, {DEVICE}, token_endpoint = 'login.test/t'",
            'token_endpoint: "login.test/t" is not an address such as https://login.example.com/token',
        ),
        (f"{MICROSOFT}, {DEVICE}, token_endpoint = 'https://u:p@a.test/'", "is not an address such as"),
        (f"{MICROSOFT}, {DEVICE}, token_endpoint = 'https://a.test:x/'", "is not an address such as"),
        (f"{MICROSOFT}, {DEVICE}, token_endpoint = 'https://[/'", "is not an address such as"),
        (f"{MICROSOFT}, {DEVICE}, ca_file = 'nowhere.pem'", "ca_file: there is no file "),
        (f"{MICROSOFT}, {DEVICE}, scope = 'a  b'", 'scope: "a  b" is not a list of scopes with one space between them'),
    ],
)
def test_each_fault_of_a_client_is_told(tmp_path: Path, keys: str, says: str) -> None:
    site_files.write(tmp_path, (PASSWORD, f"oauth2 = {{ {keys} }}\n"))
    (tmp_path / "mailbot.toml").chmod(0o644)

    found = site_files.refusal(tmp_path)

    assert len(found) == 1
    assert found[0].startswith("mailbot.toml:18: [mailboxes.support.imap] oauth2.")
    assert says in found[0]
    assert "canary" not in found[0]


def test_a_client_stands_in_the_place_of_a_password(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, (PASSWORD, f"{PASSWORD}oauth2 = {{ {MICROSOFT}, {DEVICE} }}\n"))
    assert fault == "mailbot.toml:19: [mailboxes.support.imap] oauth2: stands beside a password: keep one of them"


def test_a_client_that_is_no_table_is_told(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, (PASSWORD, 'oauth2 = "microsoft"\n'))
    assert fault == (
        'mailbot.toml:18: [mailboxes.support.imap] oauth2: "microsoft" is not a table: put its keys in { }'
    )


def test_a_relay_with_a_client_needs_the_address_that_sends(tmp_path: Path) -> None:
    (fault,) = site_files.faults(tmp_path, (RELAY, f"{RELAY}\noauth2 = {{ {MICROSOFT}, {DEVICE} }}"))
    assert fault == "mailbot.toml:7: [smtp] username: is empty, but oauth2 is given: name both or neither"


def test_a_device_code_of_google_is_a_warning(tmp_path: Path) -> None:
    checked = site_files.load(tmp_path, (PASSWORD, f"oauth2 = {{ {GOOGLE}, {DEVICE}, {SECRET} }}\n"))
    assert checked.warnings == (
        "mailbot.toml:18: [mailboxes.support.imap] oauth2.flow: Google gives access to mail to no device code, as far "
        'as we know: if `mailbot login` is refused, use flow = "authorization-code"',
    )


def test_who_signs_in_needs_the_secret_of_that_client_alone(tmp_path: Path) -> None:
    keys = f"oauth2 = {{ {MICROSOFT}, {OWN}, {SECRET} }}\n"
    site_files.write(tmp_path, (PASSWORD, keys), (RELAY, f'{RELAY}\nusername = "r"\npassword_env = "NOWHERE"'))
    environ = {"KEY": "0f" * 32, "SAC": "canary-sac"}

    site = settings.load(tmp_path, environ, offline=True, but=settings.mailbox("support")).site

    assert site.mailboxes[0].imap.oauth2
    assert site.mailboxes[0].imap.oauth2.client_secret == "canary-sac"
    with pytest.raises(settings.SettingsError, match="NOWHERE is not set"):
        settings.load(tmp_path, environ, offline=True, but=settings.RELAY)
