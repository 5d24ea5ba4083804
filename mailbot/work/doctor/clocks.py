"""Whether this machine's clock is right: against every clock that a server shows us anyway."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from mailbot.imap import Listed
from mailbot.parsers import dates
from mailbot.work.doctor.finding import Finding, Verdict
from mailbot.work.measures import span

CHECK = "clock"
# F-085, F-110: deadlines and what counts as new mail are told by our clock.
WRONG = timedelta(minutes=1)
# Below so many mails it may be that each of them had to wait for us.
ENOUGH = 5
# RFC 5322 section 3.3, as Exim, Sendmail and Exchange greet.
_DATE = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", re.ASCII)


def against(about: str, theirs: datetime, ours: datetime, whose: str) -> Finding:
    """`theirs` and `ours` at the same moment, but for the way between."""
    return _apart(about, theirs - ours, whose)


def _apart(about: str, apart: timedelta, whose: str) -> Finding:
    """Positive where theirs is ahead."""
    value = round(apart.total_seconds())
    if abs(apart) < WRONG:
        return Finding(about, CHECK, Verdict.OK, f"{whose} clock and ours agree", value=value)
    behind = "behind" if apart > timedelta() else "ahead of"
    says = f"our clock is {span(abs(apart))} {behind} {whose}"
    return Finding(about, CHECK, Verdict.WARNING, says, "Find out which is wrong, and set it by NTP", value)


def of_greeting(about: str, greeting: str, ours: datetime) -> Iterator[Finding]:
    found = _DATE.search(greeting)
    theirs = dates.date(found[0]) if found else None
    if theirs:
        yield against(about, theirs, ours, "the relay's")


def of_mails(
    about: str, listed: Sequence[Listed], recorded_at: Mapping[int, datetime], now: datetime
) -> Iterator[Finding]:
    """INTERNALDATE is the server's clock at arrival, and we cannot have recorded a mail before it arrived.

    So whatever their clock is ahead, it is ahead by as much at least; a clock that is behind looks like mail that was
    recorded late, unless the quickest of several was.
    """
    told = [(entry.uid, entry.internaldate) for entry in listed if entry.internaldate]
    ahead = [when - recorded_at[uid] for uid, when in told if uid in recorded_at]
    least = max((*ahead, *(when - now for _, when in told)), default=timedelta())
    if least >= WRONG:
        yield _apart(about, least, "the server's")
    elif len(ahead) >= ENOUGH and max(ahead) <= -WRONG:
        says = f"our clock is {span(-max(ahead))} ahead of the server's, or mail is recorded as late as that"
        advice = "Compare the two, and set the wrong one by NTP"
        yield Finding(about, CHECK, Verdict.WARNING, says, advice, round(max(ahead).total_seconds()))
    elif len(ahead) >= ENOUGH:
        says = "the server's clock and ours agree, by the times of the last mails"
        yield Finding(about, CHECK, Verdict.OK, says, value=round(max(ahead).total_seconds()))


def untold(found: Iterable[Finding]) -> Iterator[Finding]:
    """Where nobody showed his clock, it says so."""
    if not any(finding.check == CHECK for finding in found):
        says = "no server showed its clock, so ours was compared with none"
        yield Finding("host", CHECK, Verdict.OK, says, "`timedatectl` says whether it is set by NTP")
