"""SIGKILL before and after every statement, commit and return of a connection: the ledger comes out the same."""

import json
import os
import signal
from itertools import count
from pathlib import Path

from sqlalchemy import event

from crash.children import in_child, side_by_side
from crash.rig import LAST, Rig
from crash.robot import work_off
from mailbot.store.engine import Database
from mailbot.work import mailboxes

STATEMENTS = ("before_cursor_execute", "after_cursor_execute")
BETWEEN = ("commit", "rollback", "checkin")


def test_a_death_at_any_event_of_the_database_loses_nothing_and_doubles_nothing(rigs: list[Rig]) -> None:
    shares = [lambda first=n, rig=rig: die_and_recover(rig, first, len(rigs)) for n, rig in enumerate(rigs, 1)]
    side_by_side(shares, [rig.complaints for rig in rigs])
    reports = [json.loads(_report(rig).read_text()) for rig in rigs]
    deaths, again = (sum(report[name] for report in reports) for name in ("deaths", "again"))
    print(f"{deaths} deaths; {again} mails sent again, each under its Message-ID")
    assert deaths > 300
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
        kill_at(n, rig.world.database, place)
        desk = rig.world.desk("first")
        work_off(desk, rig.world.inboxes(LAST))
        mailboxes.leave(desk)

    status = in_child(rig.world.database, work, rig.complaints)
    assert os.WIFSIGNALED(status) or status == 0, rig.complaints.read_text()
    return os.WIFSIGNALED(status)


def kill_at(n: int, database: Database, place: Path) -> None:
    """In the child: ends it at the n-th event, and leaves word where that was."""
    ticks = count(1)

    def tick(name: str, statement: str) -> None:
        if next(ticks) == n:
            place.write_text(f"{name} {' '.join(statement.split())[:100]}")
            os.kill(os.getpid(), signal.SIGKILL)

    for name in STATEMENTS:
        event.listen(database.engine, name, lambda *given, name=name: tick(name, given[2]))
    for name in BETWEEN:
        event.listen(database.engine, name, lambda *given, name=name: tick(name, ""))


def _report(rig: Rig) -> Path:
    return rig.complaints.with_name("report")
