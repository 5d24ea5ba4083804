"""Which account a message is about: one of the author's own; a stranger's number is treated like nobody's."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.decide.case import Case
from mailbot.model import Account, Field, Language, PartKind, Standing
from mailbot.parsers import address


@dataclass(frozen=True, slots=True)
class Choice:
    """`named`: the letter itself says so. `among`: two or more fit, and only the author can tell which is meant."""

    number: str | None
    language: Language | None
    sentence: str
    named: bool = False
    among: tuple[str, ...] = ()


def choose(case: Case) -> Choice:
    """The account or order named in it, else the address's default account, else its only one."""
    own = [entry for entry in case.known.accounts if entry.number in case.sender.accounts and not entry.closed]
    if not own:
        return Choice(None, None, "no account: the author is registered for none")
    written = [field for field in case.message.fields if _is_new(field, case)]
    # What he writes now counts before what he quotes: our question quotes every account that he may mean.
    named = _named(case, own, written) or _named(case, own, case.message.fields)
    if len(named) == 1:
        return replace(_choice(named[0], "named in the message"), named=True)
    if named:
        return _open(named, f"{len(named)} of this address are named")
    if len(own) == 1:
        return _choice(own[0], "the only one of this address")
    default = [account for account in own if _is_default(account, case.sender.address)]
    if len(default) == 1:
        return _choice(default[0], "the default of this address")
    return _open(own, f"this address stands under {len(own)}, and none was named")


def _choice(account: Account, why: str) -> Choice:
    return Choice(account.number, account.language, f"account {account.number}: {why}")


def _open(fit: list[Account], why: str) -> Choice:
    return Choice(None, fit[0].language, f"no account yet: {why}", among=tuple(account.number for account in fit))


def _named(case: Case, own: list[Account], fields: Iterable[Field]) -> list[Account]:
    said = {(field.name, field.value) for field in fields}
    numbers = {value.upper() for name, value in said if name == "account"}
    numbers |= {order.account.upper() for order in case.known.orders if ("order", order.order) in said}
    return [account for account in own if account.number.upper() in numbers]


def _is_new(field: Field, case: Case) -> bool:
    if field.source != "text":
        return field.source == "subject"
    new = (part for part in case.message.parts if part.kind is PartKind.NEW)
    return any(part.start <= field.start and field.end <= part.end for part in new)


def _is_default(account: Account, email: str) -> bool:
    key = address.key(email)
    return any(entry.default and address.key(entry.email) == key for entry in account.addresses)


def confirmed(case: Case) -> tuple[Field, ...]:
    """The fields with what the author's own part of the register says of them, and no word about anybody else's."""
    accounts = case.sender.accounts
    own = {number.upper() for number in accounts}
    own |= {order.order.upper() for order in case.known.orders if order.account in accounts}
    return tuple(
        replace(field, standing=Standing.CONFIRMED if field.value.upper() in own else Standing.UNKNOWN)
        for field in case.message.fields
    )
