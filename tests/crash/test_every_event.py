"""SIGKILL after every statement and commit, and wherever mail has gone out since: the ledger comes out the same.

A death between two of these leaves the same world behind as the death before it: what it only read nobody sees.
"""

import json
import os
import signal
from itertools import count
from pathlib import Path

from sqlalchemy import event

from crash.children import in_child, side_by_side
from crash.rig import LAST, Rig
from crash.robot import work_off
from mailbot.work import mailboxes

READING = ("SELECT", "PRAGMA", "BEGIN")


def test_a_death_at_any_event_of_the_database_loses_nothing_and_doubles_nothing(rigs: list[Rig]) -> None:
    shares = [lambda first=n, rig=rig: die_and_recover(rig, first, len(rigs)) for n, rig in enumerate(rigs, 1)]
    side_by_side(shares, [rig.complaints for rig in rigs])
    reports = [json.loads(_report(rig).read_text()) for rig in rigs]
    deaths, again = (sum(report[name] for report in reports) for name in ("deaths", "again"))
    print(f"{deaths} deaths; {again} mails sent again, each under its Message-ID")
    assert deaths > 100
    assert again > 0


def die_and_recover(rig: Rig, first: int, step: int) -> None:
    """At every step-th event from the first on, until a robot comes through alive."""
    expected = rig.expected()
    place, deaths, again = rig.complaints.with_name("place"), 0, 0
    for n in count(first, step):
        rig.put_back()
        if not died(rig, n, place):
            break
        deaths += 1
        again += rig.recovered(expected, f"killed at event {n}, {place.read_text()}")
    _report(rig).write_text(json.dumps({"deaths": deaths, "again": again}))


def died(rig: Rig, n: int, place: Path) -> bool:
    def work() -> None:
        kill_at(n, rig, place)
        desk = rig.world.desk("first")
        work_off(desk, rig.world.inboxes(LAST))
        mailboxes.leave(desk)

    status = in_child(rig.world.database, work, rig.complaints)
    assert os.WIFSIGNALED(status) or status == 0, rig.complaints.read_text()
    return os.WIFSIGNALED(status)


def kill_at(n: int, rig: Rig, place: Path) -> None:
    """In the child: ends it in the n-th world that it would leave behind, and leaves word where that was."""
    worlds, writes, engine = count(1), 0, rig.world.database.engine
    seen = (writes, rig.outside())

    def may_die(moment: str, statement: str = "") -> None:
        nonlocal seen
        world = (writes, rig.outside())
        if world == seen:
            return
        seen = world
        if next(worlds) == n:
            place.write_text(f"{moment} {' '.join(statement.split())[:100]}")
            os.kill(os.getpid(), signal.SIGKILL)

    def executed(statement: str) -> None:
        nonlocal writes
        writes += not statement.startswith(READING)
        may_die("after", statement)

    def commits() -> None:
        nonlocal writes
        may_die("before COMMIT")
        writes += 1

    event.listen(engine, "before_cursor_execute", lambda *given: may_die("before", given[2]))
    event.listen(engine, "after_cursor_execute", lambda *given: executed(given[2]))
    event.listen(engine, "commit", lambda conn: commits())
    event.listen(engine, "checkin", lambda *given: may_die("at the end"))


def _report(rig: Rig) -> Path:
    return rig.complaints.with_name("report")
