"""Mail is read in children: whatever one letter does to its child, the others are read."""

import socket
from collections.abc import Iterator

import poison
import pytest

from mailbot.model import Limits, Message, Reading
from mailbot.parsers.message import parse
from mailbot.sandbox import Crash, Sandbox

READING = Reading()
LIMITS = Limits(worker_wall=2, worker_cpu=1, worker_memory=256 * 1024**2)
LETTERS = [f"From: a{n}@client.example\nSubject: {n}\n\nBonjour.\n".encode() for n in range(30)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(READING, LIMITS, poison.read) as sandbox:
        yield sandbox


def alone(sandbox: Sandbox, raw: bytes) -> Message | Crash:
    return sandbox.begin([raw]).result()[0]


def said(sandbox: Sandbox, raw: bytes) -> str:
    read = alone(sandbox, raw)
    assert isinstance(read, Message)
    return read.subject


def test_a_batch_is_read_as_parse_reads_it_and_in_its_order(sandbox: Sandbox) -> None:
    assert sandbox.begin(LETTERS).result() == tuple(parse(raw, READING) for raw in LETTERS)
    assert sandbox.begin([]).result() == ()


def test_one_batch_is_read_while_another_waits(sandbox: Sandbox) -> None:
    first, second = sandbox.begin(LETTERS[:15]), sandbox.begin(LETTERS[15:])

    assert [read.subject for read in (*second.result(), *first.result()) if isinstance(read, Message)] == [
        *(str(n) for n in range(15, 30)),
        *(str(n) for n in range(15)),
    ]


@pytest.mark.parametrize("bane", sorted(poison.BANES))
def test_only_the_guilty_letter_of_a_batch_is_a_crash(sandbox: Sandbox, bane: bytes) -> None:
    batch = [*LETTERS[:5], bane, *LETTERS[5:10]]

    read = sandbox.begin(batch).result()

    assert [isinstance(each, Crash) for each in read] == [raw == bane for raw in batch]


def test_a_crash_says_how_and_nothing_of_the_letter(sandbox: Sandbox) -> None:
    reasons = {bane: alone(sandbox, bane.encode()) for bane in ("exit", "sleep", "memory", "fault")}

    assert reasons == {
        "exit": Crash("its child died (exit code 7)"),
        "sleep": Crash("not read within 2 s"),
        "memory": Crash("more than 256 MiB of memory"),
        "fault": Crash("ArithmeticError"),
    }


def test_a_child_has_none_of_our_secrets_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILBOT_SMTP_PASSWORD", "geheim")
    with socket.create_server(("127.0.0.1", 0)) as server, Sandbox(READING, LIMITS, poison.read) as sandbox:
        assert said(sandbox, b"environment") == "[]"
        assert said(sandbox, f"connect {server.getsockname()[1]}".encode()) == "False"


def test_a_large_letter_travels_alone_and_comes_back(sandbox: Sandbox) -> None:
    large = LETTERS[0] + b"mot " * 1_500_000

    read = sandbox.begin([large, large, LETTERS[1]]).result()

    assert [each.subject for each in read if isinstance(each, Message)] == ["0", "0", "1"]
