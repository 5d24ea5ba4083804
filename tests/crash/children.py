"""Work in forks: the parent has no thread, so a child is a whole robot within milliseconds."""

import gc
import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from mailbot.store.engine import Database


def in_child(database: Database, work: Callable[[], None], complaints: Path) -> int:
    """Gives the wait status. No connection stays open over the fork."""
    database.engine.dispose()
    return os.waitpid(_forked(work, complaints), 0)[1]


def side_by_side(works: Sequence[Callable[[], None]], complaints: Sequence[Path]) -> None:
    """Each in a process of its own. Raises AssertionError with what one of them complains of."""
    gc.collect()
    # What is there already stays in pages that parent and children share.
    gc.freeze()
    pids = [_forked(work, file) for work, file in zip(works, complaints, strict=True)]
    gc.unfreeze()
    statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    for status, file in zip(statuses, complaints, strict=True):
        assert status == 0, file.read_text()


def cores() -> int:
    return len(os.sched_getaffinity(0))


def _forked(work: Callable[[], None], complaints: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    # It does not live long enough to leave anything to collect.
    gc.disable()
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of the child may go on as the parent
        complaints.write_text(traceback.format_exc())
    finally:
        os._exit(status)
