"""The sections of the two files, each validated on its own: a bad one hides no fault of the next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from mailbot.settings import keys
from mailbot.written.faults import Fault, meant, shown
from mailbot.written.file import File
from mailbot.written.sections import checked
from mailbot.written.values import LONGEST_NAME

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "robot": keys.Robot,
    "database": keys.Database,
    "smtp": keys.Smtp,
    "security": keys.Security,
    "rules": keys.Rules,
    "limits": keys.Limits,
    "budget": keys.Budget,
    "retention": keys.Retention,
    "alarm": keys.Alarm,
}
_REQUIRED = ("robot", "smtp")
_PLACES: Mapping[str, type[BaseModel]] = {
    **{f"[{name}]": model for name, model in _SECTIONS.items()},
    "[mailboxes.NAME]": keys.Mailbox,
    "[mailboxes.NAME.imap]": keys.Imap,
}
_EVERY_KEY = tuple(key for model in _PLACES.values() for key in model.model_fields)
_NAME = re.compile(r"[a-z][a-z0-9._-]*")
S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    mailbox: keys.Mailbox
    imap: keys.Imap


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    agent: keys.Agent


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the two files, as far as it is sound; a section with a fault is None, or left out."""

    robot: keys.Robot | None = None
    database: keys.Database | None = None
    smtp: keys.Smtp | None = None
    security: keys.Security | None = None
    rules: keys.Rules | None = None
    limits: keys.Limits | None = None
    budget: keys.Budget | None = None
    retention: keys.Retention | None = None
    alarm: keys.Alarm | None = None
    boxes: tuple[Box, ...] = ()
    persons: tuple[Person, ...] = ()


def read(main: File | None, agents: File | None) -> tuple[Written, tuple[Fault, ...]]:
    """Of the files that could be read, the sound sections and every fault of the others."""
    faults: list[Fault] = []
    persons = tuple(_persons(agents, faults)) if agents else ()
    if not main:
        return Written(persons=persons), tuple(faults)
    faults += _unknown_sections(main)
    written = Written(
        robot=_own(keys.Robot, main, "robot", faults),
        database=_own(keys.Database, main, "database", faults),
        smtp=_own(keys.Smtp, main, "smtp", faults),
        security=_own(keys.Security, main, "security", faults),
        rules=_own(keys.Rules, main, "rules", faults) if "rules" in main.table else None,
        limits=_own(keys.Limits, main, "limits", faults),
        budget=_own(keys.Budget, main, "budget", faults),
        retention=_own(keys.Retention, main, "retention", faults),
        alarm=_own(keys.Alarm, main, "alarm", faults),
        boxes=tuple(_boxes(main, faults)),
        persons=persons,
    )
    return written, tuple(faults)


def _unknown_sections(main: File) -> Iterator[Fault]:
    known = (*_SECTIONS, "mailboxes")
    for name, value in main.table.items():
        if name in known:
            continue
        if isinstance(value, dict):
            yield Fault(main.name, (name,), (), "unknown section" + meant(name, known))
        else:
            yield Fault(main.name, (), (name,), "stands outside of every section" + _elsewhere(name))


def _own(model: type[S], main: File, name: str, faults: list[Fault]) -> S | None:
    if name not in main.table and name in _REQUIRED:
        faults.append(Fault(main.name, (name,), (), "this section is missing"))
        return None
    return _section(model, main, (name,), main.table.get(name, {}), faults)


def _boxes(main: File, faults: list[Fault]) -> Iterator[Box]:
    for name, table in _tables(main, ("mailboxes",), main.table.get("mailboxes", {}), faults):
        path = ("mailboxes", name)
        own = {key: value for key, value in table.items() if key != "imap"}
        mailbox = _section(keys.Mailbox, main, path, own, faults)
        if "imap" not in table:
            faults.append(Fault(main.name, (*path, "imap"), (), "this section is missing"))
            continue
        imap = _section(keys.Imap, main, (*path, "imap"), table["imap"], faults)
        if mailbox and imap:
            yield Box(name, mailbox, imap)
    if not main.table.get("mailboxes"):
        faults.append(Fault(main.name, ("mailboxes",), (), "no mailbox is named: write a section [mailboxes.support]"))


def _persons(agents: File, faults: list[Fault]) -> Iterator[Person]:
    for name, table in _tables(agents, (), agents.table, faults):
        agent = _section(keys.Agent, agents, (name,), table, faults)
        if agent:
            yield Person(name, agent)


def _tables(
    file: File, path: tuple[str, ...], table: object, faults: list[Fault]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The sections that a person names; those that carry no usable name or are none are faults."""
    if not isinstance(table, dict):
        faults.append(Fault(file.name, path, (), f"{shown(table)} is not a section of keys"))
        return
    for name, section in table.items():
        if not isinstance(section, dict):
            faults.append(Fault(file.name, path, (name,), "stands outside of every section"))
        elif not _NAME.fullmatch(name):
            says = f"{shown(name)} is no name for a section: small letters, digits, and . _ -, a letter first"
            faults.append(Fault(file.name, (*path, name), (), says))
        elif len(name) > LONGEST_NAME:
            says = f"{shown(name)} is no name for a section: {LONGEST_NAME} characters are the most"
            faults.append(Fault(file.name, (*path, name), (), says))
        else:
            yield name, section


def _section(model: type[S], file: File, path: tuple[str, ...], table: object, faults: list[Fault]) -> S | None:
    found, wrong = checked(model, file, path, table, _elsewhere)
    faults += wrong
    return found


def _elsewhere(key: str) -> str:
    section = next((section for section, model in _PLACES.items() if key in model.model_fields), "")
    return f"; it belongs in {section}" if section else meant(key, _EVERY_KEY)
