"""`mailbot run`, the daemon, and `mailbot db upgrade`, which gives it the schema it needs."""

import ctypes
import gc
import logging
import os
import sys
from typing import Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import open_desk, refusals
from mailbot.cli.output import HERE, SiteOption

# Objects made before the youngest of them are searched for cycles; seconds that a thread may keep the interpreter.
YOUNG = 10_000
SWITCH = 0.001
# mallopt(3): what is larger is given back when it is freed.
M_MMAP_THRESHOLD, LARGE = -3, 1024 * 1024

db = typer.Typer(no_args_is_help=True, help="The database.")


def run(
    site: SiteOption = HERE,
    once: Annotated[bool, typer.Option("--once", help="Work off everything that is there, then exit.")] = False,
) -> None:
    """Run the robot: receive, judge, answer. Ctrl-C or SIGTERM ends it after the step in hand."""
    from mailbot.daemon import Daemon
    from mailbot.watchdog import watchdog
    from mailbot.work.mailboxes import alone_here
    from mailbot.work.opening import only_daemon

    _log_to_stderr()
    _run_for_long()
    desk = open_desk(site, make=True, offline=False, rules=True)
    for fault in desk.press.faults:
        output.complain(f"{fault}; the shipped template serves instead")
    with refusals(), only_daemon(desk.database):
        if desk.database.is_sqlite:
            alone_here(desk)
        daemon = Daemon(desk, once=once, watchdog=watchdog(os.environ, os.getpid()))
        daemon.stop_on_signals()
        if not daemon.run():
            raise typer.Exit(1)


@db.command()
def upgrade(site: SiteOption = HERE) -> None:
    """Bring the database to the schema of this version. Stop the daemons first."""
    from mailbot.work.opening import upgrade as bring

    with refusals():
        was, is_ = bring(output.load(site, offline=True).site.database)
    print(f"schema {is_}: nothing to do" if was == is_ else f"schema {was or '(none)'} upgraded to {is_}")


def _run_for_long() -> None:
    """What is loaded by now lives as long as the process: looking at it for cycles, again and again, cost a seventh of
    the judge's time. And the sender, who needs moments only, shall not wait 5 ms for each while the judge thinks. And
    glibc, left alone, learns from the first mail of 25 MiB to keep the memory of all others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    sys.setswitchinterval(SWITCH)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # other C libraries have none
        mallopt(M_MMAP_THRESHOLD, LARGE)


def _log_to_stderr() -> None:
    """One line an event, and in it neither address nor subject nor text (RC-18)."""
    shape = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=shape)
    # The clock would log each run of a job, and libraries log what they carry.
    for name in ("apscheduler", "imapclient", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
