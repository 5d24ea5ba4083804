"""One TOML file: its table, and on which line a key stands."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.written.faults import Fault

_SECTION = re.compile(r"[ \t]*\[\[?([^\]#]+)\]")
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_.\"'-]+)[ \t]*=")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HINTS = {
    "Invalid value": "text stands in quotes",
    "Cannot overwrite a value": "the same key stands twice",
    "Cannot declare": "the same section stands twice",
}


@dataclass(frozen=True, slots=True)
class File:
    name: str
    table: Mapping[str, object]
    lines: Mapping[tuple[str, ...], int]

    def line(self, fault: Fault) -> int:
        """The line of the key, else of what it stands in, else 0."""
        path = fault.section + tuple(step for step in fault.key if isinstance(step, str))
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)

    def sentence(self, fault: Fault) -> str:
        line = self.line(fault)
        return ": ".join(
            word for word in (f"{self.name}:{line}" if line else self.name, fault.place, fault.says) if word
        )


def read(name: str, raw: bytes) -> File | str:
    """The file, or the one sentence that says why it cannot be read."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return f"{name}:{line}: is not UTF-8: save the file in that encoding"
    return parsed(name, text)


def parsed(name: str, text: str) -> File | str:
    try:
        return File(name, tomllib.loads(text), _lines(text))
    except RecursionError:
        return f"{name}: is nested too deeply"
    except ValueError as error:  # TOMLDecodeError, and ValueError for a number of thousands of digits
        return _syntax(name, str(error))


def _syntax(name: str, message: str) -> str:
    """tomllib writes its position behind its message; ours stands in front."""
    position = _POSITION.search(message)
    what = message[: position.start()] if position else message
    hint = next((f" ({hint})" for start, hint in _HINTS.items() if what.startswith(start)), "")
    if position and position[1]:
        return f"{name}:{position[1]}: is not valid TOML at column {position[2]}: {what}{hint}"
    return f"{name}: is not valid TOML at its end: {what}{hint}"


def _lines(text: str) -> Mapping[tuple[str, ...], int]:
    """Where each section and key stands first. A line of a multi-line string may pass for a key: no harm is in that."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _SECTION.match(line):
            section = _words(header[1])
            path = section
        elif key := _KEY.match(line):
            path = section + _words(key[1])
        else:
            continue
        for depth in range(1, len(path) + 1):
            lines.setdefault(path[:depth], number)
    return lines


def _words(dotted: str) -> tuple[str, ...]:
    return tuple(word.strip().strip("\"'") for word in dotted.split("."))
