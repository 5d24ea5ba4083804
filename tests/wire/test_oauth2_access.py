"""Access tokens from a local authorization server: kept, refreshed, refused; and what is said where there is none."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from servers.authorization import SECRET, AuthorizationServer, Fall, Say, error
from servers.certificates import Authority
from servers.process import free_port

from mailbot import oauth2
from mailbot.model import Flow, OAuth2
from mailbot.oauth2 import request, token_file
from mailbot.oauth2.answer import granted
from mailbot.oauth2.exchange import post


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


def signed_in(server: AuthorizationServer, folder: Path) -> OAuth2:
    client = server.client(folder, Flow.DEVICE_CODE)
    oauth2.by_device_code(client, lambda _: None, lambda _: None)
    return client


def kept(client: OAuth2) -> dict[str, str]:
    table = json.loads(Path(client.tokens).read_text())
    assert isinstance(table, dict)
    return table


def rewrite(client: OAuth2, **changes: str) -> None:
    Path(client.tokens).write_text(json.dumps(kept(client) | changes))


def with_client(client: OAuth2) -> str:
    """The beginning of a program that another process runs."""
    values = {name: getattr(client, name) for name in client.__slots__}
    written = ", ".join(f"{name}={value!r}" for name, value in values.items() if not isinstance(value, Flow))
    return (
        "from mailbot import oauth2; from mailbot.model import Flow, OAuth2\n"
        f"client = OAuth2(flow=Flow({str(client.flow)!r}), {written})"
    )


def test_a_token_is_asked_for_once_and_kept_for_the_owner_alone(server: AuthorizationServer, tmp_path: Path) -> None:
    client = server.client(tmp_path)

    tokens = {oauth2.access_token(client) for _ in range(3)}

    assert tokens == set(server.granted)
    assert server.asked("client_credentials") == 1
    assert {name: server.requests[0][name] for name in ("client_secret", "scope")} == {
        "client_secret": SECRET,
        "scope": "mail",
    }
    folder = tmp_path / "tokens"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_token_is_refreshed_before_it_expires(server: AuthorizationServer, tmp_path: Path) -> None:
    server.lifetime = 100
    client = server.client(tmp_path)

    assert oauth2.access_token(client) != oauth2.access_token(client)


def test_a_token_that_a_mail_server_refused_is_replaced_once_for_all_who_ask(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = server.client(tmp_path)
    refused = oauth2.access_token(client)

    renewed = {oauth2.access_token(client, refused) for _ in range(3)}

    assert server.granted == [refused, *renewed]


def test_a_token_for_another_client_or_scope_is_not_used(server: AuthorizationServer, tmp_path: Path) -> None:
    client = server.client(tmp_path)
    oauth2.access_token(client)

    oauth2.access_token(replace(client, scope="other"))

    assert server.asked("client_credentials") == 2


def test_a_new_refresh_token_replaces_the_old_one(server: AuthorizationServer, tmp_path: Path) -> None:
    client = signed_in(server, tmp_path)
    for _ in range(3):
        before = kept(client)["refresh_token"]
        oauth2.access_token(client, kept(client)["access_token"])
        assert kept(client)["refresh_token"] != before


def test_where_no_new_refresh_token_comes_the_old_one_stays(server: AuthorizationServer, tmp_path: Path) -> None:
    server.rotates = False
    client = signed_in(server, tmp_path)
    for _ in range(3):
        before = kept(client)["refresh_token"]
        oauth2.access_token(client, kept(client)["access_token"])
        assert kept(client)["refresh_token"] == before


def test_threads_and_processes_that_refresh_at_once_lose_no_refresh_token(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    server.lifetime = 60  # never long enough to be used again
    client = signed_in(server, tmp_path)
    program = f"{with_client(client)}\nfor _ in range(10): oauth2.access_token(client)"
    others = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(lambda _: oauth2.access_token(client), range(20)))

    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert len(tokens) == 20
    assert server.asked("refresh_token") == 50
    assert oauth2.standing(client).trouble == ""


def test_what_was_refused_for_good_is_said_at_once_and_asked_again_only_after_a_while(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = signed_in(server, tmp_path)
    server.revoke()
    ended = "the sign-in of mailbox support has ended (invalid_grant AADSTS700082): run `mailbot login support`"
    for _ in range(3):
        with pytest.raises(oauth2.SignInNeeded, match=re.escape(ended)):
            oauth2.access_token(client, kept(client).get("access_token", ""))
    assert server.asked("refresh_token") == 1
    assert oauth2.standing(client).trouble == ended

    rewrite(client, refused_at=(datetime.now(UTC) - timedelta(minutes=16)).isoformat())
    with pytest.raises(oauth2.SignInNeeded):
        oauth2.access_token(client)
    assert server.asked("refresh_token") == 2

    oauth2.by_device_code(client, lambda _: None, lambda _: None)
    assert oauth2.access_token(client)


def test_who_never_signed_in_is_told_how(server: AuthorizationServer, tmp_path: Path) -> None:
    support = server.client(tmp_path, Flow.DEVICE_CODE)
    relay = replace(support, mailbox="")

    with pytest.raises(oauth2.SignInNeeded, match=r"^nobody has signed in yet: run `mailbot login support`$"):
        oauth2.access_token(support)
    assert oauth2.standing(relay).trouble == "nobody has signed in yet: run `mailbot login --relay`"
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (
            "rubbish",
            0o600,
            "tokens/mailboxes.support.json is no file of mailbot's tokens: run `mailbot login supp",
        ),
        ('{"used_at": "x"}', 0o600, "is no file of mailbot's tokens"),
        ('{"access_token": "a\\nb"}', 0o600, "is no file of mailbot's tokens"),
        ("[" * 50_000, 0o600, "is no file of mailbot's tokens"),
        ("{}", 0o604, "other users can read tokens/mailboxes.support.json: `chmod o= "),
    ],
)
def test_a_token_file_that_cannot_be_used_is_told(
    server: AuthorizationServer, tmp_path: Path, content: str, mode: int, says: str
) -> None:
    client = server.client(tmp_path, Flow.DEVICE_CODE)
    Path(client.tokens).parent.mkdir()
    Path(client.tokens).write_text(content)
    Path(client.tokens).chmod(mode)

    with pytest.raises(oauth2.SignInNeeded, match=re.escape(says)):
        oauth2.access_token(client)
    assert oauth2.access_token(server.client(tmp_path))


@pytest.mark.parametrize(
    ("say", "kind", "says"),
    [
        (Say(200, b"<html>"), oauth2.Unavailable, "answered 200 and nothing that makes sense"),
        (Say(200, b"[" * 100_000), oauth2.Unavailable, "answered 200 and nothing that makes sense"),
        (Say(200, b"x" * 300_000), oauth2.Unavailable, "answered at endless length"),
        (Say(200, b'{"access_token": "a b", "token_type": "Bearer"}'), oauth2.Unavailable, "nothing that makes sense"),
        (Say(200, b'{"access_token": "a\\u0001b", "token_type": "Bearer"}'), oauth2.Unavailable, "makes sense"),
        (Say(200, b'{"access_token": "a", "token_type": "mac"}'), oauth2.Unavailable, "nothing that makes sense"),
        (Say(302), oauth2.Unavailable, "answered 302 and nothing that makes sense"),
        (Say(500, b'{"error": "invalid_client"}'), oauth2.Unavailable, "answered 500"),
        (Say(429, b'{"error": "throttled"}'), oauth2.Unavailable, "answered 429"),
        (error("temporarily_unavailable"), oauth2.Unavailable, "answered 400"),
        (error("Invalid\nheader"), oauth2.Unavailable, "answered 400"),
        (Fall("drops"), oauth2.Unavailable, "broke the connection or spoke no HTTP"),
        (error("invalid_scope"), oauth2.Refused, "refused the client of mailbox support (invalid_scope): check scope"),
        (error("unauthorized_client", words="app 47 of admin@example.com"), oauth2.Refused, "(unauthorized_client): "),
        (error("strange_thing", status=200), oauth2.Refused, "(strange_thing): check the client, there and in"),
    ],
)
def test_whatever_the_server_answers_is_one_sentence(
    server: AuthorizationServer, tmp_path: Path, say: Say | Fall, kind: type[oauth2.SignInError], says: str
) -> None:
    client = server.client(tmp_path)
    server.misbehave.append(say)

    with pytest.raises(kind, match=re.escape(says)) as caught:
        oauth2.access_token(client)

    assert str(caught.value).startswith(server.host)
    assert "@" not in str(caught.value)
    assert oauth2.access_token(client)


@pytest.mark.parametrize("how", ["silent", "dribbles"])
def test_a_server_that_does_not_come_to_an_end_is_left(server: AuthorizationServer, how: str) -> None:
    server.misbehave.append(Fall(how))

    with pytest.raises(oauth2.Unavailable, match="did not answer in time"):
        post(request.Request(server.endpoint("token"), ()), patience=0.3)


def test_a_server_that_never_ends_its_answer_has_given_none(server: AuthorizationServer) -> None:
    server.misbehave.append(Fall("dribbles its body"))

    assert granted(post(request.Request(server.endpoint("token"), ()), patience=0.3)) is None


def test_a_server_that_is_not_there_is_told(server: AuthorizationServer, tmp_path: Path) -> None:
    client = replace(server.client(tmp_path), token_endpoint=f"http://localhost:{free_port()}/token")

    with pytest.raises(oauth2.Unavailable, match="Connection refused: check network and endpoints"):
        oauth2.access_token(client)


def test_a_wrong_secret_is_told_without_the_secret(server: AuthorizationServer, tmp_path: Path) -> None:
    client = replace(server.client(tmp_path), client_secret="not-this-one")
    says = f"{server.host} refused the client of mailbox support (invalid_client AADSTS7000215): "

    with pytest.raises(oauth2.Refused) as caught:
        oauth2.access_token(client)
    assert str(caught.value) == says + "check client_id and the client secret"

    with pytest.raises(oauth2.Refused) as caught:
        oauth2.access_token(replace(client, client_secret_expires=date(2026, 1, 31)))
    assert str(caught.value) == says + "its secret ended on 2026-01-31, make a new one there"


def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with AuthorizationServer(authority.valid()) as server:
        client = server.client(tmp_path)
        with pytest.raises(oauth2.Refused, match=r"certificate of localhost:.* was refused .* set ca_file in oauth2"):
            oauth2.access_token(client)
        assert oauth2.access_token(replace(client, ca_file=str(authority.file)))
    with AuthorizationServer(authority.wrong_host()) as server:
        client = replace(server.client(tmp_path / "other"), ca_file=str(authority.file))
        with pytest.raises(oauth2.Refused, match="Hostname mismatch"):
            oauth2.access_token(client)
        assert server.requests == []


@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_a_ca_file_that_cannot_be_used_is_told_as_what_it_is(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with AuthorizationServer(Authority(tmp_path).valid()) as server:
        says = f"{server.host}: ca_file {file} of oauth2 holds no readable certificates"
        with pytest.raises(oauth2.Refused, match=f"^{re.escape(says)}$"):
            oauth2.access_token(replace(server.client(tmp_path), ca_file=str(file)))


def test_a_refresh_token_that_the_operator_brought_begins_a_sign_in_and_another_a_new_one(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = replace(server.client(tmp_path, Flow.DEVICE_CODE), refresh_token=server.refresh_token())
    first = oauth2.access_token(client)
    second = oauth2.access_token(client, first)
    assert second != first

    server.revoke()
    other = replace(client, refresh_token=server.refresh_token())
    assert oauth2.access_token(other) not in (first, second)


def test_a_refresh_token_that_was_brought_and_refused_is_not_offered_again_and_again(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = replace(server.client(tmp_path, Flow.DEVICE_CODE), refresh_token="from last year")
    for _ in range(3):
        with pytest.raises(oauth2.SignInNeeded, match="has ended"):
            oauth2.access_token(client)
    assert server.asked("refresh_token") == 1
    assert "has ended" in oauth2.standing(client).trouble

    assert oauth2.access_token(replace(client, refresh_token=server.refresh_token())) in server.granted


def test_who_signs_in_although_a_refresh_token_was_brought_is_signed_in(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    client = replace(server.client(tmp_path, Flow.DEVICE_CODE), refresh_token="from last year")
    with pytest.raises(oauth2.SignInNeeded, match="has ended"):
        oauth2.access_token(client)

    oauth2.by_device_code(client, lambda _: None, lambda _: None)

    assert oauth2.access_token(client) in server.granted


def test_where_nothing_can_be_written_a_refresh_token_that_was_brought_serves_alone(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    server.rotates = False
    (tmp_path / "tokens").symlink_to("nowhere")
    client = replace(server.client(tmp_path, Flow.DEVICE_CODE), refresh_token=server.refresh_token())

    assert oauth2.access_token(client) != oauth2.access_token(client)

    with pytest.raises(oauth2.Unavailable, match=r"tokens cannot be kept in .*/tokens: No such file"):
        oauth2.access_token(replace(client, refresh_token=""), "refused")


def test_a_sign_in_is_used_daily_so_that_it_does_not_end_unused(server: AuthorizationServer, tmp_path: Path) -> None:
    client = signed_in(server, tmp_path)

    oauth2.keep_alive(client)
    assert server.asked("refresh_token") == 0
    for n, hours in enumerate((-25, 1000), 1):  # yesterday, or by a clock that was ahead
        rewrite(client, used_at=(datetime.now(UTC) + timedelta(hours=hours)).isoformat())
        oauth2.keep_alive(client)
        oauth2.keep_alive(client)
        assert server.asked("refresh_token") == n


def test_when_a_sign_in_ends_is_known_from_the_server_or_from_its_last_use(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    def days(client: OAuth2) -> int | None:
        expires = oauth2.standing(client).expires
        return round((expires - datetime.now(UTC)) / timedelta(days=1)) if expires else None

    client = signed_in(server, tmp_path)
    unused = replace(client, unused_after=timedelta(days=90))
    assert (days(client), days(unused)) == (None, 90)
    assert oauth2.standing(unused).by_disuse
    for name, told in (("refresh_token_expires_in", 604799), ("x_refresh_token_expires_in", "604800")):
        server.extra = {name: told}
        oauth2.by_device_code(client, lambda _: None, lambda _: None)
        assert (days(client), days(unused), oauth2.standing(unused).by_disuse) == (7, 7, False)
    server.extra, server.rotates = {}, False
    oauth2.access_token(client, kept(client)["access_token"])
    assert days(client) == 7


def test_what_root_makes_belongs_to_whom_the_site_belongs(server: AuthorizationServer, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)

    oauth2.access_token(server.client(tmp_path))

    folder = tmp_path / "tokens"
    assert {path.stat().st_uid for path in (folder, *folder.iterdir())} == {tmp_path.stat().st_uid}


def test_a_token_file_is_whole_whenever_its_writer_dies(tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "smtp.json"
    program = (
        "import itertools, sys; from pathlib import Path; from mailbot.oauth2.token_file import Kept, locked, write\n"
        f"path = Path({str(path)!r})\n"
        "for n in itertools.count():\n"
        "    with locked(path): write(path, Kept(refresh_token=f'{n}:' + 'x' * (n % 7 * 1000)))\n"
        "    if n == 0: print(flush=True)\n"
    )
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            writer.stdout.readline()
            begun = token_file.read(path)
            while token_file.read(path) == begun:
                pass
            writer.kill()
        found = token_file.read(path)
        assert found
        number, _, rest = found.refresh_token.partition(":")
        assert len(rest) == int(number) % 7 * 1000


def test_where_a_new_refresh_token_would_find_no_room_none_is_asked_for(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    server.lifetime = 60
    client = signed_in(server, tmp_path)
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"{with_client(client)}\n"
        "try: oauth2.access_token(client)\n"
        "except oauth2.Unavailable as error: print(error)"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (ran.stdout, ran.stderr) == (f"tokens cannot be kept in {tmp_path}/tokens: File too large\n", "")
    assert server.asked("refresh_token") == 0
    assert oauth2.access_token(client)
