"""`mailbot demo` as a person meets it: a process without a terminal, and one on a terminal."""

import os
import pty
import re
import select
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "mailbot", "demo")
LETTERS = 15
LETTER = "From: dana.harper@northgatebooks.example\r\nSubject: No dial tone\r\n\r\nOur phones are dead.\r\n"


@pytest.fixture(scope="module")
def played() -> str:
    run = subprocess.run(DEMO, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def _block(shown: str, number: int) -> str:
    found = re.search(rf"^ letter {number} of {LETTERS} .*?(?=^ letter |\Z)", shown, re.MULTILINE | re.DOTALL)
    assert found, f"letter {number} is not shown"
    return " ".join(found[0].split())


EXPECTED = {
    1: ["ticket created MB-", "acknowledgement (fr) to mh.tremblay@", "notice (fr) to alice.roy@"],
    2: ["answered MB-", "answer (fr) to mh.tremblay@"],
    3: ["appended MB-", "notice (fr) to alice.roy@"],
    4: ["ticket created MB-", "acknowledgement (en) to james.okafor@", "AC-310077, AC-310081.", "(en) to ben.carter@"],
    5: ["automatic MB-", "never answered", "went out nothing"],
    6: ["appended MB-", "account AC-310081: named in the message", "notice (en) to ben.carter@"],
    7: ["ticket created MB-", "held until it is confirmed", "duplicate MB-", "challenge (fr) to comptes@", "OUI "],
    8: ["challenge MB-", "he sent back the code", "challenge-received (fr) to comptes@", "notice (fr) to alice.roy@"],
    9: ["ticket created MB-", "attached: session expired.png", "acknowledgement (en) to dana.harper@"],
    10: ["bounce MB-", "552 5.2.2 Mailbox full"],
    11: ["ticket created MB-", "-unknown (en) to j.okafor.clinic@", "challenge (en) to james.okafor@"],
    12: ["challenge MB-", "nothing is confirmed", "stays held, carry out nothing"],
    13: ["ticket created MB-", "notice (fr) to alice.roy@"],
    14: ["held MB-", "no party"],
    15: ["d16"],
}


@pytest.mark.parametrize("number", EXPECTED)
def test_each_letter_is_shown_with_its_fate_and_its_mails(played: str, number: int) -> None:
    block = _block(played, number)
    assert [told for told in EXPECTED[number] if told not in block] == []


def test_whoever_cannot_be_told_is_not_written_to(played: str) -> None:
    for number, address in ((5, "james.okafor@"), (10, "MAILER-DAEMON@"), (13, "account-verify"), (14, "v.lang@")):
        went_out = _block(played, number).partition("went out")[2]
        assert f"to {address}" not in went_out


def test_a_stranger_s_words_are_not_repeated_to_him(played: str) -> None:
    told = _block(played, 11).partition("(en) to j.okafor.clinic@")[2].partition("went out")[0]
    assert told
    assert not [word for word in ("AC-310077", "cancel", "contract", "james.okafor") if word in told]


def test_without_a_terminal_there_is_no_colour_and_no_line_beyond_a_hundred_columns(played: str) -> None:
    assert "\x1b" not in played
    assert max(map(len, played.splitlines())) <= 100


def test_a_folder_in_use_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    run = subprocess.run((*DEMO, "--site", tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "new or empty" in run.stderr


@pytest.fixture
def terminal() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    ours, theirs = pty.openpty()
    demo = subprocess.Popen(DEMO, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        yield demo, ours
    finally:
        demo.kill()
        demo.wait()
        os.close(ours)


def _read_until(terminal: int, wanted: str) -> str:
    shown = ""
    while wanted not in shown:
        assert select.select([terminal], [], [], 120)[0], f"no {wanted!r} in: {shown[-500:]}"
        shown += os.read(terminal, 65536).decode("utf-8", "replace")
    return shown


def _rest(terminal: int) -> str:
    """What is still to be read once its last user has closed the terminal, which Linux tells as EIO."""
    shown = b""
    with suppress(OSError):
        while more := os.read(terminal, 65536):
            shown += more
    return shown.decode("utf-8", "replace")


def test_on_a_terminal_it_stays_takes_the_viewer_s_own_letter_and_ends_on_ctrl_c(
    terminal: tuple[subprocess.Popen[bytes], int],
) -> None:
    demo, screen = terminal
    shown = _read_until(screen, "ends the demo")
    assert "\x1b[" in shown
    port = re.search(r"smtp://127\.0\.0\.1:(\d+)", shown)
    assert port
    with smtplib.SMTP("127.0.0.1", int(port[1])) as door:
        door.sendmail("dana.harper@northgatebooks.example", ["support@nordet.example"], LETTER)
    answered = _read_until(screen, "notice")
    assert "No dial tone" in answered
    assert "acknowledgement" in answered
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to its children as well
    _read_until(screen, "The demo is over.")
    assert demo.wait(timeout=60) == 0
    assert _rest(screen).strip() == ""
