"""What is handed to the relay and what it answered, as values; how long to wait before the next try."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

REPLY_LENGTH = 300

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(seconds=4000)

LIFETIME = timedelta(days=5)
"""How long a mail is tried before it has failed (RFC 5321 section 4.5.4.1: at least 4-5 days)."""

# RFC 4954 section 6: no login, mechanism too weak, wrong credentials, encryption wanted.
# They speak of us, never of the recipient.
_ABOUT_US = frozenset({530, 534, 535, 538})
_CLOSING = 421


@dataclass(frozen=True, slots=True)
class Letter:
    """One outbox row: the finished bytes for one recipient. `envelope_from` "" is the null sender."""

    id: int
    envelope_from: str
    recipient: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """This letter is about to be handed over: in doubt until its Answer is recorded (RFC 1047)."""

    id: int


class Verdict(StrEnum):
    """retry, failed and returned also lift a Mark; unknown leaves it.

    retry: not accepted now. failed: never, for this recipient. unknown: the text went out and no answer came.
    blocked: the relay refuses us, not the letter. returned: not tried, counts as no attempt.
    """

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a letter; `reply` is one printable line: the relay's reply or our reason."""

    id: int
    verdict: Verdict
    reply: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Why sending ended before everything was sent. `blocked`: only a person can help.

    `refused`: so was our login, and asking again soon could lock the account.
    """

    reason: str
    blocked: bool
    refused: bool = False


STOPPED = Halt("mailbot is stopping", blocked=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the relay (RFC 5321 section 4.2)."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.code <= 299

    @property
    def proceed(self) -> bool:
        return 300 <= self.code <= 399

    @property
    def closing(self) -> bool:
        return self.code == _CLOSING

    @property
    def verdict(self) -> Verdict:
        """By the first digit, as RFC 5321 section 4.2.1 asks, but for the codes that speak of our login."""
        if self.accepted:
            return Verdict.SENT
        if self.code in _ABOUT_US:
            return Verdict.BLOCKED
        return Verdict.RETRY if self.code < 500 else Verdict.FAILED

    def __str__(self) -> str:
        return one_line(f"{self.code} {self.text}")


def one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else "?" for sign in line)
    return line[:REPLY_LENGTH]


def pause(
    attempts: int, jitter: float, first: timedelta = FIRST_PAUSE, longest: timedelta = LONGEST_PAUSE
) -> timedelta:
    """How long to wait after so many failed attempts: doubling, and up to a quarter longer by `jitter` (0 to 1).

    The defaults are for a letter; a relay that cannot be reached at all may be asked sooner.
    """
    doublings = min(max(attempts - 1, 0), 32)
    return min(first * (1 << doublings), longest) * (1 + jitter / 4)


def rest(halt: Halt, times: int, jitter: float) -> timedelta:
    """How long to leave a relay alone that halted so many times in a row (F-093: a queue that stops, no lock-out)."""
    match halt:
        case Halt(refused=True):
            return pause(times, jitter, timedelta(seconds=60), timedelta(minutes=15))
        case Halt(blocked=True):
            return pause(times, jitter, timedelta(seconds=5), timedelta(seconds=60))
    return timedelta(seconds=5)
