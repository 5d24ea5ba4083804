"""How a written folder name is found on the wire, and what is said where it is not: F-077, F-080."""

from collections.abc import Iterator

import pytest
from servers.lying_imap import CAPABILITIES, Box, Lie, LyingImap

from mailbot.imap import Busy, CommandRefused, ConnectionLost, FolderRefused, connect


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield server


@pytest.mark.parametrize(
    ("name", "on_the_wire"),
    [
        ("Traités/À faire & co", "Trait&AOk-s/&AMA- faire &- co"),
        ('a"b\\c', 'a"b\\c'),
        ("INBOX.Fait", "INBOX.Fait"),
        ("Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s"),
        ("日本語", "&ZeVnLIqe-"),
        ("2026", "2026"),
    ],
)
def test_a_folder_name_may_hold_letters_and_quotes_of_any_kind(server: LyingImap, name: str, on_the_wire: str) -> None:
    server.boxes[on_the_wire] = Box(uidvalidity=7)
    with connect(server.settings(folder=name)) as connection:
        assert connection.select(readonly=True).uidvalidity == 7
        assert connection.find(name) == name
    assert len(server.arguments("EXAMINE")) == 1


@pytest.mark.parametrize(
    ("delimiter", "written", "on_the_wire"),
    [
        (".", "Traités/À faire", "Trait&AOk-s.&AMA- faire"),
        (".", "Fait", "INBOX.Fait"),
        ("/", "Boîte de réception", "INBOX"),
        ("", "Notes", "Notes"),
    ],
)
def test_a_name_as_the_operator_sees_it_is_looked_up_once(delimiter: str, written: str, on_the_wire: str) -> None:
    with LyingImap(delimiter=delimiter) as server:
        server.boxes[on_the_wire] = Box(uidvalidity=7)
        with connect(server.settings(folder=written)) as connection:
            assert [connection.select(readonly=True).uidvalidity for _ in range(3)] == [7] * 3
        assert len(server.arguments("LIST")) == (0 if written == on_the_wire else 1)
        assert server.arguments("EXAMINE")[-2:] == [f'"{on_the_wire}"'] * 2


@pytest.mark.parametrize("on_the_wire", ["R&D", "Trait\u00c3\u00a9s"], ids=["bare ampersand", "UTF-8"])
def test_a_name_that_the_server_encodes_as_nobody_else_goes_back_as_it_came(
    server: LyingImap, on_the_wire: str
) -> None:
    server.boxes[on_the_wire] = Box(uidvalidity=7)
    written = on_the_wire.encode("latin-1").decode()
    with connect(server.settings(folder=written)) as connection:
        assert connection.select(readonly=True).uidvalidity == 7


def test_a_missing_folder_is_told_with_the_nearest_names_and_the_connection_stays(server: LyingImap) -> None:
    server.boxes |= {"Trait&AOk-s": Box(), "Trait&AOk-s/2026": Box(), "Junk": Box()}
    with connect(server.settings(folder="Traites")) as connection:
        with pytest.raises(FolderRefused) as told:
            connection.select(readonly=True)
        assert str(told.value) == (
            f"127.0.0.1:{server.port}: there is no folder 'Traites'; the nearest are 'Traités', 'Traités/2026'."
        )
        server.boxes["Traites"] = Box()
        assert connection.select(readonly=True).exists == 0


def test_a_folder_that_is_there_and_refused_is_told_so(server: LyingImap) -> None:
    server.boxes["Private"] = Box()
    with connect(server.settings(folder="Private")) as connection:
        server.lie(Lie.NO, at="EXAMINE", text="[NOPERM] not for somebody@example.com")
        with pytest.raises(FolderRefused, match=r"refused \[NOPERM\] \(opening folder 'Private'\): check that") as told:
            connection.select(readonly=True)
        assert "somebody@example.com" not in str(told.value)


def test_a_folder_that_only_holds_folders_is_told_with_those(server: LyingImap) -> None:
    server.boxes |= {"Clients": Box(attributes=(r"\Noselect",)), "Clients/Fait": Box(), "Clients/Neuf": Box()}
    with (
        connect(server.settings(folder="Clients")) as connection,
        pytest.raises(FolderRefused, match=r"'Clients' only holds folders; the nearest are 'Clients/Fait', 'Clients/N"),
    ):
        connection.select(readonly=True)


@pytest.mark.parametrize("lie", [Lie.NO, Lie.BAD])
def test_a_server_that_lists_nothing_leaves_the_name_as_it_is(server: LyingImap, lie: Lie) -> None:
    with connect(server.settings(folder="Gone")) as connection:
        server.lie(lie, at="LIST", text="no")
        with pytest.raises(FolderRefused, match="'Gone'"):
            connection.select(readonly=True)
        with pytest.raises(FolderRefused, match="there is no folder 'Gone'; the nearest are 'INBOX'"):
            connection.select(readonly=True)


def test_a_server_without_room_is_not_asked_for_its_folders_as_well(server: LyingImap) -> None:
    server.lie(Lie.NO, at="EXAMINE", text="[UNAVAILABLE] later")
    with connect(server.settings()) as connection, pytest.raises(Busy):
        connection.select(readonly=True)
    assert server.arguments("LIST") == []


def test_a_connection_that_ends_while_the_folders_are_listed_is_lost(server: LyingImap) -> None:
    server.lie(Lie.BYE, at="LIST")
    with connect(server.settings(folder="Gone")) as connection, pytest.raises(ConnectionLost):
        connection.select(readonly=True)


@pytest.mark.parametrize("marks_in_list", [True, False])
def test_a_special_folder_is_found_whether_the_plain_list_marks_it_or_not(marks_in_list: bool) -> None:
    with LyingImap(CAPABILITIES | {"SPECIAL-USE"}) as server:
        server.marks_in_list = marks_in_list
        server.boxes["[Gmail]/Tous les messages"] = Box(uidvalidity=7, attributes=(r"\All",))
        with connect(server.settings(folder=r"\All")) as connection:
            assert connection.select(readonly=True).uidvalidity == 7


def test_a_server_that_announces_special_use_and_refuses_it_is_asked_for_the_usual_names() -> None:
    with LyingImap(CAPABILITIES | {"SPECIAL-USE"}) as server:
        server.boxes["Sent Items"] = Box(uidvalidity=7)
        with connect(server.settings(folder=r"\Sent")) as connection:
            server.before("LIST", lambda: server.lie(Lie.NO, at="LIST", text="no"))
            assert connection.select(readonly=True).uidvalidity == 7


def test_where_no_folder_is_special_the_operator_is_asked_for_its_name(server: LyingImap) -> None:
    server.boxes |= {"Archives": Box(), "Drafts": Box()}
    with (
        connect(server.settings(folder=r"\Archive")) as connection,
        pytest.raises(FolderRefused, match=r"no folder is marked as \\Archive, so write its name; the nearest are 'A"),
    ):
        connection.select(readonly=True)


def test_mails_are_moved_to_a_folder_by_the_name_that_the_operator_sees() -> None:
    with LyingImap(delimiter=".") as server:
        server.deliver(b"x")
        server.boxes["INBOX.Trait&AOk-s.Fait"] = Box()
        with connect(server.settings()) as connection:
            connection.select(readonly=False)
            connection.move([1], "Traités/Fait")
        assert len(server.boxes["INBOX.Trait&AOk-s.Fait"].letters) == 1


def test_a_missing_target_folder_is_told_with_the_nearest_names_and_the_mail_stays(server: LyingImap) -> None:
    server.deliver(b"x")
    server.boxes["Gane"] = Box()
    with connect(server.settings()) as connection:
        connection.select(readonly=False)
        with pytest.raises(CommandRefused, match=r"there is no folder 'Gone'; the nearest are 'Gane'\.$"):
            connection.move([1], "Gone")
        assert connection.all_uids() == (1,)


def test_a_folder_name_with_a_line_break_never_reaches_the_wire(server: LyingImap) -> None:
    with connect(server.settings(folder="x\r\nA2 DELETE INBOX")) as connection:
        with pytest.raises(FolderRefused, match="control character"):
            connection.select(readonly=True)
        with pytest.raises(FolderRefused, match="control character"):
            connection.find("x\r\nA2 DELETE INBOX")
        assert server.arguments("EXAMINE") == server.arguments("LIST") == []
