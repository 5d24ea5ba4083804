"""What the IMAP door changes on the server, and what it never does: F-075, F-076, RC-04."""

from collections.abc import Callable, Iterator

import pytest
from servers.lying_imap import CAPABILITIES, Box, Lie, LyingImap

from mailbot.imap import CommandRefused, Connection, connect

# A UID that no mail has: asked first, whether the server can.
NOBODY = "4294967295"


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield filled(server)


def filled(server: LyingImap) -> LyingImap:
    for name in ("anna", "bruno", "chloe"):
        server.deliver(f"Subject: {name}\r\n\r\n".encode())
    server.boxes["INBOX"].letters[0].flags.add(r"\Deleted")
    server.boxes["Done"] = Box()
    return server


@pytest.fixture
def connection(server: LyingImap) -> Iterator[Connection]:
    with opened(server) as connection:
        yield connection


def opened(server: LyingImap) -> Connection:
    connection = connect(server.settings())
    connection.select(readonly=False)
    return connection


def uids(server: LyingImap, folder: str = "INBOX") -> list[int]:
    return [letter.uid for letter in server.boxes[folder].letters]


def test_seen_is_set_on_the_mails_named_and_on_no_other(server: LyingImap, connection: Connection) -> None:
    connection.mark_seen([2, 3])
    assert [r"\Seen" in letter.flags for letter in server.boxes["INBOX"].letters] == [False, True, True]


def test_mails_are_moved_in_one_command_where_the_server_can(server: LyingImap, connection: Connection) -> None:
    connection.move([2, 3], "Done")
    assert (uids(server), uids(server, "Done")) == ([1], [1, 2])
    assert server.arguments("MOVE") == ['2:3 "Done"']


def test_without_move_mails_are_copied_then_expunged_by_uid() -> None:
    with LyingImap(CAPABILITIES - {"MOVE"}) as server, opened(filled(server)) as connection:
        connection.move([2, 3], "Done")
        assert (uids(server), uids(server, "Done")) == ([1], [1, 2])
        assert server.arguments("EXPUNGE") == [NOBODY, "2", "2:3"]
        assert server.arguments("COPY") == ['2 "Done"', '2:3 "Done"']


def test_without_move_and_uidplus_nothing_is_touched() -> None:
    with LyingImap(CAPABILITIES - {"MOVE", "UIDPLUS"}) as server, opened(filled(server)) as connection:
        with pytest.raises(CommandRefused, match='cannot remove single mails: use processed = "seen"'):
            connection.move([2], "Done")
        with pytest.raises(CommandRefused, match="cannot remove single mails"):
            connection.delete([2])
        connection.mark_seen([2])
        assert (uids(server), uids(server, "Done")) == ([1, 2, 3], [])
        assert server.arguments("EXPUNGE") == server.arguments("COPY") == []


def test_a_mail_that_somebody_else_marked_as_deleted_outlives_our_deletion(
    server: LyingImap, connection: Connection
) -> None:
    connection.delete([3])
    assert uids(server) == [1, 2]
    assert server.arguments("EXPUNGE") == [NOBODY, "3"]


def test_many_mails_are_marked_in_commands_of_five_hundred(server: LyingImap, connection: Connection) -> None:
    every_other = [server.boxes["INBOX"].add(b"x", uid=uid) for uid in range(10, 2410, 2)]
    connection.mark_seen(every_other)
    said = server.arguments("STORE")
    assert len(said) == 3
    assert all(len(line) < 8000 for line in said)
    marked = [letter.uid for letter in server.boxes["INBOX"].letters if r"\Seen" in letter.flags]
    assert marked == every_other


def test_nothing_is_said_for_no_mail(server: LyingImap, connection: Connection) -> None:
    before = len(server.commands)
    connection.mark_seen([])
    connection.move([], "Done")
    connection.delete([])
    assert connection.fetch([]) == ()
    assert connection.sizes([]) == ()
    assert len(server.commands) == before


@pytest.mark.parametrize("lie", [Lie.NO, Lie.BAD])
def test_a_refused_mark_is_a_warning_and_the_connection_stays(
    server: LyingImap, connection: Connection, lie: Lie
) -> None:
    server.lie(lie, at="STORE", text="[NOPERM] not for somebody@example.com")
    with pytest.raises(CommandRefused, match=r"refused \[NOPERM\] \(marking mail as seen\)\.") as told:
        connection.mark_seen([1])
    assert "somebody" not in str(told.value)
    connection.mark_seen([1])


def test_a_move_into_a_full_folder_is_no_reason_to_stop_reading(server: LyingImap, connection: Connection) -> None:
    server.lie(Lie.NO, at="MOVE", text="[OVERQUOTA] full")
    with pytest.raises(CommandRefused, match="OVERQUOTA"):
        connection.move([1], "Done")
    assert connection.all_uids() == (1, 2, 3)


def test_no_mark_is_tried_in_a_folder_that_may_only_be_read(server: LyingImap) -> None:
    server.boxes["INBOX"].readonly = True
    with opened(server) as connection:
        with pytest.raises(CommandRefused, match="'INBOX' may only be read"):
            connection.mark_seen([1])
        with pytest.raises(CommandRefused, match="'INBOX' may only be read"):
            connection.move([1], "Done")
        with pytest.raises(CommandRefused, match="'INBOX' may only be read"):
            connection.delete([1])
        assert len(connection.fetch([1])) == 1
    assert not {"STORE", "MOVE", "COPY", "EXPUNGE"} & {line.removeprefix("UID ").split()[0] for line in server.commands}


def test_a_target_folder_with_a_line_break_never_reaches_the_wire(server: LyingImap, connection: Connection) -> None:
    with pytest.raises(CommandRefused, match="control character"):
        connection.move([1], 'x"\r\nA2 DELETE INBOX')
    assert server.arguments("MOVE") == server.arguments("DELETE") == []


def test_a_mail_somebody_has_read_is_still_found(server: LyingImap, connection: Connection) -> None:
    server.boxes["INBOX"].letters[1].flags.add(r"\Seen")
    assert connection.uids_after(1) == (2, 3)


def test_a_server_that_announces_move_and_does_not_know_it_is_asked_once(
    server: LyingImap, connection: Connection
) -> None:
    server.lie(Lie.BAD, at="MOVE", text="Unknown command")
    connection.move([2], "Done")
    connection.move([3], "Done")
    assert (uids(server), uids(server, "Done")) == ([1], [1, 2])
    assert (len(server.arguments("MOVE")), server.arguments("EXPUNGE")) == (1, [NOBODY, "2", "3"])


@pytest.mark.parametrize("lie", [Lie.NO, Lie.BAD])
def test_what_a_server_cannot_remove_is_never_copied_so_that_no_copy_follows_the_other(lie: Lie) -> None:
    with LyingImap(CAPABILITIES - {"MOVE"}) as server, opened(filled(server)) as connection:
        server.lie(lie, at="EXPUNGE", text="Unknown command", times=9)
        for _ in range(3):
            with pytest.raises(CommandRefused, match="cannot remove single mails"):
                connection.move([2], "Done")
        assert (uids(server), uids(server, "Done")) == ([1, 2, 3], [])
        assert len(server.arguments("EXPUNGE")) == 1
        assert not server.arguments("STORE")


@pytest.mark.parametrize(
    ("lasting", "refused"),
    [
        ((), {"see", "move", "delete"}),
        ((r"\Seen",), {"move", "delete"}),
        ((r"\Deleted", r"\*"), {"see"}),
        ((r"\Seen", r"\Deleted"), set()),
        (None, set()),
    ],
)
def test_a_flag_that_would_not_last_is_not_set(lasting: tuple[str, ...] | None, refused: set[str]) -> None:
    """As a server with ACL tells it, where we lack a right."""
    with LyingImap(CAPABILITIES - {"MOVE"}) as server:
        filled(server).boxes["INBOX"].lasting = lasting
        with opened(server) as connection:
            acts: dict[str, Callable[[], None]] = {
                "see": lambda: connection.mark_seen([2]),
                "move": lambda: connection.move([2], "Done"),
                "delete": lambda: connection.delete([3]),
            }
            for name, act in acts.items():
                if name in refused:
                    with pytest.raises(CommandRefused, match=r"can be marked as (seen|deleted): set processed = "):
                        act()
                else:
                    act()
        assert bool(server.arguments("COPY")) == ("move" not in refused)


def test_a_server_that_says_ok_and_removes_nothing_gets_one_copy_and_no_mail_stays_marked_as_deleted() -> None:
    with LyingImap(CAPABILITIES - {"MOVE"}) as server, opened(filled(server)) as connection:
        server.lie(Lie.IDLY, at="EXPUNGE", times=9)
        for _ in range(3):
            with pytest.raises(CommandRefused, match="cannot remove single mails"):
                connection.move([2, 3], "Done")
        assert (uids(server), uids(server, "Done")) == ([1, 2, 3], [1])
        assert [r"\Deleted" in letter.flags for letter in server.boxes["INBOX"].letters] == [True, False, False]
