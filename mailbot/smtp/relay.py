"""The relay as the sending thread sees it: it gives letters and records answers, and is never in asyncio."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self, TypeVar

from mailbot.model import Smtp
from mailbot.smtp.answer import STOPPED, Answer, Halt, Letter, Mark
from mailbot.smtp.connection import Timeouts
from mailbot.smtp.flow import Flow, Report, Wake
from mailbot.smtp.pool import Pool

Claim = Callable[[int], Sequence[Letter]]
"""The next letters to send, at most so many; fewer where no more are due now."""

Record = Callable[[Sequence[Mark | Answer]], None]
"""Commits these, in their order, before it returns."""

_T = TypeVar("_T")

# Letters in hand for each connection: claims are commits, and few letters should come back when we stop.
_DEPTH = 16


class Relay:
    """Connections are kept from one send() to the next. One send() at a time."""

    def __init__(self, settings: Smtp, hello: str, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._stopped = False
        self._flow: Flow | None = None
        self._sending = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        self._pool = Pool(settings, hello, self._timeouts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, claim: Claim, record: Record) -> Halt | None:
        """Sends until `claim` gives nothing and all is answered, or returns what it could not send, and why it halted.

        Both are called in this thread. A letter's text leaves only after `record` has returned with its Mark, and its
        Answer goes to `record` as soon as it is known: each call gets all that gathered during the one before. What
        either raises ends the sending at once: letters marked and not answered remain in doubt.
        """
        with self._sending:
            if self._loop.is_closed():
                return STOPPED
            self._flow = flow = Flow(self._pool, self._settings.connections)
            try:
                return STOPPED if self._stopped else self._pump(flow, claim, record)
            finally:
                self._flow = None
                self._wait(flow.abandon())

    @property
    def gathered(self) -> int:
        """Steps that wait for `record`: above a few for long, the database is what holds up the mail."""
        flow = self._flow
        return flow.reports.qsize() if flow is not None else 0

    def wake(self) -> None:
        """There may be more to claim: a running send() asks again. From any thread."""
        if (flow := self._flow) is not None:
            flow.reports.put(Wake.WAKE)

    def stop(self) -> None:
        """Begins no letter any more; send() returns when those handed over are answered, or after Timeouts.stop.

        From any thread and from a signal handler.
        """
        self._stopped = True
        if (flow := self._flow) is not None:
            self._loop.call_soon_threadsafe(flow.stop, self._timeouts.stop)

    def close(self) -> None:
        """stop(), waits for send(), then ends all connections. Not from within `claim` or `record`."""
        self.stop()
        with self._sending:
            if self._loop.is_closed():
                return
            self._wait(self._pool.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _pump(self, flow: Flow, claim: Claim, record: Record) -> Halt | None:
        room = _DEPTH * self._settings.connections
        halt: Halt | None = None
        more, in_hand = True, 0
        while more or in_hand:
            if more and in_hand <= room // 2:
                letters = claim(room - in_hand)
                more = len(letters) == room - in_hand
                in_hand += len(letters)
                self._loop.call_soon_threadsafe(flow.offer, letters)
            if not in_hand:
                continue
            for report in self._recorded(flow, record):
                match report:
                    case Answer():
                        in_hand -= 1
                    case Halt():
                        halt = report
                    case Wake():
                        more = True
                    case BaseException():
                        raise report
            more = more and halt is None
        return halt

    def _recorded(self, flow: Flow, record: Record) -> list[Report]:
        """All that is reported by now, at least one, after it was recorded."""
        reports = [flow.reports.get()]
        while not flow.reports.empty():
            reports.append(flow.reports.get())
        steps = [report for report in reports if isinstance(report, Mark | Answer)]
        if steps:
            record(steps)
        marks = [step.id for step in steps if isinstance(step, Mark)]
        if steps:
            self._loop.call_soon_threadsafe(flow.recorded, marks, len(steps) - len(marks))
        return reports

    def _wait(self, step: Coroutine[None, None, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result()
