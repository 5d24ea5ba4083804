"""`mailbot login`: what a person sees, and each way to get it wrong."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import site_files
from command_line import mailbot
from servers.authorization import CLIENT, SECRET, USER_CODE, AuthorizationServer, Consent

from mailbot import oauth2
from mailbot.model import Flow, OAuth2

PASSWORD = 'password_env = "SUPPORT"\n'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorizationServer]:
    monkeypatch.setenv("KEY", "0f" * 32)
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    with AuthorizationServer() as server:
        yield server


def site(folder: Path, server: AuthorizationServer, flow: Flow) -> tuple[str, str]:
    """Its option. The secret of every other server is missing."""
    keys = {
        "provider": "other",
        "flow": flow,
        "client_id": CLIENT,
        "client_secret_env": "CLIENT_SECRET",
        "token_endpoint": server.endpoint("token"),
        "device_endpoint": server.endpoint("device"),
        "authorization_endpoint": server.endpoint("authorize"),
    }
    written = "\n".join(f'{key} = "{value}"' for key, value in keys.items())
    site_files.write(folder, (PASSWORD, f"[mailboxes.support.imap.oauth2]\n{written}\n"))
    return "--site", str(folder)


def client(server: AuthorizationServer, folder: Path, flow: Flow) -> OAuth2:
    return replace(server.client(folder, flow), scope="")


def test_a_person_is_told_where_to_go_with_which_code_and_as_whom(server: AuthorizationServer, tmp_path: Path) -> None:
    ran = mailbot("login", "support", *site(tmp_path, server, Flow.DEVICE_CODE))

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"Open     {server.endpoint('verify')}",
        f"Code     {USER_CODE}   (valid for 10 minutes)",
        "Sign in  as support",
        "Waiting …",
        "mailbox support is signed in.",
    ]
    assert oauth2.access_token(client(server, tmp_path, Flow.DEVICE_CODE)) in server.granted
    assert not [token for token in server.granted if token in ran.out]


def test_a_person_signs_in_with_a_browser_and_brings_the_last_address_back(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    option = site(tmp_path, server, Flow.AUTHORIZATION_CODE)
    line = [sys.executable, "-m", "mailbot", "login", "support", *option]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdin
        assert command.stdout
        address = command.stdout.readline().removeprefix("Open     ").strip()
        assert command.stdout.readline() == "Sign in  as support\n"
        command.stdin.write(f"{server.browse(address)}\n")
        command.stdin.close()
        assert command.stdout.read().endswith("mailbox support is signed in.\n")
    assert command.returncode == 0
    assert oauth2.access_token(client(server, tmp_path, Flow.AUTHORIZATION_CODE)) in server.granted


def test_who_acts_for_itself_is_asked_again_even_while_it_has_a_token(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("login", "support", *site(tmp_path, server, Flow.CLIENT_CREDENTIALS))
    ran = mailbot(*line)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "mailbox support was granted a token by its client credentials: nobody needs to sign in\n"

    monkeypatch.setenv("CLIENT_SECRET", "not-this-one")
    ran = mailbot(*line)
    assert (ran.status, ran.out) == (1, "")
    assert "(invalid_client AADSTS7000215): check client_id and the client secret" in ran.err


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ((), 2, "name one mailbox, or --relay"),
        (("support", "--relay"), 2, "name one mailbox, or --relay"),
        (("suport",), 1, "mailbot.toml has no mailbox suport; did you mean support?"),
        (("x",), 1, "mailbot.toml has no mailbox x, but support, sac"),
        (("sac",), 1, "mailbox sac has no oauth2 in mailbot.toml: nobody needs to sign in there"),
        (("--relay",), 1, "the relay has no oauth2 in mailbot.toml: nobody needs to sign in there"),
    ],
)
def test_what_cannot_be_signed_in_to_is_told(
    server: AuthorizationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    sentence: str,
) -> None:
    monkeypatch.setenv("SAC", "s3cret")

    ran = mailbot("login", *arguments, *site(tmp_path, server, Flow.DEVICE_CODE))

    assert (ran.status, ran.out) == (status, "")
    assert sentence in ran.err
    assert server.requests == []


def test_who_refuses_in_the_browser_ends_the_command(server: AuthorizationServer, tmp_path: Path) -> None:
    server.consent = Consent.DENIED

    ran = mailbot("login", "support", *site(tmp_path, server, Flow.DEVICE_CODE))

    assert (ran.status, ran.err) == (1, "mailbot: the sign-in of mailbox support was refused in the browser\n")


def test_no_address_is_no_sign_in(server: AuthorizationServer, tmp_path: Path) -> None:
    ran = mailbot("login", "support", *site(tmp_path, server, Flow.AUTHORIZATION_CODE))

    assert (ran.status, ran.err) == (1, "mailbot: no address was given: run `mailbot login support` again\n")


def test_an_address_that_is_no_text_is_no_address_of_this_sign_in(server: AuthorizationServer, tmp_path: Path) -> None:
    option = site(tmp_path, server, Flow.AUTHORIZATION_CODE)
    line = [sys.executable, "-m", "mailbot", "login", "support", *option]

    env = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}  # as in most locales
    ran = subprocess.run(line, input=b"http://localhost:8765/?code=\xff\n", capture_output=True, env=env)

    assert ran.returncode == 1
    assert ran.stderr.startswith(b"mailbot: that is not the address at which this sign-in ended")


def test_a_folder_that_cannot_hold_tokens_is_told(server: AuthorizationServer, tmp_path: Path) -> None:
    option = site(tmp_path, server, Flow.DEVICE_CODE)
    (tmp_path / "tokens").write_text("")

    ran = mailbot("login", "support", *option)

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"mailbot: {tmp_path}/tokens/mailboxes.support.json.lock: Not a directory\n"
