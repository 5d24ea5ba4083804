"""As many rigs as there are cores, all on SQLite or all on PostgreSQL; and the servers of a robot that really runs."""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from databases import PostgresqlSource, Source, SqliteSource
from servers.dovecot import Dovecot
from servers.process import Process, free_port, temporary_folder
from servers.recording_smtp import Record

from crash import load
from crash.children import cores
from crash.rig import RELAY, Rig, standing
from mailbot.store.engine import Database
from mailbot.store.register import import_register

# A killed process leaves in memory what it wrote, so no disk need be waited for.
_SHM = Path("/dev/shm")


@pytest.fixture(params=["sqlite", "postgresql"])
def rigs(request: pytest.FixtureRequest) -> Iterator[list[Rig]]:
    with ExitStack() as stack:
        folders = [
            stack.enter_context(temporary_folder("crash", _SHM if _SHM.is_dir() else None)) for _ in range(cores())
        ]
        yield [stack.enter_context(standing(_source(request, folder), folder)) for folder in folders]


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return _source(request, tmp_path)


@pytest.fixture
def inhabited(source: Source) -> Database:
    """With the customers whose letters come."""
    database = source.fresh()
    with database.engine.begin() as conn:
        import_register(conn, load.register())
    return database


@pytest.fixture
def chance() -> random.Random:
    """Another in each run; MAILBOT_SEED repeats one."""
    seed = int(os.environ.get("MAILBOT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"MAILBOT_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[tuple[Record, int]]:
    record, port = Record(tmp_path / "mails"), free_port()
    server = Process([sys.executable, RELAY, str(port), record.file], tmp_path / "relay.log")
    server.wait_for(port)
    yield record, port
    server.stop()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


def _source(request: pytest.FixtureRequest, folder: Path) -> Source:
    if request.param == "sqlite":
        return SqliteSource(folder)
    return PostgresqlSource(request.getfixturevalue("postgresql").fresh_database())
