"""SC-16 towards the relay: certificate and name verified, TLS 1.2 or later, no way down, no password before."""

import ssl
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.certificates import Authority, Certificate
from servers.faulty_smtp import FaultyRelay
from servers.smtp_script import Moment, Say
from smtp_outbox import HELLO, Outbox, letter, sent_over, settings

from mailbot.model import Smtp, Transport
from mailbot.smtp import Halt, Relay, Verdict, probe

PROTECTED = (Transport.TLS, Transport.STARTTLS)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def context(certificate: Certificate) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate.file, certificate.key)
    return made


def relay_with(tls: ssl.SSLContext, security: Transport) -> FaultyRelay:
    return FaultyRelay(("AUTH PLAIN", "STARTTLS"), tls, implicit=security is Transport.TLS)


def robot(port: int, security: Transport, ca_file: Path | None, host: str = "localhost") -> Smtp:
    ca = str(ca_file) if ca_file else None
    return settings(port, security=security, ca_file=ca, username="robot", password="s3cret", host=host)


@pytest.mark.parametrize("security", PROTECTED)
def test_letters_go_over_tls(authority: Authority, security: Transport) -> None:
    with relay_with(context(authority.valid()), security) as faulty:
        smtp = robot(faulty.port, security, authority.file)
        assert sent_over(smtp, [letter(1), letter(2)]).verdicts == {1: Verdict.SENT, 2: Verdict.SENT}
        assert faulty.connections == 1
        facts = probe(smtp, HELLO)
        assert facts.tls in ("TLSv1.2", "TLSv1.3")
        assert facts.logged_in


@pytest.mark.parametrize("security", PROTECTED)
@pytest.mark.parametrize("show", [Authority.self_signed, Authority.wrong_host, Authority.expired])
def test_a_bad_certificate_blocks_and_sees_no_password(
    authority: Authority, security: Transport, show: Callable[[Authority], Certificate]
) -> None:
    with relay_with(context(show(authority)), security) as faulty:
        outbox = Outbox([letter(1), letter(2)])
        with Relay(robot(faulty.port, security, authority.file), HELLO) as relay:
            halt = relay.send(outbox.claim, outbox.record)
        assert halt is not None
        assert halt.blocked
        assert f"the certificate of localhost port {faulty.port} is not trusted" in halt.reason
        assert outbox.verdicts == {1: Verdict.BLOCKED, 2: Verdict.RETURNED}
        assert not faulty.seen("AUTH")


@pytest.mark.parametrize("security", PROTECTED)
def test_an_authority_that_nobody_named_is_not_trusted(authority: Authority, security: Transport) -> None:
    with relay_with(context(authority.valid()), security) as faulty:
        outbox = sent_over(robot(faulty.port, security, None), [letter(1)])
        assert outbox.verdicts == {1: Verdict.BLOCKED}
        assert "ca_file" in outbox.answers[1].reply


@pytest.mark.parametrize("security", PROTECTED)
def test_tls_before_1_2_is_refused(authority: Authority, security: Transport) -> None:
    old = context(authority.valid())
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with relay_with(old, security) as faulty:
        outbox = sent_over(robot(faulty.port, security, authority.file), [letter(1)])
        assert outbox.verdicts == {1: Verdict.BLOCKED}
        assert "no TLS with localhost" in outbox.answers[1].reply
        assert not faulty.seen("AUTH")


def test_starttls_that_was_taken_out_of_the_offer_blocks() -> None:
    with FaultyRelay(("AUTH PLAIN",)) as faulty, Relay(robot(faulty.port, Transport.STARTTLS, None), HELLO) as relay:
        outbox = Outbox([letter(1)])
        halt = relay.send(outbox.claim, outbox.record)
        assert halt == Halt("localhost offers no STARTTLS, and nothing is sent without TLS", blocked=True)
        assert not faulty.seen("AUTH")
        assert not faulty.seen("MAIL")


@pytest.mark.parametrize(
    ("reply", "verdict"), [(b"454 4.7.0 later\r\n", Verdict.RETRY), (b"502 5.5.1 no\r\n", Verdict.BLOCKED)]
)
def test_starttls_that_is_refused_is_never_gone_without(authority: Authority, reply: bytes, verdict: Verdict) -> None:
    with relay_with(context(authority.valid()), Transport.STARTTLS) as faulty:
        faulty.on(Moment.STARTTLS, Say(reply))
        assert sent_over(robot(faulty.port, Transport.STARTTLS, authority.file), [letter(1)]).verdicts == {1: verdict}
        assert not faulty.seen("AUTH")


def test_what_was_injected_before_the_handshake_is_never_read(authority: Authority) -> None:
    """The packet that carries the 220 also carries an EHLO reply in the clear (RFC 3207 section 4.2)."""
    with relay_with(context(authority.valid()), Transport.STARTTLS) as faulty:
        faulty.on(Moment.STARTTLS, Say(b"220 go on\r\n250-evil.example\r\n250 AUTH LOGIN\r\n", encrypt=True))
        smtp = robot(faulty.port, Transport.STARTTLS, authority.file)
        assert sent_over(smtp, [letter(1)]).verdicts == {1: Verdict.SENT}
        assert [line.split(" ")[1] for line in faulty.seen("AUTH")] == ["PLAIN"]


def test_no_tls_is_for_loopback_only() -> None:
    for host in ("smtp.example.com", "192.0.2.7", "localhost.example.com"):
        facts = probe(robot(25, Transport.NONE, None, host), HELLO)
        assert facts.trouble == (
            f'smtp: security = "none" is for loopback only, not for {host}: use "tls" or "starttls"'
        )


def test_a_ca_file_that_is_none_blocks(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for file in (empty, tmp_path / "missing.pem"):
        trouble = probe(robot(1, Transport.TLS, file), HELLO).trouble
        assert trouble.startswith(f"smtp: ca_file {file} cannot be used")


def test_tls_towards_a_relay_that_speaks_plain_smtp_blocks() -> None:
    with FaultyRelay() as faulty:
        assert sent_over(robot(faulty.port, Transport.TLS, None), [letter(1)]).verdicts == {1: Verdict.BLOCKED}


def test_a_relay_that_drops_the_handshake_is_tried_later(authority: Authority) -> None:
    with relay_with(context(authority.valid()), Transport.TLS) as faulty:
        faulty.on(Moment.ACCEPT, Say(b"", drop=True))
        outbox = sent_over(robot(faulty.port, Transport.TLS, authority.file), [letter(1)])
        assert outbox.verdicts == {1: Verdict.RETRY}
