"""What the IMAP door reads from a server that lies: F-061 to F-068, F-074, F-081, F-082."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from servers.lying_imap import Lie, LyingImap

from mailbot.imap import Busy, Connection, ConnectionLost, OversizeClaim, Patience, connect
from mailbot.imap.answers import listed

HASTY = Patience(connect=5, read=0.5, answer=0.6)
LIMIT = 100_000


def letter(name: str, size: int = 0) -> bytes:
    return f"From: {name}@example.org\r\nSubject: {name}\r\n\r\n".encode() + b"x" * size + b"\r\n"


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        for name in ("anna", "bruno", "chloe"):
            server.deliver(letter(name))
        yield server


@pytest.fixture
def connection(server: LyingImap) -> Iterator[Connection]:
    with connect(server.settings(), LIMIT) as connection:
        connection.select(readonly=True)
        yield connection


def test_nothing_but_examine_search_and_peek_is_said_to_read_a_box(server: LyingImap, connection: Connection) -> None:
    uids = connection.uids_after(0)
    connection.sizes(uids)
    connection.fetch(uids)
    connection.fetch_headers(uids)
    said = [line for line in server.commands if not line.startswith(("LOGIN", "CAPABILITY"))]
    assert said == [
        'EXAMINE "INBOX"',
        "UID SEARCH UID 1:*",
        "UID FETCH 1:3 (UID RFC822.SIZE INTERNALDATE)",
        "UID FETCH 1:3 (UID INTERNALDATE BODY.PEEK[])",
        "UID FETCH 1:3 (UID INTERNALDATE BODY.PEEK[HEADER]<0.262144>)",
    ]
    assert all(not mail.flags for mail in server.boxes["INBOX"].letters)


def test_only_uids_beyond_the_one_named_are_new(connection: Connection) -> None:
    assert connection.uids_after(1) == (2, 3)
    assert connection.uids_after(3) == ()
    assert connection.uids_after(2**32 - 1) == ()
    assert connection.all_uids() == (1, 2, 3)


def test_mail_since_a_day_is_found_by_internaldate(server: LyingImap, connection: Connection) -> None:
    server.boxes["INBOX"].letters.clear()
    server.deliver(letter("old"), internaldate=datetime(2020, 5, 1, 12, tzinfo=UTC))
    server.deliver(letter("new"), internaldate=datetime(2026, 4, 3, 12, tzinfo=UTC))
    assert connection.uids_since(date(2026, 4, 3)) == (5,)
    assert "UID SEARCH SINCE 3-Apr-2026" in server.commands


def test_octets_come_exactly_as_they_are(server: LyingImap, connection: Connection) -> None:
    odd = b"Subject: caf\xe9\x00\n\nbare LF, NUL \x00, 8 bit \xff, {12}\r\n* 9 EXISTS\r\n)\r\nA1 OK done\r\n"
    uid = server.deliver(odd)
    (mail,) = connection.fetch([uid])
    assert mail.raw == odd


def test_sizes_and_times_are_told(server: LyingImap, connection: Connection) -> None:
    uid = server.deliver(letter("dora", 100), internaldate=datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    (listed,) = connection.sizes([uid])
    (mail,) = connection.fetch([uid])
    assert listed.size == len(mail.raw) == len(letter("dora", 100))
    assert listed.internaldate == mail.internaldate == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def test_headers_alone_can_be_had_of_a_mail_that_is_too_large(server: LyingImap, connection: Connection) -> None:
    uid = server.deliver(letter("large", 500_000))
    (header,) = connection.fetch_headers([uid])
    assert header.raw == b"From: large@example.org\r\nSubject: large\r\n\r\n"


def test_a_mail_that_vanishes_between_search_and_fetch_is_left_out(server: LyingImap, connection: Connection) -> None:
    uids = connection.uids_after(0)
    server.before("FETCH", lambda: server.expunge(2))
    assert [mail.uid for mail in connection.fetch(uids)] == [1, 3]
    assert connection.missing(uids) == {2}


def test_a_mail_that_a_fetch_leaves_out_is_not_missing_for_that(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.HOLLOW, at="FETCH")
    assert connection.fetch([1, 2]) == ()
    assert connection.missing([1, 2]) == frozenset()
    assert len(connection.fetch([1, 2])) == 2


def test_a_refused_fetch_still_gives_what_came_before_the_refusal(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="FETCH", text='* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +0000" BODY[] "kept")')
    server.lie(Lie.NO, at="FETCH", text="Some of the requested messages no longer exist")
    assert [(mail.uid, mail.raw) for mail in connection.fetch([1, 2])] == [(1, b"kept")]


def test_a_server_that_cannot_search_now_is_busy(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.NO, at="SEARCH", text="[SERVERBUG] somebody@example.com")
    with pytest.raises(
        Busy, match=r"no room for us now \[SERVERBUG\] \(searching mail\); mailbot tries again later\.$"
    ):
        connection.all_uids()


@pytest.mark.parametrize("lie", [Lie.STRANGERS, Lie.TWICE, Lie.BACKWARDS, Lie.NAMELESS])
def test_answers_are_matched_by_uid_and_taken_once(server: LyingImap, connection: Connection, lie: Lie) -> None:
    server.lie(lie, at="FETCH")
    mails = connection.fetch([1, 2, 3])
    assert [mail.uid for mail in mails] == [1, 2, 3]
    wrong = {b"another text", b"lies!"}
    assert lie is Lie.TWICE or wrong.isdisjoint(mail.raw for mail in mails)


@pytest.mark.parametrize("lie", [Lie.NIL, Lie.EMPTY])
def test_a_mail_without_octets_is_reported_as_empty(server: LyingImap, connection: Connection, lie: Lie) -> None:
    server.lie(lie, at="FETCH")
    assert [mail.raw for mail in connection.fetch([1])] == [b""]


def test_a_literal_that_is_cut_in_the_middle_gives_nothing(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.CUT, at="FETCH")
    with pytest.raises(ConnectionLost, match=rf"^127\.0\.0\.1:{server.port}: .*fetching mail"):
        connection.fetch([1, 2, 3])
    with pytest.raises(ConnectionLost):
        connection.fetch([1])


def test_a_literal_that_stalls_in_the_middle_is_given_up(server: LyingImap) -> None:
    with connect(server.settings(), patience=HASTY) as connection:
        connection.select(readonly=True)
        server.lie(Lie.STALL, at="FETCH")
        with pytest.raises(ConnectionLost, match=r"no answer in time \(fetching mail\)"):
            connection.fetch([1, 2, 3])


def test_four_gibibytes_are_announced_and_not_allocated(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.HUGE, at="FETCH")
    with pytest.raises(OversizeClaim, match="announced 4294967296 octets in one piece; not read"):
        connection.fetch([1])


def test_one_answer_cannot_bring_more_than_twice_the_largest_mail(server: LyingImap) -> None:
    uids = [server.deliver(letter("large", 15 << 20)) for _ in range(4)]
    with connect(server.settings(), 20 << 20) as connection:
        connection.select(readonly=True)
        server.lie(Lie.SMALL, at="FETCH")
        assert [mail.size for mail in connection.sizes(uids)] == [1] * 4
        with pytest.raises(OversizeClaim):
            connection.fetch(uids)
    with connect(server.settings(), 20 << 20) as connection:
        connection.select(readonly=True)
        assert [len(connection.fetch([uid])[0].raw) >> 20 for uid in uids] == [15] * 4


def test_a_mail_larger_than_it_claims_comes_whole_for_its_real_count_decides(
    server: LyingImap, connection: Connection
) -> None:
    uid = server.deliver(letter("heavy", LIMIT))
    server.lie(Lie.SMALL, at="FETCH")
    assert [mail.size for mail in connection.sizes([uid])] == [1]
    assert len(connection.fetch([uid])[0].raw) > LIMIT


@pytest.mark.parametrize(
    "remark",
    [
        "* XYZZY plugh",
        "* 7 XYZZY",
        "* OK [X-STRANGE (a b)] hello",
        "*   OK   several   spaces",
        '* LIST () "." "unclosed',
        "* 1 FETCH (FLAGS (\\Seen))",
        "* STATUS INBOX (MESSAGES 5)",
        "* OK caf\u00e9",
        "* OK [ALERT] Your mailbox is 98% full: see {http://mail.example.org}",
        "* OK [ALERT] count to {5}",
        "* NO {4294967296}",
        "* ok [alert] in small letters",
        "* 3 exists",
        "* 2 Fetch (Flags (\\Seen))",
        "* 2 EXPUNGE",
        "* 7 RECENT",
        "* FLAGS ()",
        "",
    ],
)
@pytest.mark.parametrize("command", ["SEARCH", "FETCH", "NOOP", "LOGOUT"])
def test_remarks_that_nobody_asked_for_are_tolerated(
    server: LyingImap, connection: Connection, remark: str, command: str
) -> None:
    server.lie(Lie.REMARK, at=command, text=remark)
    assert connection.uids_after(0) == (1, 2, 3)
    assert len(connection.fetch([1, 2, 3])) == 3
    assert connection.missing([1]) == frozenset()


@pytest.mark.parametrize("flags", [r"* 2 FETCH (UID 2 FLAGS (\Seen))", r"* 2 FETCH (FLAGS (\Seen) UID 2 MODSEQ (7))"])
def test_flags_that_another_client_changed_meanwhile_say_nothing_of_size_and_time(
    server: LyingImap, connection: Connection, flags: str
) -> None:
    server.lie(Lie.AFTERTHOUGHT, at="FETCH", text=flags, times=2)
    told = connection.sizes([1, 2, 3])
    assert [mail.size for mail in told] == [len(mail.raw) for mail in connection.fetch([1, 2, 3])]
    assert all(mail.internaldate for mail in told)


def test_a_literal_where_uids_should_be_names_none(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text="* SEARCH 7 {1}\r\nx")
    assert connection.all_uids() == (1, 2, 3)


@pytest.mark.parametrize("remark", ["* search 1 7", "* Search 1 7", "*  SEARCH 1 7"])
def test_keywords_may_come_in_any_case_and_with_blanks_between(
    server: LyingImap, connection: Connection, remark: str
) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text=remark)
    assert connection.all_uids() == (1, 2, 3, 7)


def test_uids_in_no_order_and_twice_are_each_told_once_in_order(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text="* SEARCH 9 4 9 2")
    assert connection.all_uids() == (1, 2, 3, 4, 9)


def test_numbers_that_no_uid_can_have_are_none(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text="* SEARCH 0 4294967296 9999999999999999999")
    assert connection.all_uids() == (1, 2, 3)


def test_a_count_that_is_no_number_is_no_news_and_no_error(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="FETCH", text="* EXISTS many")
    connection.fetch([1])
    assert connection.uids_between(1, 3) == (1, 2, 3)


def test_a_literal8_is_a_literal(server: LyingImap, connection: Connection) -> None:
    odd = b"Subject: \x00\r\n\r\n" + bytes(range(256))
    uid = server.deliver(odd)
    server.lie(Lie.TILDE, at="FETCH")
    assert [mail.raw for mail in connection.fetch([uid])] == [odd]


def test_a_part_that_does_not_say_where_it_begins_is_taken_for_the_part_asked_for(
    server: LyingImap, connection: Connection
) -> None:
    server.lie(Lie.UNPLACED, at="FETCH")
    assert [mail.raw for mail in connection.fetch_headers([1])] == [
        letter("anna").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    ]


def test_a_fetch_that_the_server_calls_bad_gives_what_came_before(server: LyingImap, connection: Connection) -> None:
    server.refuses = {2: "BAD Command Error. 10"}
    assert [mail.uid for mail in connection.fetch([1, 2, 3])] == [1]
    assert connection.fetch([2]) == ()
    assert [mail.uid for mail in connection.fetch([3])] == [3]


@pytest.mark.parametrize(
    "date",
    [
        "31-Feb-2026 10:00:00 +0000",
        "00-Jan-1900 00:00:00 +0000",
        " 1-Xyz-2026 10:00:00 +0000",
        "31-Dec-9999 23:59:59 -2359",
        "1-Jan-0000 00:00:00 +0000",
        "1-Jan-0001 00:00:00 +0000",
        "31-Dec-1969 19:00:00 -0500",
        "1-Jan-2026 25:61:61 +9999",
        "1-Jan-2026",
        "NIL",
        "",
        "x" * 100_000,
    ],
)
def test_a_time_that_is_none_is_unknown(date: str) -> None:
    (found,) = listed([f'1 (UID 1 RFC822.SIZE 5 INTERNALDATE "{date}")'.encode()])
    assert (found.size, found.internaldate) == (5, None)


def test_a_search_answer_in_several_lines_is_one_answer(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text="* SEARCH 1 7 (MODSEQ 99)")
    assert connection.all_uids() == (1, 2, 3, 7)


def test_a_hundred_thousand_uids_come_in_one_line(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="SEARCH", text="* SEARCH " + " ".join(map(str, range(1_000_000, 1_200_000))))
    assert len(connection.uids_after(0)) == 200_003


def test_a_uidvalidity_that_changes_in_mid_session_ends_it(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="FETCH", text="* OK [UIDVALIDITY 7] replaced")
    with pytest.raises(ConnectionLost):
        connection.fetch([1])


def test_the_same_uidvalidity_told_again_changes_nothing(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.REMARK, at="FETCH", text=f"* OK [UIDVALIDITY {server.boxes['INBOX'].uidvalidity}] as ever")
    assert len(connection.fetch([1])) == 1


def test_a_hostile_answer_is_read_in_linear_time(server: LyingImap, connection: Connection) -> None:
    for text in ('(UID 1 X "' + '"\\' * 300_000, "(" * 600_000, "(UID " + "9" * 600_000 + ")"):
        server.lie(Lie.REMARK, at="FETCH", text=f"* 1 FETCH {text}")
        assert [mail.uid for mail in connection.fetch([2])] == [2]
