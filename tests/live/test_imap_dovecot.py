"""The IMAP door against a real Dovecot."""

import imaplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
from servers.certificates import Authority
from servers.dovecot import PASSWORD, Dovecot

from mailbot.imap import (
    Busy,
    Connection,
    ConnectionLost,
    FolderRefused,
    LoginRefused,
    TlsRefused,
    connect,
)
from mailbot.model import Imap, Transport

LETTER = b"From: Anna <anna@example.org>\r\nSubject: Bonjour\r\n\r\nUne question.\r\n"
LONG = 30.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def dovecot(authority: Authority) -> Iterator[Dovecot]:
    with Dovecot(authority.valid()) as server:
        yield server


@pytest.fixture
def other(dovecot: Dovecot) -> Iterator[imaplib.IMAP4]:
    """Another client at the same mailbox, with an empty folder of its own for this test, not selected."""
    with imaplib.IMAP4("localhost", dovecot.imap) as client:
        client.login("support", PASSWORD)
        client.create("Work")
        yield client
        for folder in ("Work", "Done"):
            client.delete(folder)


@pytest.fixture
def connection(dovecot: Dovecot, other: imaplib.IMAP4) -> Iterator[Connection]:
    with connect(dovecot.settings("Work")) as connection:
        connection.select(readonly=False)
        yield connection


@pytest.fixture
def wake() -> Iterator[socket.socket]:
    """Never readable."""
    reading, writing = socket.socketpair()
    with reading, writing:
        yield reading


def append(client: imaplib.IMAP4, *letters: bytes) -> None:
    for raw in letters:
        assert client.append("Work", "", "", raw)[0] == "OK"


def arrived(connection: Connection, client: imaplib.IMAP4, *letters: bytes) -> tuple[int, ...]:
    """Their UIDs, as the connection sees them: Dovecot shows new mail after the next SELECT, NOOP or IDLE only."""
    append(client, *letters)
    connection.select(readonly=False)
    return connection.all_uids()


def by_other(client: imaplib.IMAP4, *commands: tuple[str, ...]) -> bytes:
    """STORE, EXPUNGE, SEARCH in the folder; gives the answer to the last."""
    client.select("Work")
    for name, *arguments in commands:
        answer = getattr(client, name)(*arguments)[1]
    client.unselect()
    return bytes(answer[0] or b"")


def over(dovecot: Dovecot, security: Transport, ca_file: str | None) -> Imap:
    port = dovecot.imaps if security is Transport.TLS else dovecot.imap
    return replace(dovecot.settings(), port=port, security=security, ca_file=ca_file)


@pytest.mark.parametrize("security", [Transport.TLS, Transport.STARTTLS, Transport.NONE])
def test_a_mail_is_read_over_every_transport(dovecot: Dovecot, authority: Authority, security: Transport) -> None:
    dovecot.deliver(LETTER, "business+tag@example.com")
    settings = replace(over(dovecot, security, str(authority.file)), username="business")
    with connect(settings) as connection:
        folder = connection.select(readonly=True)
        uids = connection.uids_after(folder.uidnext - 2)
        (mail,) = connection.fetch(uids)
        assert mail.raw.endswith(LETTER)


@pytest.mark.parametrize("security", [Transport.TLS, Transport.STARTTLS])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("wrong_host", "Hostname mismatch"), ("expired", "certificate has expired"), ("self_signed", "self-signed")],
)
def test_a_bad_certificate_is_refused_in_clear_words(
    authority: Authority, security: Transport, kind: str, reason: str
) -> None:
    with Dovecot(getattr(authority, kind)()) as server:
        with pytest.raises(TlsRefused, match=rf"certificate was refused \({reason}") as told:
            connect(over(server, security, str(authority.file)))
        assert str(told.value).startswith(
            f"localhost:{server.imap if security is Transport.STARTTLS else server.imaps}:"
        )
        assert "Login" not in server.log.read_text()


def test_starttls_that_a_server_does_not_offer_is_refused() -> None:
    with Dovecot() as server, pytest.raises(TlsRefused, match="offers no STARTTLS"):
        connect(over(server, Transport.STARTTLS, None))


def test_a_wrong_password_is_refused_in_clear_words(dovecot: Dovecot) -> None:
    with pytest.raises(LoginRefused, match=r"\[AUTHENTICATIONFAILED\] \(logging in\): check username and password"):
        connect(replace(dovecot.settings(), password="wr0ng"))


def test_a_password_beyond_ascii_is_sent_and_refused_like_any_other(dovecot: Dovecot) -> None:
    with pytest.raises(LoginRefused, match="AUTHENTICATIONFAILED"):
        connect(replace(dovecot.settings(), password="pässwörd"))


def test_too_many_connections_are_no_wrong_password() -> None:
    with Dovecot(connections=1) as server, connect(server.settings()), pytest.raises(Busy):
        connect(server.settings())


def test_fetching_leaves_flags_alone_and_marking_sets_them(connection: Connection, other: imaplib.IMAP4) -> None:
    uids = arrived(connection, other, LETTER, LETTER)
    assert [mail.raw for mail in connection.fetch(uids)] == [LETTER] * 2
    assert by_other(other, ("search", "UTF-8", "SEEN")) == b""
    connection.mark_seen(uids[1:])
    assert by_other(other, ("search", "UTF-8", "SEEN")) == b"2"


def test_sizes_are_the_real_ones_and_times_are_utc(connection: Connection, other: imaplib.IMAP4) -> None:
    uids = arrived(connection, other, *(LETTER + b"x" * size for size in (10, 1_000, 100_000)))
    listed = connection.sizes(uids)
    assert [mail.size for mail in listed] == [len(LETTER) + size for size in (10, 1_000, 100_000)]
    assert all(mail.internaldate is not None and mail.internaldate.tzinfo is UTC for mail in listed)


def test_a_mail_of_twenty_megabytes_comes_whole_and_its_header_alone(
    connection: Connection, other: imaplib.IMAP4
) -> None:
    large = LETTER + b"0123456789abcdef" * (20 << 16)
    uids = arrived(connection, other, large)
    assert [mail.raw for mail in connection.fetch(uids)] == [large]
    assert [mail.raw for mail in connection.fetch_headers(uids)] == [LETTER.partition(b"Une")[0]]


def test_a_mail_expunged_by_another_between_search_and_fetch_is_missing(
    connection: Connection, other: imaplib.IMAP4
) -> None:
    uids = arrived(connection, other, LETTER, LETTER, LETTER)
    by_other(other, ("store", "2", "+FLAGS", r"(\Deleted)"), ("expunge",))
    assert connection.missing(uids) == {uids[1]}
    assert [mail.uid for mail in connection.fetch(uids)] == [uids[0], uids[2]]


def test_a_folder_made_anew_has_another_uidvalidity(
    dovecot: Dovecot, connection: Connection, other: imaplib.IMAP4
) -> None:
    before = connection.select(readonly=True)
    other.delete("Work")
    other.create("Work")
    with connect(dovecot.settings("Work")) as again:
        assert again.select(readonly=True).uidvalidity != before.uidvalidity


def test_a_folder_that_vanishes_ends_the_session_and_is_told_by_the_next(
    dovecot: Dovecot, connection: Connection, other: imaplib.IMAP4
) -> None:
    other.delete("Work")
    with pytest.raises(ConnectionLost):
        connection.missing([1])
    with (
        connect(dovecot.settings("Work")) as again,
        pytest.raises(FolderRefused, match="there is no folder 'Work'; the nearest are 'INBOX'"),
    ):
        again.select(readonly=True)


def test_a_new_mail_ends_the_idle_wait(connection: Connection, other: imaplib.IMAP4, wake: socket.socket) -> None:
    append(other, LETTER)
    while not connection.wait(LONG, wake):
        pass
    assert len(connection.uids_after(0)) == 1


def test_a_short_wait_asks_with_noop(connection: Connection, other: imaplib.IMAP4, wake: socket.socket) -> None:
    append(other, LETTER)
    assert connection.wait(0, wake)


def test_a_mail_that_a_search_tells_of_but_does_not_list_is_news(
    connection: Connection, other: imaplib.IMAP4, wake: socket.socket
) -> None:
    append(other, LETTER)
    assert connection.uids_after(0) == ()
    assert connection.wait(LONG, wake)
    assert len(connection.uids_after(0)) == 1


def test_a_server_that_stops_while_we_wait_is_noticed(wake: socket.socket) -> None:
    with Dovecot() as server:
        connection = connect(server.settings())
        connection.select(readonly=True)
    with connection, pytest.raises(ConnectionLost):
        connection.wait(LONG, wake)


@pytest.mark.parametrize("without", ["nothing", "MOVE"])
def test_mails_are_moved_and_a_mail_that_another_marked_as_deleted_stays(
    connection: Connection, other: imaplib.IMAP4, without: str
) -> None:
    other.create("Done")
    uids = arrived(connection, other, LETTER, LETTER, LETTER)
    by_other(other, ("store", "3", "+FLAGS", r"(\Deleted)"))
    assert {"MOVE", "UIDPLUS"} <= connection.capabilities
    connection.capabilities -= {without}
    connection.move(uids[:2], "Done")
    assert connection.all_uids() == uids[2:]
    assert other.status("Done", "(MESSAGES)")[1] == [b"Done (MESSAGES 2)"]


def test_mails_are_deleted_one_by_one(connection: Connection, other: imaplib.IMAP4) -> None:
    uids = arrived(connection, other, LETTER, LETTER, LETTER)
    by_other(other, ("store", "1", "+FLAGS", r"(\Deleted)"))
    connection.delete(uids[1:2])
    assert connection.all_uids() == (uids[0], uids[2])


@pytest.mark.parametrize("separator", [".", "/"])
def test_a_folder_below_another_with_french_letters_is_found(separator: str) -> None:
    name = separator.join(["Traités", "À faire & co"])
    with Dovecot(separator=separator) as server:
        with imaplib.IMAP4("localhost", server.imap) as client:
            client.login("support", PASSWORD)
            assert client.create(f'"Trait&AOk-s{separator}&AMA- faire &- co"')[0] == "OK"
        with connect(server.settings(name)) as connection:
            assert connection.find(name) == connection.find("Traités/À faire & co") == name
            with pytest.raises(FolderRefused, match="there is no folder 'Traités\\*'; the nearest are"):
                connection.find("Traités*")
            probe = connection.probe()
            assert (probe.folder.name, probe.delimiter) == (name, separator)
            assert {"IDLE", "MOVE", "UIDPLUS"} <= probe.capabilities
