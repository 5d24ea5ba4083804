"""What stood in the mailboxes before the robot came, and what servers do to mailboxes while it runs."""

import imaplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from robot import ADMIN, ALICE, ANNA, BOB, BRUNO, Post, Robot, written
from servers.dovecot import PASSWORD

from mailbot.model import Outcome

MANY = 500


@contextmanager
def logged_in(post: Post, user: str) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", post.dovecot.imap) as client:
        client.login(user, PASSWORD)
        yield client


def leave(post: Post, user: str, author: str, moments: Sequence[datetime]) -> None:
    """A letter that arrived at each of these moments."""
    with logged_in(post, user) as client:
        for n, moment in enumerate(moments):
            letter = written(author, f"{user}@telecom.example", f"Question {n}", f"Bonjour, voici ma question {n}.")
            stamp = imaplib.Time2Internaldate(moment)
            assert client.append("INBOX", "", stamp, letter.as_bytes())[0] == "OK"


def test_old_mail_is_answered_only_where_the_site_asks_for_it(open_site: Callable[..., Robot], post: Post) -> None:
    now = datetime.now(UTC)
    robot = open_site(
        **{
            "mailboxes.business.imap.start": "all",
            "mailboxes.sac.imap.start": f"{now - timedelta(days=3):%Y-%m-%d}",
        }
    )
    leave(post, "support", ANNA, [now - timedelta(days=9, minutes=n) for n in range(MANY)])
    leave(post, "business", BRUNO, [now - timedelta(days=400 - n) for n in range(3)])
    leave(post, "sac", ANNA, [now - timedelta(days=5), now - timedelta(days=1)])
    robot.start()
    assert "Question 1" in robot.received(ANNA).subject
    robot.mail(ANNA, "support@telecom.example", "Une panne d’aujourd’hui", "Bonjour, plus rien ne marche.")
    assert "Une panne d’aujourd’hui" in robot.received(ANNA).subject
    assert "Une panne d’aujourd’hui" in robot.received(ALICE).subject
    noticed = {robot.received(BOB).subject.partition("] ")[2] for _ in range(4)}
    assert noticed == {"Question 0", "Question 1", "Question 2"}
    assert robot.unread(ANNA, BRUNO, ALICE, BOB, ADMIN) == []
    outcomes = robot.outcomes()
    assert outcomes.count(Outcome.BEFORE_START) == MANY + 1
    assert outcomes.count(Outcome.TICKET_CREATED) == 5
    assert len(outcomes) == MANY + 6


def flags(client: imaplib.IMAP4, folder: str) -> list[bytes]:
    client.select(folder, readonly=True)
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    return [client.uid("FETCH", uid.decode(), "(FLAGS)")[1][0] for uid in uids]


def test_mail_is_marked_as_the_site_asks_once_it_is_safely_ours(open_site: Callable[..., Robot], post: Post) -> None:
    robot = open_site(
        **{"mailboxes.support.imap.processed": "seen", "mailboxes.business.imap.processed": "move:Traités"}
    )
    with logged_in(post, "business") as client:
        client.create("Trait&AOk-s")
    robot.start()
    for name in ("support", "business", "sac"):
        robot.mail(ANNA, f"{name}@telecom.example", f"Question à {name}", "Bonjour, une question.")
    assert robot.unread(ANNA, ALICE, BOB) != []
    with logged_in(post, "support") as client:
        assert [b"\\Seen" in found for found in flags(client, "INBOX")] == [True]
    with logged_in(post, "business") as client:
        assert flags(client, "INBOX") == []
        assert len(flags(client, "Trait&AOk-s")) == 1
    with logged_in(post, "sac") as client:
        assert [b"\\Seen" in found for found in flags(client, "INBOX")] == [False]
    assert robot.outcomes() == [Outcome.TICKET_CREATED] * 3


def test_a_folder_that_is_numbered_anew_doubles_nothing(open_site: Callable[..., Robot], post: Post) -> None:
    leave(post, "support", ANNA, [datetime.now(UTC) - timedelta(days=30)])
    robot = open_site()
    robot.start()
    for n in range(3):
        robot.mail(ANNA, "support@telecom.example", f"Panne {n}", f"Bonjour, la panne {n} est revenue.")
    robot.everybody_reads()
    for path in (post.dovecot.folder / "mail" / "support").glob("dovecot*"):
        path.unlink()
    # By somebody else: a fourth matter of hers within the minute would be a robot's.
    robot.mail(BRUNO, "support@telecom.example", "Panne 3", "Bonjour, la panne 3 est revenue.")
    assert robot.received(BRUNO).subject.endswith("Panne 3")
    assert robot.received(ALICE).subject.endswith("Panne 3")
    assert robot.unread(ANNA, BRUNO, ALICE, ADMIN) == []
    assert "UIDVALIDITY changed" in robot.log
    outcomes = robot.outcomes()
    assert outcomes.count(Outcome.TICKET_CREATED) == 4
    assert len(outcomes) == 9
