"""NAME.eml is read as NAME.toml says. `pytest --accept` rewrites the .toml files; the diff is to be reviewed."""

import dataclasses
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mailbot.model import Message, Reading
from mailbot.parsers.message import parse

LETTERS = sorted(Path(__file__).parent.glob("*.eml"))
READING = Reading(domain="tickets.example.com", timezone="America/Toronto")


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.stem)
def test_a_letter_is_read_as_written_beside_it(letter: Path, request: pytest.FixtureRequest) -> None:
    expectation = letter.with_suffix(".toml")

    read = "".join(written(parse(letter.read_bytes(), READING)))

    if request.config.getoption("--accept"):
        expectation.write_text(read, encoding="utf-8")
    assert tomllib.loads(read) == tomllib.loads(expectation.read_text(encoding="utf-8"))


def written(message: Message) -> Iterator[str]:
    """The message as TOML, without what is empty."""
    tables = []
    for field in dataclasses.fields(message):
        value = getattr(message, field.name)
        if value in ("", (), None, False):
            continue
        if isinstance(value, tuple) and dataclasses.is_dataclass(value[0]):
            tables.append((field.name, value))
        else:
            yield f"{field.name} = {literal(value)}\n"
    for name, rows in tables:
        yield f"{name} = [\n" + "".join(f"  {literal(row)},\n" for row in rows) + "]\n"


def literal(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case int() | float():
            return str(value)
        case tuple():
            return "[" + ", ".join(map(literal, value)) + "]"
        case str() if "\n" in value:
            return '"""\n' + escaped(value).replace("\\n", "\n") + '"""'
        case str():
            return f'"{escaped(value)}"'
    assert dataclasses.is_dataclass(value), value
    pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    return "{ " + ", ".join(f"{name} = {literal(each)}" for name, each in pairs if each is not None) + " }"


def escaped(value: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return "".join(escapes.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in value)
