"""Messages, accounts and what is known, for tests of the judgement: plausible where the test says nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailbot.model import (
    Account,
    Address,
    Arrival,
    AuthenticationResult,
    Field,
    Known,
    Language,
    Level,
    Message,
    Part,
    PartKind,
    Property,
    Purpose,
    RegisteredAddress,
    Sent,
    Status,
    Ticket,
)
from mailbot.parsers import address

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
ANNA = "anna@client.example"
ACCOUNT = "AC-100200"


def message(text: str = "Bonjour, notre lien est coupé.", **changes: object) -> Message:
    plain = Message(
        message_id="<letter-1@client.example>",
        in_reply_to=(),
        references=(),
        author=Address(ANNA, "Anna Lefèvre"),
        author_defect="",
        claimed=(ANNA,),
        to=(Address("support@example.com"),),
        cc=(),
        recipients=("support@example.com",),
        subject="Panne de fibre",
        date=NOW,
        received_at=NOW,
        return_path=ANNA,
        language=Language.FR,
        text=text,
        parts=(Part(PartKind.NEW, 0, len(text)),) if text else (),
        attachments=(),
        automatic=None,
        report=None,
        authentication=(),
        fields=(),
        commands=(),
        loops=(),
        content_hash="c0ffee",
        defects=(),
        refused=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def arrival(**changes: object) -> Arrival:
    return replace(Arrival(1, "support", 1, NOW), **changes)  # type: ignore[arg-type]


def registered(email: str = ANNA, account: str = ACCOUNT, **changes: object) -> RegisteredAddress:
    entry = RegisteredAddress(account, email, "Anna Lefèvre", ("support",), True, address.key(email))
    return replace(entry, **changes)  # type: ignore[arg-type]


def account(*addresses: RegisteredAddress, number: str = ACCOUNT, **changes: object) -> Account:
    entry = Account(number, "Client SA", Language.FR, "standard", False, addresses or (registered(account=number),))
    return replace(entry, **changes)  # type: ignore[arg-type]


def ticket(**changes: object) -> Ticket:
    entry = Ticket(
        number="MB-7K3F-9XW0",
        subject="Panne de fibre",
        status=Status.NEW,
        mailbox="support",
        department="technical",
        language=Language.FR,
        requester=ANNA,
        level=Level.REGISTERED,
        opened_at=NOW - timedelta(hours=2),
        account=ACCOUNT,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def sent(tag: str, purpose: Purpose, recipient: str, number: str = "MB-7K3F-9XW0", template: str = "notice") -> Sent:
    return Sent(tag, f"<mb.{tag}@tickets.example.com>", template, purpose, recipient, number, NOW - timedelta(hours=1))


def authenticated(domain: str, authserv_id: str = "mx.example.com", result: str = "pass") -> AuthenticationResult:
    return AuthenticationResult(authserv_id, "dmarc", result, (Property("header.from", domain),))


def field(name: str, value: str) -> Field:
    return Field(name, value, value, "text", 0, len(value), "pattern", 0.9)


def known(**changes: object) -> Known:
    return replace(Known(accounts=(account(),), free=("MB-0000-0000",)), **changes)  # type: ignore[arg-type]
