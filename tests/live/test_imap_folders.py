"""Folders, rights and extensions as a real server has them, or has not: F-075, F-076, F-080."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from imapclient import imap_utf7
from servers.dovecot import PASSWORD, Dovecot

from mailbot.imap import CommandRefused, Connection, FolderRefused, connect

LETTER = b"From: Anna <anna@example.org>\r\nSubject: Bonjour\r\n\r\nUne question.\r\n"
BARE = "IMAP4rev1"


@contextmanager
def mail_program(server: Dovecot) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("localhost", server.imap) as client:
        client.login("support", PASSWORD)
        yield client


def made(server: Dovecot, *folders: str) -> None:
    with mail_program(server) as client:
        for name in folders:
            assert client.create(f'"{name}"')[0] == "OK"


def letters(server: Dovecot, folder: str = "INBOX") -> int:
    with mail_program(server) as client:
        return int(client.select(f'"{folder}"', readonly=True)[1][0] or 0)


def deliver(server: Dovecot, count: int) -> None:
    for _ in range(count):
        server.deliver(LETTER, "support@example.com")


@contextmanager
def opened(server: Dovecot) -> Iterator[Connection]:
    with connect(server.settings()) as connection:
        connection.select(readonly=False)
        yield connection


@pytest.mark.parametrize("separator", [".", "/"])
def test_a_folder_below_a_prefix_is_found_by_the_name_that_mail_programs_show(separator: str) -> None:
    with Dovecot(separator=separator, prefix=f"INBOX{separator}") as server:
        wire = separator.join(("INBOX", "Trait&AOk-s", "&AMA- faire &- co"))
        made(server, wire)
        deliver(server, 2)
        name = separator.join(("INBOX", "Traités", "À faire & co"))
        for written in ("Traités/À faire & co", f"INBOX/Traités{separator}À faire & co".replace("/", separator), name):
            with connect(server.settings(written)) as connection:
                assert connection.select(readonly=True).name == connection.find(written) == name
        with opened(server) as connection:
            connection.move(connection.all_uids()[:1], "Traités/À faire & co")
        assert (letters(server), letters(server, wire)) == (1, 1)


@pytest.mark.parametrize("name", ['say "hello"', "back\\slash", "per%cent", "R&D", "日本語", "  two  blanks"])
def test_a_folder_of_any_name_is_read_and_moved_to(name: str) -> None:
    with Dovecot(separator="/") as server:
        escaped = imap_utf7.encode(name).decode().replace("\\", "\\\\").replace('"', '\\"')
        made(server, escaped)
        deliver(server, 1)
        with opened(server) as connection:
            connection.move(connection.all_uids(), name)
        with connect(server.settings(name)) as connection:
            assert connection.select(readonly=True).exists == 1
            assert connection.find(name) == name


def test_the_sent_folder_is_known_by_its_attribute_and_missing_it_is_a_sentence() -> None:
    with Dovecot() as server:
        with connect(server.settings()) as connection, pytest.raises(FolderRefused) as told:
            connection.find(r"\Sent")
        assert str(told.value) == (
            f"localhost:{server.imap}: no folder is marked as \\Sent, so write its name; the nearest are 'INBOX'."
        )
        made(server, "&AMk-l&AOk-ments envoy&AOk-s")
        with connect(server.settings()) as connection:
            assert connection.find(r"\Sent") == "Éléments envoyés"


def test_a_server_without_any_extension_is_read_and_marked_as_seen_and_nothing_more() -> None:
    with Dovecot(capability=BARE) as server:
        made(server, "Done")
        deliver(server, 3)
        with opened(server) as connection:
            assert {"UIDPLUS", "MOVE", "IDLE", "NAMESPACE", "SPECIAL-USE"}.isdisjoint(connection.capabilities)
            uids = connection.all_uids()
            assert [mail.raw.endswith(LETTER) for mail in connection.fetch(uids)] == [True] * 3
            connection.mark_seen(uids)
            with pytest.raises(CommandRefused, match='cannot remove single mails: use processed = "seen"'):
                connection.move(uids, "Done")
            with pytest.raises(CommandRefused, match='cannot remove single mails: use processed = "seen"'):
                connection.delete(uids)
        assert (letters(server), letters(server, "Done")) == (3, 0)


def test_without_move_mails_are_copied_and_removed_and_nobody_elses_are() -> None:
    with Dovecot(capability=f"{BARE} UIDPLUS") as server:
        made(server, "Done")
        deliver(server, 4)
        with mail_program(server) as client:
            client.select("INBOX")
            client.store("4", "+FLAGS", r"(\Deleted)")
            client.unselect()
        with opened(server) as connection:
            uids = connection.all_uids()
            connection.move(uids[:3], "Done")
            assert connection.all_uids() == uids[3:]
        assert (letters(server), letters(server, "Done")) == (1, 3)


@pytest.mark.parametrize(
    ("rights", "refusal"),
    [
        ("lr", "folder 'INBOX' may only be read: set processed = \"keep\""),
        ("lrs", "no mail of folder 'INBOX' can be marked as deleted: set processed = \"keep\""),
        ("lrwst", 'the server cannot remove single mails: use processed = "seen"'),
    ],
)
@pytest.mark.parametrize("capability", [f"{BARE} UIDPLUS", f"{BARE} UIDPLUS MOVE"], ids=["copy", "move"])
def test_without_the_right_to_remove_no_mail_is_copied_again_and_again(
    capability: str, rights: str, refusal: str
) -> None:
    with Dovecot(capability=capability, rights=rights) as server:
        made(server, "Done")
        deliver(server, 10)
        with opened(server) as connection:
            uids = connection.all_uids()
            for _ in range(3):
                with pytest.raises(CommandRefused) as told:
                    connection.move(uids, "Done")
                assert refusal in str(told.value) or "[NOPERM]" in str(told.value)
            for _ in range(3):
                with pytest.raises(CommandRefused, match=r"set processed|use processed"):
                    connection.delete(uids)
            assert connection.all_uids() == uids
        # Dovecot says OK to an EXPUNGE that it ignores: that shows only afterwards.
        assert letters(server, "Done") == (rights == "lrwst" and "MOVE" not in capability)
        with mail_program(server) as client:
            client.select("INBOX", readonly=True)
            assert client.search(None, "DELETED")[1] == [b""]
