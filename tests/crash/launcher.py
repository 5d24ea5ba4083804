"""Daemons within milliseconds: a process that has everything loaded, and no thread, forks one when it is told."""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from mailbot.model import Site

_PROGRAM = Path(__file__).with_name("launched.py")


class Launcher:
    """The other end of that process."""

    def __init__(self, site: Site, folder: Path) -> None:
        file = folder / "site"
        file.write_bytes(pickle.dumps(site))
        self.log = folder / "daemons.log"
        # A daemon that is killed leaves the folder in which its fork server listens; a socket's path must be short.
        self._temporary = TemporaryDirectory(prefix="mailbot-")
        different = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": self._temporary.name}
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), str(file), str(self.log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | different,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._temporary.cleanup()

    def start(self) -> int:
        return int(self._asked("start"))

    def ended(self) -> int:
        """Waits for the daemon to end; its wait status."""
        return int(self._asked("wait"))

    def _asked(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()
