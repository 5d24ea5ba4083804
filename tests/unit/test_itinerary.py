"""Which mails of a folder are taken in, how, and in what portions."""

from datetime import UTC, date, datetime, timedelta

from sites import mailbox, site

from mailbot.imap import Fetched, Listed
from mailbot.model import Outcome, Start, StartMode
from mailbot.store.intake import Box
from mailbot.work.itinerary import MAILS, OCTETS, Planned, planned, received, runs

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
BOX = Box("support", 77, 0, horizon=NOW - timedelta(days=30), boundary=10, looked_at=NOW - timedelta(minutes=1))
LIMIT = site().limits.message


def listed(uid: int, size: int = 1000, at: datetime = NOW) -> Listed:
    return Listed(uid, size, at)


def plan(
    *found: Listed, alone: frozenset[int] = frozenset(), box: Box = BOX, start: Start | None = None
) -> list[Planned]:
    uids = sorted({entry.uid for entry in found} | alone)
    return planned(uids, alone, found, mailbox(start=start or Start(StartMode.NEW)), box, site())


def test_mail_that_start_leaves_alone_is_recorded_without_being_fetched() -> None:
    old, new = plan(listed(12), alone=frozenset({3}))
    assert (old.uid, old.outcome) == (3, Outcome.BEFORE_START)
    assert (new.uid, new.outcome) == (12, None)


def test_mail_that_vanished_between_the_listing_and_now_is_gone() -> None:
    (gone,) = planned([12], frozenset(), [], mailbox(), BOX, site())
    assert gone.outcome is Outcome.GONE


def test_of_mail_beyond_the_limit_only_the_header_is_read() -> None:
    (within,), (beyond,) = plan(listed(12, LIMIT)), plan(listed(12, LIMIT + 1))
    assert (within.oversize, beyond.oversize) == (False, True)
    assert beyond.outcome is None


def test_after_renumbering_mail_from_before_the_first_connection_stays_alone() -> None:
    again = Box("support", 78, 0, horizon=BOX.horizon, rescan_below=20)
    old, new = plan(listed(4, at=NOW - YEAR), listed(5), box=again)
    assert old.outcome is Outcome.BEFORE_START
    assert (new.outcome, new.rescan) == (None, True)


def test_after_renumbering_start_all_reads_everything_again_and_a_date_what_is_younger() -> None:
    again = Box("support", 78, 0, horizon=BOX.horizon, rescan_below=20)
    (everything,) = plan(listed(4, at=NOW - YEAR), box=again, start=Start(StartMode.ALL))
    since = Start(StartMode.DATE, date(2026, 1, 1))
    older, younger = plan(listed(4, at=NOW - YEAR), listed(5, at=NOW - timedelta(days=40)), box=again, start=since)
    assert everything.outcome is None
    assert (older.outcome, younger.outcome) == (Outcome.BEFORE_START, None)


def test_portions_keep_the_order_and_stay_within_mails_and_octets() -> None:
    many = [Planned(uid, 10) for uid in range(1, 2 * MAILS + 2)]
    assert [len(run) for run in runs(many)] == [MAILS, MAILS, 1]
    large = [Planned(uid, OCTETS // 2 + 1) for uid in (1, 2, 3)]
    assert [[entry.uid for entry in run] for run in runs(large)] == [[1], [2], [3]]


def test_a_mail_of_which_only_the_header_is_read_is_a_mail_as_well() -> None:
    several = [Planned(uid, 60 << 20, oversize=True) for uid in range(1, MAILS + 2)]
    assert [len(run) for run in runs(several)] == [MAILS, 1]
    assert [len(run) for run in runs([*several[:2], Planned(99, 10)], 1)] == [1, 1, 1]


def test_one_mail_larger_than_a_portion_is_a_portion_of_its_own() -> None:
    assert [len(run) for run in runs([Planned(1, 10), Planned(2, OCTETS + 1), Planned(3, 10)])] == [1, 1, 1]


def test_rows_without_bytes_share_a_portion_with_their_neighbours() -> None:
    mixed = [Planned(uid, outcome=Outcome.BEFORE_START) for uid in range(1, 500)] + [Planned(500, 10)]
    assert [len(run) for run in runs(mixed)] == [500]


def at(entry: Planned, box: Box = BOX) -> datetime:
    return received(entry, Fetched(entry.uid, entry.internaldate, b"x"), box, site(), NOW).received_at


def test_received_at_is_internaldate_only_between_our_last_look_and_now() -> None:
    just = NOW - timedelta(seconds=30)
    assert at(Planned(12, 1, just)) == just
    assert at(Planned(12, 1, NOW - YEAR)) == NOW
    assert at(Planned(12, 1, NOW + timedelta(hours=1))) == NOW
    assert at(Planned(12, 1, datetime(1970, 1, 1, tzinfo=UTC))) == NOW
    assert at(Planned(12, 1, None)) == NOW


def test_mail_that_was_there_before_keeps_its_internaldate_however_old() -> None:
    assert at(Planned(3, 1, NOW - YEAR)) == NOW - YEAR
    assert at(Planned(12, 1, NOW - YEAR, rescan=True)) == NOW - YEAR


def test_the_real_octets_decide_and_not_those_announced() -> None:
    raw = b"Subject: x\r\n\r\n" + b"y" * LIMIT
    row = received(Planned(12, 5), Fetched(12, NOW, raw), BOX, site(), NOW)
    assert (row.oversize, row.size) == (True, len(raw))
    assert row.raw == b"Subject: x\r\n\r\n"


def test_a_mail_that_is_no_longer_there_is_gone_and_one_that_comes_empty_is_quarantined() -> None:
    vanished = received(Planned(12, 5), None, BOX, site(), NOW)
    empty = received(Planned(12, 5), Fetched(12, NOW, b""), BOX, site(), NOW)
    assert (vanished.outcome, vanished.raw) == (Outcome.GONE, None)
    assert (empty.outcome, empty.raw) == (Outcome.QUARANTINED, None)
