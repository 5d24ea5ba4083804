"""The database: SQLite for one machine, PostgreSQL for several; a change is durable when it commits."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pysqlite3
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError

from mailbot.store.turn import Turn

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# RFC 1047's window is ours to bear, a relay's is not: what we acknowledge must survive a power cut (RC-11).
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")
# Seconds. A host that says nothing is away; libpq would wait for minutes. A URL that says otherwise wins.
PATIENCE = 10
# Octets. A new connection takes some milliseconds.
_LARGE = 1024 * 1024
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class DatabaseError(Exception):
    """The database cannot be used; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Database:
    """`turn` lets the threads of one process write one after the other instead of sleeping on SQLite's lock."""

    engine: Engine
    turn: Turn = field(default_factory=Turn)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """SQLite's, unless it is in memory."""
        path = self.engine.url.database if self.is_sqlite else None
        return Path(path) if path and path != ":memory:" else None

    @property
    def is_missing(self) -> bool:
        """To connect to a file that is not there would make one; whatever else is wrong, who connects is told."""
        if self.file is None:
            return False
        try:
            self.file.stat()
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False


def connect(url: str) -> Database:
    """Opens nothing yet. Raises DatabaseError for a URL that names no database we know."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError(
            "[database] url is no database URL: write sqlite:///FILE or postgresql+psycopg://…"
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            return Database(_sqlite(url))
        case "postgresql":
            patience = {} if "connect_timeout" in parsed.query else {"connect_timeout": PATIENCE}
            named = parsed.set(drivername="postgresql+psycopg")
            return Database(create_engine(named, connect_args=patience, pool_pre_ping=True, pool_size=8))
        case other:
            raise DatabaseError(f"[database] url names {other}: mailbot keeps its data in sqlite or postgresql")


def _sqlite(url: str) -> Engine:
    # Debian 12's SQLite can corrupt a WAL file under reset (sqlite.org/wal.html#walresetbug); pysqlite3 brings its own.
    # Whoever writes takes the connection that wrote last: it alone has the pages of now in its cache.
    engine = create_engine(url, module=pysqlite3, pool_size=8, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: "DBAPIConnection", entry: "ConnectionPoolEntry") -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would lose updates without an error (BEGIN DEFERRED).
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def leave_after(connection: Connection, octets: int) -> None:
    """For who writes or reads a value of that size: a large one would take its room in this process for good.

    A cached statement of SQLite keeps a copy of what was bound to it last; the buffers of libpq grow and never shrink.
    So the connection ends with its transaction, and the next takes a new one.
    """
    if octets > _LARGE:
        connection.detach()


def insist_on_durability(connection: Connection) -> None:
    """Raises DatabaseError where PostgreSQL was told that a commit may be lost: we send mail on the strength of it."""
    if connection.dialect.name != "postgresql":
        return
    for name in _DURABLE:
        if connection.execute(text(f"SHOW {name}")).scalar_one() == "off":
            raise DatabaseError(
                f"PostgreSQL runs with {name} = off: a mail could be acknowledged and then lost; turn it on"
            )


def sentence(error: DBAPIError) -> str:
    """What a database error means, on one line and without the statement's values, which may be a customer's."""
    line = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
    return f"the database refused: {line[:200]}"
