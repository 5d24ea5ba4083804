"""An outbox in memory: what the deliver step keeps in its database, for tests of the relay's door."""

import threading
import time
from collections.abc import Callable, Sequence

from mailbot.model import Smtp, Transport
from mailbot.smtp import Answer, Halt, Letter, Mark, Relay, Timeouts, Verdict

HELLO = "tickets.example.com"

PATIENCE = 10.0

Step = Mark | Answer


def settings(
    port: int,
    *,
    connections: int = 1,
    username: str = "",
    password: str = "",
    security: Transport = Transport.NONE,
    ca_file: str | None = None,
    host: str = "localhost",
) -> Smtp:
    return Smtp(host, port, security, username, password, connections, ca_file)


def letter(
    id: int, recipient: str = "", envelope_from: str = "support@example.com", body: bytes = b"Bonjour"
) -> Letter:
    recipient = recipient or f"client{id}@example.net"
    raw = b"Message-ID: <mb.%d@tickets.example.com>\r\nSubject: Votre demande\r\n\r\n%s\r\n" % (id, body)
    return Letter(id, envelope_from, recipient, raw)


class Outbox:
    """Gives its letters in order and keeps what is recorded; `committed` is called with each group first."""

    def __init__(self, letters: Sequence[Letter], committed: Callable[[Sequence[Step]], None] | None = None) -> None:
        self.waiting = list(letters)
        self.steps: list[Step] = []
        self.groups: list[int] = []
        self.claims: list[int] = []
        self.changed = threading.Condition()
        self._committed = committed

    def claim(self, room: int) -> Sequence[Letter]:
        with self.changed:
            taken, self.waiting = self.waiting[:room], self.waiting[room:]
            self.claims.append(len(taken))
            self.changed.notify_all()
        return taken

    def record(self, steps: Sequence[Step]) -> None:
        if self._committed is not None:
            self._committed(steps)
        with self.changed:
            self.steps.extend(steps)
            self.groups.append(len(steps))
            self.changed.notify_all()

    @property
    def answers(self) -> dict[int, Answer]:
        """The last of each letter."""
        return {step.id: step for step in self.steps if isinstance(step, Answer)}

    @property
    def verdicts(self) -> dict[int, Verdict]:
        return {id: answer.verdict for id, answer in self.answers.items()}

    @property
    def in_doubt(self) -> set[int]:
        """Marked, and the mark not lifted since."""
        marked = set()
        for step in self.steps:
            match step:
                case Mark(id):
                    marked.add(id)
                case Answer(id, verdict) if verdict is not Verdict.UNKNOWN:
                    marked.discard(id)
        return marked

    def ever_marked(self, id: int) -> bool:
        return Mark(id) in self.steps

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), "the outbox waited in vain"


class Sending:
    """A send() in a thread of its own."""

    def __init__(self, relay: Relay, outbox: Outbox) -> None:
        self.halt: Halt | None = None
        self._thread = threading.Thread(target=self._send, args=(relay, outbox))
        self._thread.start()

    def _send(self, relay: Relay, outbox: Outbox) -> None:
        self.halt = relay.send(outbox.claim, outbox.record)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> Halt | None:
        self._thread.join(PATIENCE)
        assert not self.running, "send() did not return"
        return self.halt


def until(condition: Callable[[], bool]) -> None:
    """For what nobody tells of."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.001)


def sent_over(smtp: Smtp, letters: Sequence[Letter], timeouts: Timeouts | None = None) -> Outbox:
    """One send() over connections of its own."""
    outbox = Outbox(letters)
    with Relay(smtp, HELLO, timeouts) as relay:
        relay.send(outbox.claim, outbox.record)
    return outbox
