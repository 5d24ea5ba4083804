"""Mailboxes that cannot be reached: the others never wait, the admin is told once, and once when it is over."""

from collections.abc import Callable

from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, Robot, written
from servers.dovecot import Dovecot
from servers.process import free_port

from mailbot.model import Outcome


def test_a_mailbox_that_is_down_stops_no_other_and_the_admin_gets_one_mail_and_one_when_it_is_back(
    open_site: Callable[..., Robot],
) -> None:
    elsewhere = Dovecot()
    robot = open_site(
        **{"mailboxes.business.imap.port": elsewhere.imap, "alarm.mailbox_down": "1s", "alarm.digest": "1s"}
    )
    robot.start(without={"business"})
    for name in ("support", "sac"):
        robot.mail(ANNA, f"{name}@telecom.example", f"Question à {name}", "Bonjour, j’ai une question.")
        robot.received(ANNA)
    down = robot.received(ADMIN)
    assert down.subject == "[mailbot] mailbox business is down"
    assert "Connection refused" in down.text
    assert "mailbox business is down since" in robot.command("status", status=1)
    with elsewhere:
        back = robot.received(ADMIN)
        assert back.subject == "[mailbot] terminé\N{NO-BREAK SPACE}: mailbox business is down"
        assert "terminé\N{NO-BREAK SPACE}: mailbox business is down (ended " in back.text
        letter = written(BRUNO, "business@telecom.example", "Invoice", "Hello, please send the last invoice again.")
        elsewhere.deliver(letter.as_bytes(), "business@telecom.example")
        assert robot.received(BRUNO).subject.endswith("Re: Invoice")
        assert "all is well" in robot.command("status")
        assert robot.unread(ADMIN, ANNA, BRUNO) == []
        robot.stop()


def test_once_works_off_all_that_waits_and_fails_only_for_what_it_could_not_reach(
    open_site: Callable[..., Robot],
) -> None:
    robot = open_site(**{f"mailboxes.{name}.imap.start": "all" for name in ("support", "business", "sac")})
    for name in ("support", "business", "sac"):
        robot.mail(ANNA, f"{name}@telecom.example", f"Question à {name}", "Bonjour, j’ai une question.")
    robot.post.until_still()
    robot.command("run", "--once")
    assert len(robot.unread(ANNA)) == 3
    assert len(robot.unread(ALICE, BOB)) == 3

    robot.site.change({"mailboxes.sac.imap.port": free_port()})
    robot.mail(BRUNO, "support@telecom.example", "No dial tone", "Hello, our phones have been dead since noon.")
    robot.post.until_still()
    told = robot.command("run", "--once", status=1)
    assert "mailbox sac: 127.0.0.1" in told
    assert "Connection refused" in told
    assert robot.received(BRUNO).subject.endswith("No dial tone")
    assert robot.outcomes() == [Outcome.TICKET_CREATED] * 4
