"""RC-11: the database may fail at any statement; what was to be done is done later, whole, and once."""

from itertools import count
from pathlib import Path

from crash import oracle
from crash.children import in_child, side_by_side
from crash.faults import Fault, fail_at
from crash.rig import LAST, Rig
from crash.robot import persevere, sound

# Whatever these do, the robot knows the fate of every mail it sent; the others may cut it off from its ledger.
ONCE = frozenset({Fault.BUSY, Fault.FULL, Fault.DEADLOCK, Fault.LOST, Fault.LOST_AFTER})
FAULTS = {
    "sqlite": ((Fault.BUSY, Fault.FULL), (Fault.BUSY_FOR_LONG,), (Fault.REFUSED,)),
    "postgresql": ((Fault.DEADLOCK, Fault.LOST, Fault.LOST_AFTER, Fault.REFUSED),),
}


def test_an_error_at_any_statement_leaves_no_half_event(rigs: list[Rig]) -> None:
    kinds = FAULTS[rigs[0].world.database.engine.dialect.name]
    shares = [
        lambda first=n, rig=rig: fail_and_persevere(rig, first, len(rigs), kinds) for n, rig in enumerate(rigs, 1)
    ]
    side_by_side(shares, [rig.complaints for rig in rigs])
    errors = sum(int(_report(rig).read_text()) for rig in rigs)
    print(f"{errors} errors")
    assert errors > 150


def fail_and_persevere(rig: Rig, first: int, step: int, kinds: tuple[tuple[Fault, ...], ...]) -> None:
    """At every step-th statement from the first on, until there is none left; where faults are alike, in turn."""
    expected = rig.expected()
    errors = 0
    for n in count(first, step):
        for alike in kinds:
            if not struck(rig, n, alike[n // step % len(alike)], expected):
                _report(rig).write_text(str(errors))
                return
            errors += 1


def struck(rig: Rig, n: int, fault: Fault, expected: oracle.Story) -> bool:
    rig.put_back()
    database, place = rig.world.database, rig.complaints.with_name("place")
    place.unlink(missing_ok=True)

    def work() -> None:
        fail_at(n, fault, database, place)
        persevere(rig.world, LAST)

    status = in_child(database, work, rig.complaints)
    where = f"{fault} at statement {n}, {place.read_text() if place.exists() else 'which there was not'}"
    assert status == 0, f"{where}\n{rig.complaints.read_text()}"
    with database.engine.connect() as conn:
        told = oracle.story(conn)
        assert told == expected, f"{where}: {told - expected} instead of {expected - told}"
        assert oracle.ledger_agrees(conn), where
        doubtful = frozenset[str]() if fault in ONCE else oracle.all_mails(conn)
        oracle.sent_again(conn, doubtful, rig.first + rig.relay.read())
    assert sound(database), where
    return place.exists()


def _report(rig: Rig) -> Path:
    return rig.complaints.with_name("report")
