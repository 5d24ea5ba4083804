"""Databases for tests: made once by the migrations; each test begins with one as empty, or as full, as it is kept."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Table, delete, func, insert, select, text

from mailbot.store.engine import Database, connect
from mailbot.tables import metadata
from mailbot.work.opening import open_database


class Source(Protocol):
    """One database, open in nobody's hands while it is kept or put back."""

    def fresh(self) -> Database: ...

    def keep(self, database: Database) -> None:
        """As it is now it will be after each put_back."""

    def put_back(self, database: Database) -> None: ...


@dataclass(frozen=True, slots=True)
class SqliteSource:
    """A copy of one file; both lie in `folder`."""

    folder: Path

    def fresh(self) -> Database:
        template = self.folder / "template"
        if not template.exists():
            open_database(f"sqlite:///{template}", make=True).engine.dispose()
        database = connect(f"sqlite:///{self.folder / 'mailbot.db'}")
        self.put_back(database)
        return database

    def keep(self, database: Database) -> None:
        database.engine.dispose()
        shutil.copy(self.folder / "mailbot.db", self.folder / "template")

    def put_back(self, database: Database) -> None:
        database.engine.dispose()
        for old in self.folder.glob("mailbot.db*"):
            old.unlink()
        shutil.copy(self.folder / "template", self.folder / "mailbot.db")


@dataclass(frozen=True, slots=True)
class PostgresqlSource:
    """One database, emptied and filled again; the numbering of its rows goes on from what is in it."""

    url: str
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def fresh(self) -> Database:
        database = open_database(self.url, make=True)
        self.put_back(database)
        return database

    def keep(self, database: Database) -> None:
        with database.engine.connect() as conn:
            for table in metadata.sorted_tables:
                self.rows[table.name] = [dict(row._mapping) for row in conn.execute(select(table))]
        database.engine.dispose()

    def put_back(self, database: Database) -> None:
        with database.engine.begin() as conn:
            for table in reversed(metadata.sorted_tables):
                conn.execute(delete(table))
            for table in metadata.sorted_tables:
                if rows := self.rows.get(table.name):
                    conn.execute(insert(table), rows)
                if table.c[0].autoincrement is True or _numbered(table):
                    last = select(func.coalesce(func.max(table.c[0]), 0) + 1).scalar_subquery()
                    conn.execute(select(func.setval(f"{table.name}_id_seq", last, text("false"))))
        database.engine.dispose()


def _numbered(table: Table) -> bool:
    return table.autoincrement_column is not None
