"""A silent mailbox: found by the clock in what the ledger holds, told once, called off by the next mail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger import PRESS
from site_files import faults, load
from sites import mailbox, site
from sqlalchemy import Connection, event, func, select

from mailbot.model import Alarm, Outcome, Site
from mailbot.store import alarms, intake, outages
from mailbot.store.engine import Database
from mailbot.store.intake import Box, Received
from mailbot.tables import delivery, outgoing
from mailbot.work.desk import Desk
from mailbot.work.silence import notice_silence
from mailbot.work.tell import tell
from mailbot.work.transactions import change, look

# A Tuesday, 11 o'clock in Toronto.
NOW = datetime(2026, 6, 9, 15, 0, tzinfo=UTC)
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
LAST = NOW - 3 * HOUR
SITE = site(mailboxes=(mailbox(),))


def desk(database: Database, now: datetime = NOW, there: Site = SITE) -> Desk:
    return Desk(database, there, PRESS, "test", lambda: now)


def came(conn: Connection, times: Sequence[datetime], **changes: object) -> None:
    first = conn.execute(select(func.count()).select_from(delivery)).scalar_one()
    rows = [
        Received("support", 7, 0, first + n, when, 3, None, outcome=Outcome.AUTOMATIC) for n, when in enumerate(times)
    ]
    intake.record(conn, [replace(row, **changes) for row in rows], NOW)  # type: ignore[arg-type]


def filled(conn: Connection, weeks: int = 8, looked_at: datetime = NOW) -> None:
    """Until three hours ago a mail came every five minutes between eight and noon; first looked at so long ago."""
    horizon = NOW - weeks * WEEK - 4 * HOUR
    intake.save_box(conn, Box("support", 7, 0, horizon, looked_at=looked_at))
    for n in range(weeks + 1):
        noon = NOW + HOUR - n * WEEK
        came(conn, [when for k in range(48) if (when := noon - 4 * HOUR + k * 5 * MINUTE) <= LAST or n])


def standing(database: Database) -> list[str]:
    return [entry.sentence for entry in look(database, alarms.standing)]


def test_a_silence_unusual_for_the_hour_is_told_once_and_called_off_by_the_next_mail(database: Database) -> None:
    change(database, filled)
    assert (notice_silence(desk(database)), notice_silence(desk(database))) == (1, 0)
    later = NOW + 5 * MINUTE
    assert (tell(desk(database, later)), tell(desk(database, later))) == (1, 0)
    assert standing(database) == [
        "mailbox support is silent: no mail since 2026-06-09 12:00 UTC, where the same hours of past weeks brought 36"
        " each. Unless it is a holiday, send it a mail from outside and find out where it stays."
    ]

    change(database, lambda conn: came(conn, [later]))
    assert notice_silence(desk(database, later + MINUTE)) == 1
    assert standing(database) == []
    assert tell(desk(database, later + 10 * MINUTE)) == 1
    assert look(database, lambda conn: list(conn.scalars(select(outgoing.c.subject).order_by(outgoing.c.id)))) == [
        "[mailbot] mailbox support is silent",
        "[mailbot] terminé\N{NO-BREAK SPACE}: mailbox support is silent",
    ]


def test_where_nothing_begins_or_ends_nothing_is_written(database: Database) -> None:
    change(database, filled)
    notice_silence(desk(database))
    written: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    assert notice_silence(desk(database)) == 0
    assert {statement.split()[0] for statement in written} <= {"SELECT", "BEGIN", "PRAGMA"}


def test_before_four_weeks_have_passed_nothing_is_unusual(database: Database) -> None:
    change(database, lambda conn: filled(conn, weeks=3))
    assert notice_silence(desk(database)) == 0


def test_what_stood_there_before_or_was_read_again_is_no_traffic(database: Database) -> None:
    change(database, lambda conn: filled(conn, weeks=0))
    past = [LAST - n * WEEK + k * MINUTE for n in range(1, 9) for k in range(30)]
    change(database, lambda conn: came(conn, past, outcome=Outcome.BEFORE_START))
    change(database, lambda conn: came(conn, past, rescan=True))
    change(database, lambda conn: intake.save_box(conn, Box("support", 7, 0, NOW - 9 * WEEK, looked_at=NOW)))
    assert notice_silence(desk(database)) == 0


@pytest.mark.parametrize("why", ["down", "nobody looks", "never"])
def test_what_is_not_known_or_not_wanted_is_not_told(database: Database, why: str) -> None:
    change(database, lambda conn: filled(conn, looked_at=NOW - HOUR if why == "nobody looks" else NOW))
    if why == "down":
        change(database, lambda conn: outages.begin(conn, outages.of("support"), "no answer", NOW - 2 * HOUR))
    there = replace(SITE, alarm=Alarm(mailbox_silent=None)) if why == "never" else SITE
    assert notice_silence(desk(database, there=there)) == 0


@pytest.mark.parametrize("changes", [{"mailboxes": (mailbox("sac"),)}, {"alarm": Alarm(mailbox_silent=None)}])
def test_an_alarm_that_nobody_wants_any_more_is_called_off(database: Database, changes: dict[str, object]) -> None:
    change(database, filled)
    notice_silence(desk(database))
    assert notice_silence(desk(database, there=replace(SITE, **changes))) == 1  # type: ignore[arg-type]
    assert standing(database) == []


def test_a_shorter_silence_than_the_site_asks_for_is_not_told(database: Database) -> None:
    change(database, lambda conn: filled(conn, looked_at=NOW + HOUR))
    there = replace(SITE, alarm=Alarm(mailbox_silent=4 * HOUR))
    assert notice_silence(desk(database, there=there)) == 0
    assert notice_silence(desk(database, NOW + HOUR, there)) == 1


def test_the_site_says_how_long_or_never(tmp_path: Path) -> None:
    def changed(value: str) -> tuple[str, str]:
        return "[security]", f"[alarm]\nmailbox_silent = {value}\n[security]"

    assert load(tmp_path, changed('"never"')).site.alarm.mailbox_silent is None
    assert load(tmp_path, changed('"2h"')).site.alarm.mailbox_silent == 2 * HOUR
    (fault,) = faults(tmp_path, changed("false"))
    assert fault.endswith(
        'mailbox_silent: false is not a duration: write a number and s, m, h or d, such as "30s" or "7d"'
    )
