"""Which account a message is about: one of the author's own; a stranger's number is treated like nobody's."""

from dataclasses import dataclass, replace

from mailbot.decide.case import Case
from mailbot.model import Account, Field, Language, Standing
from mailbot.parsers import address


@dataclass(frozen=True, slots=True)
class Choice:
    number: str | None
    language: Language | None
    sentence: str


def choose(case: Case) -> Choice:
    """The account or order named in it, else the address's default account, else its only one."""
    own = [entry for entry in case.known.accounts if entry.number in case.sender.accounts and not entry.closed]
    if not own:
        return Choice(None, None, "no account: the author is registered for none")
    named = _named(case, own)
    if len(named) == 1:
        return _choice(named[0], "named in the message")
    if len(own) == 1:
        return _choice(own[0], "the only one of this address")
    default = [account for account in own if _is_default(account, case.sender.address)]
    if len(default) == 1:
        return _choice(default[0], "the default of this address")
    return Choice(None, own[0].language, f"no account yet: this address stands under {len(own)}, and none was named")


def _choice(account: Account, why: str) -> Choice:
    return Choice(account.number, account.language, f"account {account.number}: {why}")


def _named(case: Case, own: list[Account]) -> list[Account]:
    numbers = {field.value.upper() for field in case.message.fields if field.name == "account"}
    numbers |= {order.account.upper() for order in case.known.orders}
    return [account for account in own if account.number.upper() in numbers]


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
