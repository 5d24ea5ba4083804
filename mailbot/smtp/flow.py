"""Letters through connections side by side: all in the event loop's thread, reported to the sending thread."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from queue import SimpleQueue

from mailbot.smtp.answer import STOPPED, Answer, Halt, Letter, Mark, Reply, Verdict
from mailbot.smtp.connection import Connection, Lost
from mailbot.smtp.envelope import Envelope, as_transmitted, envelope
from mailbot.smtp.opening import Blocked, LoginRefused, Unreachable
from mailbot.smtp.pool import Pool


class Wake(Enum):
    """There may be more to send."""

    WAKE = "wake"


Report = Mark | Answer | Halt | Wake | BaseException

_SWALLOWED = 0.05


@dataclass(slots=True, eq=False)
class Lane:
    """One letter at a time over one connection. `handed`: the present letter's text has gone out."""

    connection: Connection | None = None
    handed: bool = False


class Flow:
    """What one send() has in hand. Every letter offered gets exactly one Answer."""

    def __init__(self, pool: Pool, width: int) -> None:
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self._pool = pool
        self._width = width
        self._letters: deque[Letter] = deque()
        self._marks: dict[int, asyncio.Future[None]] = {}
        self._ahead = 0
        self._lanes: dict[asyncio.Task[None], Lane] = {}
        self._running = 0
        self._halt: Halt | None = None

    def offer(self, letters: Sequence[Letter]) -> None:
        self._letters.extend(letters)
        if self._halt is not None:
            self._return_letters(self._halt)
        for _ in range(min(len(self._letters), self._width - self._running)):
            lane = Lane()
            self._running += 1
            task = asyncio.get_running_loop().create_task(self._run(lane))
            self._lanes[task] = lane
            task.add_done_callback(self._ended)
        self._mark_ahead()

    def recorded(self, marks: Sequence[int], answers: int) -> None:
        """These marks are durable: their letters may go out. And so many answers came in while that was recorded.

        Of letters more, so many could have gone out meanwhile, and twice as many can while the next are recorded: they
        are marked ahead. Where the relay takes longer than the database that is one or two: no letter is in doubt
        that is not about to go.
        """
        for id in marks:
            waiting = self._marks.get(id)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        self._ahead = 2 * answers
        self._mark_ahead()

    def stop(self, patience: float) -> None:
        """No new letter; those handed over may wait so many seconds for their answer."""
        self._end(STOPPED)
        for task, lane in self._lanes.items():
            if not lane.handed:
                task.cancel()
        asyncio.get_running_loop().call_later(patience, self._cut)

    async def abandon(self) -> None:
        """Leaves everything as it is."""
        self._letters.clear()
        while self._lanes:
            self._cut()
            # Again and again: in Python 3.11 asyncio.wait_for may swallow a cancellation that comes with a reply.
            await asyncio.wait(tuple(self._lanes), timeout=_SWALLOWED)

    async def _run(self, lane: Lane) -> None:
        try:
            going = True
            while going and self._letters:
                going = await self._serve(lane, self._letters.popleft())
            if lane.connection is not None:
                self._pool.keep(lane.connection)
                lane.connection = None
        finally:
            self._running -= 1
            # A connection on which something was cancelled is out of step for ever.
            if lane.connection is not None:
                lane.connection.close()

    async def _serve(self, lane: Lane, letter: Letter) -> bool:
        """False where this lane shall end."""
        lane.handed = refused = False
        try:
            answer = await self._carry(lane, letter)
        except Lost as lost:
            answer = Answer(letter.id, Verdict.UNKNOWN if lane.handed else Verdict.RETRY, str(lost))
        except Blocked as blocked:
            answer = Answer(letter.id, Verdict.BLOCKED, str(blocked))
            refused = isinstance(blocked, LoginRefused)
        except Unreachable as error:
            return self._without_connection(letter, str(error))
        except asyncio.CancelledError:
            verdict = Verdict.UNKNOWN if lane.handed else Verdict.RETURNED
            self._answer(Answer(letter.id, verdict, STOPPED.reason))
            raise
        self._answer(answer)
        if answer.verdict is Verdict.BLOCKED:
            self._end(Halt(answer.reply, blocked=True, refused=refused))
        return True

    def _without_connection(self, letter: Letter, reason: str) -> bool:
        """A relay that takes fewer connections than we like still takes letters over those that it took."""
        if self._halt is not None:
            self._answer(Answer(letter.id, Verdict.RETURNED, self._halt.reason))
        elif any(lane.connection is not None and lane.connection.open for lane in self._lanes.values()):
            self._letters.appendleft(letter)
            self._width = self._running - 1
        else:
            self._answer(Answer(letter.id, Verdict.RETRY, reason))
            self._end(Halt(reason, blocked=False))
        return False

    async def _carry(self, lane: Lane, letter: Letter) -> Answer:
        """One transaction (RFC 5321 section 3.3) with one recipient, so that no refusal concerns anybody else."""
        addressed = envelope(letter)
        if addressed is None:
            return Answer(letter.id, Verdict.FAILED, "not sent: the address cannot be written in SMTP")
        connection, reply = await self._begin(lane, addressed)
        if reply.accepted:
            reply = await connection.rcpt(addressed)
        if reply.accepted:
            await self._mark(letter.id)
            reply = await connection.data()
        if reply.proceed:
            connection.hand_over(as_transmitted(letter.raw))
            lane.handed = True
            reply = await connection.final_reply()
        return Answer(letter.id, reply.verdict, str(reply))

    async def _begin(self, lane: Lane, addressed: Envelope) -> tuple[Connection, Reply]:
        """MAIL. A connection that the relay gave up since an earlier letter is replaced once: that is no attempt."""
        connection = lane.connection
        if connection is None or not connection.open:
            connection = lane.connection = self._pool.kept() or await self._open()
        if connection.used:
            try:
                reply = await connection.mail(addressed)
            except Lost:
                reply = None
            if reply is not None and not reply.closing:
                return connection, reply
            connection = lane.connection = await self._open()
        return connection, await connection.mail(addressed)

    async def _open(self) -> Connection:
        async with self._pool.turn:
            if self._halt is not None:
                raise Unreachable(self._halt.reason)
            return await self._pool.opened()

    def _answer(self, answer: Answer) -> None:
        # Should the letter come again, it is to be marked again.
        self._marks.pop(answer.id, None)
        self.reports.put(answer)

    def _mark(self, id: int) -> asyncio.Future[None]:
        """Done when the mark is durable."""
        if id not in self._marks:
            self._marks[id] = asyncio.get_running_loop().create_future()
            self.reports.put(Mark(id))
        return self._marks[id]

    def _mark_ahead(self) -> None:
        for letter in islice(self._letters, self._ahead):
            self._mark(letter.id)

    def _cut(self) -> None:
        for task in self._lanes:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._lanes[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self.reports.put(error)

    def _end(self, halt: Halt) -> None:
        if self._halt is None:
            self._halt = halt
            self.reports.put(halt)
        self._return_letters(halt)

    def _return_letters(self, halt: Halt) -> None:
        while self._letters:
            self._answer(Answer(self._letters.popleft().id, Verdict.RETURNED, halt.reason))
