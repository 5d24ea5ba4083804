"""What the admin is told: a burst of trouble is one mail within five minutes, and one when it is over."""

from datetime import datetime, timedelta
from threading import Thread

from ledger import MINUTE, PRESS, SECOND, SITE
from messages import NOW
from sqlalchemy import select

from mailbot.store import alarms, outages
from mailbot.store.engine import Database
from mailbot.tables import content
from mailbot.work.desk import Desk
from mailbot.work.tell import tell
from mailbot.work.transactions import change, look

MAILBOX = outages.of("support")


def told(database: Database, at: datetime) -> int:
    return tell(Desk(database, SITE, PRESS, "one", lambda: at))


def mails(database: Database) -> list[str]:
    return look(database, lambda conn: [raw.decode() for raw in conn.scalars(select(content.c.octets))])


def trouble(database: Database, *keys: str, at: datetime = NOW) -> None:
    def work(conn) -> None:  # type: ignore[no-untyped-def]
        for key in keys:
            alarms.raise_alarm(conn, key, f"Trouble {key}.", at)

    change(database, work)


def test_a_burst_is_one_mail(database: Database) -> None:
    trouble(database, *(f"quarantine:{n}" for n in range(100)))
    assert told(database, NOW + SECOND) == 0
    assert told(database, NOW + MINUTE) == 100
    (mail,) = mails(database)
    assert "quarantine:7." in mail
    assert "quarantine:93." in mail


def test_it_is_told_within_five_minutes_though_trouble_goes_on(database: Database) -> None:
    sent = 0
    for minute in range(5):
        trouble(database, f"quarantine:{minute}", at=NOW + minute * MINUTE)
        sent += bool(told(database, NOW + minute * MINUTE + SECOND))
    assert sent >= 1


def test_an_alarm_is_told_once_however_often_it_is_raised(database: Database) -> None:
    for minute in range(10):
        trouble(database, "quarantine:1", at=NOW + minute * MINUTE)
        told(database, NOW + minute * MINUTE)
    assert len(mails(database)) == 1


def test_each_digest_tells_what_is_new(database: Database) -> None:
    trouble(database, "quarantine:1")
    assert told(database, NOW + MINUTE) == 1
    trouble(database, "quarantine:2", at=NOW + MINUTE)
    assert told(database, NOW + 2 * MINUTE) == 1
    first, second = mails(database)
    assert ("quarantine:1." in first, "quarantine:2." in first) == (True, False)
    assert ("quarantine:1." in second, "quarantine:2." in second) == (False, True)


def test_a_mailbox_that_is_down_is_told_after_a_quarter_of_an_hour_and_again_when_it_is_back(
    database: Database,
) -> None:
    change(database, lambda conn: outages.begin(conn, MAILBOX, "no answer", NOW))
    change(database, lambda conn: outages.begin(conn, MAILBOX, "login refused", NOW + MINUTE))
    assert told(database, NOW + 14 * MINUTE) == 0
    assert told(database, NOW + 15 * MINUTE) + told(database, NOW + 16 * MINUTE) == 1
    assert told(database, NOW + timedelta(hours=9)) == 0
    back = NOW + timedelta(hours=10)
    assert change(database, lambda conn: outages.end(conn, MAILBOX))
    change(database, lambda conn: alarms.call_off(conn, f"down:{MAILBOX}", back))
    assert told(database, back + MINUTE) == 1
    assert told(database, back + 2 * MINUTE) == 0
    down, over = mails(database)
    assert "login refused" in down
    assert "login refused" not in over


def test_an_outage_that_ends_soon_is_not_worth_a_mail(database: Database) -> None:
    change(database, lambda conn: outages.begin(conn, MAILBOX, "no answer", NOW))
    assert change(database, lambda conn: outages.end(conn, MAILBOX))
    assert not change(database, lambda conn: outages.end(conn, MAILBOX))
    assert told(database, NOW + timedelta(hours=1)) == 0


def test_trouble_that_was_over_before_it_was_told_needs_no_word(database: Database) -> None:
    trouble(database, "quarantine:1")
    change(database, lambda conn: alarms.call_off(conn, "quarantine:1", NOW + SECOND))
    assert told(database, NOW + MINUTE) == 0
    trouble(database, "quarantine:1", at=NOW + 2 * MINUTE)
    assert told(database, NOW + 3 * MINUTE) == 1


def test_two_daemons_never_tell_of_the_same_one(database: Database) -> None:
    trouble(database, "quarantine:1")
    counts: list[int] = []
    other = Thread(target=lambda: counts.append(told(database, NOW + MINUTE)))
    with database.engine.begin() as conn:
        found = alarms.untold(conn)
        other.start()
        alarms.tell(conn, found, NOW)
    other.join()
    assert (len(found), counts) == (1, [0])
