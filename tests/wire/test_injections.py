"""SC-10 on the wires: by the logs of both servers, no address and no folder name ends a command or begins another."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from imapclient import imap_utf7
from injections import INJECTIONS, VICTIM
from servers.faulty_smtp import FaultyRelay
from servers.lying_imap import Box, LyingImap
from smtp_outbox import sent_over, settings

from mailbot.imap import ImapError, connect
from mailbot.smtp import Letter, Verdict
from mailbot.smtp.envelope import path

ANNA = "anna@example.net"
SUPPORT = "support@example.com"
PATH = r'<(?:[^\s<>"]+|"(?:[^"\\]|\\.)*"@[^\s<>]+)>'
SMTP_COMMAND = re.compile(
    rf"EHLO \S+|MAIL FROM:{PATH}(?: (?:SIZE=\d+|SMTPUTF8|BODY=8BITMIME))*|RCPT TO:{PATH}|DATA|RSET|QUIT"
)
IMAP_COMMAND = re.compile(
    r'CAPABILITY|LOGIN support "s3cret"|SELECT "INBOX"|EXAMINE (?P<opened>"(?:[^"\\]|\\.)*")'
    r'|UID MOVE 1 (?P<target>"(?:[^"\\]|\\.)*")|LIST "" "\*"|LOGOUT'
)
# A name that is too long is no line for either side: RFC 9051 section 4 leaves the length to servers.
UNSPEAKABLE = re.compile("[\0-\x1f\x7f\ud800-\udfff]")
NAMES = [name for name in INJECTIONS if len(name) < 900]


@pytest.mark.parametrize("shape", ["{}", "{}@example.net", "anna@{}", '"{}"@example.net', "anna@example.net{}"])
def test_sc_10_no_address_ends_an_smtp_command(shape: str) -> None:
    plain = Letter(0, SUPPORT, ANNA, b"Subject: a\r\n\r\nb\r\n")
    to = [replace(plain, id=n, recipient=shape.format(text)) for n, text in enumerate(INJECTIONS)]
    by = [replace(plain, id=n, envelope_from=letter.recipient) for n, letter in enumerate(to, len(to))]
    with FaultyRelay() as relay:
        verdicts = sent_over(settings(relay.port), [*to, *by]).verdicts
        lines = [command.line for command in relay.commands]
    assert [line for line in lines if not SMTP_COMMAND.fullmatch(line)] == []
    sent = [letter for letter in (*to, *by) if verdicts[letter.id] is Verdict.SENT]
    assert len(relay.mails) == len(sent)
    named = [line.removeprefix("RCPT TO:").encode() for line in lines if line.startswith("RCPT")]
    assert sorted(named) == sorted(path(letter.recipient) or b"" for letter in sent)
    assert f"<{VICTIM}>".encode() not in named


def test_sc_10_no_octet_of_a_mail_is_an_smtp_command() -> None:
    texts = [text.encode("utf-8", "surrogatepass") for text in INJECTIONS]
    letters = [Letter(n, SUPPORT, ANNA, b"Subject: " + text + b"\r\n\r\n" + text) for n, text in enumerate(texts)]
    with FaultyRelay() as relay:
        verdicts = sent_over(settings(relay.port), letters).verdicts
        lines = [command.line for command in relay.commands]
    assert set(verdicts.values()) == {Verdict.SENT}
    assert [line for line in lines if not SMTP_COMMAND.fullmatch(line)] == []
    assert [mail.recipient for mail in relay.mails] == [ANNA] * len(letters)


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield server


@pytest.mark.parametrize("readonly", [True, False], ids=["opened", "moved to"])
def test_sc_10_no_folder_name_ends_an_imap_command(server: LyingImap, readonly: bool) -> None:
    server.deliver(b"Subject: a\r\n\r\nb\r\n")
    for name in NAMES:
        assert asked_for(server, name, readonly) == (set() if UNSPEAKABLE.search(name) else {name})
    assert [line for line in server.commands if not IMAP_COMMAND.fullmatch(line)] == []
    assert list(server.boxes) == ["INBOX"]
    assert len(server.boxes["INBOX"].letters) == 1


def asked_for(server: LyingImap, name: str, readonly: bool) -> set[str]:
    """Which names the server then reads; none where we send none."""
    begun = len(server.commands)
    try:
        with connect(server.settings(folder=name if readonly else "INBOX")) as connection:
            connection.select(readonly=readonly)
            connection.move([1], name)
    except ImapError:
        pass
    found = (IMAP_COMMAND.fullmatch(line) for line in server.commands[begun:])
    return {unquoted(entry) for match in found if match for entry in match.groups() if entry}


def unquoted(written: str) -> str:
    return str(imap_utf7.decode(re.sub(r"\\(.)", r"\1", written[1:-1]).encode("latin-1")))


def test_sc_10_a_folder_that_a_hostile_server_names_ends_no_command(server: LyingImap) -> None:
    names = [name for name in NAMES if name.isascii() and name.isprintable()]
    for name in names:
        server.boxes[name] = Box()
        with connect(server.settings(folder=name)) as connection:
            connection.select(readonly=True)
    assert len(server.arguments("EXAMINE")) >= len(names)
    assert [line for line in server.commands if not IMAP_COMMAND.fullmatch(line)] == []
