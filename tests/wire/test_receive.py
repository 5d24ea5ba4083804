"""What a server does to us, and what stands in the ledger afterwards: nothing lost, nothing marked before its time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from servers.lying_imap import CAPABILITIES, Box, Lie, LyingImap
from sites import mailbox, site
from sqlalchemy import select

from mailbot import imap
from mailbot.model import Mailbox, Outcome, Processed, ProcessedMode, Start, StartMode
from mailbot.render import press
from mailbot.store import alarms, intake
from mailbot.store.engine import Database
from mailbot.tables import delivery
from mailbot.work.care import BREAKS, CAREFREE, Care
from mailbot.work.desk import Desk
from mailbot.work.marks import clear_out
from mailbot.work.receive import receive, receive_late
from mailbot.work.transactions import look

SITE = site()
LETTER = b"From: anna@client.example\r\nSubject: Panne\r\n\r\nBonjour.\r\n"


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield server


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, SITE, press(SITE, {}), "one")


def box(server: LyingImap, mode: ProcessedMode = ProcessedMode.KEEP, **changes: object) -> Mailbox:
    plain = mailbox("support", start=Start(StartMode.ALL), processed=Processed(mode, "Archive", timedelta(hours=1)))
    return replace(plain, **({"imap": server.settings()} | changes))  # type: ignore[arg-type]


def take_in(desk: Desk, of: Mailbox, care: Care = CAREFREE) -> int:
    with imap.connect(of.imap) as connection:
        return receive(desk, of, connection, lambda: None, care=care)


def ledger(desk: Desk) -> dict[int, Outcome | None]:
    d = delivery.c
    found = look(desk.database, lambda conn: conn.execute(select(d.uid, d.outcome).order_by(d.id)).all())
    return {uid: Outcome(outcome) if outcome else None for uid, outcome in found}


def fill(server: LyingImap, count: int) -> None:
    for n in range(count):
        server.deliver(LETTER + b"%d" % n)


def test_mail_is_taken_in_once_in_the_order_of_uids(server: LyingImap, desk: Desk) -> None:
    fill(server, 120)
    assert take_in(desk, box(server)) == 120
    assert list(ledger(desk)) == list(range(1, 121))
    assert take_in(desk, box(server)) == 0
    (raw,) = look(desk.database, lambda conn: intake.bytes_of(conn, [120]))
    assert raw == LETTER + b"119"


@pytest.mark.parametrize("lie", [Lie.NO, Lie.HOLLOW])
@pytest.mark.parametrize("when", [0, 1], ids=["listing", "fetching"])
def test_a_server_that_gives_nothing_costs_no_mail(server: LyingImap, desk: Desk, lie: Lie, when: int) -> None:
    fill(server, 3)
    of = box(server)
    if when:
        server.before("FETCH", lambda: server.lie(lie, at="FETCH", times=9))
    else:
        server.lie(lie, at="FETCH", times=9)
    with pytest.raises(imap.Busy, match="the server lists 3 mails and gives none"):
        take_in(desk, of)
    assert ledger(desk) == {}
    server.forget_lies()
    assert take_in(desk, of) == 3
    assert ledger(desk) == {1: None, 2: None, 3: None}


def test_mail_that_vanishes_meanwhile_is_gone_and_no_error(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    server.before("FETCH", lambda: server.expunge(2))
    assert take_in(desk, box(server)) == 3
    assert ledger(desk) == {1: None, 2: Outcome.GONE, 3: None}
    assert look(desk.database, alarms.untold) == ()


def test_mail_that_comes_empty_is_asked_for_three_times_and_put_away_with_a_word_to_the_admin(
    server: LyingImap, desk: Desk
) -> None:
    fill(server, 1)
    server.before("FETCH", lambda: server.lie(Lie.NIL, at="FETCH", times=3))
    take_in(desk, box(server))
    assert ledger(desk) == {1: Outcome.QUARANTINED}
    (alarm,) = look(desk.database, alarms.untold)
    assert "UID 1 in mailbox support was not taken in" in alarm.sentence
    assert len(server.arguments("FETCH")) == 4


def test_a_mail_that_the_server_announces_too_large_is_found_and_passed_by(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)

    def huge_after_the_first() -> None:
        if "BODY" in server.commands[-1]:
            server.lie(Lie.HUGE, at="FETCH")
        else:
            server.before("FETCH", huge_after_the_first)

    server.before("FETCH", lambda: server.lie(Lie.HUGE, at="FETCH"))
    with pytest.raises(imap.OversizeClaim):
        take_in(desk, box(server))
    assert ledger(desk) == {}
    server.before("FETCH", huge_after_the_first)
    with pytest.raises(imap.OversizeClaim):
        take_in(desk, box(server), Care(singly=True))
    assert ledger(desk) == {1: None, 2: Outcome.QUARANTINED}
    assert take_in(desk, box(server), Care(singly=True)) == 1
    assert ledger(desk) == {1: None, 2: Outcome.QUARANTINED, 3: None}
    assert len(look(desk.database, alarms.untold)) == 1


def test_a_literal_that_breaks_off_leaves_nothing_and_is_fetched_again(server: LyingImap, desk: Desk) -> None:
    fill(server, 2)
    server.before("FETCH", lambda: server.lie(Lie.CUT, at="FETCH"))
    with pytest.raises(imap.ConnectionLost):
        take_in(desk, box(server))
    assert ledger(desk) == {}
    assert take_in(desk, box(server)) == 2


def test_what_the_server_says_of_sizes_is_a_claim(server: LyingImap, desk: Desk) -> None:
    """F-067: the real count decides, so the bytes of a mail that is too large are not kept."""
    server.deliver(b"Subject: large\r\n\r\n" + b"x" * 5000)
    server.lie(Lie.SMALL, at="FETCH", times=1)
    limits = replace(SITE.limits, message=4000)
    take_in(replace(desk, site=replace(SITE, limits=limits)), box(server))
    (raw,) = look(desk.database, lambda conn: intake.bytes_of(conn, [1]))
    assert raw == b"Subject: large\r\n\r\n"


def test_a_renumbered_folder_is_read_again(server: LyingImap, desk: Desk) -> None:
    fill(server, 2)
    take_in(desk, box(server))
    server.boxes["INBOX"].uidvalidity += 1
    assert take_in(desk, box(server)) == 2
    assert take_in(desk, box(server)) == 0


def test_another_folder_is_read_from_its_beginning_even_if_it_is_numbered_alike(server: LyingImap, desk: Desk) -> None:
    server.boxes["Support"] = Box()
    fill(server, 2)
    server.deliver(LETTER, "Support")
    take_in(desk, box(server))
    other = box(server, imap=server.settings("Support"))
    assert take_in(desk, other) == 1
    assert take_in(desk, other) == 0


def test_one_folder_under_two_names_is_one_folder(server: LyingImap, desk: Desk) -> None:
    fill(server, 2)
    take_in(desk, box(server, imap=server.settings("Boîte de réception")))
    assert take_in(desk, box(server, imap=server.settings("INBOX"))) == 0


def test_mail_without_a_day_is_not_taken_for_old_when_its_folder_is_renumbered(server: LyingImap, desk: Desk) -> None:
    """F-085: what a server shows for a time that it does not know is the epoch."""
    of = box(server, start=Start(StartMode.NEW))
    take_in(desk, of)
    server.boxes["INBOX"].uidvalidity += 1
    server.deliver(LETTER, internaldate=datetime(1970, 1, 1, tzinfo=UTC))
    take_in(desk, of)
    assert ledger(desk) == {1: None}


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("SEARCH", "* SEARCH 4294967296"),
        ("SEARCH", "* SEARCH 9999999999999999999"),
        ("FETCH", "* 1 FETCH (UID 1 RFC822.SIZE 9999999999999999999)"),
        ("EXAMINE", "* OK [UIDNEXT 9999999999999999999]"),
        ("EXAMINE", "* OK [UIDNEXT -1]"),
    ],
)
def test_a_number_that_cannot_be_is_no_number(server: LyingImap, desk: Desk, at: str, text: str) -> None:
    server.tells_uidnext = at != "EXAMINE"
    fill(server, 1)
    for _ in range(2):
        server.lie(Lie.REMARK if at != "FETCH" else Lie.AFTERTHOUGHT, at=at, text=text)
        take_in(desk, box(server))
    assert ledger(desk) == {1: None}


@pytest.mark.parametrize("uidvalidity", [0, 2**64])
def test_a_folder_without_a_uidvalidity_that_can_be_kept_is_refused(
    server: LyingImap, desk: Desk, uidvalidity: int
) -> None:
    server.boxes["INBOX"].uidvalidity = uidvalidity
    with pytest.raises(imap.FolderRefused, match="has no lasting UIDs to tell its mails apart by"):
        take_in(desk, box(server))


def test_a_uidnext_below_mail_that_is_there_is_not_believed(server: LyingImap, desk: Desk) -> None:
    """Else the whole folder would be read again at each look."""
    folder = server.boxes["INBOX"]
    fill(server, 3)
    take_in(desk, box(server))
    for uidnext in (1, 2, 8):
        folder.uidnext = uidnext
        assert take_in(desk, box(server)) == 0
        folder.add(LETTER, uid=10 * uidnext)
        folder.uidnext = uidnext
        assert take_in(desk, box(server)) == 1
    assert len(ledger(desk)) == 6


def test_what_lay_there_before_is_known_even_where_uidnext_lies(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    server.boxes["INBOX"].uidnext = 1
    take_in(desk, box(server, start=Start(StartMode.NEW)))
    assert set(ledger(desk).values()) == {Outcome.BEFORE_START}


def test_a_server_that_gives_out_used_uids_again_is_noticed(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    take_in(desk, box(server))
    server.expunge(1, 2, 3)
    server.boxes["INBOX"].uidnext = 1
    fill(server, 1)
    assert take_in(desk, box(server)) == 1
    fill(server, 1)
    assert take_in(desk, box(server)) == 1


@pytest.mark.parametrize("mode", ProcessedMode)
def test_nothing_is_changed_on_the_server_before_our_commit(server: LyingImap, desk: Desk, mode: ProcessedMode) -> None:
    server.boxes["Archive"] = Box()
    fill(server, 2)
    of = box(server, mode)
    seen: list[int] = []
    for command in ("STORE", "MOVE", "COPY", "EXPUNGE"):
        server.before(command, lambda: seen.append(len(ledger(desk))))
    take_in(desk, of)
    with imap.connect(of.imap) as connection:
        connection.select(readonly=mode is ProcessedMode.KEEP)
        clear_out(desk, of, connection)
    marked = {ProcessedMode.SEEN: "STORE", ProcessedMode.MOVE: "MOVE"}
    assert seen == [2] * (mode in marked)
    assert [name for name in ("STORE", "MOVE", "EXPUNGE") if server.arguments(name)] == [
        marked[name] for name in (mode,) if name in marked
    ]
    assert not server.arguments("SELECT") or mode is not ProcessedMode.KEEP


def test_what_was_judged_long_ago_is_deleted_and_nothing_else(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    of = box(server, ProcessedMode.DELETE_AFTER)
    take_in(desk, of)
    settle(desk, 1)
    with imap.connect(of.imap) as connection:
        connection.select(readonly=False)
        assert clear_out(desk, of, connection) == 1
    assert [letter.uid for letter in server.boxes["INBOX"].letters] == [2, 3]


def standing(desk: Desk) -> list[str]:
    return [entry.sentence for entry in look(desk.database, alarms.standing)]


def tidy(desk: Desk, of: Mailbox) -> int:
    with imap.connect(of.imap) as connection:
        connection.select(readonly=False)
        return clear_out(desk, of, connection)


@pytest.mark.parametrize("mode", [ProcessedMode.SEEN, ProcessedMode.MOVE, ProcessedMode.DELETE_AFTER])
def test_mail_of_a_folder_that_may_only_be_read_is_recorded_and_the_admin_told_once(
    server: LyingImap, desk: Desk, mode: ProcessedMode
) -> None:
    server.boxes["INBOX"].readonly = True
    server.boxes["Archive"] = Box()
    of = box(server, mode)
    for n in range(3):
        server.deliver(LETTER)
        assert take_in(desk, of) == 1
        settle(desk, n + 1)
        tidy(desk, of)
    (sentence,) = standing(desk)
    assert sentence.startswith("mail of mailbox support stays unmarked on the server: 127.0.0.1:")
    assert "folder 'INBOX' may only be read: set processed = \"keep\", or have the right given." in sentence
    assert not {"STORE", "MOVE", "COPY", "EXPUNGE"} & {line.removeprefix("UID ").split()[0] for line in server.commands}
    server.boxes["INBOX"].readonly = False
    server.deliver(LETTER)
    take_in(desk, of)
    tidy(desk, of)
    assert standing(desk) == []


def test_what_a_server_can_neither_move_nor_remove_is_copied_not_once_however_often_we_look(desk: Desk) -> None:
    with LyingImap(CAPABILITIES - {"MOVE"}) as server:
        server.boxes["Archive"] = Box()
        server.lie(Lie.BAD, at="EXPUNGE", text="Unknown command", times=99)
        fill(server, 3)
        of = box(server, ProcessedMode.MOVE)
        take_in(desk, of)
        for id_ in (1, 2, 3):
            settle(desk, id_)
        for _ in range(3):
            tidy(desk, of)
        assert server.boxes["Archive"].letters == []
    assert len(standing(desk)) == 1


def test_who_no_longer_wants_marks_hears_no_more_of_them(server: LyingImap, desk: Desk) -> None:
    server.boxes["INBOX"].readonly = True
    fill(server, 1)
    take_in(desk, box(server, ProcessedMode.SEEN))
    assert len(standing(desk)) == 1
    tidy(desk, box(server))
    assert standing(desk) == []


def settle(desk: Desk, id_: int) -> None:
    """As if it had been judged yesterday."""
    with desk.database.engine.begin() as conn:
        intake.finish(conn, id_, Outcome.TICKET_CREATED, "", datetime.now(UTC) - timedelta(days=1))


def test_a_mail_that_breaks_every_connection_is_passed_by_and_the_admin_told(server: LyingImap, desk: Desk) -> None:
    """F-065: the network may break at any mail, but not each time at the same one."""
    fill(server, 3)
    of, care = box(server), CAREFREE
    server.breaks_at = {2}
    for broken in range(1 + BREAKS):
        with pytest.raises(imap.FetchBroken) as lost:
            take_in(desk, of, care)
        assert lost.value.uid == (2 if broken else 0)
        care = care.after(lost.value)
    assert ledger(desk) == {1: None}
    assert take_in(desk, of, care) == 2
    assert ledger(desk) == {1: None, 2: Outcome.QUARANTINED, 3: None}
    (sentence,) = standing(desk)
    assert "UID 2 in mailbox support was not taken in: the connection broke each time that it was fetched" in sentence


def test_a_mail_that_breaks_every_connection_where_it_is_listed_is_passed_by_as_well(
    server: LyingImap, desk: Desk
) -> None:
    fill(server, 3)
    of, care = box(server), CAREFREE
    server.breaks_listing = {2}
    for broken in range(1 + BREAKS):
        with pytest.raises(imap.FetchBroken) as lost:
            take_in(desk, of, care)
        assert lost.value.uid == (2 if broken else 0)
        care = care.after(lost.value)
    assert take_in(desk, of, care) == 3
    assert ledger(desk) == {1: None, 2: Outcome.QUARANTINED, 3: None}


@pytest.mark.parametrize("count", [1, 3])
def test_no_mail_is_given_up_where_none_can_be_listed(server: LyingImap, desk: Desk, count: int) -> None:
    fill(server, count)
    of, care = box(server), CAREFREE
    server.breaks_listing = {1, 2, 3}
    tried: list[bool] = []
    for _ in range(3 * BREAKS):
        with pytest.raises(imap.FetchBroken) as lost:
            take_in(desk, of, care)
        care = care.after(lost.value)
        tried.append(care.singly)
    # With --once the robot ends when it is careful no longer.
    assert not all(tried)
    server.breaks_listing = set()
    assert take_in(desk, of, care) == count
    assert set(ledger(desk).values()) == {None}


def test_a_large_mail_of_which_the_header_is_read_is_not_blamed_for_another(server: LyingImap, desk: Desk) -> None:
    server.deliver(b"Subject: large\r\n\r\n" + b"x" * 5000)
    fill(server, 1)
    modest = replace(desk, site=replace(SITE, limits=replace(SITE.limits, message=4000)))
    of, care = box(server), CAREFREE
    server.breaks_at = {2}
    for _ in range(1 + BREAKS):
        with pytest.raises(imap.FetchBroken) as lost:
            take_in(modest, of, care)
        care = care.after(lost.value)
    take_in(modest, of, care)
    assert ledger(desk) == {1: None, 2: Outcome.QUARANTINED}


def test_a_connection_that_breaks_now_here_and_now_there_costs_no_mail(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    of, care = box(server), CAREFREE
    for uid in (1, 1, 2, 1, 2, 3, 2, 3, 3):
        server.breaks_at = {uid}
        with pytest.raises(imap.FetchBroken) as lost:
            take_in(desk, of, care)
        care = care.after(lost.value).after(imap.ConnectionLost("no network for a while"))
    server.breaks_at = set()
    take_in(desk, of, care)
    assert ledger(desk) == {1: None, 2: None, 3: None}


@pytest.mark.parametrize("refusal", ["BAD Command Error. 10", "NO Server Unavailable. 15", "OK done"])
def test_a_mail_that_the_server_cannot_read_takes_no_other_with_it(server: LyingImap, desk: Desk, refusal: str) -> None:
    """Exchange ends its answer at such a mail, whatever was asked for behind it."""
    fill(server, 5)
    server.refuses = {3: refusal}
    assert take_in(desk, box(server)) == 5
    assert ledger(desk) == {1: None, 2: None, 3: Outcome.QUARANTINED, 4: None, 5: None}


def test_mail_that_is_shown_later_than_younger_mail_is_not_lost(server: LyingImap, desk: Desk) -> None:
    fill(server, 1)
    server.boxes["INBOX"].add(LETTER + b"nine", uid=9)
    of = box(server)
    take_in(desk, of)
    server.boxes["INBOX"].insert(LETTER + b"five", uid=5)
    assert take_in(desk, of) == 0
    with imap.connect(of.imap) as connection:
        connection.select(readonly=True)
        assert receive_late(desk, of, connection, lambda: None) == 1
        assert receive_late(desk, of, connection, lambda: None) == 0
    assert ledger(desk) == {1: None, 9: None, 5: None}


def test_late_mail_that_breaks_every_connection_is_passed_by(server: LyingImap, desk: Desk) -> None:
    fill(server, 1)
    server.boxes["INBOX"].add(LETTER + b"nine", uid=9)
    of, care = box(server), CAREFREE
    take_in(desk, of)
    server.boxes["INBOX"].insert(LETTER + b"five", uid=5)
    server.breaks_at = {5}
    for _ in range(1 + BREAKS):
        with imap.connect(of.imap) as connection:
            connection.select(readonly=True)
            with pytest.raises(imap.FetchBroken) as lost:
                receive_late(desk, of, connection, lambda: None, care)
        care = care.after(lost.value)
    with imap.connect(of.imap) as connection:
        connection.select(readonly=True)
        assert receive_late(desk, of, connection, lambda: None, care) == 1
    assert ledger(desk) == {1: None, 9: None, 5: Outcome.QUARANTINED}


def test_what_start_left_alone_is_not_late(server: LyingImap, desk: Desk) -> None:
    fill(server, 3)
    of = box(server, start=Start(StartMode.NEW))
    take_in(desk, of)
    with imap.connect(of.imap) as connection:
        connection.select(readonly=True)
        assert receive_late(desk, of, connection, lambda: None) == 0


def test_without_a_word_on_the_next_uid_a_folder_whose_last_mail_went_is_not_read_again(
    server: LyingImap, desk: Desk
) -> None:
    server.tells_uidnext = False
    fill(server, 3)
    take_in(desk, box(server))
    server.expunge(3)
    assert take_in(desk, box(server)) == 0
    server.expunge(1, 2)
    assert take_in(desk, box(server)) == 0
    server.deliver(LETTER)
    assert take_in(desk, box(server)) == 1
