"""From a site's settings to a desk that can be worked at."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.model import Policy, Site
from mailbot.store import schema
from mailbot.store.engine import Database, DatabaseError, connect, insist_on_durability, sentence
from mailbot.work.desk import Desk
from mailbot.work.transactions import change, look


def open_database(url: str, *, make: bool = False) -> Database:
    """Raises DatabaseError where it cannot be used, or has another schema; `make` gives an empty one its schema."""
    database = connect(url)
    if make:
        _keep_from_others(database)
    elif database.is_missing:
        raise DatabaseError(f"there is no {database.file} yet: `mailbot customers import` or `mailbot run` makes it")
    try:
        if make:
            change(database, _make)
        look(database, _insist)
    except DBAPIError as error:
        raise DatabaseError(f"{_named(database)}: {sentence(error)}") from error
    return database


def open_desk(site: Site, policy: Policy, *, make: bool = False) -> Desk:
    # Whoever opens the database alone need not wait for it.
    from mailbot.render import press

    database = open_database(site.database, make=make)
    templates, unreadable = read_templates(site)
    made = press(site, templates)
    return Desk(database, site, replace(made, faults=(*unreadable, *made.faults)), secrets.token_hex(8), policy=policy)


def read_templates(site: Site) -> tuple[dict[str, str], tuple[str, ...]]:
    """The site's own templates/, by file name, and a sentence about each that cannot be read and so does not serve."""
    folder = Path(site.directory) / "templates"
    found: dict[str, str] = {}
    unreadable: list[str] = []
    for path in sorted(folder.glob("*.*")) if folder.is_dir() else ():
        try:
            found[path.name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            unreadable.append(f"templates/{path.name}: {_not_utf8(error)}")
        except OSError as error:
            unreadable.append(f"templates/{path.name}: {error.strerror}")
    return found, tuple(unreadable)


def _not_utf8(error: UnicodeDecodeError) -> str:
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"line {line} is not UTF-8: save the file in that encoding"


def upgrade(url: str) -> tuple[str | None, str]:
    """Brings the schema to this version; returns (was, is). Raises DatabaseError."""
    database = connect(url)
    _keep_from_others(database)
    try:
        return change(database, schema.upgrade)
    except DBAPIError as error:
        raise DatabaseError(f"{_named(database)}: {sentence(error)}") from error


def _keep_from_others(database: Database) -> None:
    """A new file: SQLite would let everybody read every mail, as far as the umask does."""
    # Where it cannot be made, SQLite says so.
    if database.file and database.is_missing:
        with suppress(OSError):
            os.close(os.open(database.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660))


def _make(conn: Connection) -> None:
    if schema.is_empty(conn):
        schema.upgrade(conn)


def _insist(conn: Connection) -> None:
    schema.insist_on_current(conn)
    insist_on_durability(conn)


def _named(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=True)


@contextmanager
def only_daemon(database: Database) -> Iterator[None]:
    """On SQLite there is one daemon: raises DatabaseError where another lives. On PostgreSQL leases decide instead.

    A lock of the kernel's, so that no death can leave it behind.
    """
    if not database.file:
        yield
        return
    with Path(f"{database.file}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            found = f"another mailbot (process {other}) works on {database.file}"
            raise DatabaseError(f"{found}: SQLite allows one; stop it, or use PostgreSQL") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
