"""What the launcher starts.

launched.py SITE LOG      SITE is a pickled model.Site; a line in starts a daemon, and its process id comes out
"""

import logging
import os
import pickle
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailbot.model import Site


def _run(site: "Site", log: Path) -> None:
    """As `mailbot run` does, in a session of its own."""
    # Here, for the children of the sandbox load this file, and nothing of this.
    from mailbot.daemon import Daemon
    from mailbot.model import Policy
    from mailbot.work.mailboxes import alone_here
    from mailbot.work.opening import only_daemon, open_desk

    os.setsid()
    logging.basicConfig(filename=log, level=logging.INFO, format=f"{os.getpid()} %(levelname)s %(name)s: %(message)s")
    desk = open_desk(site, Policy())
    with only_daemon(desk.database):
        if desk.database.is_sqlite:
            alone_here(desk)
        daemon = Daemon(desk, once=False)
        daemon.stop_on_signals()
        daemon.run()


def _forked(site: "Site", log: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _run(site, log)
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of the child may go on as the launcher
        with log.open("a") as file:
            traceback.print_exc(file=file)
    finally:
        os._exit(status)


def _main(site: "Site", log: Path) -> None:
    # Loaded once for all that are forked.
    import mailbot.daemon
    import mailbot.work.opening
    from mailbot.render import press

    assert mailbot.daemon
    assert mailbot.work.opening
    press(site, {})
    pid = 0
    for line in sys.stdin:
        if line.startswith("start"):
            pid = _forked(site, log)
            print(pid, flush=True)
        else:
            print(os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    _main(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))  # noqa: S301 - our own file
