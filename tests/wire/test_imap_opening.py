"""How the IMAP door opens, and what keeps it shut: F-069, F-071 to F-074, F-077 to F-080, SC-16."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers.certificates import Authority
from servers.lying_imap import CAPABILITIES, PASSWORD, Lie, LyingImap

from mailbot.imap import (
    Busy,
    ConnectionLost,
    FolderRefused,
    ImapError,
    LoginRefused,
    Patience,
    TlsRefused,
    connect,
    pause,
)
from mailbot.model import Imap, Transport

HASTY = Patience(connect=0.5, read=0.5, answer=0.6)
SECRET_WORDS = (PASSWORD, "support", "somebody@example.com")


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def said_before_login(server: LyingImap) -> bool:
    """Whether the server never saw a credential."""
    return not any(line.startswith(("LOGIN", "AUTHENTICATE")) for line in server.commands)


def refused(settings: Imap, kind: type[ImapError]) -> str:
    """The sentence of the error, after checking what every such sentence must be."""
    with pytest.raises(kind) as caught:
        connect(settings)
    sentence = str(caught.value)
    assert sentence.startswith(f"{settings.host}:{settings.port}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not any(word in sentence for word in SECRET_WORDS)
    return sentence


def test_a_port_where_nobody_listens_is_named() -> None:
    with LyingImap() as server:
        settings = server.settings()
    assert "Connection refused" in refused(settings, ConnectionLost)


def test_plain_text_is_for_this_machine_only(server: LyingImap) -> None:
    settings = replace(server.settings(), host="imap.example.com")
    assert "without TLS only a server on this machine" in refused(settings, TlsRefused)
    assert server.commands == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_plain_text_on_loopback_is_allowed(server: LyingImap, host: str) -> None:
    with connect(replace(server.settings(), host=host)) as connection:
        assert connection.capabilities == CAPABILITIES


@pytest.mark.parametrize("implicit", [True, False])
def test_a_certificate_of_a_known_authority_for_the_right_name_is_accepted(
    authority: Authority, implicit: bool
) -> None:
    with LyingImap(certificate=authority.valid(), implicit=implicit) as server:
        settings = trusting(server, authority, implicit)
        with connect(settings) as connection:
            assert connection.select(readonly=True).exists == 0


def trusting(server: LyingImap, authority: Authority, implicit: bool) -> Imap:
    security = Transport.TLS if implicit else Transport.STARTTLS
    return replace(server.settings(security=security), host="localhost", ca_file=str(authority.file))


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("wrong_host", "Hostname mismatch"), ("expired", "expired"), ("self_signed", "self-signed")],
)
def test_a_bad_certificate_is_refused_before_any_credential(
    authority: Authority, implicit: bool, kind: str, reason: str
) -> None:
    with LyingImap(certificate=getattr(authority, kind)(), implicit=implicit) as server:
        assert reason in refused(trusting(server, authority, implicit), TlsRefused)
        assert said_before_login(server)


def test_a_certificate_of_an_authority_that_only_we_trust_is_refused_without_its_file(authority: Authority) -> None:
    with LyingImap(certificate=authority.valid(), implicit=True) as server:
        settings = replace(trusting(server, authority, True), ca_file=None)
        assert "certificate was refused" in refused(settings, TlsRefused)


def test_a_missing_authority_file_is_named(server: LyingImap, tmp_path: Path) -> None:
    settings = replace(server.settings(security=Transport.TLS), ca_file=str(tmp_path / "none.pem"))
    assert "none.pem holds no readable certificates" in refused(settings, TlsRefused)


def test_tls_older_than_1_2_is_refused(authority: Authority) -> None:
    with LyingImap(certificate=authority.valid(), implicit=True, oldest_tls=True) as server:
        assert "no safe TLS connection" in refused(trusting(server, authority, True), TlsRefused)
        assert said_before_login(server)


def test_a_server_without_tls_on_a_tls_port_is_refused(server: LyingImap) -> None:
    assert "no safe TLS connection" in refused(server.settings(security=Transport.TLS), TlsRefused)


def test_starttls_that_was_stripped_is_refused(server: LyingImap) -> None:
    assert "offers no STARTTLS" in refused(server.settings(security=Transport.STARTTLS), TlsRefused)
    assert said_before_login(server)


def test_a_refused_starttls_sends_no_credentials(authority: Authority) -> None:
    with LyingImap(certificate=authority.valid()) as server:
        server.lie(Lie.NO, at="STARTTLS", text="not today")
        refused(trusting(server, authority, False), TlsRefused)
        assert said_before_login(server)


def test_preauth_is_refused_on_a_starttls_port(authority: Authority) -> None:
    with LyingImap(certificate=authority.valid()) as server:
        server.lie(Lie.PREAUTH, at="GREETING")
        assert "PREAUTH" in refused(trusting(server, authority, False), TlsRefused)
        assert said_before_login(server)


@pytest.mark.parametrize("injected", ["* CAPABILITY IMAP4REV1 AUTH=PLAIN", "* BYE", "x"])
def test_plain_text_behind_the_starttls_answer_is_refused(authority: Authority, injected: str) -> None:
    with LyingImap(certificate=authority.valid()) as server:
        server.lie(Lie.INJECT, at="STARTTLS", text=injected)
        assert "plain text behind the answer" in refused(trusting(server, authority, False), TlsRefused)
        assert said_before_login(server)


@pytest.mark.parametrize("remark", ["* CAPABILITY IMAP4REV1 X-FORGED", "* OK [READ-ONLY] forged"])
def test_what_was_told_in_plain_text_is_forgotten_after_starttls(authority: Authority, remark: str) -> None:
    with LyingImap(certificate=authority.valid()) as server:
        server.lie(Lie.REMARK, at="STARTTLS", text=remark)
        with connect(trusting(server, authority, False)) as connection:
            assert "X-FORGED" not in connection.capabilities


def test_a_wrong_password_is_a_refused_login(server: LyingImap) -> None:
    settings = replace(server.settings(), password="wr0ng")
    sentence = refused(settings, LoginRefused)
    assert "[AUTHENTICATIONFAILED] (logging in): check username and password" in sentence
    assert "wr0ng" not in sentence


@pytest.mark.parametrize(
    "text", ["[UNAVAILABLE] later", "[LIMIT] enough", "[OVERQUOTA] full", "[ALERT] Too many simultaneous connections"]
)
@pytest.mark.parametrize("lie", [Lie.NO, Lie.BYE])
def test_a_server_without_room_is_busy_and_no_wrong_password(server: LyingImap, lie: Lie, text: str) -> None:
    server.lie(lie, at="LOGIN", text=text)
    assert "no room for us" in refused(server.settings(), Busy)


@pytest.mark.parametrize("text", ["Too many connections", "closing down"])
def test_a_bye_as_greeting_is_busy(server: LyingImap, text: str) -> None:
    server.lie(Lie.BYE, at="GREETING", text=text)
    refused(server.settings(), Busy)


@pytest.mark.parametrize("at", ["GREETING", "CAPABILITY", "LOGIN"])
@pytest.mark.parametrize("lie", [Lie.CLOSE, Lie.RESET, Lie.HANG, Lie.DRIP, Lie.FLOOD])
def test_a_server_that_breaks_off_while_opening_is_lost_within_its_deadline(
    server: LyingImap, at: str, lie: Lie
) -> None:
    server.lie(lie, at=at)
    with pytest.raises(ConnectionLost):
        connect(server.settings(), patience=HASTY)


def test_a_server_that_is_no_imap_server_is_told(server: LyingImap) -> None:
    server.lie(Lie.REMARK, at="GREETING", text="220 mx.example.com ESMTP Postfix")
    assert "made no sense" in refused(server.settings(), ConnectionLost)


@pytest.mark.parametrize("password", ["pässwörd", "s3cret"])
def test_a_password_beyond_ascii_goes_by_authenticate_plain(server: LyingImap, password: str) -> None:
    server.passwords = {password}
    with connect(replace(server.settings(), password=password)):
        by_plain = any(line.startswith("AUTHENTICATE") for line in server.commands)
    assert by_plain is not password.isascii()


def test_a_user_name_with_spaces_and_quotes_goes_by_authenticate_plain(server: LyingImap) -> None:
    with connect(replace(server.settings(), username='support "team" 1')):
        assert "AUTHENTICATE PLAIN" in server.commands


def test_login_is_not_tried_where_it_is_disabled() -> None:
    with LyingImap(CAPABILITIES | {"LOGINDISABLED"}) as server, connect(server.settings()):
        assert server.arguments("LOGIN") == []
    with LyingImap(CAPABILITIES - {"AUTH=PLAIN"} | {"LOGINDISABLED"}) as server:
        assert "offers no AUTH=PLAIN" in refused(server.settings(), LoginRefused)
        assert said_before_login(server)


@pytest.mark.parametrize("trick", ["x\r\nA2 CREATE pwned", "x\ny", "x\0y", "x\x7f"])
def test_a_control_character_in_name_or_password_never_reaches_the_wire(server: LyingImap, trick: str) -> None:
    for settings in (replace(server.settings(), username=trick), replace(server.settings(), password=trick)):
        assert "control character" in refused(settings, LoginRefused)
    assert said_before_login(server)


def test_nothing_of_a_session_reaches_a_log(server: LyingImap, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.deliver(b"Subject: canary\r\n\r\ncanary\r\n")
    with connect(server.settings()) as connection:
        connection.select(readonly=True)
        connection.fetch([1])
        server.lie(Lie.BYE, at="SEARCH", text="canary")
        with pytest.raises(ConnectionLost):
            connection.all_uids()
    with pytest.raises(LoginRefused):
        connect(replace(server.settings(), password="canary"))
    assert caplog.text == ""


def test_a_folder_is_opened_with_all_that_identifies_it(server: LyingImap) -> None:
    server.boxes["INBOX"].add(b"x", uid=4_000_000_000)
    with connect(server.settings()) as connection:
        folder = connection.select(readonly=True)
    assert (folder.uidvalidity, folder.uidnext, folder.exists) == (4126609463, 4_000_000_001, 1)
    assert folder.readonly


def test_the_next_uid_is_found_where_the_server_does_not_tell_it(server: LyingImap) -> None:
    server.tells_uidnext = False
    with connect(server.settings()) as connection:
        assert connection.select(readonly=True).uidnext == 1
        server.boxes["INBOX"].add(b"x", uid=41)
        assert connection.select(readonly=True).uidnext == 42


def test_a_folder_we_may_only_read_is_read(server: LyingImap) -> None:
    server.boxes["INBOX"].readonly = True
    with connect(server.settings()) as connection:
        assert connection.select(readonly=False).readonly
        assert connection.all_uids() == ()


def test_a_folder_without_lasting_uids_is_refused(server: LyingImap) -> None:
    server.boxes["INBOX"].uidvalidity = 0
    with connect(server.settings()) as connection:
        with pytest.raises(FolderRefused, match="no lasting UIDs"):
            connection.select(readonly=True)
        server.boxes["INBOX"].uidvalidity = 1
        server.lie(Lie.REMARK, at="EXAMINE", text="* NO [UIDNOTSTICKY] not sticky")
        with pytest.raises(FolderRefused, match="no lasting UIDs"):
            connection.select(readonly=True)


@pytest.mark.parametrize(
    "remark", ["* exists 1 {1}\r\nx", "* exists many", "* OK [UIDNEXT] none", "* OK [PERMANENTFLAGS] none"]
)
def test_what_makes_no_sense_about_a_folder_stops_nobody(server: LyingImap, remark: str) -> None:
    server.deliver(b"x")
    server.lie(Lie.REMARK, at="EXAMINE", text=remark)
    with connect(server.settings()) as connection:
        assert connection.select(readonly=True).uidvalidity == server.boxes["INBOX"].uidvalidity
        assert connection.all_uids() == (1,)


def test_capabilities_that_come_as_a_literal_are_none(server: LyingImap) -> None:
    server.lie(Lie.REMARK, at="LOGIN", text="* CAPABILITY {1}\r\nx IDLE")
    with connect(server.settings()) as connection:
        assert connection.capabilities == frozenset()
        assert connection.select(readonly=True).exists == 0


def test_a_probe_tells_folder_capabilities_and_delimiter() -> None:
    with LyingImap(delimiter=".") as server, connect(server.settings()) as connection:
        probe = connection.probe()
        assert (probe.folder.name, probe.folder.exists, probe.delimiter) == ("INBOX", 0, ".")
        assert "MOVE" in probe.capabilities
        server.lie(Lie.REMARK, at="LIST", text='* LIST () 5 ""')
        assert connection.probe().delimiter == "."


def test_pauses_double_up_to_five_minutes_and_after_a_refused_login_to_fifteen() -> None:
    assert [pause(ConnectionLost, failures, 0) for failures in range(1, 9)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert [pause(LoginRefused, failures, 0) for failures in range(1, 7)] == [60, 120, 240, 480, 900, 900]
    assert pause(Busy, 1_000_000, 1) == 225


def test_the_password_is_in_no_text_of_the_settings(server: LyingImap) -> None:
    assert PASSWORD not in repr(server.settings())
    assert base64.b64encode(PASSWORD.encode()).decode() not in repr(server.settings())
