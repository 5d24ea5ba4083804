"""The desk: accounts and their addresses, agents, tickets. Words of ITIL."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Language(StrEnum):
    FR = "fr"
    EN = "en"


class Level(StrEnum):
    """How sure we are of who wrote, lowest first; people read `Sender.evidence` instead."""

    MACHINE = "machine"
    UNKNOWN = "unknown"
    SUSPECT = "suspect"
    REGISTERED = "registered"
    AUTHENTICATED = "authenticated"
    CONFIRMED = "confirmed"
    AGENT = "agent"
    AGENT_CONFIRMED = "agent-confirmed"


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HELD = "held"
    RESOLVED = "resolved"
    CLOSED = "closed"


class RequestClass(StrEnum):
    """What a request touches, and so what may be said and done about it for whom (reliability 5.3); strictest last."""

    GENERAL = "general"
    ACCOUNT = "account"
    SENSITIVE = "sensitive"

    @property
    def rank(self) -> int:
        return _STRICTNESS[self]


_STRICTNESS = {klass: rank for rank, klass in enumerate(RequestClass)}


@dataclass(frozen=True, slots=True)
class RegisteredAddress:
    """An address that the operator's register gives to an account.

    `notify` holds words of: support billing abuse. `email_key` is the form in which addresses are compared.
    """

    account: str
    email: str
    contact: str
    notify: tuple[str, ...]
    default: bool
    email_key: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    account: str
    service: str
    order: str
    ip: str


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's contract. A closed account is kept, and stands for nothing."""

    number: str
    name: str
    language: Language | None
    plan: str
    closed: bool
    addresses: tuple[RegisteredAddress, ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers; `key` is his section in agents.toml. One who left is no longer in the file."""

    key: str
    name: str
    email: str
    language: Language
    departments: tuple[str, ...]
    calendar: str
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote and how sure we are, with the evidence as one English sentence.

    `address` is the address that may be answered: the registered spelling where there is one, "" where none is safe.
    `agent` is his key where he is shown to be an agent, also where he answers no notice and his level is another.
    """

    address: str
    level: Level
    evidence: str
    accounts: tuple[str, ...] = ()
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One matter of one requester. Times are aware UTC; `predecessor` is the closed ticket that it follows."""

    number: str
    subject: str
    status: Status
    mailbox: str
    department: str
    language: Language
    requester: str
    level: Level
    opened_at: datetime
    account: str | None = None
    agent: str | None = None
    severity: str | None = None
    priority: str = "regular"
    klass: RequestClass | None = None
    intent: str | None = None
    tags: tuple[str, ...] = ()
    predecessor: str | None = None
    first_response_due: datetime | None = None
    pick_up_due: datetime | None = None
    next_update_due: datetime | None = None
    resolution_due: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
