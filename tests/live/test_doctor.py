"""`mailbot doctor` against real servers, in order and out of it: a line each, and nothing changed."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from robot import ANNA, Robot, Value, written
from servers.certificates import Authority
from servers.dovecot import Dovecot
from servers.process import free_port

KEYS = ["about", "check", "verdict", "says", "advice", "value"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def doctor(robot: Robot, *options: str, status: int = 0) -> dict[tuple[str, str], dict[str, object]]:
    """Each finding by what it is about and what was looked at."""
    lines = [json.loads(line) for line in robot.command("doctor", "--json", *options, status=status).splitlines()]
    assert all(list(line) == KEYS for line in lines)
    return {(line["about"], line["check"]): line for line in lines}


def wrong(found: dict[tuple[str, str], dict[str, object]]) -> list[tuple[str, str]]:
    return [name for name, line in found.items() if line["verdict"] == "problem"]


def mail_files(robot: Robot) -> set[Path]:
    """Dovecot moves a mail from new to cur for who may change the folder, and writes flags into its name."""
    home = robot.post.dovecot.folder / "mail"
    return {path for path in home.rglob("*") if path.is_file() and path.parent.name in ("new", "cur")}


def test_where_all_is_in_order_it_says_so_beside_a_robot_at_work(
    open_site: Callable[..., Robot], database: str
) -> None:
    robot = open_site(**{"database.url": database})
    robot.start()
    robot.mail(ANNA, "support@telecom.example", "Panne", "Bonjour, plus rien.")
    robot.received(ANNA)
    robot.settle()
    found = doctor(robot)
    assert wrong(found) == []
    of_support = {check: line for (about, check), line in found.items() if about == "mailbox:support"}
    assert of_support["folder"]["says"] == "INBOX holds 1 mail"
    assert str(of_support["lag"]["says"]).startswith("all mail is recorded; the newest came ")
    assert of_support["IDLE"]["says"] == "the server tells of new mail at once"
    assert of_support["authentication"]["says"] == (
        "of the last 1 mail mx.example.com (trusted, below 2 Received) in 1"
    )
    assert found["relay", "size"]["value"] == 64 * 1024**2
    assert found["daemon", "lease"]["says"] == "1 at work"
    assert ("database", "clock") in found or database.startswith("sqlite")
    robot.stop()


def test_it_changes_nothing_in_a_mailbox_and_works_without_a_daemon(open_site: Callable[..., Robot]) -> None:
    robot = open_site()
    letter = written(ANNA, "support@telecom.example", "Panne", "Bonjour, plus rien.")
    robot.post.dovecot.deliver(letter.as_bytes(), "support@telecom.example")
    before = mail_files(robot)
    found = doctor(robot)
    assert mail_files(robot) == before
    assert {path.parent.name for path in before} == {"new"}
    assert found["daemon", "lease"]["verdict"] == "warning"
    assert found["mailbox:support", "lag"]["says"] == "nothing of it is recorded yet (1 mail)"


def test_each_server_out_of_order_is_told_and_the_others_are_looked_at(open_site: Callable[..., Robot]) -> None:
    robot = open_site(
        **{
            "mailboxes.support.imap.password_file": "mailbot.key",
            "mailboxes.business.imap.folder": "Gone",
            "mailboxes.sac.imap.processed": "move:Traités",
            "smtp.port": free_port(),
        }
    )
    found = doctor(robot, status=1)
    assert wrong(found) == [
        ("mailbox:support", "login"),
        ("mailbox:business", "folder"),
        ("mailbox:sac", "folder"),
        ("relay", "login"),
    ]
    assert "refused [AUTHENTICATIONFAILED] (logging in)" in str(found["mailbox:support", "login"]["says"])
    assert "there is no folder 'Gone'" in str(found["mailbox:business", "folder"]["says"])
    assert "processed = move:Traités" in str(found["mailbox:sac", "folder"]["says"])
    assert "Connection refused" in str(found["relay", "login"]["says"])
    assert ("mailbox:sac", "authentication") in found


def test_certificates_are_looked_at(open_site: Callable[..., Robot], authority: Authority) -> None:
    changes: dict[str, Value] = {}
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
        found = doctor(open_site(**changes), status=1)
    assert wrong(found) == [("mailbox:business", "login"), ("mailbox:sac", "login")]
    assert "Hostname mismatch" in str(found["mailbox:business", "login"]["says"])
    assert "certificate has expired" in str(found["mailbox:sac", "login"]["says"])
    tls_line = found["mailbox:support", "TLS"]
    assert (tls_line["verdict"], str(tls_line["says"])[:28]) == ("warning", "TLSv1.3, certificate until 2")


def test_a_mailbox_that_is_nearly_full_is_a_warning_and_its_server_tells_its_version(
    open_site: Callable[..., Robot],
) -> None:
    with Dovecot(quota=100) as small:
        letter = written(ANNA, "support@telecom.example", "Plan", "x" * 93_000)
        small.deliver(letter.as_bytes(), "support@telecom.example")
        found = doctor(open_site(**{"mailboxes.support.imap.port": small.imap}))
    quota = found["mailbox:support", "quota"]
    assert (quota["verdict"], quota["says"]) == ("warning", f"{quota['value']} % of 100.0 KiB is used")
    assert str(found["mailbox:support", "version"]["value"])[:1].isdigit()


def test_it_proves_whether_the_border_takes_out_what_is_forged(open_site: Callable[..., Robot]) -> None:
    robot = open_site()
    advice = str(doctor(robot)["settings", "forgery"]["advice"])
    subject, field = advice.split('"')[1], advice.split('"')[3]
    name, _, value = field.partition(": ")
    letter = written(ANNA, "support@telecom.example", subject, "Essai.", headers={name: value})
    robot.send(ANNA, letter)
    robot.wait(lambda: robot.post.arrived("support") == 1, "the letter does not arrive")
    robot.post.dovecot.deliver(b"Received: from x by y\r\n" + letter.as_bytes(), "sac@telecom.example")
    found = doctor(robot, status=1)
    assert found["mailbox:support", "forgery"]["says"] == "your server took out a forged Authentication-Results"
    assert wrong(found) == [("mailbox:sac", "forgery")]


def test_it_sends_mail_only_where_asked_and_finds_out_about_subaddresses(open_site: Callable[..., Robot]) -> None:
    robot = open_site(**{"mailboxes.sac.imap.subaddress": "", "mailboxes.business.imap.password_file": "mailbot.key"})
    before = doctor(robot, status=1)
    assert [robot.post.arrived(name) for name in ("support", "business", "sac")] == [0, 0, 0]
    assert "none has come of late" in str(before["mailbox:support", "subaddress"]["says"])
    found = doctor(robot, "--send", status=1)
    assert found["mailbox:support", "sent subaddress"]["says"] == "it came back: subaddresses work"
    assert str(found["mailbox:sac", "sent subaddress"]["says"]).startswith('it came back: set subaddress = "+"')
    assert ("mailbox:business", "sent subaddress") not in found
    assert doctor(robot, status=1)["mailbox:support", "subaddress"]["says"] == (
        "mail to support+TAG@telecom.example arrives"
    )


def test_people_read_a_line_each_and_the_count_last(open_site: Callable[..., Robot]) -> None:
    lines = open_site(**{"smtp.port": free_port()}).command("doctor", status=1).splitlines()
    assert {line.split()[0] for line in lines[:-1]} <= {"ok", "warning", "problem"}
    assert [line for line in lines if line.startswith("problem  relay, login: 127.0.0.1 port ")]
    assert lines[-1].startswith("1 problem, ")
