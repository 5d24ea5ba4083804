"""What the admin was told of and nobody can undo is over: `status` shows what still needs a person, and no more."""

from datetime import UTC, datetime, timedelta

import pytest
from sites import site
from sqlalchemy import select, update

from mailbot.model import Concern, Outcome
from mailbot.render import press
from mailbot.store import alarms
from mailbot.store.engine import Database
from mailbot.store.intake import Received, record
from mailbot.tables import alarm, delivery
from mailbot.work.by_hand import retry_delivery
from mailbot.work.desk import Desk
from mailbot.work.tell import tell
from mailbot.work.transactions import change, look

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def desk(database: Database) -> Desk:
    return Desk(database, site(), press(site(), {}), "test", lambda: LATER)


def standing(database: Database) -> list[str]:
    return [entry.key for entry in look(database, alarms.standing)]


@pytest.mark.parametrize("key", ["untaken:support:1:7", "undelivered:3:1:0"])
def test_what_happened_once_stands_until_the_admin_was_told(database: Database, key: str) -> None:
    change(database, lambda conn: alarms.raise_alarm(conn, key, "it happened", NOW))
    assert standing(database) == [key]
    assert (tell(desk(database)), tell(desk(database))) == (1, 0)
    assert standing(database) == []


@pytest.mark.parametrize("key", ["down:relay", "quarantine:1"])
def test_what_lasts_stands_until_it_ends(database: Database, key: str) -> None:
    change(database, lambda conn: alarms.raise_alarm(conn, key, "it lasts", NOW))
    assert tell(desk(database)) == 1
    assert standing(database) == [key]


def test_a_quarantined_delivery_that_is_tried_again_needs_nobody(database: Database) -> None:
    mail = Received("support", 1, 0, 1, NOW, 3, b"\r\n\r\n")
    change(database, lambda conn: record(conn, [mail], NOW))
    change(database, lambda conn: conn.execute(update(delivery).values(outcome=Outcome.QUARANTINED)))
    id_ = look(database, lambda conn: conn.execute(select(delivery.c.id)).scalar_one())
    change(database, lambda conn: alarms.raise_alarm(conn, f"quarantine:{id_}", "it is in quarantine", NOW))
    tell(desk(database))
    retry_delivery(desk(database), id_)
    assert standing(database) == []


def concerned(database: Database, hour: int) -> None:
    """Twice in one batch; and the admin is told a little later."""
    at, concern = NOW + timedelta(hours=hour), Concern("own:sac", f"hour {hour}")
    change(database, lambda conn: alarms.raise_daily(conn, [concern, concern], at))
    tell(Desk(database, site(), press(site(), {}), "test", lambda: at + timedelta(minutes=5)))


def test_a_concern_is_raised_once_a_day_though_it_goes_on_and_was_told(database: Database) -> None:
    for hour in range(30):
        concerned(database, hour)
    with database.engine.connect() as conn:
        assert list(conn.scalars(select(alarm.c.sentence).order_by(alarm.c.id))) == ["hour 0", "hour 24"]
