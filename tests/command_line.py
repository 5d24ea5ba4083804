"""Runs a command of mailbot inside the test: arguments in; status, output and complaints out."""

import contextlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mailbot.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    status: object
    out: str
    err: str


def mailbot(*arguments: str, stdin: bytes = b"") -> Ran:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with _standard(list(arguments), io.TextIOWrapper(io.BytesIO(stdin)), out, err), pytest.raises(SystemExit) as ended:
        main()
    return Ran(ended.value.code, _written(out), _written(err))


@contextlib.contextmanager
def _standard(
    arguments: list[str], stdin: io.TextIOWrapper, out: io.TextIOWrapper, err: io.TextIOWrapper
) -> Iterator[None]:
    before = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["mailbot", *arguments], stdin
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield
    finally:
        sys.argv, sys.stdin = before


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
