"""The files of rules/ into a Policy, or every fault of them."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import BaseModel

from mailbot.model import Department, Intent, Policy, RequestClass, Words
from mailbot.policy import keys
from mailbot.policy.phrases import classed, tree
from mailbot.policy.request import classify
from mailbot.written import file
from mailbot.written.faults import meant
from mailbot.written.sections import checked
from mailbot.written.values import word

__all__ = ["FOLDER", "KINDS", "LARGEST", "MOST", "PolicyErrors", "classify", "read"]

FOLDER = "rules"
DEPARTMENTS, INTENTS = KINDS = ("departments", "intents")
# Octets: an admin's file is a few kilobytes, and a site has some dozens of them.
LARGEST = 256 * 1024
MOST = 1000
_LONGEST_NAME = 40

S = TypeVar("S", bound=BaseModel)


class PolicyErrors(Exception):
    """The rules cannot be used. `faults` are whole sentences, in the order of the files, all that were found."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read(files: Mapping[str, bytes]) -> Policy:
    """By their names below rules/, such as departments/technical.toml: the name is the key. Raises PolicyErrors."""
    if len(files) > MOST:
        raise PolicyErrors((f"{FOLDER}: holds more than {MOST} files",))
    faults = list(_misplaced(files))
    departments = tuple(_department(key, one) for key, one in _each(DEPARTMENTS, keys.Department, files, faults))
    intents = tuple(_intent(key, one) for key, one in _each(INTENTS, keys.Intent, files, faults))
    if faults:
        raise PolicyErrors(tuple(faults))
    return Policy(departments, intents, tree(phrase for intent in intents for phrase in intent.phrases))


def _misplaced(files: Mapping[str, bytes]) -> Iterator[str]:
    """A folder that is none of ours is named once, whatever it holds."""
    known = " and ".join(KINDS)
    for name in dict.fromkeys(PurePosixPath(path).parts[0] for path in sorted(files)):
        if name in files:
            yield f"{FOLDER}/{name}: stands outside of every folder; there are {known}"
        elif name not in KINDS:
            yield f"{FOLDER}/{name}: unknown folder{meant(name, KINDS) or f'; there are {known}'}"


def _each(kind: str, model: type[S], files: Mapping[str, bytes], faults: list[str]) -> Iterator[tuple[str, S]]:
    """The sound files of a folder; what is wrong with the others is added to `faults`."""
    for name in sorted(files):
        path = PurePosixPath(name)
        if path.parts[0] != kind or name == kind:
            continue
        wrong = _unnamed(path) or _oversized(files[name])
        if wrong:
            faults.append(f"{FOLDER}/{name}: {wrong}")
            continue
        found = file.read(f"{FOLDER}/{name}", files[name])
        if isinstance(found, str):
            faults.append(found)
            continue
        one, unsound = checked(model, found, (), found.table, lambda _: "")
        faults += (found.sentence(fault) for fault in sorted(unsound, key=found.line))
        if one:
            yield path.stem, one


def _unnamed(path: PurePosixPath) -> str:
    if len(path.parts) > 2:
        return f"lies too deep: the files of {path.parts[0]} lie in {FOLDER}/{path.parts[0]} itself"
    if path.suffix != ".toml":
        return f"is no file of rules: their names end in .toml{meant(path.name, (f'{path.stem}.toml',))}"
    try:
        word(path.stem)
    except ValueError as error:
        return f"its name is what others call it by, and {error}"
    if len(path.stem) > _LONGEST_NAME:
        return f"its name is too long: {_LONGEST_NAME} characters before .toml are the most"
    return ""


def _oversized(raw: bytes) -> str:
    return f"is larger than {LARGEST // 1024} KiB" if len(raw) > LARGEST else ""


def _department(key: str, written: keys.Department) -> Department:
    return Department(key, written.name.words, written.address, written.manager, written.note.words)


def _intent(key: str, written: keys.Intent) -> Intent:
    plain = classed(key, written.class_, written.words.both)
    account = classed(key, RequestClass.ACCOUNT, written.account.both)
    sensitive = classed(key, RequestClass.SENSITIVE, written.sensitive.both)
    name = written.name.words if written.name else Words()
    return Intent(key, written.class_, (*plain, *account, *sensitive), name)
