"""The schema's version: forward only, and a daemon never runs on another one than its own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from mailbot.store.engine import DatabaseError

# Beside the package in a checkout, inside it in a wheel.
_PLACES = (Path(__file__).parents[1] / "_migrations", Path(__file__).parents[2] / "migrations")


def upgrade(conn: Connection) -> tuple[str | None, str]:
    """Brings the schema to this version within the caller's transaction; returns (was, is)."""
    was = revision(conn)
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    return was, head()


def revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def head() -> str:
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise DatabaseError("this installation has lost its migrations: install mailbot again")
    return found


def insist_on_current(conn: Connection) -> None:
    """Raises DatabaseError with the command to run where the schema is another than this version's."""
    was, is_ = revision(conn), head()
    if was == is_:
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if was is not None and was not in known:
        raise DatabaseError(f"the database was made by a newer mailbot (schema {was}): install that version")
    raise DatabaseError("the database has no mailbot schema yet, or an older one: run `mailbot db upgrade`")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(next(place for place in _PLACES if place.is_dir())))
    return config


def is_empty(conn: Connection) -> bool:
    return not inspect(conn).get_table_names()
