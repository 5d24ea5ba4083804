"""A whole database as one file, and from it again into either kind: SQLite and PostgreSQL have the same tables."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pysqlite3
from sqlalchemy import Connection, LargeBinary, Table, TableClause, delete, func, insert, inspect, select, text, update

from mailbot.model import Purpose, Sending
from mailbot.store import schema
from mailbot.store.engine import Database, DatabaseError
from mailbot.tables import box, delivery, lease, metadata, outgoing

# Rows that are in memory together; those with a mail's bytes may have 50 MiB each.
_ROWS = 500
_LARGE_ROWS = 10


def write_file(database: Database, path: Path) -> None:
    """SQLite only: the database as it is at one moment, while others write; what was deleted is not in the file.

    Raises DatabaseError.
    """
    wire = database.engine.raw_connection()
    try:
        wire.cursor().execute("VACUUM INTO ?", (str(path),))
    except pysqlite3.Error as error:
        raise DatabaseError(f"the copy could not be written: {error}") from error
    finally:
        wire.close()


def copy(source: Connection, target: Connection) -> None:
    """All rows, into tables that are there and empty."""
    for table in metadata.sorted_tables:
        for rows in _portions(source, table):
            target.execute(insert(table), rows)
    if target.dialect.name == "postgresql":
        _number_on(target)


def _portions(source: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    large = any(isinstance(column.type, LargeBinary) for column in table.columns)
    streamed = source.execution_options(stream_results=True, yield_per=_LARGE_ROWS if large else _ROWS)
    for rows in streamed.execute(select(table)).partitions():
        yield [dict(row._mapping) for row in rows]


def _number_on(target: Connection) -> None:
    """PostgreSQL counts apart from the rows."""
    for table in metadata.sorted_tables:
        if table.autoincrement_column is not None:
            last = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, "id")
            target.execute(select(func.setval(sequence, last, text("false"))))


def counts(conn: Connection) -> dict[str, int]:
    """Rows by table, in a database of any version."""
    names = sorted({*inspect(conn).get_table_names()} - {schema.VERSION})
    return {name: conn.execute(select(func.count()).select_from(TableClause(name))).scalar_one() for name in names}


def damage(conn: Connection) -> str:
    """What SQLite finds wrong with its file, or ""."""
    found = conn.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    if found != "ok":
        return str(found)
    astray = conn.execute(text("PRAGMA foreign_key_check")).first()
    return f"a row of {astray[0]} refers to nothing" if astray else ""


def begin_anew(conn: Connection, until: datetime, reason: str) -> int:
    """The ledger as it is the day after: nobody holds anything, and what may have happened since is in doubt.

    Mail to customers that waited to be sent is withheld for that `reason`; returns how many mails. What came in before
    `until` will be judged with the same doubt.
    """
    o = outgoing.c
    conn.execute(delete(lease))
    conn.execute(update(delivery).where(delivery.c.outcome.is_(None)).values(claimed=False, judging=False))
    conn.execute(update(outgoing).values(holder=None))
    conn.execute(update(box).values(doubtful_until=until, connected_at=None))
    waiting = o.status.in_([Sending.QUEUED, Sending.IN_DOUBT]) & o.purpose.in_([Purpose.CUSTOMER, Purpose.ANSWER])
    values = {"status": Sending.WITHHELD, "reply": reason, "next_attempt_at": None}
    return conn.execute(update(outgoing).where(waiting).values(values)).rowcount
