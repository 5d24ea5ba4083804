"""What doctor says of the database, its disk and the daemons: on SQLite and on PostgreSQL, and changing neither."""

from dataclasses import replace
from pathlib import Path

import pytest
from messages import NOW
from sites import mailbox, site
from sqlalchemy import event, text

from mailbot.model import Site
from mailbot.store import leases, schema
from mailbot.store.engine import Database, connect
from mailbot.work.doctor import Finding, Instruments, Verdict, ground
from mailbot.work.doctor.instruments import Patient
from mailbot.work.transactions import change

SITE = site(mailboxes=(mailbox("support"), mailbox("sac")))
GIB = 1 << 30


def patient(database: Database | None, there: Site = SITE, **tools: object) -> Patient:
    return Patient(there, database, replace(Instruments(now=lambda: NOW), **tools))  # type: ignore[arg-type]


def told(database: Database | None) -> dict[str, Finding]:
    return {finding.check: finding for finding in ground.database(patient(database))}


def revise(database: Database, to: str) -> None:
    with database.engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": to})


def daemon(database: Database, *keys: str) -> None:
    names = ("daemon:one", *(leases.of(key) for key in keys))
    for name in names:
        change(database, lambda conn, name=name: leases.take(conn, name, "one", NOW))  # type: ignore[misc]


def test_a_database_of_this_version_is_in_order(database: Database) -> None:
    daemon(database, "support", "sac")
    found = told(database)
    assert (found["schema"].verdict, found["schema"].says) == (Verdict.OK, f"{schema.head()}, that of this version")
    assert (found["lease"].verdict, found["lease"].says) == (Verdict.OK, "1 at work")


def test_an_older_schema_is_a_problem_with_what_is_not_done_and_what_to_run(database: Database) -> None:
    revise(database, "0001")
    try:
        found = told(database)
    finally:
        revise(database, schema.head())
    assert found["schema"].verdict is Verdict.PROBLEM
    assert "run `mailbot db upgrade`" in found["schema"].says
    assert "(schema 0001; not done: 0002" in found["schema"].says
    assert "lease" not in found


def test_a_newer_schema_is_a_problem(database: Database) -> None:
    revise(database, "9999")
    try:
        found = told(database)
    finally:
        revise(database, schema.head())
    assert "made by a newer mailbot (schema 9999): install that version" in found["schema"].says


def test_where_there_is_none_yet_none_is_made(tmp_path: Path) -> None:
    assert told(None)["schema"].verdict is Verdict.OK
    empty = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    assert told(empty)["schema"].says == "empty yet: the first `mailbot run` fills it"
    empty.engine.dispose()


@pytest.mark.parametrize(("name", "missing"), [("there", False), ("gone", True), ("a" * 300, False), ("loop", False)])
def test_only_a_file_that_is_not_there_counts_as_none(tmp_path: Path, name: str, missing: bool) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert connect(f"sqlite:///{tmp_path / name}").is_missing == missing


def test_without_a_daemon_or_with_a_mailbox_that_nobody_has_it_warns(database: Database) -> None:
    assert (told(database)["lease"].verdict, told(database)["lease"].advice) == (Verdict.WARNING, "Start `mailbot run`")
    daemon(database, "support")
    assert told(database)["lease"].says == "1 at work, and nobody listens to sac"


def test_a_server_shows_its_version_and_its_clock(database: Database) -> None:
    found = told(database)
    assert found["version"].says.startswith("SQLite 3." if database.is_sqlite else "PostgreSQL ")
    # The test's own clock is far from the server's.
    assert ("clock" in found) is not database.is_sqlite
    if "clock" in found:
        assert (found["clock"].verdict, "behind the database server's" in found["clock"].says) == (
            Verdict.WARNING,
            True,
        )


def test_a_server_that_is_away_is_a_problem_without_its_password() -> None:
    away = connect("postgresql+psycopg://robot:canary@127.0.0.1:1/mail")
    (found,) = told(away).values()
    assert (found.check, found.verdict) == ("connection", Verdict.PROBLEM)
    assert "canary" not in found.says


def test_a_file_that_is_no_database_is_not_to_be_started(tmp_path: Path) -> None:
    (tmp_path / "mailbot.db").write_text("x" * 5000)
    (found,) = told(connect(f"sqlite:///{tmp_path / 'mailbot.db'}")).values()
    assert (found.check, found.verdict) == ("connection", Verdict.PROBLEM)
    assert found.says.endswith("file is not a database")
    assert found.advice == "See that the robot's user can write it and its folder; a damaged one: put a backup back"


def test_nothing_is_written(database: Database) -> None:
    daemon(database, "support")
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    told(database)
    assert said
    written = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")
    assert not [statement for statement in said if statement.startswith(written)]


@pytest.mark.parametrize(
    ("free", "whole", "verdict"),
    [
        (20 * GIB, 100 * GIB, Verdict.OK),
        (GIB - 1, 2 * GIB, Verdict.WARNING),
        (4 * GIB, 100 * GIB, Verdict.WARNING),
        (0, 100 * GIB, Verdict.WARNING),
        (0, 0, Verdict.WARNING),
    ],
)
def test_a_disk_that_is_nearly_full_is_a_warning(free: int, whole: int, verdict: Verdict) -> None:
    there = site(database="sqlite:////srv/mailbot/mailbot.db")
    asked: list[str] = []

    def room(path: str) -> tuple[int, int]:
        asked.append(path)
        return free, whole

    (found,) = ground.disk(patient(None, there, room=room))
    assert (found.verdict, found.value, asked) == (verdict, free, ["/srv/mailbot"])


def test_the_disk_below_a_file_is_looked_at_as_it_is(tmp_path: Path) -> None:
    (found,) = ground.disk(patient(None, site(database=f"sqlite:///{tmp_path / 'mailbot.db'}")))
    assert isinstance(found.value, int)
    assert found.value > 0


def test_a_servers_disk_is_not_seen_from_here() -> None:
    (found,) = ground.disk(patient(None, site(database="postgresql+psycopg://robot@db/mail")))
    assert (found.verdict, found.value) == (Verdict.OK, None)
