"""XOAUTH2 towards IMAP and SMTP servers: F-072 and F-093, one refresh, one second try, and nothing secret told on."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers.authorization import AuthorizationServer, Fall, Say
from servers.faulty_smtp import FaultyRelay
from servers.lying_imap import CAPABILITIES, Lie, LyingImap
from servers.smtp_script import Moment
from servers.smtp_script import Say as Reply
from smtp_outbox import HELLO, Outbox, Sending, letter, sent_over, settings

from mailbot import imap, oauth2
from mailbot.model import Flow, Imap, OAuth2, Smtp
from mailbot.smtp import Halt, Relay, Verdict, probe, rest


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def box() -> Iterator[LyingImap]:
    with LyingImap(capabilities=CAPABILITIES | {"AUTH=XOAUTH2"}) as box:
        yield box


@pytest.fixture
def relay() -> Iterator[FaultyRelay]:
    with FaultyRelay(extensions=("AUTH XOAUTH2 PLAIN",)) as relay:
        yield relay


def by_token(box: LyingImap, client: OAuth2) -> Imap:
    return replace(box.settings(), password="", oauth2=client)


def robot(port: int, client: OAuth2) -> Smtp:
    return replace(settings(port, username="robot"), oauth2=replace(client, mailbox=""))


def halted(smtp: Smtp, outbox: Outbox) -> Halt:
    with Relay(smtp, HELLO) as relay:
        halt = relay.send(outbox.claim, outbox.record)
    assert halt is not None
    return halt


def authentications(box: LyingImap) -> list[str]:
    return [line for line in box.commands if line.startswith(("LOGIN", "AUTHENTICATE"))]


def test_a_token_opens_a_mailbox(server: AuthorizationServer, box: LyingImap, tmp_path: Path) -> None:
    client = server.client(tmp_path)
    box.passwords = {oauth2.access_token(client)}

    with imap.connect(by_token(box, client)) as connection:
        assert connection.select(readonly=True).exists == 0

    assert authentications(box) == ["AUTHENTICATE XOAUTH2"]


def test_a_token_that_is_refused_is_refreshed_and_offered_once_more(
    server: AuthorizationServer, box: LyingImap, tmp_path: Path
) -> None:
    client = server.client(tmp_path)
    oauth2.access_token(client)
    server.misbehave.append(Say(200, b'{"access_token": "the-next", "token_type": "bearer"}'))
    box.passwords = {"the-next"}

    imap.connect(by_token(box, client)).close()

    assert authentications(box) == ["AUTHENTICATE XOAUTH2"] * 2
    assert server.asked("client_credentials") == 2


def test_f072_a_login_is_tried_twice_at_most_and_then_rests(
    server: AuthorizationServer, box: LyingImap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    box.passwords = set()

    with pytest.raises(imap.LoginRefused) as caught:
        imap.connect(by_token(box, server.client(tmp_path)))

    assert str(caught.value) == (
        f"127.0.0.1:{box.port}: the server refused the access token: "
        "check that username is the account that signed in, and that the client may use IMAP for it."
    )
    assert authentications(box) == ["AUTHENTICATE XOAUTH2"] * 2
    assert imap.pause(type(caught.value), 1, 0) == 60.0
    assert not [token for token in server.granted if token in caplog.text]


def test_a_mailbox_server_that_is_busy_has_not_refused_a_token(
    server: AuthorizationServer, box: LyingImap, tmp_path: Path
) -> None:
    box.lie(Lie.NO, at="AUTHENTICATE", text="[UNAVAILABLE] come back later")

    with pytest.raises(imap.Busy):
        imap.connect(by_token(box, server.client(tmp_path)))

    assert server.asked("client_credentials") == 1


def test_a_mailbox_server_that_takes_no_token_sees_none(server: AuthorizationServer, tmp_path: Path) -> None:
    with LyingImap() as box, pytest.raises(imap.LoginRefused, match=r"it offers no AUTH=XOAUTH2\): use a password"):
        imap.connect(by_token(box, server.client(tmp_path)))
    assert authentications(box) == []


def test_without_a_sign_in_no_mailbox_server_is_troubled(
    server: AuthorizationServer, box: LyingImap, tmp_path: Path
) -> None:
    client = server.client(tmp_path, Flow.DEVICE_CODE)

    with pytest.raises(imap.SignInNeeded, match=r"^nobody has signed in yet: run `mailbot login support`\.$"):
        imap.connect(by_token(box, client))

    assert box.commands == []
    assert imap.pause(imap.SignInNeeded, 9, 0) == 60.0


def test_an_authorization_server_that_is_away_is_an_outage_like_any_other(
    server: AuthorizationServer, box: LyingImap, tmp_path: Path
) -> None:
    server.misbehave.append(Say(503))

    with pytest.raises(imap.ConnectionLost, match="answered 503 and nothing that makes sense; mailbot keeps trying"):
        imap.connect(by_token(box, server.client(tmp_path)))


def test_a_token_opens_the_relay(server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path) -> None:
    client = server.client(tmp_path)
    relay.tokens = [oauth2.access_token(client)]

    assert sent_over(robot(relay.port, client), [letter(1)]).verdicts == {1: Verdict.SENT}
    assert probe(robot(relay.port, client), HELLO).logged_in
    assert len(relay.seen("AUTH")) == 2


def test_f093_a_relay_is_offered_two_tokens_at_most_and_tells_none_of_them_on(
    server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path
) -> None:
    outbox = Outbox([letter(1), letter(2)])

    halt = halted(robot(relay.port, server.client(tmp_path)), outbox)

    assert halt == Halt(
        f"localhost port {relay.port} refused the access token: check that username is the account that signed in, and "
        "that the client may send mail for it",
        blocked=True,
        refused=True,
    )
    assert len(relay.seen("AUTH")) == 2
    assert len(server.granted) == 2
    assert outbox.verdicts == {1: Verdict.BLOCKED, 2: Verdict.RETURNED}
    assert not [token for token in server.granted for answer in outbox.answers.values() if token in answer.reply]


@pytest.mark.parametrize(
    ("reply", "says"),
    [(b"454 4.7.0 later", "cannot look at our access token now (454)"), (b"what?", "access token now (-1)")],
)
def test_a_relay_that_cannot_judge_a_token_now_is_asked_later(
    server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path, reply: bytes, says: str
) -> None:
    relay.on(Moment.AUTH, Reply(reply + b"\r\n"))
    outbox = Outbox([letter(1)])

    halt = halted(robot(relay.port, server.client(tmp_path)), outbox)

    assert (halt.blocked, outbox.verdicts) == (False, {1: Verdict.RETRY})
    assert says in halt.reason


def test_a_relay_that_takes_no_token_sees_none(server: AuthorizationServer, tmp_path: Path) -> None:
    with FaultyRelay(extensions=("AUTH PLAIN",)) as relay:
        halt = halted(robot(relay.port, server.client(tmp_path)), Outbox([letter(1)]))
    assert halt.blocked
    assert halt.reason.endswith("takes no token (it offers no AUTH XOAUTH2): use a password")
    assert relay.seen("AUTH") == []


def test_without_a_sign_in_no_relay_is_troubled(
    server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path
) -> None:
    halt = halted(robot(relay.port, server.client(tmp_path, Flow.DEVICE_CODE)), Outbox([letter(1)]))

    assert halt == Halt("nobody has signed in yet: run `mailbot login --relay`", blocked=True)
    assert relay.connections == 0


@pytest.mark.parametrize(
    ("reply", "halt"),
    [
        (Say(503), Halt("{host} answered 503 and nothing that makes sense", blocked=False)),
        (
            Say(401, b'{"error": "invalid_client"}'),
            Halt(
                "{host} refused the client of the relay (invalid_client): check client_id and the client secret",
                blocked=True,
                refused=True,
            ),
        ),
    ],
)
def test_why_there_is_no_token_is_why_the_sending_halts(
    server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path, reply: Say, halt: Halt
) -> None:
    server.misbehave.append(reply)

    found = halted(robot(relay.port, server.client(tmp_path)), Outbox([letter(1)]))

    assert found == replace(halt, reason=halt.reason.format(host=server.host))


def test_who_stops_sending_waits_for_no_authorization_server(
    server: AuthorizationServer, relay: FaultyRelay, tmp_path: Path
) -> None:
    server.misbehave.append(Fall("silent"))
    outbox = Outbox([letter(1)])
    with Relay(robot(relay.port, server.client(tmp_path)), HELLO) as sender:
        sending = Sending(sender, outbox)
        server.wait_for_request()
        sender.stop()
        assert sending.end() == Halt("mailbot is stopping", blocked=False)
    assert outbox.verdicts == {1: Verdict.RETURNED}


def test_f093_the_longer_a_login_is_refused_the_less_often_it_is_tried() -> None:
    refused = Halt("no", blocked=True, refused=True)
    blocked = Halt("no", blocked=True)
    away = Halt("no", blocked=False)

    rests = [[rest(halt, times, 0).total_seconds() for times in (1, 2, 9)] for halt in (refused, blocked, away)]

    assert rests == [[60, 120, 900], [5, 10, 60], [5, 5, 5]]
