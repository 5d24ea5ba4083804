"""The robot as one thread: everything that the daemon does, once, in one order. A second one recovers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crash.folder import Inbox, Marks
from crash.scenario import POISON, letters
from mailbot.imap import Connection
from mailbot.model import SENT, Message, Reading, Sending, Site
from mailbot.parsers.message import parse
from mailbot.render import press
from mailbot.sandbox import Crash, Sandbox
from mailbot.smtp import Relay
from mailbot.store import listing
from mailbot.store.engine import Database
from mailbot.store.leases import LIFE
from mailbot.work import mailboxes, transactions
from mailbot.work.answers import Answers
from mailbot.work.care import CAREFREE
from mailbot.work.deliver import deliver
from mailbot.work.desk import Desk
from mailbot.work.marks import clear_out
from mailbot.work.process import process
from mailbot.work.receive import receive_late
from mailbot.work.tell import tell

# A robot that needs more goes round in circles.
PASSES = 6
# Between them every pause is over.
HOURS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Reader:
    """In the sandbox's place, in this very process: a poison letter does not kill it but says so."""

    reading: Reading

    def begin(self, raws: Sequence[bytes]) -> "Reader.Batch":
        return Reader.Batch(tuple(self._read(raw) for raw in raws))

    def _read(self, raw: bytes) -> Message | Crash:
        return Crash("poison") if POISON in raw else parse(raw, self.reading)

    @dataclass(frozen=True, slots=True)
    class Batch:
        read: tuple[Message | Crash, ...]

        def result(self) -> tuple[Message | Crash, ...]:
            return self.read


@dataclass(frozen=True, slots=True)
class World:
    """What outlives the robot: its database, the mail servers, the time when all this mail came."""

    database: Database
    site: Site
    marks: Marks
    came: datetime

    def desk(self, holder: str, later: timedelta = timedelta(0)) -> Desk:
        return Desk(self.database, self.site, press(self.site, {}), holder, lambda: datetime.now(UTC) + later)

    def inboxes(self, upto: int) -> dict[str, Inbox]:
        """With the letters whose UID is not above that."""
        there = {
            place: {uid: raw for uid, raw in found.items() if uid <= upto}
            for place, found in letters(self.site).items()
        }
        return {
            box.key: Inbox(box.key, there[box.key], there.get(box.key + SENT, {}), self.came, self.marks)
            for box in self.site.mailboxes
        }


def work_off(desk: Desk, inboxes: dict[str, Inbox], *, anew: bool = True) -> None:
    mailboxes.beat(desk)
    mine = [mailbox for mailbox in desk.site.mailboxes if mailboxes.take(desk, mailbox, anew=anew)]
    for mailbox in mine:
        connection = cast(Connection, inboxes[mailbox.key])
        Answers(desk, mailbox).look(connection, _nothing, CAREFREE)
        receive_late(desk, mailbox, connection, _nothing)
        clear_out(desk, mailbox, connection)
    reader = cast(Sandbox, Reader(desk.site.robot.reading))
    process(desk, reader, lambda: False, _nothing)
    tell(desk)
    with Relay(desk.site.smtp, desk.site.robot.domain) as relay:
        deliver(desk, relay)


def recover(world: World, upto: int) -> None:
    """As a daemon started again: on SQLite a lock says that the dead one is dead, on PostgreSQL its leases run out."""
    desk = _started(world, "second")
    for round_ in range(PASSES):
        desk = replace(desk, now=world.desk("", LIFE * 2 + round_ * HOURS).now)
        work_off(desk, world.inboxes(upto))
        if not _left(desk):
            mailboxes.leave(desk)
            return
    raise AssertionError(f"work is left after {PASSES} passes")


def persevere(world: World, upto: int) -> None:
    """As a daemon does whose database fails: where that is only away it goes on, else it ends and is started again."""
    # `change` rests a little before it tries again.
    vars(transactions)["time"] = SimpleNamespace(sleep=lambda seconds: None)
    desk, anew = world.desk("first"), True
    for round_ in range(PASSES):
        desk = replace(desk, now=world.desk("", round_ * HOURS).now)
        try:
            work_off(desk, world.inboxes(upto), anew=anew)
            anew = False
            if not _left(desk):
                mailboxes.leave(desk)
                return
        except DBAPIError as error:
            if not transactions.is_away(error):
                desk, anew = _started(world, f"again-{round_}"), True
    raise AssertionError(f"work is left after {PASSES} passes")


def _started(world: World, holder: str) -> Desk:
    desk = world.desk(holder)
    if world.database.is_sqlite:
        mailboxes.alone_here(desk)
    return desk


def _left(desk: Desk) -> int:
    sums = transactions.look(desk.database, listing.sums)
    return sums.waiting + sum(count for name, count in sums.outgoing if name in (Sending.QUEUED, Sending.IN_DOUBT))


def _nothing() -> None:
    pass


def sound(database: Database) -> bool:
    """SQLite only: the file is whole."""
    if not database.is_sqlite:
        return True
    with database.engine.connect() as conn:
        whole = conn.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        return whole and not conn.execute(text("PRAGMA foreign_key_check")).all()
