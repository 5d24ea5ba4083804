"""A private PostgreSQL with its durability left on (fsync, synchronous_commit, full_page_writes)."""

import contextlib
import itertools
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import psycopg

from servers.process import PATIENCE, NotStarted, Process, free_port, program, temporary_folder, unprivileged

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


class PostgreSQL:
    """Started by entering it. The data outlive `stop` and `start`, so a test can crash it and look again."""

    def __init__(self) -> None:
        folders = sorted(str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin"))
        self._postgres = program("postgres", *reversed(folders))
        self._user = unprivileged("postgres")
        self._numbers = itertools.count(1)
        self.port = free_port()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(temporary_folder("postgresql"))
            if self._user is not None:
                shutil.chown(self.folder, self._user, self._user)
            self._initdb()
            stack.callback(self.stop)
            self.start()
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [self._postgres, "-D", self.folder / "data", "-p", str(self.port), *settings]
        self._process = Process(command, self.folder / "log", self._user)
        self._process.wait_for(self.port)
        self._until_it_answers()

    def stop(self, crash: bool = False) -> None:
        """`crash`: at once and without a checkpoint, so that the next start has to recover ("immediate shutdown")."""
        self._process.stop(signal.SIGQUIT if crash else signal.SIGINT)

    def fresh_database(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _initdb(self) -> None:
        command = [self._postgres.with_name("initdb"), "-D", self.folder / "data", "-U", "postgres", "-A", "trust"]
        made = subprocess.run(
            [*map(str, command), "-E", "UTF8", "--locale=C", "--no-sync"],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise NotStarted(made.stdout + made.stderr)

    def _until_it_answers(self) -> None:
        """The port opens a moment before recovery ends."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    def _conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database} connect_timeout=5"
