"""The post between people and the robot: a real Postfix in front of a real Dovecot."""

import shutil
import smtplib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from servers.dovecot import Dovecot
from servers.postfix import Postfix

_QUEUES = ("maildrop", "incoming", "active", "deferred")
_QUIET = 20.0
LOOK_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class Post:
    """Every mailbox is a user of Dovecot: what stands left of the @, before a +."""

    dovecot: Dovecot
    postfix: Postfix

    def send(self, raw: bytes, sender: str, recipients: Iterable[str], *, elsewhere: bool = False) -> None:
        """`elsewhere`: from a host that no domain's records name."""
        port = self.postfix.elsewhere if elsewhere else self.postfix.port
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.sendmail(sender, list(recipients), raw)

    def is_still(self) -> bool:
        """Postfix has nothing under way."""
        queue = self.postfix.folder / "queue"
        return not any(path.is_file() for name in _QUEUES for path in _entries(queue / name))

    def arrived(self, user: str) -> int:
        """Mails in all folders of a user: Dovecot moves them from new to cur as it shows them."""
        home = self.dovecot.folder / "mail" / user
        return sum(1 for kind in ("new", "cur") for path in _entries(home) if path.parent.name == kind)

    def until_still(self) -> None:
        give_up = time.monotonic() + _QUIET
        while not self.is_still():
            if time.monotonic() > give_up:
                raise TimeoutError("Postfix still has mail under way")
            time.sleep(LOOK_AGAIN)

    def clear(self) -> None:
        """Every mailbox as if it had never been. Nobody may be logged in."""
        self.until_still()
        for home in (self.dovecot.folder / "mail").iterdir():
            shutil.rmtree(home)


def _entries(folder: Path) -> list[Path]:
    """What another process takes away while we look is not there."""
    return [path for path in folder.rglob("*") if not path.is_dir()] if folder.is_dir() else []
