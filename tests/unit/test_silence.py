"""A silence is unusual where the same hours of past weeks, by the local clock, brought mail."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mailbot.silence import FEWEST, WEEK, WEEKS, YEAR, chance, comparable, is_unusual

ZONE = "America/Toronto"
TORONTO = ZoneInfo(ZONE)
EVER = datetime(2020, 1, 1, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


def office(begin: datetime, days: int, every: timedelta = 10 * MINUTE) -> list[datetime]:
    """Mail from eight to five, from Monday to Friday, by the local clock."""
    found: list[datetime] = []
    midnight = begin.astimezone(TORONTO).replace(hour=0, minute=0)
    for n in range(days):
        day = midnight + n * DAY
        if day.weekday() < 5:
            opening, closing = day.replace(hour=8), day.replace(hour=17)
            found += [(opening + k * every).astimezone(UTC) for k in range(int((closing - opening) / every))]
    return found


def unusual(mails: list[datetime], now: datetime, since: datetime = EVER) -> bool:
    """What the clock does with the ledger, with a list in its place; `mails` are in order."""
    last = mails[bisect_right(mails, now) - 1]
    stretches = comparable(last, now, since, ZONE)
    if not stretches:
        return False
    counts = [bisect_right(mails, each.end) - bisect_right(mails, each.start) for each in stretches]
    begin = stretches[-1].start
    return is_unusual(counts, (bisect_right(mails, now) - bisect_right(mails, begin)) * (YEAR / (now - begin)))


def first(mails: list[datetime], begin: datetime, end: datetime) -> datetime | None:
    """When, looking every ten minutes, the silence is noticed."""
    steps = int((end - begin) / (10 * MINUTE))
    return next((now for n in range(steps) if unusual(mails, now := begin + n * 10 * MINUTE)), None)


@pytest.mark.parametrize("every", [MINUTE, 10 * MINUTE])
@pytest.mark.parametrize("friday", ["2026-06-05", "2026-03-06", "2026-10-30"], ids=["summer", "spring", "autumn"])
def test_nights_week_ends_and_changes_of_the_clock_are_no_silence(friday: str, every: timedelta) -> None:
    now = local(friday)
    assert first(office(now - 10 * WEEK, 80, every), now, now + 5 * DAY) is None


@pytest.mark.parametrize("monday", ["2026-06-08", "2026-03-09", "2026-11-02"], ids=["summer", "spring", "autumn"])
def test_a_monday_without_mail_is_noticed_in_the_morning_whatever_the_clock_did_on_sunday(monday: str) -> None:
    opening = local(f"{monday}T08:00")
    mails = [mail for mail in office(opening - 10 * WEEK, 90) if mail < opening]
    noticed = first(mails, opening, opening + DAY)
    assert noticed is not None
    assert HOUR <= noticed - opening <= 3 * HOUR


def test_compared_are_the_same_hours_by_the_clock_on_the_wall() -> None:
    """On 8 March 2026 clocks in Toronto went forward."""
    last, now = local("2026-03-10T09:30"), local("2026-03-10T11:00")
    stretches = comparable(last, now, EVER, ZONE)
    assert len(stretches) == WEEKS
    assert {each.start.astimezone(TORONTO).strftime("%a %H:%M") for each in stretches} == {"Tue 09:30"}
    assert {each.end.astimezone(TORONTO).strftime("%a %H:%M") for each in stretches} == {"Tue 11:00"}
    assert stretches[0].end == now - WEEK + HOUR


def test_a_silence_longer_than_a_week_is_compared_with_stretches_that_do_not_overlap() -> None:
    now = local("2026-06-10T11:00")
    stretches = comparable(now - 10 * DAY, now, EVER, ZONE)
    assert [now - each.end for each in stretches[:3]] == [2 * WEEK, 4 * WEEK, 6 * WEEK]


def test_too_short_a_history_says_nothing() -> None:
    opening = local("2026-06-08T08:00")
    mails = [mail for mail in office(opening - 10 * WEEK, 90) if mail < opening]
    noon = opening + 4 * HOUR
    last = mails[-1]
    enough = last - FEWEST * WEEK
    assert unusual(mails, noon, since=enough)
    assert not unusual(mails, noon, since=enough + MINUTE)
    assert not is_unusual([50] * (FEWEST - 1), yearly=1000)


def test_a_mailbox_that_never_gets_mail_is_never_missed() -> None:
    assert not is_unusual([0] * WEEKS, yearly=0)
    assert chance([0] * WEEKS) > 0.9


def test_the_more_mail_is_missing_the_less_likely_it_is() -> None:
    chances = [chance([n] * WEEKS) for n in range(30)]
    assert chances == sorted(chances, reverse=True)


def test_weeks_that_differ_much_make_a_silence_more_likely() -> None:
    assert chance([20, 0, 20, 0, 20, 0, 20, 0]) > 1000 * chance([10] * WEEKS)


def test_one_silent_holiday_among_the_weeks_asks_for_more_and_does_not_blind() -> None:
    usual, with_holiday = [10] * WEEKS, [10] * (WEEKS - 1) + [0]
    assert is_unusual(usual, yearly=2600)
    assert not is_unusual(with_holiday, yearly=2600)
    assert is_unusual([n * 3 for n in with_holiday], yearly=2600)


def arrivals(weekly: int, seed: int) -> Iterator[datetime]:
    """A Poisson process with office hours, of one year and the weeks before it."""
    chance_of = random.Random(seed)
    when = local("2026-01-05")
    end = when + WEEKS * WEEK + YEAR
    an_hour = weekly / (45 + 123 * 0.03)
    while (when := when + chance_of.expovariate(an_hour) * HOUR) < end:
        there = when.astimezone(TORONTO)
        at_work = there.weekday() < 5 and 8 <= there.hour < 17
        if at_work or chance_of.random() < 0.03:
            yield when


@pytest.mark.parametrize("weekly", [5, 50, 500])
def test_chance_calls_the_admin_about_once_a_year(weekly: int) -> None:
    called = 0
    for seed in range(3):
        mails = list(arrivals(weekly, seed))
        year = mails[bisect_left(mails, mails[0] + WEEKS * WEEK) :]
        ends = [(last, mail) for last, mail in pairwise(year) if mail - last >= HOUR]
        # The longer the silence the less likely it is, so its last moment decides.
        called += sum(unusual(mails, mail - timedelta(microseconds=1), since=mails[0]) for _, mail in ends)
    assert called <= 6
