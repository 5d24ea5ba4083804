"""`mailbot check --connect` against real servers, in order and out of it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from robot import Robot, Value
from servers.certificates import Authority
from servers.dovecot import Dovecot
from servers.process import free_port


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@dataclass(frozen=True, slots=True)
class Told:
    """What the command printed of what it tried, a line each, and its last line."""

    tried: list[str]
    problems: list[str]
    end: str


def check(robot: Robot, status: int) -> Told:
    lines = robot.command("check", "--connect", status=status).splitlines()
    return Told(
        [line for line in lines if line.startswith(("ok: ", "problem: "))],
        [line for line in lines if line.startswith("problem: ")],
        lines[-1],
    )


def test_where_all_is_in_order_it_says_so_of_each_server(open_site: Callable[..., Robot]) -> None:
    told = check(open_site(**{"mailboxes.sac.imap.subaddress": ""}), 0)
    relay, *mailboxes = told.tried
    assert relay.startswith("ok: relay: no TLS, no login, offers ")
    assert mailboxes[:3] == [
        "ok: mailbox support: 0 mails in INBOX; tells of new mail at once (IDLE)",
        "ok: mailbox support, mail to +TAG: it came back: subaddresses work",
        "ok: mailbox support, Authentication-Results: written by mx.example.com, which is trusted",
    ]
    assert mailboxes[-2] == (
        'ok: mailbox sac, mail to +TAG: it came back: set subaddress = "+" and replies are known by their address too'
    )
    assert (told.problems, told.end) == ([], "no problem found")


def test_each_server_out_of_order_is_told_with_what_to_do_and_the_others_are_tried(
    open_site: Callable[..., Robot],
) -> None:
    changes = {
        "mailboxes.support.imap.password_file": "mailbot.key",
        "mailboxes.business.imap.port": free_port(),
        "mailboxes.sac.imap.processed": "move:Traités",
    }
    told = check(open_site(**changes), 1)
    assert [line.partition(":")[0] for line in told.tried] == ["ok", "problem", "problem", "problem"]
    assert told.end == "3 problems"
    password, port, folder = told.problems
    assert "mailbox support: 127.0.0.1:" in password
    assert "refused [AUTHENTICATIONFAILED] (logging in): check username and password" in password
    assert "mailbox business: 127.0.0.1:" in port
    assert "Connection refused (connecting): check host, port and network" in port
    assert folder.startswith("problem: mailbox sac, processed = move:Traités: 127.0.0.1:")
    assert folder.endswith(": there is no folder 'Traités'; the nearest are 'INBOX'.")


def test_certificates_are_looked_at_and_without_a_relay_no_mail_is_sent(
    open_site: Callable[..., Robot], authority: Authority
) -> None:
    changes: dict[str, Value] = {"smtp.port": free_port()}
    with ExitStack() as stack:
        for name, kind in (("support", "valid"), ("business", "wrong_host"), ("sac", "expired")):
            server = stack.enter_context(Dovecot(getattr(authority, kind)()))
            tls: dict[str, Value] = {
                "host": "localhost",
                "port": server.imaps,
                "security": "tls",
                "ca_file": str(authority.file),
            }
            changes |= {f"mailboxes.{name}.imap.{key}": value for key, value in tls.items()}
        told = check(open_site(**changes), 1)
    assert [line.partition(":")[0] for line in told.tried] == ["problem", "ok", "problem", "problem"]
    relay, wrong_host, expired = told.problems
    assert relay.startswith("problem: relay: 127.0.0.1 port ")
    assert relay.endswith(": Connection refused: check host, port and network")
    assert "certificate was refused (Hostname mismatch" in wrong_host
    assert "certificate was refused (certificate has expired)" in expired
