"""The daemon under a service manager: a real socket, and a judge that the database keeps waiting."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import site_files
from servers.postgresql import PostgreSQL
from servers.process import free_port

PROGRAM = Path(__file__).parents[1] / "robot" / "impatient.py"
# Seconds that the daemon may take from one word to the next, and to the one that is waited for.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    process: subprocess.Popen[bytes]
    notify: socket.socket

    def lines(self) -> Iterator[str]:
        """What it says from now on."""
        while True:
            yield from self.notify.recv(4096).decode().splitlines()

    def until(self, wanted: str) -> list[str]:
        """All that it says until it says this."""
        said: list[str] = []
        give_up = time.monotonic() + PATIENCE
        for line in self.lines():
            assert time.monotonic() < give_up, f"it never said {wanted}, but {said[-3:]}"
            said.append(line)
            if line == wanted:
                break
        return said


@pytest.fixture
def database(postgresql: PostgreSQL) -> str:
    return postgresql.fresh_database()


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    """Its servers are out of reach: no reason not to be ready."""
    site = site_files.write(
        tmp_path,
        ("[smtp]", f"[database]\nurl = {json.dumps(database)}\n[smtp]"),
        ('host = "smtp.acme.test"', f'host = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"'),
        *((f'host = "imap.acme.test"\nusername = "{user}"', _closed(user)) for user in ("support", "sac")),
    )
    environ = site_files.ENVIRON | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(environ["NOTIFY_SOCKET"])
        notify.settimeout(PATIENCE)
        command = [sys.executable, str(PROGRAM), "run", "--site", str(site)]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, env=os.environ | environ, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield Service(process, notify)
        finally:
            process.kill()
            process.wait()
            print((tmp_path / "log").read_text())


def _closed(user: str) -> str:
    return f'host = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\nusername = "{user}"'


def test_systemd_hears_of_a_daemon_that_works_and_not_of_one_whose_judge_hangs(service: Service, database: str) -> None:
    service.until("READY=1")
    service.until("STATUS=sac down, support down")
    assert "WATCHDOG=1" in service.until("STATUS=sac down, support down")
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
        service.until("STATUS=judge hangs")
        assert [*service.until("STATUS=judge hangs"), *service.until("STATUS=judge hangs")] == [
            "STATUS=judge hangs"
        ] * 2
    service.until("WATCHDOG=1")
    service.process.send_signal(signal.SIGTERM)
    service.until("STOPPING=1")
    assert service.process.wait(PATIENCE) == 0
