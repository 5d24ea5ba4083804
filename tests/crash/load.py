"""Mail as it comes on a busy day: new letters, replies to them, copies by a second path, machines."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from mailbot.model import Language, RegisteredAddress
from mailbot.register import AccountRow, Register

MAILBOXES = ("support", "business", "sac")
# So many that nobody opens two matters within minutes: who does, as quickly as this load comes, is taken for a robot.
CUSTOMERS = 3000


class Kind(Enum):
    NEW = auto()
    REPLY = auto()
    COPY = auto()
    MACHINE = auto()


@dataclass(frozen=True, slots=True)
class Letter:
    """`parent` is the Message-ID of the letter that opened the matter. A COPY differs in the mailbox alone."""

    kind: Kind
    mailbox: str
    author: str
    message_id: str
    parent: str
    raw: bytes


def register() -> Register:
    numbers, languages = range(CUSTOMERS), (Language.FR, Language.EN)
    accounts = (AccountRow(_account(n), f"Client {n}", languages[n % 2], "standard") for n in numbers)
    addresses = (RegisteredAddress(_account(n), _address(n), "", ("support",), True) for n in numbers)
    return Register(tuple(accounts), tuple(addresses), ())


def letters(chance: random.Random) -> Iterator[Letter]:
    """Without end. A reply or copy comes at some time after its letter; replies go to the same mailbox."""
    opened: list[Letter] = []
    number = 0
    while True:
        number += 1
        kind = chance.choices(list(Kind), (60, 20, 12, 8))[0] if len(opened) > 5 else Kind.NEW
        match kind:
            case Kind.NEW:
                opened.append(made := _new(number, chance))
                yield made
            case Kind.REPLY:
                yield _reply(number, chance.choice(opened[-20:]))
            case Kind.COPY:
                yield _copy(opened.pop(), chance)
            case Kind.MACHINE:
                yield _machine(number, chance.choice(opened[-20:]))


def _new(number: int, chance: random.Random) -> Letter:
    customer, mailbox = number % CUSTOMERS, chance.choice(MAILBOXES)
    text = ("Bonjour, notre lien est coupé depuis ce matin.", "Hello, our line has been down since this morning.")
    return _letter(Kind.NEW, number, mailbox, _address(customer), "", text[customer % 2])


def _reply(number: int, to: Letter) -> Letter:
    return _letter(Kind.REPLY, number, to.mailbox, to.author, to.message_id, f"P.S. ({number}) le voyant est rouge.")


def _machine(number: int, to: Letter) -> Letter:
    return _letter(Kind.MACHINE, number, to.mailbox, to.author, to.message_id, "Je suis absente.", "auto-replied")


def _copy(of: Letter, chance: random.Random) -> Letter:
    mailbox = chance.choice([mailbox for mailbox in MAILBOXES if mailbox != of.mailbox])
    raw = b"Received: from gateway.example by other.example; Tue, 10 Mar 2026 10:00:09 -0400\r\n" + of.raw
    return Letter(Kind.COPY, mailbox, of.author, of.message_id, of.parent, raw)


def _letter(
    kind: Kind, number: int, mailbox: str, author: str, parent: str, text: str, submitted: str = "no"
) -> Letter:
    message_id = f"<letter-{number}@client.example>"
    fields = [
        f"From: {author}",
        f"To: {mailbox}@example.com",
        f"Subject: {kind.name.title()} {number}",
        "Date: Tue, 10 Mar 2026 10:00:00 -0400",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {parent}"] if parent else []),
        f"Auto-Submitted: {submitted}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return Letter(kind, mailbox, author, message_id, parent, "\r\n".join([*fields, "", text, ""]).encode())


def _account(n: int) -> str:
    return f"AC-{200000 + n}"


def _address(n: int) -> str:
    return f"client{n}@client.example"
