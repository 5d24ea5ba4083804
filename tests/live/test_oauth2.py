"""A site whose mailbox and relay are opened with tokens: Dovecot and Postfix judge them, a local server grants them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from robot import ADMIN, ANNA, Post, Robot, Value
from servers.authorization import CLIENT, SECRET, AuthorizationServer

from mailbot import imap, oauth2, smtp
from mailbot.model import Flow, OAuth2, Smtp, Transport
from mailbot.store import alarms

Open = Callable[..., Robot]
HASTY: dict[str, Value] = {"alarm.mailbox_down": "1s", "alarm.digest": "1s"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorizationServer]:
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    with AuthorizationServer() as server:
        yield server


def client(server: AuthorizationServer, flow: Flow, section: str) -> dict[str, Value]:
    keys: dict[str, Value] = {
        "provider": "other",
        "flow": flow,
        "client_id": CLIENT,
        "client_secret_env": "CLIENT_SECRET",
        "scope": "mail offline_access",
        "token_endpoint": server.endpoint("token"),
        "device_endpoint": server.endpoint("device"),
        "authorization_endpoint": server.endpoint("authorize"),
    }
    return {f"{section}.oauth2.{key}": value for key, value in keys.items()}


def mailbox(server: AuthorizationServer, flow: Flow) -> dict[str, Value]:
    """The password goes, and all mail is worked, so that nobody need wait for the first connection."""
    own = "mailboxes.support.imap"
    return client(server, flow, own) | {f"{own}.password_file": None, f"{own}.start": "all"} | HASTY


def relay(server: AuthorizationServer, flow: Flow, post: Post) -> dict[str, Value]:
    return client(server, flow, "smtp") | {"smtp.port": post.postfix.submission, "smtp.username": "support"}


def write(robot: Robot, subject: str) -> None:
    robot.mail(ANNA, "support@telecom.example", subject, "Bonjour, j’ai une question.")


def assert_nothing_leaked(robot: Robot, server: AuthorizationServer, *printed: str) -> None:
    robot.stop()
    written = [path.read_bytes() for path in robot.site.folder.glob("mailbot.db*")]
    texts = b"\n".join([robot.log.encode(), *(text.encode() for text in printed), *written])
    assert len(server.granted) > 1
    assert not [secret for secret in (*server.granted, SECRET) if secret.encode() in texts]


def test_a_site_without_passwords_works_by_client_credentials(
    open_site: Open, clean_post: Post, server: AuthorizationServer
) -> None:
    by_itself = mailbox(server, Flow.CLIENT_CREDENTIALS) | relay(server, Flow.CLIENT_CREDENTIALS, clean_post)
    robot = open_site(**by_itself)
    robot.start()
    write(robot, "Question")
    assert robot.received(ANNA).subject.endswith("Re: Question")
    checked = robot.command("check", "--connect")
    assert ", logged in as support, offers " in checked
    assert "support (OAuth2)" in checked
    assert "ok: mailbox support: 1 mails in INBOX" in checked
    logged_in = robot.command("login", "support") + robot.command("login", "--relay")
    assert "mailbox support was granted a token by its client credentials: nobody needs to sign in" in logged_in
    assert "all is well" in robot.command("status")
    assert_nothing_leaked(robot, server, checked, logged_in)


def test_a_person_signs_in_by_device_code_and_the_robot_that_waited_goes_to_work(
    open_site: Open, clean_post: Post, server: AuthorizationServer
) -> None:
    by_person = mailbox(server, Flow.DEVICE_CODE) | relay(server, Flow.DEVICE_CODE, clean_post)
    robot = open_site(**by_person)
    checked = robot.command("check", "--connect", status=1)
    for what, argument in (("mailbox support", "support"), ("relay", "--relay")):
        assert f"problem: {what}: nobody has signed in yet: run `mailbot login {argument}`" in checked
    assert "problem: mailbox support: nobody has signed in yet: run" in robot.command("check", status=1)
    robot.start(without={"support"})
    write(robot, "Question")
    robot.wait(lambda: "nobody has signed in yet: run `mailbot login support`" in robot.log, "it says nothing")

    signed_in = robot.command("login", "support")
    assert "Code     WDJB-MJHT   (valid for 10 minutes)\nSign in  as support\n" in signed_in
    assert signed_in.endswith("mailbox support is signed in.\n")
    assert "the relay is signed in." in robot.command("login", "--relay")

    assert robot.received(ANNA).subject.endswith("Re: Question")
    assert "all is well" in robot.command("status")
    assert_nothing_leaked(robot, server, checked, signed_in)


def connects_with_a_new_token(robot: Robot, server: AuthorizationServer, times: int) -> None:
    """Started for so many times, and stopped again."""
    robot.begin()
    robot.wait(lambda: robot.log.count("mailbox support: connected") == times, "it does not connect")
    robot.stop()
    assert server.asked("refresh_token") == times


def test_a_sign_in_that_ended_is_one_outage_told_to_the_admin_and_over_after_the_next(
    open_site: Open, server: AuthorizationServer
) -> None:
    server.lifetime = 60  # refreshed at every connection
    robot = open_site(**mailbox(server, Flow.DEVICE_CODE))
    robot.command("login", "support")
    connects_with_a_new_token(robot, server, 1)
    connects_with_a_new_token(robot, server, 2)

    server.revoke()
    robot.begin()
    down = robot.received(ADMIN)
    ended = "the sign-in of mailbox support has ended (invalid_grant AADSTS700082): run `mailbot login support`"
    assert down.subject == "[mailbot] mailbox support is down"
    assert ended in down.text
    told = robot.command("status", status=1)
    assert f"problem: mailbox support is down since {told.partition(' is down since ')[2][:20]}: {ended}." in told
    asked = server.asked("refresh_token")
    write(robot, "Question")

    signed_in = robot.command("login", "support")
    assert robot.received(ANNA).subject.endswith("Re: Question")
    assert robot.received(ADMIN).subject == "[mailbot] terminé\N{NO-BREAK SPACE}: mailbox support is down"
    assert server.asked("refresh_token") <= asked + 1
    assert robot.unread(ADMIN) == []
    assert_nothing_leaked(robot, server, down.text, told, signed_in)


def test_mail_waits_for_a_relay_whose_sign_in_ended(
    open_site: Open, clean_post: Post, server: AuthorizationServer
) -> None:
    server.lifetime = 60
    robot = open_site(**relay(server, Flow.DEVICE_CODE, clean_post), **HASTY)
    robot.command("login", "--relay")
    server.revoke()
    robot.start()
    write(robot, "Question")
    ended = "the sign-in of the relay has ended (invalid_grant AADSTS700082): run `mailbot login --relay`"
    robot.wait(lambda: ended in robot.log, "it says nothing")
    robot.wait(lambda: robot.look(alarms.standing) != (), "the admin is not told")
    assert f"problem: the relay cannot be used: {ended}" in robot.command("status", status=1)

    robot.command("login", "--relay")
    assert robot.received(ANNA).subject.endswith("Re: Question")
    assert_nothing_leaked(robot, server)


def test_the_admin_is_told_a_week_before_a_sign_in_ends(open_site: Open, server: AuthorizationServer) -> None:
    server.extra = {"refresh_token_expires_in": 6 * 86400}
    robot = open_site(**mailbox(server, Flow.DEVICE_CODE))
    assert "mailbox support is signed in until 2" in robot.command("login", "support")
    robot.start()
    told = robot.received(ADMIN)
    assert told.subject == "[mailbot] the sign-in of mailbox support needs renewal"
    assert ", run `mailbot login support`" in told.text
    assert "problem: the sign-in of mailbox support needs renewal: it ends on 2" in robot.command("status", status=1)
    assert "warning: the sign-in of mailbox support needs renewal: it ends on 2" in robot.command("check")

    server.extra = {}
    robot.command("login", "support")
    robot.wait(lambda: not robot.look(alarms.standing), "it is not called off")
    assert "all is well" in robot.command("status")


def test_a_wrong_secret_is_told_with_what_to_do(
    open_site: Open, clean_post: Post, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "not-this-one")
    by_itself = mailbox(server, Flow.CLIENT_CREDENTIALS) | relay(server, Flow.CLIENT_CREDENTIALS, clean_post)
    robot = open_site(**by_itself)
    checked = robot.command("check", "--connect", status=1)
    for what, name in (("relay", "the relay"), ("mailbox support", "mailbox support")):
        why = f"{server.host} refused the client of {name} (invalid_client AADSTS7000215)"
        assert f"problem: {what}: {why}: check client_id and the client secret" in checked
    assert "not-this-one" not in checked
    assert why in robot.command("login", "support", status=1)


def taken_back(server: AuthorizationServer, client: OAuth2) -> str:
    """One that is said to be good for an hour, and is not."""
    server.true_lifetime = -100
    token = oauth2.access_token(client, server.granted[-1] if server.granted else "")
    server.true_lifetime = server.lifetime
    return token


def test_a_token_that_was_taken_back_early_is_replaced_within_the_login(
    clean_post: Post, server: AuthorizationServer, tmp_path: Path
) -> None:
    support = server.client(tmp_path)
    box = replace(clean_post.dovecot.settings(), password="", oauth2=support)
    robot = Smtp("localhost", clean_post.postfix.submission, Transport.NONE, "support", "", oauth2=support)
    tokens = [taken_back(server, support)]
    with imap.connect(box) as connection:
        assert connection.select(readonly=True).exists == 0
    tokens.append(taken_back(server, support))
    assert smtp.probe(robot, "tickets.example.com").logged_in
    assert server.granted[::2] == tokens


def test_a_token_of_somebody_else_opens_no_mailbox(
    clean_post: Post, server: AuthorizationServer, tmp_path: Path
) -> None:
    server.user = "anna"
    box = replace(clean_post.dovecot.settings(), password="", oauth2=server.client(tmp_path))

    with pytest.raises(imap.LoginRefused, match="check that username is the account that signed in"):
        imap.connect(box)
