"""Everything is looked at side by side and within a time: a host that says nothing holds up nobody."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mailbot.work.doctor.finding import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Examination:
    """`run` may wait for as long as it likes; what it has found by the end of the time counts."""

    about: str
    run: Callable[[], Iterable[Finding]]


@dataclass(slots=True)
class _Visit:
    examination: Examination
    found: list[Finding] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    whole: bool = False

    def make(self) -> None:
        try:
            for finding in self.examination.run():
                self.found.append(finding)
            self.whole = True
        finally:
            self.over.set()


def rounds(examinations: Sequence[Examination], seconds: float) -> Iterator[Finding]:
    """In the order of the examinations, each as soon as it is over."""
    visits = [_Visit(examination) for examination in examinations]
    for visit in visits:
        # Daemons: one that hangs in a name server's silence keeps no process alive.
        threading.Thread(target=visit.make, name=f"doctor-{visit.examination.about}", daemon=True).start()
    end = time.monotonic() + seconds
    for visit in visits:
        in_time = visit.over.wait(max(end - time.monotonic(), 0))
        yield from tuple(visit.found)
        if not in_time:
            advice = "See whether host, port and network are right"
            yield _ended(visit, "time", f"no answer within {seconds:.0f} s", advice)
        elif not visit.whole:
            # Its thread has told of the exception.
            yield _ended(visit, "examination", "it broke off", "Report it, with what was said of it above")


def _ended(visit: _Visit, check: str, how: str, advice: str) -> Finding:
    after = f" after {visit.found[-1].check}" if visit.found else ""
    says = f"{how}{after}; nothing more was looked at"
    return Finding(visit.examination.about, check, Verdict.PROBLEM, says, advice)
