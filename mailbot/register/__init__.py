"""The register of accounts, their addresses and services: three CSV files, read whole or refused whole."""

from dataclasses import dataclass
from pathlib import Path

from mailbot.model import RegisteredAddress, Service, Site
from mailbot.register import rows, table
from mailbot.register.rows import AccountRow

__all__ = ["AccountRow", "Register", "RegisterError", "read"]

# Enough to see what kind of fault it is: a wrong export has one in every line.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Register:
    """Every address and service is of an account in `accounts`; no address has two defaults."""

    accounts: tuple[AccountRow, ...]
    addresses: tuple[RegisteredAddress, ...]
    services: tuple[Service, ...]


class RegisterError(Exception):
    """`faults` are sentences with file and line: 50 at the most, and a last one that counts the rest."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read(directory: Path, site: Site | None = None) -> Register:
    """Raises RegisterError with the faults of all three files. With a site, its own mailboxes are nobody's address."""
    accounts_file = table.read(directory / "accounts.csv", ("account", "name", "language", "plan"))
    addresses_file = table.read(directory / "addresses.csv", ("account", "email", "contact", "notify", "default"))
    services_file = table.read(directory / "services.csv", ("account", "service", "order", "ip"))
    # Where lines of accounts.csv could not be read, an account that seems to be missing may stand in one of them.
    known = None if accounts_file.faults else frozenset(row.values[0] for row in accounts_file.rows)
    faults = [*accounts_file.faults, *addresses_file.faults, *services_file.faults]
    if site:
        faults += rows.own_addresses(addresses_file, site)
    register = Register(
        rows.accounts(accounts_file, faults),
        rows.addresses(addresses_file, known, faults),
        rows.services(services_file, known, faults),
    )
    if faults:
        raise RegisterError(_sentences(faults))
    return register


def _sentences(faults: list[table.Fault]) -> tuple[str, ...]:
    ordered = sorted(faults, key=lambda fault: (fault.file, fault.line))
    more = len(ordered) - SHOWN
    shown = tuple(fault.sentence for fault in ordered[:SHOWN])
    return (*shown, f"and {more} more") if more > 0 else shown
