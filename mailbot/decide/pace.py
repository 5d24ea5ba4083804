"""Who answers within seconds, again and again, is no person: what tells robots that say nothing of themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailbot.decide.case import Case
from mailbot.model import Words

# Reliability 5.5: three new matters in ten minutes, each within a minute after another automatic mail of ours. Replies
# do not count: they are not acknowledged, so no circle comes of them, and people may reply as quickly as they can.
QUICK = timedelta(seconds=60)
WITHIN = timedelta(minutes=10)
TIMES = 3
ROBOT_FOR = timedelta(hours=24)

WHY = "this address answered our mail within seconds, three times in ten minutes, as robots do"


def robot_until(case: Case) -> datetime | None:
    """Until when the author is taken for a robot, None where he may be a person."""
    until = last_quick(case.known.told, (*case.known.heard, case.arrival.received_at))
    return until + ROBOT_FOR if until and case.now < until + ROBOT_FOR else None


def told(until: datetime) -> Words:
    """What agents read of it. Times are UTC."""
    when = f"{until:%Y-%m-%d %H:%M} UTC"
    return Words(
        f"en quelques secondes, trois fois en dix minutes : rien d’automatique ne part vers elle avant le {when}",
        f"within seconds, three times in ten minutes: nothing automatic goes to it before {when}",
    )


def last_quick(told: Sequence[datetime], heard: Sequence[datetime]) -> datetime | None:
    """When the last of three quick answers came. Each answers another mail: impatience after one is no robot's."""
    quick = _quick(sorted(told), sorted(heard))
    ended = (last for first, last in zip(quick, quick[TIMES - 1 :], strict=False) if last - first <= WITHIN)
    return max(ended, default=None)


def may_be_quick(told: Sequence[datetime]) -> bool:
    """Whether so many mails went to an address in so short a time that answers to them could be."""
    times = sorted(told)
    return any(last - first <= WITHIN + QUICK for first, last in zip(times, times[TIMES - 1 :], strict=False))


def _quick(told: Sequence[datetime], heard: Sequence[datetime]) -> list[datetime]:
    found: list[datetime] = []
    n = 0
    for mail in told:
        # INTERNALDATE is in whole seconds: what came in the mail's own second may be the letter that it answers.
        while n < len(heard) and heard[n] <= mail:
            n += 1
        if n < len(heard) and heard[n] < mail + QUICK:
            found.append(heard[n])
            n += 1
    return found
