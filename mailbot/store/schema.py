"""The schema's version: forward only, and a daemon never runs on another one than its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, TableClause, Text, column, inspect, select

from mailbot.store.engine import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic's own table.
VERSION = "alembic_version"
# Beside the package in a checkout, inside it in a wheel.
_PLACES = (Path(__file__).parents[1] / "_migrations", Path(__file__).parents[2] / "migrations")


def upgrade(conn: Connection) -> tuple[str | None, str]:
    """Brings the schema to this version within the caller's transaction; returns (was, is). Raises DatabaseError."""
    from alembic import command

    was = revision(conn)
    _insist_on_not_newer(was)
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    return was, head()


def revision(conn: Connection) -> str | None:
    """Asked without Alembic: importing it would be a third of every start."""
    if not inspect(conn).has_table(VERSION):
        return None
    version = select(column("version_num", Text)).select_from(TableClause(VERSION))
    found: str | None = conn.execute(version).scalar_one_or_none()
    return found


def head() -> str:
    return revisions()[-1]


def revisions() -> tuple[str, ...]:
    """Migrations are named by their revision, counted up: 0001_what_it_does.py."""
    found = sorted(path.name.partition("_")[0] for path in (_place() / "versions").glob("[0-9]*_*.py"))
    if not found:
        raise DatabaseError("this installation has lost its migrations: install mailbot again")
    return tuple(found)


def insist_on_current(conn: Connection) -> None:
    """Raises DatabaseError with the command to run where the schema is another than this version's."""
    was = revision(conn)
    if was == head():
        return
    _insist_on_not_newer(was)
    raise DatabaseError("the database has no mailbot schema yet, or an older one: run `mailbot db upgrade`")


def _insist_on_not_newer(was: str | None) -> None:
    if was is not None and was not in revisions():
        raise DatabaseError(f"the database was made by a newer mailbot (schema {was}): install that version")


def configuration() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_place()))
    return config


def _place() -> Path:
    return next((place for place in _PLACES if place.is_dir()), _PLACES[-1])


def is_empty(conn: Connection) -> bool:
    return not inspect(conn).get_table_names()
