"""What several kinds of tests share: options of the run, and servers that are started once."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from databases import PostgresqlSource, Source, SqliteSource
from servers.postgresql import PostgreSQL
from sqlalchemy import Connection

from mailbot.store.engine import Database


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the expectations of tests/golden; review the diff")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: nobody reads there that the servers are missing."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which in CI is a failure: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def _source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Source:
    if request.param == "sqlite":
        return SqliteSource(tmp_path_factory.mktemp("database"))
    return PostgresqlSource(request.getfixturevalue("postgresql").fresh_database())


@pytest.fixture
def database(_source: Source) -> Iterator[Database]:
    """Empty. What takes it runs on SQLite and on PostgreSQL."""
    database = _source.fresh()
    yield database
    database.engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """Empty, and on SQLite alone: for what would take too long on both."""
    database = SqliteSource(tmp_path).fresh()
    yield database
    database.engine.dispose()


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """Within a transaction."""
    with database.engine.begin() as conn:
        yield conn
