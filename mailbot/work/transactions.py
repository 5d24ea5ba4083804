"""Where transactions begin and end: whole or not at all, tried again where the database only asked us to wait."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from mailbot.store.engine import Database

T = TypeVar("T")

TRIES = 5
# SQLSTATE classes and codes after which PostgreSQL means the same transaction to succeed later: connection lost (08),
# rolled back for another's sake (40), too many connections or starting up or shutting down (53300, 57P).
_TRANSIENT = ("08", "40", "53300", "57P")
_SQLITE_AWAY = ("locked", "busy", "full", "disk I/O", "readonly", "unable to open")


def change(database: Database, function: Callable[[Connection], T]) -> T:
    """Runs function in one transaction and commits it. It may run several times, so it must do nothing but SQL."""
    for left in reversed(range(TRIES)):
        try:
            return _once(database, function)
        except DBAPIError as error:
            if not left or not is_away(error):
                raise
            time.sleep(random.uniform(0.05, 0.25) * (TRIES - left))  # noqa: S311 - no secret, only a pause
    raise AssertionError("unreachable")


def look(database: Database, function: Callable[[Connection], T]) -> T:
    """Runs function on a snapshot; nothing it writes would be kept."""
    with database.engine.connect().execution_options(reading=True) as conn, conn.begin() as transaction:
        found = function(conn)
        transaction.rollback()
        return found


def look_at_one_moment(database: Database, function: Callable[[Connection], T]) -> T:
    """As `look`, but on PostgreSQL too all that function reads is of the same moment, however long it takes."""
    options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    connection = database.engine.connect().execution_options(reading=True, **options)
    with connection as conn, conn.begin() as transaction:
        found = function(conn)
        transaction.rollback()
        return found


def _once(database: Database, function: Callable[[Connection], T]) -> T:
    if not database.is_sqlite:
        with database.engine.begin() as conn:
            return function(conn)
    with database.turn, database.engine.begin() as conn:
        return function(conn)


def is_away(error: DBAPIError) -> bool:
    """The database is gone, busy or full: no fault of what was asked of it."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_TRANSIENT)
    return isinstance(error, OperationalError) and any(word in str(error.orig) for word in _SQLITE_AWAY)
