"""When a daemon is ready, when it is well, and when one of its threads hangs; told over a real socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.watchdog import LOOK, NOBODY, Vigil, Watchdog, watchdog


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(tmp_path / "notify"))
        wire.setblocking(False)
        yield wire


def told(systemd: socket.socket) -> list[str]:
    lines: list[str] = []
    try:
        while True:
            lines += systemd.recv(4096).decode().splitlines()
    except BlockingIOError:
        return lines


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def by(name: str, act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act, name=name)
    thread.start()
    thread.join()


def vigil(systemd: socket.socket, time: Time, *names: str) -> Vigil:
    return Vigil(names, Watchdog(systemd.getsockname()), time)


def test_it_is_ready_when_the_last_thread_is_heard_of(systemd: socket.socket) -> None:
    watch = vigil(systemd, Time(), "judge", "listen-support")
    watch.note("support", "connected")
    by("judge", lambda: watch.heard(10))
    by("judge", lambda: watch.heard(10))
    assert told(systemd) == []
    by("listen-support", lambda: watch.heard(10))
    assert told(systemd) == ["READY=1", "STATUS=support connected"]
    by("listen-support", lambda: watch.heard(10))
    assert told(systemd) == []


def test_the_status_has_one_order_whoever_was_first(systemd: socket.socket) -> None:
    for first, second in (("support", "sac"), ("sac", "support")):
        watch = vigil(systemd, Time())
        watch.note(first, "down")
        watch.note(second, "down")
        watch.report()
        assert told(systemd) == ["WATCHDOG=1", "STATUS=sac down, support down"]


def test_it_is_well_as_long_as_every_thread_keeps_its_word(systemd: socket.socket) -> None:
    time = Time()
    watch = vigil(systemd, time)
    by("judge", lambda: watch.heard(10))
    by("send", lambda: watch.heard(100))
    time.now += 9
    watch.report()
    assert told(systemd) == ["WATCHDOG=1", "STATUS="]
    time.now += 2
    watch.report()
    assert told(systemd) == ["STATUS=judge hangs"]
    by("judge", lambda: watch.heard(10))
    watch.report()
    assert told(systemd) == ["WATCHDOG=1", "STATUS="]


def test_a_thread_that_ended_as_it_should_is_not_missed(systemd: socket.socket) -> None:
    time = Time()
    watch = vigil(systemd, time)
    by("listen-support", lambda: watch.heard(10))
    by("listen-support", watch.over)
    time.now += 100
    watch.report()
    assert "WATCHDOG=1" in told(systemd)


def test_stopping_is_told(systemd: socket.socket) -> None:
    vigil(systemd, Time()).stopping()
    assert told(systemd) == ["STOPPING=1", "STATUS=stopping"]


def test_an_abstract_address_is_understood() -> None:
    """Containers get one: sd_notify(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        # Linux chooses a free abstract name.
        wire.bind("")
        wire.setblocking(False)
        Watchdog("@" + wire.getsockname()[1:].decode()).tell("READY=1")
        assert told(wire) == ["READY=1"]


def test_a_service_manager_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    Watchdog(str(tmp_path / "nobody")).tell("READY=1")
    Watchdog(str(tmp_path / ("long" * 100))).tell("READY=1")
    Watchdog("@\udc80").tell("READY=1")
    NOBODY.tell("READY=1")


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, NOBODY),
        ({"NOTIFY_SOCKET": "/run/n"}, Watchdog("/run/n", LOOK)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000"}, Watchdog("@n", 10.0)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, Watchdog("@n", 10.0)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, Watchdog("@n", LOOK)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "600000000"}, Watchdog("@n", LOOK)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "soon"}, Watchdog("@n", LOOK)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "0"}, Watchdog("@n", LOOK)),
    ],
)
def test_what_systemd_asks_for_is_read(environ: dict[str, str], asked: Watchdog) -> None:
    assert watchdog(environ, 7) == asked
