"""The pure half of the relay's door: paths, texts, verdicts, pauses."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.smtp import LIFETIME, Letter, Verdict, pause
from mailbot.smtp.answer import Reply, one_line
from mailbot.smtp.envelope import as_transmitted, envelope, path


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@example.net", b"<anna@example.net>"),
        ("support+mb.x=y@example.net", b"<support+mb.x=y@example.net>"),
        ('"anna b"@example.net', b'<"anna b"@example.net>'),
        ('"a\\"b>"@example.net', b'<"a\\"b>"@example.net>'),
        ("anna@[192.0.2.7]", b"<anna@[192.0.2.7]>"),
        ("anna@[IPv6:2001:db8::1]", b"<anna@[IPv6:2001:db8::1]>"),
        ("anna@Éxample.net", b"<anna@xn--xample-9ua.net>"),
        ("andré@example.net", "<andré@example.net>".encode()),
        ("a@b@c", None),
        ("@example.net", None),
        ("anna@", None),
        ('"anna"b@example.net', None),
        ('"anna\r\n"@example.net', None),
        ("anna@example.net\u2028", None),
    ],
)
def test_a_path_is_an_address_that_ends_where_it_seems_to_end(address: str, expected: bytes | None) -> None:
    assert path(address) == expected


@given(st.text())
def test_no_text_makes_a_path_with_a_parameter_or_a_second_line(address: str) -> None:
    made = path(address)
    if made is not None:
        assert made.startswith(b"<")
        assert made.endswith(b">")
        assert not any(octet < 32 or octet == 127 for octet in made)


@given(st.text(alphabet='a@.>< "\\\r\n'))
def test_outside_quotes_a_path_holds_no_space_and_no_bracket(address: str) -> None:
    made = path(address)
    if made is not None and b'"' not in made:
        assert made[1:-1].translate(None, b" <>\r\n") == made[1:-1]


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\xe9", b" "])).map(b"".join))
def test_the_receiver_reads_the_lines_that_were_meant_and_one_end(raw: bytes) -> None:
    sent = as_transmitted(raw)
    assert sent.replace(b"\r\n", b"").translate(None, b"\r\n") == sent.replace(b"\r\n", b"")
    assert (b"\r\n" + sent).find(b"\r\n.\r\n") == len(sent) - 3
    lines = sent.removesuffix(b".\r\n").split(b"\r\n")[:-1]
    received = [line[1:] if line.startswith(b".") else line for line in lines]
    meant = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    assert received == meant


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (250, Verdict.SENT),
        (251, Verdict.SENT),
        (421, Verdict.RETRY),
        (450, Verdict.RETRY),
        (454, Verdict.RETRY),
        (530, Verdict.BLOCKED),
        (534, Verdict.BLOCKED),
        (535, Verdict.BLOCKED),
        (550, Verdict.FAILED),
        (552, Verdict.FAILED),
        (599, Verdict.FAILED),
    ],
)
def test_the_first_digit_decides_but_for_what_concerns_our_login(code: int, verdict: Verdict) -> None:
    assert Reply(code, "").verdict is verdict


@given(st.text())
def test_a_kept_reply_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 300


@pytest.mark.parametrize(
    ("sender", "raw", "wide"), [("", b"x", False), ("é@example.net", b"x", True), ("", b"\xe9", True)]
)
def test_smtputf8_is_needed_for_local_parts_and_raw_octets_beyond_ascii(sender: str, raw: bytes, wide: bool) -> None:
    made = envelope(Letter(1, sender, "anna@exämple.net", raw))
    assert made is not None
    assert made.wide is wide


def test_pauses_double_from_a_minute_to_four_thousand_seconds() -> None:
    assert [pause(n, 0.0).total_seconds() for n in range(1, 9)] == [60, 120, 240, 480, 960, 1920, 3840, 4000]
    assert pause(10**9, 0.0) == timedelta(seconds=4000)
    assert pause(0, 0.0) == timedelta(seconds=60)
    assert pause(1, 1.0) == timedelta(seconds=75)


def test_an_unreachable_relay_may_be_asked_sooner() -> None:
    first, longest = timedelta(seconds=5), timedelta(minutes=5)
    assert pause(1, 0.0, first, longest) == first
    assert pause(20, 0.0, first, longest) == longest


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_without_jitter_and_far_below_the_lifetime(attempts: int, jitter: float) -> None:
    assert pause(attempts, 0.0) <= pause(attempts, jitter) < LIFETIME / 24
