"""The robot's memory is SQLite here: what the store answers is the same on PostgreSQL (tests/store)."""

from collections.abc import Iterator

import pytest
from correspondence import Office
from databases import SqliteSource


@pytest.fixture(scope="session")
def _file(tmp_path_factory: pytest.TempPathFactory) -> SqliteSource:
    return SqliteSource(tmp_path_factory.mktemp("threats"))


@pytest.fixture
def office(_file: SqliteSource) -> Iterator[Office]:
    database = _file.fresh()
    with database.engine.begin() as conn:
        yield Office(conn)
    database.engine.dispose()
