"""A request that the holder of a registered address is asked to confirm (design 1.5.3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """VOID: the request changed, or a person decided on it, before anybody answered."""

    CONFIRMED = "confirmed"
    DENIED = "denied"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Challenge:
    """`tag` is that of the mail that asks, and makes the code with the site's key: the code itself is kept nowhere.

    `account` is the one whose day it counts against; "" where an agent is asked. `tries` counts wrong codes.
    """

    tag: str
    ticket: str
    account: str
    recipient: str
    asked_at: datetime
    tries: int = 0
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """How often an account was asked to confirm something within the last 24 hours."""

    account: str
    count: int
