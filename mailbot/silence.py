"""Whether the silence of a mailbox is unusual for the hour: the same hours of past weeks say how likely it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# Compared are so many past weeks; with fewer than the least there is nothing that could be called usual.
WEEKS = 8
FEWEST = 4
WEEK = timedelta(days=7)
YEAR = timedelta(days=365.25)
# Silences a year that are reckoned with at the least: a mailbox of few letters is missed at one chance in a hundred.
SILENCES = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start`, itself excluded, to `end`: a mail that ends one silence is no part of the next. Both UTC."""

    start: datetime
    end: datetime


def comparable(last: datetime, now: datetime, since: datetime, zone: str) -> tuple[Stretch, ...]:
    """The silence on the same weekdays and at the same local times of past weeks, the latest first.

    People write by the clock on the wall, so both ends are moved by calendar weeks: a night in which clocks change is
    an hour longer or shorter, and brings as much mail as any other. A silence of more than a week is compared with
    stretches that do not overlap. None begins before `since`, when we began to count.
    """
    begun, local = last.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    apart = max(-(-(now - last) // WEEK), 1) * WEEK
    moved = (Stretch(*((end - apart * n).astimezone(UTC) for end in (begun, local))) for n in range(1, WEEKS + 1))
    return tuple(stretch for stretch in moved if stretch.start >= since)


def chance(counts: Sequence[int]) -> float:
    """How likely such a stretch is to hold no mail at all, after how many it held in each of the past weeks.

    Mail of many independent people is a Poisson process; its rate at these hours is known from the weeks compared
    only, so the chance is the predictive one under Jeffreys' prior (Gelman et al., Bayesian Data Analysis, section
    2.6): (w / (w + 1)) ** (n + 1/2). Where weeks differ more than that allows (holidays, campaigns, a contract lost),
    it is the zero term of the negative binomial with their mean m and variance v (Anscombe, Biometrika 37, 1950):
    (m / v) ** (m**2 / (v - m)). Of the two the larger.

    >>> round(chance([10, 9, 11, 10]), 6), round(chance([19, 2, 15, 4]), 3), chance([0, 0, 0, 0]) > 0.8
    (0.000119, 0.037, True)
    """
    weeks, total = len(counts), sum(counts)
    steady = math.pow(weeks / (weeks + 1), total + 0.5)
    mean = total / weeks
    variance = sum((count - mean) ** 2 for count in counts) / (weeks - 1)
    if variance <= mean:
        return steady
    return max(steady, math.pow(mean / variance, mean**2 / (variance - mean)))


def is_unusual(counts: Sequence[int], yearly: float) -> bool:
    """`counts` are the mails of the stretches compared, `yearly` is how many come in a year.

    Each mail begins a silence, and each silence is a chance to be deceived: it counts as unusual where, of a year's
    silences, fewer than one would come to this length by chance. So a busy mailbox needs more to be missed, and nobody
    is called for nothing more than about once a year.
    """
    return len(counts) >= FEWEST and chance(counts) * max(yearly, SILENCES) < 1
