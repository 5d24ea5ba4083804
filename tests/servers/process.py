"""Running a server in the foreground: start, wait until it answers, stop."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

PATIENCE = 10.0


class NotStarted(Exception):
    """The server did not come up. The text ends with the last lines of its log."""


def program(name: str, *folders: str) -> Path:
    """Where a server's program is; skips the test where it is not installed, which in CI is a failure."""
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        impossible(f"{name} is not installed")
    return Path(found)


def impossible(reason: str) -> NoReturn:
    """Ends a live test that this machine cannot run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"a live test cannot run: {reason}")
    pytest.skip(f"live test: {reason}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(name: str) -> str | None:
    """The user a server is to run as: `name` where we are root, else ourselves (None)."""
    return name if os.geteuid() == 0 else None


@contextlib.contextmanager
def temporary_folder(name: str, place: Path | None = None) -> Iterator[Path]:
    """A folder that other users may enter: not below pytest's own, which is closed to them."""
    folder = Path(tempfile.mkdtemp(prefix=f"mailbot-{name}-", dir=place))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Process:
    """One server process and its children, in a session of its own."""

    def __init__(self, command: Sequence[str | Path], log: Path, user: str | None = None) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(self, *ports: int) -> None:
        """Until every port of 127.0.0.1 accepts a connection. Raises NotStarted."""
        give_up = time.monotonic() + PATIENCE
        for port in ports:
            while not _listens(port):
                if self._process.poll() is not None or time.monotonic() > give_up:
                    self.stop()
                    raise NotStarted(self._log.read_text(errors="replace")[-2000:])
                time.sleep(0.01)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Signals the process and its children, which share a process group of their own, and waits for the first."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, by)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
