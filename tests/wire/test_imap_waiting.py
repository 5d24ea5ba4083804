"""How the IMAP door waits for mail, and how it finds out that nobody is there any more: F-069 to F-071, F-075."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from servers.lying_imap import CAPABILITIES, Lie, LyingImap

from mailbot.imap import Connection, ConnectionLost, Patience, connect

HASTY = Patience(connect=5, read=0.5, answer=0.6)
LONG = 30.0
SHORT = 0.05


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        server.deliver(b"Subject: first\r\n\r\n")
        yield server


@pytest.fixture
def connection(server: LyingImap) -> Iterator[Connection]:
    with opened(server) as connection:
        yield connection


def opened(server: LyingImap, patience: Patience | None = None) -> Connection:
    connection = connect(server.settings(), patience=patience)
    connection.select(readonly=True)
    return connection


class Wake:
    """The end that a connection waits on, and the other."""

    def __init__(self) -> None:
        self.socket, self._writing = socket.socketpair()

    def rouse(self) -> None:
        self._writing.send(b"x")

    def close(self) -> None:
        self.socket.close()
        self._writing.close()


@pytest.fixture
def wake() -> Iterator[Wake]:
    with contextlib.closing(Wake()) as wake:
        yield wake


def test_a_new_mail_ends_the_wait(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.before("IDLE", lambda: server.deliver(b"Subject: second\r\n\r\n"))
    assert connection.wait(LONG, wake.socket)
    assert connection.uids_after(1) == (2,)


def test_we_are_woken_without_news(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.before("IDLE", lambda: wake.rouse())
    assert not connection.wait(LONG, wake.socket)
    assert connection.all_uids() == (1,)


def test_a_short_wait_asks_with_noop(server: LyingImap, connection: Connection, wake: Wake) -> None:
    assert not connection.wait(SHORT, wake.socket)
    server.deliver(b"Subject: second\r\n\r\n")
    assert connection.wait(SHORT, wake.socket)
    assert server.arguments("IDLE") == []


def test_without_idle_the_wait_ends_by_time_or_wake(wake: Wake) -> None:
    with LyingImap(CAPABILITIES - {"IDLE"}) as server, opened(server) as connection:
        wake.rouse()
        assert not connection.wait(LONG, wake.socket)
        server.deliver(b"Subject: second\r\n\r\n")
        assert connection.wait(LONG, wake.socket)
        assert server.arguments("IDLE") == []


@pytest.mark.parametrize("command", ["SEARCH", "FETCH"])
def test_news_told_in_another_answer_is_not_lost(
    server: LyingImap, connection: Connection, wake: Wake, command: str
) -> None:
    server.before(command, lambda: server.deliver(b"Subject: second\r\n\r\n"))
    if command == "SEARCH":
        server.lie(Lie.REMARK, at="SEARCH", text="* 2 EXISTS")
    connection.uids_after(1)
    connection.fetch([1])
    assert connection.wait(LONG, wake.socket)
    assert server.arguments("IDLE") == []


def test_news_that_was_listed_meanwhile_is_no_news_any_more(
    server: LyingImap, connection: Connection, wake: Wake
) -> None:
    server.before("FETCH", lambda: server.deliver(b"Subject: second\r\n\r\n"))
    connection.fetch([1])
    assert connection.uids_after(1) == (2,)
    assert not connection.wait(SHORT, wake.socket)


def test_a_count_that_did_not_change_is_no_news(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.lie(Lie.REMARK, at="NOOP", text="* 1 EXISTS", times=3)
    assert [connection.wait(SHORT, wake.socket) for _ in range(3)] == [False] * 3


def test_a_mail_that_came_for_one_that_went_is_news(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.expunge(1)
    server.deliver(b"Subject: second\r\n\r\n")
    assert connection.wait(SHORT, wake.socket)
    server.expunge(2)
    assert not connection.wait(SHORT, wake.socket)


def test_remarks_before_the_continuation_are_tolerated(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.lie(Lie.REMARK, at="IDLE", text="* OK [X-HELLO] one moment")
    server.before("IDLE", lambda: wake.rouse())
    assert not connection.wait(LONG, wake.socket)


@pytest.mark.parametrize("lie", [Lie.NO, Lie.BAD])
def test_a_server_that_refuses_idle_is_asked_by_noop_from_then_on(
    server: LyingImap, connection: Connection, wake: Wake, lie: Lie
) -> None:
    wake.rouse()
    server.lie(lie, at="IDLE", text="not implemented after all")
    assert not connection.wait(LONG, wake.socket)
    assert not connection.wait(LONG, wake.socket)
    assert len(server.arguments("IDLE")) == 1
    assert len(server.arguments("NOOP")) == 1


def say(command: str, connection: Connection, wake: Wake) -> None:
    """Does what sends that command."""
    match command:
        case "IDLE":
            connection.wait(LONG, wake.socket)
        case "NOOP":
            connection.wait(SHORT, wake.socket)
        case "SEARCH":
            connection.all_uids()
        case _:
            connection.fetch([1])


@pytest.mark.parametrize("lie", [Lie.BYE, Lie.CLOSE, Lie.RESET])
@pytest.mark.parametrize("at", ["IDLE", "NOOP", "SEARCH", "FETCH"])
def test_a_connection_that_ends_is_noticed_at_once_wherever_it_ends(
    server: LyingImap, connection: Connection, wake: Wake, lie: Lie, at: str
) -> None:
    server.lie(lie, at=at, text="shutting down")
    with pytest.raises(ConnectionLost):
        say(at, connection, wake)


def test_a_connection_that_ends_while_we_wait_is_noticed_at_once(
    server: LyingImap, connection: Connection, wake: Wake
) -> None:
    server.lie(Lie.DESERT, at="IDLE")
    with pytest.raises(ConnectionLost, match="waiting for mail"):
        connection.wait(LONG, wake.socket)


def test_a_bye_while_we_wait_is_noticed_at_once(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.lie(Lie.HASTE, at="IDLE", text="* BYE shutting down")
    with pytest.raises(ConnectionLost, match="waiting for mail"):
        connection.wait(LONG, wake.socket)


def test_an_expunge_while_we_wait_ends_the_wait_and_is_no_news(
    server: LyingImap, connection: Connection, wake: Wake
) -> None:
    server.before("IDLE", lambda: server.expunge(1))
    assert not connection.wait(LONG, wake.socket)
    assert connection.all_uids() == ()


def test_news_in_one_segment_with_the_continuation_is_seen_at_once(
    server: LyingImap, connection: Connection, wake: Wake
) -> None:
    server.lie(Lie.HASTE, at="IDLE", text="* 2 EXISTS")
    assert connection.wait(LONG, wake.socket)


def test_news_that_comes_in_pieces_is_news(server: LyingImap, connection: Connection, wake: Wake) -> None:
    server.lie(Lie.DRIBBLE, at="IDLE", text="* 2 EXISTS")
    assert connection.wait(LONG, wake.socket)


@pytest.mark.parametrize("lie", [Lie.HANG, Lie.DRIP])
@pytest.mark.parametrize("at", ["IDLE", "NOOP", "SEARCH", "FETCH"])
def test_a_server_that_goes_silent_is_noticed_by_the_deadline(server: LyingImap, wake: Wake, lie: Lie, at: str) -> None:
    wake.rouse()
    with opened(server, HASTY) as connection:
        server.lie(lie, at=at)
        with pytest.raises(ConnectionLost, match=r"no answer in time"):
            say(at, connection, wake)


def test_a_half_open_connection_is_noticed_when_the_wait_is_over(server: LyingImap, wake: Wake) -> None:
    with opened(server, HASTY) as connection:
        server.lie(Lie.MUTE, at="IDLE")
        server.before("IDLE", wake.rouse)
        with pytest.raises(ConnectionLost, match="no answer in time"):
            connection.wait(LONG, wake.socket)
