"""Readings that end their process, chosen by what the mail says. In place of parse() in the children of a Sandbox."""

import ctypes
import os
import signal
import socket
from collections.abc import Callable

from mailbot.model import Message, Reading
from mailbot.parsers.message import parse


def read(raw: bytes, reading: Reading) -> Message:
    bane = BANES.get(raw)
    if bane is not None:
        bane()
    if raw == b"environment":
        return _said(sorted(name for name in os.environ if "PASSWORD" in name), reading)
    if raw.startswith(b"connect "):
        return _said(_connected(int(raw.partition(b" ")[2])), reading)
    return parse(raw, reading)


def _segfault() -> None:
    ctypes.string_at(0)


def _exit() -> None:
    os._exit(7)


def _loop() -> None:
    while True:
        pass


def _ask_too_much() -> None:
    bytearray(4 * 1024**3)


def _hoard() -> None:
    hoard = [b""]
    while True:
        hoard.append(bytes(1024**2))


def _fail() -> None:
    raise ArithmeticError("a secret of the mail")


BANES: dict[bytes, Callable[[], object]] = {
    b"segfault": _segfault,
    b"exit": _exit,
    b"loop": _loop,
    b"sleep": signal.pause,
    b"memory": _ask_too_much,
    b"hoard": _hoard,
    b"fault": _fail,
}


def _said(what: object, reading: Reading) -> Message:
    return parse(f"Subject: {what}\n\n".encode(), reading)


def _connected(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
