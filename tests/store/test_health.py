"""What `status` finds: how the robot is, what needs a person and what to do about it, at the cost of a few indexes."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from ledger import BOX, MINUTE, PRESS, SECOND, mail, received, record
from messages import NOW
from sites import mailbox, site
from sqlalchemy import Connection, event, insert, update

from mailbot.model import Outcome
from mailbot.store import alarms, intake, leases, outages
from mailbot.store.apply import queue
from mailbot.store.engine import Database
from mailbot.tables import delivery, lease, outgoing, raw, ticket
from mailbot.work import mailboxes
from mailbot.work.desk import Desk
from mailbot.work.health import Health, Kept, health
from mailbot.work.opening import open_database
from mailbot.work.silence import notice_silence
from mailbot.work.transactions import change

SITE = site(mailboxes=(mailbox("support"), mailbox("sac")))
MANY = 20_000


def desk(database: Database, now: datetime = NOW) -> Desk:
    return Desk(database, SITE, PRESS, "holder", lambda: now)


def at_work(database: Database) -> None:
    """A daemon that lives, has both mailboxes and has just looked into them."""
    here = desk(database)
    mailboxes.beat(here)
    for box in SITE.mailboxes:
        change(database, partial(intake.save_box, entry=replace(BOX, mailbox=box.key, looked_at=NOW)))
        mailboxes.take(here, box, anew=True)
        mailboxes.is_back(here, box)


def found(database: Database, now: datetime = NOW) -> Health:
    return health(database, SITE, now)


def support(database: Database, now: datetime = NOW) -> Kept:
    return found(database, now).mailboxes[0]


def test_a_robot_at_work_has_no_problem(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: record(conn, received(received_at=NOW - MINUTE)))
    assert support(database) == Kept("support", True, NOW, None, NOW, NOW - MINUTE, False, 1, NOW)
    assert found(database).problems == ()


def test_without_a_daemon_it_says_what_to_start_and_nothing_else(database: Database) -> None:
    at_work(database)
    later = found(database, NOW + timedelta(hours=1))
    assert (later.daemons, later.problems) == (0, ("no daemon is running: start `mailbot run`",))
    assert not later.mailboxes[0].is_held


def test_a_mailbox_that_no_daemon_has_is_told(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: conn.execute(update(lease).where(lease.c.name == leases.of("sac")).values(until=NOW)))
    assert found(database).problems == (
        "nobody listens to mailbox sac: restart `mailbot run`, which may know older settings",
    )


def test_a_mailbox_is_connected_once_it_has_caught_up_and_no_longer_when_it_is_down(database: Database) -> None:
    at_work(database)
    here, box = desk(database, NOW + SECOND), SITE.mailboxes[0]
    mailboxes.is_down(here, box, "no answer")
    down = support(database)
    assert (down.connected_at, down.down) == (None, outages.Outage("mailbox:support", NOW + SECOND, "no answer"))
    mailboxes.is_back(desk(database, NOW + MINUTE), box)
    back = support(database)
    assert (back.connected_at, back.down) == (NOW + MINUTE, None)
    mailboxes.take(here, box, anew=True)
    assert support(database).connected_at is None


def test_what_is_down_is_a_problem_once_the_admin_would_be_told(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: outages.begin(conn, outages.RELAY, "no route", NOW - 16 * MINUTE))
    change(database, lambda conn: outages.begin(conn, outages.of("sac"), "no answer", NOW - 14 * MINUTE))
    assert found(database).problems == ("relay is down since 2026-03-10 14:44 UTC: no route",)


def test_a_daemon_that_lives_and_looks_no_more_is_told(database: Database) -> None:
    at_work(database)
    hour_later = NOW + timedelta(hours=1)
    change(database, lambda conn: conn.execute(update(lease).values(until=hour_later + MINUTE)))
    problems = found(database, hour_later).problems
    assert len(problems) == 2
    assert problems[0].startswith(
        "mailbox support was not looked into since 2026-03-10 15:00 UTC, though a daemon has it"
    )


def test_mail_that_waits_for_long_is_told_but_not_what_waits_for_a_relay_that_is_down(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: record(conn, received()))
    change(database, lambda conn: queue(conn, [mail()], NOW))
    assert found(database, NOW + 5 * MINUTE).problems[:-1] == ()
    waiting = found(database, NOW + 6 * MINUTE).problems
    assert [problem.partition(":")[0] for problem in waiting if problem.startswith("mail ")] == [
        "mail waits to be judged since 2026-03-10 15",
        "mail waits to be sent since 2026-03-10 15",
    ]
    change(database, lambda conn: outages.begin(conn, outages.RELAY, "no route", NOW))
    assert not [line for line in found(database, NOW + 6 * MINUTE).problems if "to be sent" in line]


def test_many_mails_in_quarantine_are_one_problem(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: alarms.raise_alarm(conn, alarms.quarantine(1), "d1 is in quarantine: died", NOW))
    assert found(database).problems == ("d1 is in quarantine: died",)
    for n in range(2, 30):
        sentence = f"d{n} is in quarantine"
        change(database, partial(alarms.raise_alarm, key=alarms.quarantine(n), sentence=sentence, now=NOW))
    (problem,) = found(database).problems
    assert problem.startswith(
        "29 mails are in quarantine, the first since 2026-03-10 15:00 UTC: `mailbot deliveries list"
    )


def test_mail_that_waits_without_its_bytes_is_a_damage(database: Database) -> None:
    at_work(database)
    change(database, lambda conn: record(conn, received()))
    change(database, lambda conn: conn.execute(raw.delete()))
    assert found(database).problems == (
        "mails in work without their bytes: 1; the database is damaged: put a backup back",
    )


def test_an_index_that_lost_a_row_shows_in_the_sum_of_the_ledger(tmp_path: Path) -> None:
    """As SQLite's fault of a WAL that is reset can make it (sqlite.org/wal.html#walresetbug)."""
    database = open_database(f"sqlite:///{tmp_path / 'damaged.db'}", make=True)
    at_work(database)
    with database.engine.begin() as conn:
        conn.exec_driver_sql("PRAGMA writable_schema = ON")
        conn.exec_driver_sql("CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'ix_delivery_outcome'")
        conn.exec_driver_sql("DELETE FROM sqlite_schema WHERE name = 'ix_delivery_outcome'")
    database.engine.dispose()
    change(database, lambda conn: record(conn, received(outcome=Outcome.GONE, raw=None)))
    with database.engine.begin() as conn:
        conn.exec_driver_sql("PRAGMA writable_schema = ON")
        conn.exec_driver_sql("INSERT INTO sqlite_schema SELECT * FROM kept")
    database.engine.dispose()
    (problem,) = found(database).problems
    database.engine.dispose()
    assert problem.startswith("the ledger does not add up (1 received, 0 judged, 0 in work): the database is damaged;")


@pytest.fixture
def full(database: Database) -> Database:
    """Judged mail, closed tickets and sent mails in tens of thousands, as the statistics of the database know."""
    numbers = range(1, MANY + 1)
    came = {"mailbox": "support", "uidvalidity": 77, "received_at": NOW, "recorded_at": NOW, "size": 9}
    opened = {
        "subject": "Panne",
        "status": "closed",
        "mailbox": "support",
        "department": "technical",
        "priority": "high",
    }
    by = {"language": "fr", "requester": "a@b.example", "level": "registered", "opened_at": NOW}
    decided = {"cause": "c", "template": "t", "purpose": "p", "language": "fr", "recipient": "a", "recipient_key": "a"}
    went = {"envelope_from": "b", "subject": "s", "automatic": True, "status": "sent", "created_at": NOW}
    with database.engine.begin() as conn:
        conn.execute(insert(delivery), [{**came, "id": n, "uid": n, "outcome": "ticket-created"} for n in numbers])
        conn.execute(insert(raw), [{"delivery": n, "sha256": "", "zlib": b""} for n in numbers])
        conn.execute(insert(ticket), [{**opened, **by, "number": str(n)} for n in numbers])
        conn.execute(insert(outgoing), [{**decided, **went, "message_id": str(n), "tag": str(n)} for n in numbers])
    _let_it_count(database)
    return database


def _let_it_count(database: Database) -> None:
    with database.engine.connect() as conn:
        if database.is_sqlite:
            conn.exec_driver_sql("ANALYZE")
        else:
            conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def test_no_table_is_read_as_a_whole_however_much_is_in_it(full: Database) -> None:
    at_work(full)
    assert found(full).sums.received == MANY
    lines = plans(full, lambda: [found(full), notice_silence(desk(full))])
    assert len(lines) > 20
    assert not [line for line in lines if reads_a_whole_table(line)]


def plans(database: Database, work: Callable[[], object]) -> list[str]:
    """How the database goes about each question of the work."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(conn: Connection, cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    work()
    event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    found: list[str] = []
    with database.engine.connect() as conn:
        for statement, values in asked:
            if statement.startswith("SET"):
                conn.exec_driver_sql(statement)
            elif statement.startswith("SELECT"):
                found += [str(row[-1]) for row in conn.exec_driver_sql(f"{explain} {statement}", values)]
    return found


def reads_a_whole_table(line: str) -> bool:
    """A covering index is a few octets a row, and what most rows are: closed, sent, judged."""
    table = r"(delivery|ticket|outgoing|raw)\b"
    return bool(re.search(rf"Seq Scan on {table}|^SCAN {table}(?! USING COVERING INDEX)", line))
