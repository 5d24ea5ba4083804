"""The kinds of values that stand in any file: what is written, and what it means or why nothing."""

import re
from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import AfterValidator

from mailbot.parsers import address
from mailbot.written.faults import shown

# Names stand in columns of 100 characters, with a few of ours around them.
LONGEST_NAME = 50


def one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a control character or a line break")
    if len(value) > 200:
        raise ValueError(f"is {len(value)} characters long; 200 are the most")
    return value.strip()


def filled(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


def one_of(words: Iterable[str]) -> Callable[[object], object]:
    """Gives the word of the enumeration (or list) that is equal to what was written."""
    known = tuple(words)
    choice = ", ".join(one or '""' for one in known)

    def check(value: object) -> object:
        for word in known:
            if value == word:
                return word
        raise ValueError(f"{shown(value)} is not one of {choice}")

    return check


def email(value: str) -> str:
    if wrong := address.defect(value):
        raise ValueError(f"{shown(value)} is not an address such as support@example.com: {wrong}")
    return value


def word(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z-]*", value):
        raise ValueError(f"{shown(value)} is not a plain word: small letters and hyphens")
    if len(value) > LONGEST_NAME:
        raise ValueError(f"{shown(value)} is too long: {LONGEST_NAME} characters are the most")
    return value


Line = Annotated[str, AfterValidator(one_line)]
FilledLine = Annotated[str, AfterValidator(one_line), AfterValidator(filled)]
Email = Annotated[str, AfterValidator(email)]
Word = Annotated[str, AfterValidator(word)]
