"""What several kinds of tests share: options of the run, and servers that are started once."""

from collections.abc import Iterator

import pytest
from servers.postgresql import PostgreSQL


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the expectations of tests/golden; review the diff")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server
