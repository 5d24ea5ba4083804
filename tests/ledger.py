"""What stands in a store: deliveries, judgements, mails to be sent; plausible where the test says nothing."""

from dataclasses import replace
from datetime import timedelta

from messages import NOW
from sites import POLICY, site
from sqlalchemy import Connection, func, select

from mailbot.decide import decide, pointers
from mailbot.model import Arrival, Language, Message, Outcome, Outgoing, Purpose, RegisteredAddress, Service
from mailbot.register import AccountRow, Register
from mailbot.render import press
from mailbot.store import intake
from mailbot.store.apply import Judged, apply
from mailbot.store.intake import Box, Claimed, Received
from mailbot.store.known import known
from mailbot.store.register import import_register
from mailbot.tables import delivery

SITE = site()
PRESS = press(SITE, {})
BOX = Box("support", 77, 0, horizon=NOW - timedelta(days=30), boundary=1)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def received(uid: int = 1, mailbox: str = "support", **changes: object) -> Received:
    plain = Received(mailbox, 77, 0, uid, NOW, 5, b"bytes")
    return replace(plain, **changes)  # type: ignore[arg-type]


def record(conn: Connection, *entries: Received) -> list[int]:
    """The ids that they got, in the order of UIDs."""
    last = conn.execute(select(func.coalesce(func.max(delivery.c.id), 0))).scalar_one()
    intake.record(conn, entries, NOW)
    return list(conn.scalars(select(delivery.c.id).where(delivery.c.id > last).order_by(delivery.c.uid)))


def claim(conn: Connection, mailbox: str = "support", limit: int = 50) -> list[Claimed]:
    """Nothing else is in flight."""
    return list(intake.claim(conn, mailbox, limit, NOW, suspects=True))


def arrive(conn: Connection, uid: int, mailbox: str = "support") -> Arrival:
    """A delivery that has bytes and waits to be judged."""
    (id_,) = record(conn, received(uid, mailbox))
    return Arrival(id_, mailbox, uid, NOW)


def judged(conn: Connection, arrival: Arrival, said: Message) -> Judged:
    asked = pointers(arrival, said, SITE)
    (have,) = known(conn, [(arrival, asked)], NOW)
    decision = decide(arrival, said, have, POLICY, SITE, NOW)
    mails = tuple(PRESS.render(draft, NOW) for draft in decision.drafts)
    return Judged(arrival, said, asked, have, decision, mails)


def judge(conn: Connection, arrival: Arrival, said: Message) -> Judged:
    """Judged and written down."""
    entry = judged(conn, arrival, said)
    apply(conn, [entry], NOW)
    return entry


def outcome(conn: Connection, id_: int) -> Outcome | None:
    found = conn.execute(select(delivery.c.outcome).where(delivery.c.id == id_)).scalar_one()
    return Outcome(found) if found else None


def mail(n: int = 1, **changes: object) -> Outgoing:
    plain = Outgoing(
        message_id=f"<mb.{n}@tickets.example.com>",
        tag=f"tag-{n}",
        cause=f"delivery:{n}",
        template="acknowledgement",
        purpose=Purpose.CUSTOMER,
        language=Language.FR,
        recipient="anna@client.example",
        envelope_from="support@example.com",
        ticket=None,
        subject="Panne",
        automatic=True,
        raw=b"mail",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def register(*numbers: str, services: tuple[Service, ...] = ()) -> Register:
    """Accounts with one address each: anna@NUMBER.example."""
    return Register(
        tuple(AccountRow(number, f"Client {number}", Language.FR, "standard") for number in numbers),
        tuple(address_of(number) for number in numbers),
        services,
    )


def address_of(number: str, email: str = "") -> RegisteredAddress:
    return RegisteredAddress(number, email or f"anna@{number.lower()}.example", "Anna", ("support",), True)


def customers(conn: Connection, *addresses: RegisteredAddress, services: tuple[Service, ...] = ()) -> None:
    numbers = dict.fromkeys(entry.account for entry in addresses)
    accounts = tuple(AccountRow(number, f"Client {number}", Language.FR, "standard") for number in numbers)
    import_register(conn, Register(accounts, addresses, services))
