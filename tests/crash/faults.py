"""A database that fails at one statement, in the words of its driver."""

from collections.abc import Callable
from enum import StrEnum
from itertools import count
from pathlib import Path

import psycopg
import pysqlite3

from mailbot.store.engine import Database

Work = Callable[..., object]


class Fault(StrEnum):
    """What the driver says at a statement or COMMIT, instead of doing it or after it was done."""

    BUSY = "busy"
    FULL = "full"
    BUSY_FOR_LONG = "busy for long"
    REFUSED = "refused"
    DEADLOCK = "deadlock"
    LOST = "connection lost"
    LOST_AFTER = "connection lost after it was done"


# More failures in a row than one change has tries.
_LONG = 8
_STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params", "do_commit")


def fail_at(n: int, fault: Fault, database: Database, place: Path) -> None:
    """From the n-th statement of this process on; `place` is where it says at which."""
    ticks = count(1)
    until = n + _LONG if fault is Fault.BUSY_FOR_LONG else n + 1

    def failing(name: str, work: Work) -> Work:
        def run(at: object, *arguments: object) -> object:
            tick = next(ticks)
            if not n <= tick < until:
                return work(at, *arguments)
            if tick == n:
                place.write_text(f"{name} {' '.join(str(arguments[:1]).split())[:100]}")
            if fault is Fault.LOST_AFTER:
                work(at, *arguments)
            if fault in (Fault.LOST, Fault.LOST_AFTER):
                _cut(at)
            raise _error(fault, database.is_sqlite)

        return run

    dialect = database.engine.dialect
    for name in _STATEMENTS:
        setattr(dialect, name, failing(name, getattr(dialect, name)))


def _cut(at: object) -> None:
    """`at` is a cursor, or at COMMIT the pool's handle of a connection."""
    connection = getattr(at, "dbapi_connection", None) or getattr(at, "connection", None)
    assert isinstance(connection, psycopg.Connection)
    connection.close()


def _error(fault: Fault, sqlite: bool) -> Exception:
    error: Exception
    match fault:
        case Fault.BUSY | Fault.BUSY_FOR_LONG:
            error = pysqlite3.OperationalError("database is locked")
        case Fault.FULL:
            error = pysqlite3.OperationalError("database or disk is full")
        case Fault.REFUSED if sqlite:
            error = pysqlite3.IntegrityError("UNIQUE constraint failed")
        case Fault.REFUSED:
            error = psycopg.errors.UniqueViolation("duplicate key value violates unique constraint")
        case Fault.DEADLOCK:
            error = psycopg.errors.DeadlockDetected("deadlock detected")
        case Fault.LOST | Fault.LOST_AFTER:
            error = psycopg.OperationalError("server closed the connection unexpectedly")
    return error
