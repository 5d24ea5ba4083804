"""What is wrong with a file that a person wrote: file, section and key, and what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`section` and `key` are paths; a number in `key` counts items of a list from 0. `says` never holds a secret."""

    file: str
    section: tuple[str, ...]
    key: tuple[str | int, ...]
    says: str

    @property
    def place(self) -> str:
        section = f"[{'.'.join(self.section)}]" if self.section else ""
        return " ".join(word for word in (section, spelled(self.key)) if word)


def spelled(key: tuple[str | int, ...]) -> str:
    """`account_pattern item 2`, `emergency_note.de`."""
    words = ""
    for step in key:
        if isinstance(step, int):
            words += f" item {step + 1}"
        else:
            words += f".{step}" if words else step
    return words


def shown(value: object) -> str:
    """A value of the file as it may stand in a sentence: short, on one line, in TOML's spelling."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value if len(value) <= 60 else value[:57] + "…"
            return f'"{text}"' if text.isprintable() else ascii(text)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(value)


def meant(word: str, known: Iterable[str]) -> str:
    """A question that ends a sentence, or "".

    >>> meant("organisatoin", ["language", "organisation"])
    '; did you mean organisation?'
    """
    close = difflib.get_close_matches(word, tuple(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
