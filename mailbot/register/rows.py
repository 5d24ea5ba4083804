"""What a row of each file must be: each function gives the sound entries, and adds to the faults what is not."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mailbot.model import Language, RegisteredAddress, Service, Site
from mailbot.parsers import address
from mailbot.register.table import Fault, Row, Table, shown
from mailbot.sender import mailbox_of

K = TypeVar("K")

NOTIFY = ("support", "billing", "abuse")
# The columns of the store end there.
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class AccountRow:
    number: str
    name: str
    language: Language | None
    plan: str


def accounts(table: Table, faults: list[Fault]) -> tuple[AccountRow, ...]:
    lines: dict[str, int] = {}
    found = []
    for row in table.rows:
        number, name, language, plan = row.values
        wrong = [*_key_faults("account", number), *_language_faults(language)]
        if len(plan) > LONGEST_KEY:
            wrong.append(f"plan {shown(plan)} is longer than {LONGEST_KEY} characters")
        if lines.setdefault(number, row.line) != row.line:
            wrong.append(f"account {shown(number)} stands in line {lines[number]} already")
        faults += _of(table, row, wrong)
        if not wrong:
            found.append(AccountRow(number, name, Language(language) if language else None, plan))
    return tuple(found)


def addresses(table: Table, known: frozenset[str] | None, faults: list[Fault]) -> tuple[RegisteredAddress, ...]:
    """`known` are the accounts there are; None where nobody can tell."""
    lines: dict[tuple[str, str], int] = {}
    defaults: dict[str, int] = {}
    found = []
    for row in table.rows:
        account, email, contact, notify, default = row.values
        wrong = [*_account_faults(account, known), *_notify_faults(notify)]
        if default not in ("yes", "no"):
            wrong.append(f"default {shown(default)} is not yes or no")
        if defect := address.defect(email):
            wrong.append(f"{shown(email)} is not a plain e-mail address: {defect}")
        elif other := _first(lines, (account, address.key(email)), row):
            wrong.append(f"{shown(email)} stands in line {other} already, for the same account")
        elif default == "yes" and (other := _first(defaults, address.key(email), row)):
            wrong.append(f"{shown(email)} has its default in line {other} already: it can mean one account only")
        faults += _of(table, row, wrong)
        if not wrong:
            words = tuple(word for word in NOTIFY if word in notify.split())
            found.append(RegisteredAddress(account, email, contact, words, default == "yes"))
    return tuple(found)


def own_addresses(table: Table, site: Site) -> Iterator[Fault]:
    """An account with one would be answered at our own door, again and again."""
    for row in table.rows:
        if own := mailbox_of(row.values[1], site):
            yield Fault(table.name, row.line, f"{shown(row.values[1])} is the address of our own mailbox {own.key}")


def services(table: Table, known: frozenset[str] | None, faults: list[Fault]) -> tuple[Service, ...]:
    """Each once, whatever the files say."""
    found: dict[Service, None] = {}
    for row in table.rows:
        account, service, order, ip = row.values
        wrong = [*_account_faults(account, known)]
        if len(order) > LONGEST_KEY:
            wrong.append(f"order {shown(order)} is longer than {LONGEST_KEY} characters")
        network = _network(ip)
        if network is None:
            wrong.append(f"{shown(ip)} is not an IPv4 or IPv6 address or prefix")
        faults += _of(table, row, wrong)
        if network is not None and not wrong:
            found[Service(account, service, order, network)] = None
    return tuple(found)


def _of(table: Table, row: Row, wrong: Iterable[str]) -> Iterator[Fault]:
    return (Fault(table.name, row.line, says) for says in wrong)


def _key_faults(name: str, value: str) -> Iterator[str]:
    if not value:
        yield f"{name} is empty"
    if len(value) > LONGEST_KEY:
        yield f"{name} {shown(value)} is longer than {LONGEST_KEY} characters"


def _account_faults(account: str, known: frozenset[str] | None) -> Iterator[str]:
    if not account:
        yield "account is empty"
    elif known is not None and account not in known:
        yield f"account {shown(account)} is not in accounts.csv"


def _language_faults(language: str) -> Iterator[str]:
    if language not in ("fr", "en", ""):
        yield f"language {shown(language)} is not fr or en, nor empty"


def _notify_faults(notify: str) -> Iterator[str]:
    for word in notify.split():
        if word not in NOTIFY:
            yield f"notify {shown(word)} is not one of {', '.join(NOTIFY)}"


def _first(lines: dict[K, int], key: K, row: Row) -> int:
    """The line where the key stood first, 0 where it is this one."""
    line = lines.setdefault(key, row.line)
    return 0 if line == row.line else line


def _network(ip: str) -> str | None:
    """In its canonical spelling; "" stays "". A prefix with bits beyond its length is none."""
    if not ip:
        return ""
    if "%" in ip:
        return None
    try:
        return str(ipaddress.ip_network(ip)) if "/" in ip else str(ipaddress.ip_address(ip))
    except ValueError:
        return None
