"""As many rigs as there are cores, all on SQLite or all on PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from databases import PostgresqlSource, Source, SqliteSource
from servers.process import temporary_folder

from crash.children import cores
from crash.rig import Rig, standing

# A killed process leaves in memory what it wrote, so no disk need be waited for.
_SHM = Path("/dev/shm")


@pytest.fixture(params=["sqlite", "postgresql"])
def rigs(request: pytest.FixtureRequest) -> Iterator[list[Rig]]:
    with ExitStack() as stack:
        folders = [
            stack.enter_context(temporary_folder("crash", _SHM if _SHM.is_dir() else None)) for _ in range(cores())
        ]
        yield [stack.enter_context(standing(_source(request, folder), folder)) for folder in folders]


def _source(request: pytest.FixtureRequest, folder: Path) -> Source:
    if request.param == "sqlite":
        return SqliteSource(folder)
    return PostgresqlSource(request.getfixturevalue("postgresql").fresh_database())
