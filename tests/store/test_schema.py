"""The migrations make what the tables say; a daemon runs on its own schema only, and only on a durable database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from mailbot.store import schema
from mailbot.store.engine import Database, DatabaseError, connect, insist_on_durability
from mailbot.tables import metadata
from mailbot.work.opening import open_database
from mailbot.work.transactions import change


def revise(conn: Connection, to: str) -> None:
    conn.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": to})


def test_the_migrations_make_the_tables(conn: Connection) -> None:
    context = MigrationContext.configure(conn, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []


def test_upgrading_what_is_current_changes_nothing(conn: Connection) -> None:
    assert schema.upgrade(conn) == (schema.head(), schema.head())
    schema.insist_on_current(conn)


@pytest.mark.parametrize("act", [schema.insist_on_current, schema.upgrade])
def test_a_newer_schema_is_neither_used_nor_brought_to_this_one(
    database: Database, act: Callable[[Connection], object]
) -> None:
    with database.engine.connect() as conn:
        revise(conn, "9999")
        with pytest.raises(DatabaseError, match=r"made by a newer mailbot \(schema 9999\): install that version"):
            act(conn)
        conn.rollback()


def test_a_database_without_schema_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseError, match="run `mailbot db upgrade`"):
        open_database(f"sqlite:///{tmp_path / 'empty.db'}")


def test_a_database_that_is_empty_gets_its_schema_where_asked(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new.db'}", make=True)
    with database.engine.connect() as conn:
        assert schema.revision(conn) == schema.head()
    database.engine.dispose()


def test_an_upgrade_that_fails_leaves_nothing_half_made(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'half.db'}")

    def interrupted(conn: Connection) -> None:
        schema.upgrade(conn)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change(database, interrupted)
    with database.engine.connect() as conn:
        assert schema.is_empty(conn)
    database.engine.dispose()


def test_a_database_that_may_lose_commits_is_refused(database: Database) -> None:
    with database.engine.connect() as conn:
        insist_on_durability(conn)
        if not database.is_sqlite:
            conn.execute(text("SET LOCAL synchronous_commit = off"))
            with pytest.raises(DatabaseError, match="synchronous_commit = off"):
                insist_on_durability(conn)


def test_sqlite_is_opened_as_it_must_be(database: Database) -> None:
    if database.is_sqlite:
        with database.engine.connect() as conn:
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = {name: conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in names}
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000}


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x"])
def test_a_url_that_names_no_database_we_know_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"\[database\] url"):
        connect(url)
