"""The private servers that the live tests stand on: each starts, works and is gone afterwards."""

import imaplib
import os
import smtplib
import ssl

import psycopg
import pytest
from servers.certificates import Authority
from servers.dovecot import PASSWORD, Dovecot
from servers.postfix import AUTHSERV_ID, Postfix
from servers.postgresql import PostgreSQL

LETTER = b"From: Anna <anna@example.org>\r\nSubject: Bonjour\r\n\r\nUne question.\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_dovecot_takes_mail_by_lmtp_with_a_subaddress_and_shows_it_by_imap() -> None:
    with Dovecot() as server:
        server.deliver(LETTER, "support+tag@example.com")
        (letter,) = server.letters("support", at_least=1)
        assert letter.endswith(LETTER)
        assert b"Delivered-To: support+tag@example.com" in letter
    assert _gone(server.pid)
    assert not server.folder.exists()


def test_dovecot_refuses_a_wrong_password_and_an_unknown_recipient() -> None:
    with Dovecot() as server:
        with imaplib.IMAP4("127.0.0.1", server.imap) as imap, pytest.raises(imaplib.IMAP4.error, match="AUTHENT"):
            imap.login("support", "wrong")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            server.deliver(LETTER, "nobody-here@example.com")


def test_dovecot_speaks_tls_and_starttls_with_a_certificate_of_the_authority(authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=authority.file)
    with Dovecot(authority.valid()) as server:
        with imaplib.IMAP4_SSL("localhost", server.imaps, ssl_context=trusting) as imap:
            assert imap.login("support", PASSWORD)[0] == "OK"
        with imaplib.IMAP4("localhost", server.imap) as imap:
            imap.starttls(trusting)
            assert imap.login("support", PASSWORD)[0] == "OK"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("wrong_host", "Hostname mismatch"), ("expired", "expired"), ("self_signed", "self-signed")],
)
def test_a_bad_certificate_is_refused_by_an_ordinary_client(authority: Authority, kind: str, reason: str) -> None:
    trusting = ssl.create_default_context(cafile=authority.file)
    with Dovecot(getattr(authority, kind)()) as server, pytest.raises(ssl.SSLCertVerificationError, match=reason):
        imaplib.IMAP4_SSL("localhost", server.imaps, ssl_context=trusting)


def _through_postfix(
    raw: bytes, recipient: str, authenticated: frozenset[str] = frozenset(), *, elsewhere: bool = False
) -> bytes:
    """What Dovecot holds after Postfix has delivered the mail."""
    with Dovecot() as imap, Postfix(imap.lmtp, authenticated=authenticated) as mta:
        with smtplib.SMTP("127.0.0.1", mta.elsewhere if elsewhere else mta.port) as smtp:
            smtp.sendmail("anna@example.org", recipient, raw)
        (letter,) = imap.letters("support", at_least=1)
    assert _gone(mta.pid)
    assert not mta.folder.exists()
    return letter


def test_postfix_delivers_a_subaddress_to_dovecot() -> None:
    letter = _through_postfix(LETTER, "support+tag@example.com")
    assert b"Delivered-To: support+tag@example.com" in letter
    assert b"Authentication-Results" not in letter


@pytest.mark.parametrize(("elsewhere", "result"), [(False, "pass"), (True, "fail")])
def test_postfix_stamps_its_own_result_and_strips_a_forged_one(elsewhere: bool, result: str) -> None:
    forged = b"authentication-results:\r\n mx.example.com; dmarc=pass header.from=bank.example\r\n" + LETTER
    letter = _through_postfix(forged, "support@example.com", frozenset({"example.org"}), elsewhere=elsewhere)
    assert letter.lower().count(b"authentication-results:") == 1
    assert f"Authentication-Results: {AUTHSERV_ID}; dmarc={result} header.from=example.org".encode() in letter


def test_postfix_stamps_no_other_domain_that_only_ends_alike() -> None:
    other = LETTER.replace(b"@example.org", b"@evil-example.org")
    assert b"Authentication-Results" not in _through_postfix(other, "support@example.com", frozenset({"example.org"}))


def test_postfix_relays_nothing_outside() -> None:
    with Postfix(lmtp=1) as mta, smtplib.SMTP("127.0.0.1", mta.port) as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail("anna@example.org", "someone@outside.example", LETTER)
        assert refused.value.recipients["someone@outside.example"][0] == 554


def test_postgresql_keeps_what_was_committed_before_a_crash() -> None:
    with PostgreSQL() as server:
        url = server.fresh_database().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE word (text text)")
            connection.execute("INSERT INTO word VALUES ('kept')")
        server.stop(crash=True)
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM word").fetchall() == [("kept",)]
    assert _gone(server.pid)
    assert not server.folder.exists()


def test_postgresql_runs_with_its_durability_on_and_gives_separate_databases() -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    with PostgreSQL() as server:
        first, second = server.fresh_database(), server.fresh_database()
        assert first != second
        with psycopg.connect(first.replace("+psycopg", "")) as connection:
            shown = [connection.execute(f"SHOW {name}").fetchone() for name in names]
            assert shown == [("on",)] * 3
