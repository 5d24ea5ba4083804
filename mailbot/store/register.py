"""The register's side of the store: what the operator's files say becomes true, whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update

from mailbot.model import Account, Bounce, Language, RegisteredAddress, Service
from mailbot.parsers import address
from mailbot.register import AccountRow, Register
from mailbot.store import returned
from mailbot.tables import account, registered_address, service

# Rows in one statement: SQLite and PostgreSQL bound its parameters.
ROWS = 5000


@dataclass(frozen=True, slots=True)
class Import:
    """What an import changes, or would change. `closed` are accounts that the files no longer name."""

    accounts: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    closed: tuple[str, ...]
    open_before: int
    addresses_added: int
    addresses_removed: int
    services_added: int
    services_removed: int

    @property
    def nothing(self) -> bool:
        addresses = self.addresses_added or self.addresses_removed or self.services_added or self.services_removed
        return not (self.added or self.changed or self.closed or addresses)


@dataclass(frozen=True, slots=True)
class Shown:
    """`bounces` are those of the account's addresses."""

    account: Account
    services: tuple[Service, ...]
    bounces: tuple[Bounce, ...] = ()


def import_register(conn: Connection, register: Register) -> Import:
    """Writes it all; the caller looks at the answer and may still roll back. A second time it changes nothing."""
    was = {row.number: row for row in conn.execute(select(account))}
    is_ = {row.number: row for row in register.accounts}
    added = [row for row in register.accounts if row.number not in was]
    changed = [
        row
        for row in register.accounts
        if row.number in was and (row.name, row.language, row.plan, False) != tuple(was[row.number])[1:]
    ]
    closed = sorted(number for number, row in was.items() if number not in is_ and not row.closed)
    _write_accounts(conn, added, changed, closed)
    keys = set(conn.scalars(select(registered_address.c.email_key)))
    addresses = _replace(
        conn, registered_address, _ADDRESS, [_address(entry) for entry in register.addresses], set(is_)
    )
    _forget_removed(conn, keys)
    services = _replace(conn, service, _SERVICE, [_service(entry) for entry in register.services], set(is_))
    return Import(
        accounts=len(is_),
        added=tuple(row.number for row in added),
        changed=tuple(row.number for row in changed),
        closed=tuple(closed),
        open_before=sum(not row.closed for row in was.values()),
        addresses_added=addresses[0],
        addresses_removed=addresses[1],
        services_added=services[0],
        services_removed=services[1],
    )


def _forget_removed(conn: Connection, before: set[str]) -> None:
    """What came back from addresses that are no longer registered says nothing of those that took their place."""
    removed = sorted(before - set(conn.scalars(select(registered_address.c.email_key))))
    for keys in _portions(removed):
        returned.forget(conn, keys)


def _write_accounts(
    conn: Connection, added: Sequence[AccountRow], changed: Sequence[AccountRow], closed: Sequence[str]
) -> None:
    for portion in _portions(added):
        conn.execute(insert(account), [_account(row) for row in portion])
    which = account.c.number == bindparam("which")
    for portion in _portions(changed):
        rows = [
            {f"new_{name}": value for name, value in _account(row).items()} | {"which": row.number} for row in portion
        ]
        values: dict[str, object] = {name: bindparam(f"new_{name}") for name in ("name", "language", "plan", "closed")}
        conn.execute(update(account).where(which).values(values), rows)
    for numbers in _portions(closed):
        conn.execute(update(account).where(account.c.number.in_(numbers)).values(closed=True))


def _account(row: AccountRow) -> dict[str, object]:
    return {"number": row.number, "name": row.name, "language": row.language, "plan": row.plan, "closed": False}


_ADDRESS = ("account", "email", "email_key", "contact", "notify", "default")
_SERVICE = ("account", "service", "order", "ip")
Values = tuple[object, ...]


def _address(entry: RegisteredAddress) -> Values:
    return (entry.account, entry.email, address.key(entry.email), entry.contact, " ".join(entry.notify), entry.default)


def _service(entry: Service) -> Values:
    return (entry.account, entry.service, entry.order, entry.ip)


def _replace(
    conn: Connection, table: Table, names: tuple[str, ...], wanted: list[Values], accounts: set[str]
) -> tuple[int, int]:
    """(added, removed). What belongs to accounts that the files do not name stays with them."""
    columns = [table.c[name] for name in names]
    there = {tuple(row)[1:]: row.id for row in conn.execute(select(table.c.id, *columns)) if row.account in accounts}
    new = [row for row in dict.fromkeys(wanted) if row not in there]
    old = sorted(set(there.values()) - {there[row] for row in wanted if row in there})
    # The old first: a changed row must not meet its former self in a unique key.
    for ids in _portions(old):
        conn.execute(delete(table).where(table.c.id.in_(ids)))
    for portion in _portions(new):
        conn.execute(insert(table), [dict(zip(names, row, strict=True)) for row in portion])
    return len(new), len(old)


T = TypeVar("T")


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for n in range(0, len(rows), ROWS):
        yield rows[n : n + ROWS]


def find_accounts(conn: Connection, asked: str) -> tuple[Shown, ...]:
    """By account number, or by registered address."""
    r = registered_address.c
    numbers = set(conn.scalars(select(r.account).where(r.email_key == address.key(asked)))) if "@" in asked else {asked}
    rows = conn.execute(select(account).where(account.c.number.in_(numbers)).order_by(account.c.number)).all()
    return tuple(_all_of(conn, row) for row in rows)


def _all_of(conn: Connection, row: Row[*tuple[object, ...]]) -> Shown:
    found = _shown(conn, row)
    bounces = returned.bounces_of(conn, {entry.email_key for entry in found.addresses})
    return Shown(found, _services(conn, found.number), bounces)


def _shown(conn: Connection, row: Row[*tuple[object, ...]]) -> Account:
    values = row._mapping
    r = registered_address.c
    columns = (r.account, r.email, r.contact, r.notify, r.default, r.email_key)
    found = conn.execute(select(*columns).where(r.account == values["number"]).order_by(r.id))
    addresses = tuple(RegisteredAddress(*row[:3], tuple(row.notify.split()), *row[4:]) for row in found)
    language = Language(values["language"]) if values["language"] else None
    return Account(values["number"], values["name"], language, values["plan"], values["closed"], addresses)


def _services(conn: Connection, number: str) -> tuple[Service, ...]:
    s = service.c
    rows = conn.execute(select(s.account, s.service, s.order, s.ip).where(s.account == number).order_by(s.id))
    return tuple(Service(*row) for row in rows)


def count(conn: Connection) -> tuple[int, int, int]:
    """(open accounts, addresses, services)."""
    accounts = select(func.count()).select_from(account).where(~account.c.closed)
    others = (select(func.count()).select_from(table) for table in (registered_address, service))
    found = [conn.execute(asked).scalar_one() for asked in (accounts, *others)]
    return found[0], found[1], found[2]
