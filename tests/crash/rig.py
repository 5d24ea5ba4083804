"""One world with all it stands on, ready to be put back as often as a robot died in it."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from databases import Source
from servers.process import Process, free_port
from servers.recording_smtp import Accepted, Record

from crash import oracle, scenario
from crash.children import in_child
from crash.folder import Marks
from crash.robot import World, recover, sound
from mailbot.store.register import import_register

RELAY = Path(__file__).parents[1] / "servers" / "recording_smtp.py"
# Above every UID of the scenario.
LAST = 99


@dataclass(frozen=True, slots=True)
class Rig:
    """`first` is what the relay got before anything died, `complaints` what a child says that ended badly."""

    source: Source
    world: World
    relay: Record
    first: list[Accepted]
    complaints: Path

    def put_back(self) -> None:
        self.source.put_back(self.world.database)
        self.world.marks.forget()
        self.relay.forget()

    def outside(self) -> tuple[int, int]:
        """Grows with all that the relay and the mailboxes got to hear."""
        return self.relay.file.stat().st_size, self.world.marks.file.stat().st_size

    def expected(self) -> oracle.Story:
        """What becomes of it all where nothing dies. This process has then done it once and is warm."""
        self.put_back()
        recover(self.world, LAST)
        with self.world.database.engine.connect() as conn:
            return oracle.story(conn)

    def recovered(self, expected: oracle.Story, where: str) -> int:
        """After a death: a second robot comes, and all is as it should be; gives the mails that went out twice."""
        database = self.world.database
        with database.engine.connect() as conn:
            left = oracle.wreck(conn)
        assert oracle.unmarked_before_commit(left, self.world.marks.read()), where
        assert in_child(database, lambda: recover(self.world, LAST), self.complaints) == 0, self._said(where)
        with database.engine.connect() as conn:
            told = oracle.story(conn)
            assert told == expected, f"{where}: {told - expected} instead of {expected - told}"
            assert oracle.ledger_agrees(conn), where
            again = oracle.sent_again(conn, left.in_doubt, self.first + self.relay.read())
        assert sound(database), where
        return again

    def _said(self, where: str) -> str:
        return f"{where}\n{self.complaints.read_text() if self.complaints.exists() else 'a child was killed'}"


@contextmanager
def standing(source: Source, folder: Path) -> Iterator[Rig]:
    """With FIRST answered, and a relay of its own."""
    port, relay = free_port(), Record(folder / "mails")
    server = Process([sys.executable, RELAY, str(port), relay.file], folder / "relay.log")
    with ExitStack() as end:
        end.callback(server.stop)
        server.wait_for(port)
        database = source.fresh()
        end.callback(database.engine.dispose)
        with database.engine.begin() as conn:
            import_register(conn, scenario.REGISTER)
        came = datetime.now(UTC) - timedelta(minutes=1)
        world = World(database, scenario.robot(port), Marks(folder / "marks"), came)
        recover(world, upto=1)
        source.keep(database)
        yield Rig(source, world, relay, relay.read(), folder / "complaints")
