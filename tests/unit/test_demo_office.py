"""The demo's post office: real servers on loopback, spoken to as the robot and a mail program do."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BufferedRWPair

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mailbot.demo.border import AUTHSERV_ID, Border, Envelope
from mailbot.demo.office import PEOPLE, PostOffice

LETTER = b"From: Marie <marie@client.example>\r\nTo: support@desk.example\r\nSubject: Panne\r\n\r\nBonjour\r\n"
BORDER = Border(
    (("support", "support@desk.example"), ("sac", "sac@desk.example")), vouched=frozenset({"client.example"})
)
PASSWORDS = {"support": "one", "sac": "two", PEOPLE: "three"}


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with PostOffice(BORDER, PASSWORDS) as office:
        yield office


def _inbox(office: PostOffice, user: str) -> IMAPClient:
    client = IMAPClient("127.0.0.1", office.ports.imap, ssl=False, timeout=20)
    client.normalise_times = False
    client.login(user, PASSWORDS[user])
    client.select_folder("INBOX")
    return client


def _newest(office: PostOffice, user: str) -> bytes:
    with _inbox(office, user) as client:
        uid = client.search()[-1]
        return bytes(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"])


def test_a_posted_letter_lies_in_its_box_byte_for_byte_below_the_trace_fields(office: PostOffice) -> None:
    office.post(Envelope("marie@client.example", ("support@desk.example",), LETTER))
    assert _newest(office, "support").endswith(LETTER)


def test_a_letter_to_two_mailboxes_lies_in_both(office: PostOffice) -> None:
    letter = LETTER.replace(b"Panne", b"Twice")
    office.post(Envelope("", ("support@desk.example", "sac@desk.example"), letter))
    assert _newest(office, "support").endswith(letter)
    assert _newest(office, "sac").endswith(letter)


def test_each_box_opens_with_its_own_password_only(office: PostOffice) -> None:
    client = IMAPClient("127.0.0.1", office.ports.imap, ssl=False, timeout=20)
    with pytest.raises(LoginError):
        client.login("sac", PASSWORDS["support"])
    client.shutdown()


def test_who_waits_in_idle_is_told_of_a_letter(office: PostOffice) -> None:
    with socket.create_connection(("127.0.0.1", office.ports.imap), 20) as wire, wire.makefile("rwb") as lines:
        _say(lines, b"", b"* OK")
        _say(lines, f"a LOGIN sac {PASSWORDS['sac']}".encode(), b"a OK")
        _say(lines, b"b SELECT INBOX", b"b OK")
        for _ in range(2):
            _say(lines, b"c IDLE", b"+")
            posting = threading.Thread(target=office.post, args=(Envelope("", ("sac@desk.example",), LETTER),))
            posting.start()
            assert any(line.endswith(b" EXISTS\r\n") for line in iter(lines.readline, b""))
            posting.join()
            _say(lines, b"DONE", b"c OK")


def _say(lines: BufferedRWPair, command: bytes, answer: bytes) -> None:
    """IMAPClient would not do: in IDLE it takes half a line for a broken wire."""
    if command:
        lines.write(command + b"\r\n")
        lines.flush()
    while not (line := lines.readline()).startswith(answer):
        assert line, "the server hung up"


def test_internaldate_is_the_moment_of_posting(office: PostOffice) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    office.post(Envelope("", ("sac@desk.example",), LETTER))
    with _inbox(office, "sac") as client:
        uid = client.search()[-1]
        received_at = client.fetch([uid], ["INTERNALDATE"])[uid][b"INTERNALDATE"]
    assert before <= received_at <= datetime.now(UTC)


def test_the_robot_writes_to_people_and_to_its_own_mailboxes(office: PostOffice) -> None:
    with smtplib.SMTP("127.0.0.1", office.ports.relay) as relay:
        relay.sendmail("robot@desk.example", ["marie@client.example"], LETTER.replace(b"Panne", b"To people"))
        relay.sendmail("robot@desk.example", ["support@desk.example"], LETTER.replace(b"Panne", b"To itself"))
    assert b"To people" in _newest(office, PEOPLE)
    assert b"To itself" in _newest(office, "support")


def test_people_write_to_the_mailboxes_with_or_without_a_subaddress_and_to_nobody_else(office: PostOffice) -> None:
    with smtplib.SMTP("127.0.0.1", office.ports.door) as door:
        door.sendmail("marie@client.example", ["Support+TAG@desk.example"], LETTER.replace(b"Panne", b"Tagged"))
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            door.sendmail("marie@client.example", ["stranger@client.example"], LETTER)
    assert b"support@desk.example" in refused.value.recipients["stranger@client.example"][1]
    assert b"Delivered-To: Support+TAG@desk.example\r\n" in _newest(office, "support")


def test_mail_that_the_imap_server_cannot_hold_is_refused_and_the_next_is_taken(office: PostOffice) -> None:
    levels = b"".join(b'--%d\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n' % (n, n + 1) for n in range(500))
    deep = b'From: a@client.example\r\nContent-Type: multipart/mixed; boundary="0"\r\n\r\n' + levels
    with smtplib.SMTP("127.0.0.1", office.ports.door) as door:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            door.sendmail("a@client.example", ["sac@desk.example"], deep)
        door.sendmail("a@client.example", ["sac@desk.example"], LETTER.replace(b"Panne", b"After"))
    assert refused.value.smtp_code == 554
    assert b"After" in _newest(office, "sac")


def test_closing_ends_an_idle_connection_at_once() -> None:
    with PostOffice(BORDER, PASSWORDS) as office:
        client = _inbox(office, "support")
        client.idle()
    assert client.idle_check(timeout=20)[0][0] == b"BYE"
    client.shutdown()


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def _stamp(letter: bytes) -> str:
    stamped = BORDER.stamped(Envelope("marie@client.example", (), letter), "support@desk.example", NOW)
    return stamped.decode("latin-1").replace("\r\n ", " ").partition("Authentication-Results: ")[2].partition("\r\n")[0]


def test_the_border_vouches_for_the_domains_it_knows() -> None:
    assert _stamp(LETTER) == f"{AUTHSERV_ID}; dmarc=pass header.from=client.example"
    assert _stamp(LETTER.replace(b"client", b"else")) == f"{AUTHSERV_ID}; dmarc=none header.from=else.example"


@pytest.mark.parametrize("authors", [b"a@client.example, b@client.example", b"", b"nobody", b"a@b\xff.example"])
def test_the_border_vouches_for_nothing_without_one_plain_author(authors: bytes) -> None:
    assert "dmarc=pass" not in _stamp(b"From: " + authors + b"\r\nSubject: x\r\n\r\n")


def test_a_result_that_the_sender_wrote_in_the_border_s_name_does_not_pass_it() -> None:
    forged = b"authentication-results: " + AUTHSERV_ID.encode() + b";\r\n dmarc=pass header.from=bank.example\r\n"
    stamped = BORDER.stamped(Envelope("", (), forged + LETTER.replace(b"client", b"else")), "sac@desk.example", NOW)
    assert b"bank.example" not in stamped
    assert stamped.endswith(LETTER.replace(b"client", b"else"))


def test_the_trace_fields_name_sender_recipient_and_time() -> None:
    head = BORDER.stamped(Envelope("", (), LETTER), "sac+T@desk.example", NOW).partition(LETTER)[0].decode()
    assert head.startswith("Return-Path: <>\r\nDelivered-To: sac+T@desk.example\r\nReceived: ")
    assert "Sun, 22 Nov 2026 09:30:00 +0000" in head
