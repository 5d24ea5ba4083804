"""Transactions: whole or not at all, tried again where the database only asked us to wait."""

import psycopg
import pysqlite3
import pytest
from ledger import received, record
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from mailbot.store import listing
from mailbot.store.engine import Database, sentence
from mailbot.work import transactions
from mailbot.work.transactions import TRIES, change, is_away, look


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def away() -> OperationalError:
    return OperationalError("SELECT secret", {}, pysqlite3.OperationalError("database is locked"))


class Failing:
    """Writes a row, then fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.runs = 0
        self._times = times
        self._error = error

    def __call__(self, conn: Connection) -> str:
        self.runs += 1
        record(conn, received(1))
        if self.runs <= self._times:
            raise self._error
        return "done"


def rows(database: Database) -> int:
    return look(database, lambda conn: len(listing.deliveries(conn)))


def test_a_change_is_tried_again_and_leaves_nothing_of_the_tries_that_failed(database: Database) -> None:
    work = Failing(TRIES - 1, away())
    assert change(database, work) == "done"
    assert (work.runs, rows(database)) == (TRIES, 1)


def test_it_is_given_up_in_the_end_and_leaves_nothing(database: Database) -> None:
    work = Failing(TRIES, away())
    with pytest.raises(OperationalError):
        change(database, work)
    assert (work.runs, rows(database)) == (TRIES, 0)


@pytest.mark.parametrize(
    "error", [IntegrityError("INSERT", {}, pysqlite3.IntegrityError("UNIQUE")), ValueError("ours"), KeyboardInterrupt()]
)
def test_what_trying_again_cannot_help_is_raised_at_once(database: Database, error: Exception) -> None:
    work = Failing(1, error)
    with pytest.raises(type(error)):
        change(database, work)
    assert (work.runs, rows(database)) == (1, 0)


def test_a_look_keeps_nothing(database: Database) -> None:
    look(database, lambda conn: record(conn, received(1)))
    assert rows(database) == 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (pysqlite3.OperationalError("database is locked"), True),
        (pysqlite3.OperationalError("database or disk is full"), True),
        (pysqlite3.OperationalError("no such table: ticket"), False),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.UniqueViolation(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_passes_by_itself_is_told_from_what_is_our_fault(error: Exception, expected: bool) -> None:
    assert is_away(OperationalError("SELECT", {}, error)) is expected


def test_a_lost_connection_passes_by_itself() -> None:
    lost = psycopg.OperationalError("server closed the connection unexpectedly")
    assert is_away(DBAPIError("SELECT", {}, lost, connection_invalidated=True))


def test_a_database_error_is_told_without_the_values_of_its_statement() -> None:
    assert sentence(away()) == "the database refused: database is locked"
    assert transactions.TRIES > 1
