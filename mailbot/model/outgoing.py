"""Mails that go out: decided, and made."""

from dataclasses import dataclass
from enum import StrEnum

from mailbot.model.desk import Language, Ticket


class Sending(StrEnum):
    """Where an outgoing mail stands. in-doubt: from DATA on, until the relay's answer is recorded (RFC 1047)."""

    QUEUED = "queued"
    IN_DOUBT = "in-doubt"
    SENT = "sent"
    FAILED = "failed"
    WITHHELD = "withheld"


class Purpose(StrEnum):
    """Whom an outgoing mail is for; a tag of one purpose never serves for another."""

    CUSTOMER = "customer"
    CHALLENGE = "challenge"
    ANSWER = "answer"
    NOTICE = "notice"
    AGENT = "agent"
    HELD = "held"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line that opens an agent's notice: what, which value, the quote it was read from ("" where it was not read)."""

    name: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail decided but not yet rendered: one recipient, one template, and the values that the template may use.

    `cause` and template and recipient make its tag, hence its Message-ID: the same draft twice is the same mail.
    `automatic` is False for an agent's own words only. `references` are ids that may stand in this mail, oldest first:
    never a notice's in a mail to a customer. `withheld` is the reason why it must not go out, else None.
    `to` and `cc` are what all recipients of the same words read there; without them each reads himself.
    `charged`: it counts against the budgets that mail to strangers shares.
    """

    template: str
    purpose: Purpose
    language: Language
    recipient: str
    mailbox: str
    cause: str
    subject: str = ""
    ticket: Ticket | None = None
    recipient_name: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    reason: str = ""
    code: str = ""
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    automatic: bool = True
    withheld: str | None = None
    to: str = ""
    cc: tuple[str, ...] = ()
    charged: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An outbox row: one recipient, finished bytes. `envelope_from` "" is the null sender (RFC 5321 section 4.5.5).

    `charged` is the mailbox whose budget for strangers it counts against, or "".
    """

    message_id: str
    tag: str
    cause: str
    template: str
    purpose: Purpose
    language: Language
    recipient: str
    envelope_from: str
    ticket: str | None
    subject: str
    automatic: bool
    raw: bytes
    withheld: str | None = None
    charged: str = ""
