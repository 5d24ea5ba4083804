"""A robot whose clock the test moves: judgement and store are the real ones, its post office is the test."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from messages import NOW, message
from sites import POLICY
from sqlalchemy import func, select, update

from mailbot.model import Address, Message, Outcome, Policy, Purpose, Sending, Site
from mailbot.parsers.message import parse
from mailbot.render import press
from mailbot.sandbox import Sandbox
from mailbot.store import intake, leases, listing
from mailbot.store.engine import Database
from mailbot.store.intake import Received
from mailbot.store.listing import ListedDelivery, ListedTicket
from mailbot.tables import content, delivery, outgoing
from mailbot.work import mailboxes, process
from mailbot.work.desk import Desk
from mailbot.work.tell import tell
from mailbot.work.transactions import change, look

# To agents and the admin: outside of what this is about.
INSIDE = (Purpose.NOTICE, Purpose.AGENT, Purpose.ADMIN)
EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Mail:
    """One of ours, as the relay took it."""

    recipient: str
    purpose: Purpose
    template: str
    message_id: str
    at: datetime
    raw: bytes


@dataclass(slots=True)
class Robot:
    database: Database
    site: Site
    policy: Policy = POLICY
    now: datetime = NOW
    desk: Desk = field(init=False)
    _uids: int = 0
    _made: dict[bytes, Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        change(self.database, leases.forget_all)
        self.desk = Desk(self.database, self.site, press(self.site, {}), "one", lambda: self.now, self.policy)

    def passes(self, time: timedelta) -> None:
        self.now += time

    def gets(self, *letters: bytes | Message, mailbox: str = "support") -> None:
        """Received and judged now, as one batch where nothing keeps them apart."""
        raws = [letter if isinstance(letter, bytes) else self._made_up(letter) for letter in letters]
        rows = [self._row(raw, mailbox) for raw in raws]
        change(self.database, lambda conn: intake.record(conn, rows, self.now))
        for entry in self.site.mailboxes:
            assert mailboxes.take(self.desk, entry, anew=False)
        process.process(self.desk, cast(Sandbox, _Reading(self)), lambda: False, lambda: None)

    def _made_up(self, letter: Message) -> bytes:
        raw = b"message %d" % len(self._made)
        self._made[raw] = letter
        return raw

    def _row(self, raw: bytes, mailbox: str) -> Received:
        self._uids += 1
        return Received(mailbox, 77, 0, self._uids, self.now, len(raw), raw)

    def read(self, raw: bytes) -> Message:
        return self._made.get(raw) or parse(raw, self.site.robot.reading)

    def sends(self) -> list[Mail]:
        """What the relay takes now: all that waits, to the outside and to our own people."""
        o = outgoing.c
        columns = (o.recipient, o.purpose, o.template, o.message_id, o.id, content.c.octets)
        asked = (
            select(*columns).join(content, content.c.outgoing == o.id).where(o.status == Sending.QUEUED).order_by(o.id)
        )
        rows = look(self.database, lambda conn: conn.execute(asked).all())
        sent = update(outgoing).where(o.status == Sending.QUEUED).values(status=Sending.SENT, sent_at=self.now)
        change(self.database, lambda conn: conn.execute(sent))
        return [Mail(row[0], Purpose(row[1]), row[2], row[3], self.now, row[5]) for row in rows]

    def tells(self) -> int:
        return tell(self.desk)

    def tickets(self) -> Sequence[ListedTicket]:
        return look(self.database, lambda conn: listing.tickets(conn, limit=EVERYTHING))

    def deliveries(self, *outcomes: Outcome) -> Sequence[ListedDelivery]:
        return look(self.database, lambda conn: listing.deliveries(conn, outcomes, waiting=False, limit=EVERYTHING))

    def withheld(self) -> int:
        asked = select(func.count()).select_from(outgoing).where(outgoing.c.status == Sending.WITHHELD)
        return look(self.database, lambda conn: conn.execute(asked).scalar_one())

    def waits(self) -> int:
        asked = select(func.count()).select_from(delivery).where(delivery.c.outcome.is_(None))
        return look(self.database, lambda conn: conn.execute(asked).scalar_one())


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sandbox's place: made-up messages are read already."""

    robot: Robot
    raws: Sequence[bytes] = ()

    def begin(self, raws: Sequence[bytes]) -> "_Reading":
        return _Reading(self.robot, tuple(raws))

    def result(self) -> tuple[Message, ...]:
        return tuple(map(self.robot.read, self.raws))


def outside(mails: Iterable[Mail]) -> list[Mail]:
    return [mail for mail in mails if mail.purpose not in INSIDE]


def letter(n: int, author: str, **changes: object) -> Message:
    """A new matter, each with a Message-ID and words of its own."""
    plain = message(
        f"Bonjour, notre lien est coupé ({n}).",
        message_id=f"<{n}@{author.rpartition('@')[2]}>",
        author=Address(author),
        claimed=(author,),
        return_path=author,
        content_hash=f"{n}",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def raw_letter(n: int, author: str, extra: str) -> bytes:
    """The same as a mail; `extra` are whole header fields on top."""
    head = f"{extra}From: <{author}>\r\nTo: support@example.com\r\nMessage-ID: <raw{n}@sender.example>\r\n"
    body = "Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour, notre lien est coupé.\r\n"
    return f"{head}Subject: Panne {n}\r\n{body}".encode()


def in_hours(mails: Iterable[Mail], by: Callable[[Mail], str]) -> int:
    """The most that went out within any hour, of all that `by` gives one name."""
    groups: dict[str, list[datetime]] = {}
    for mail in mails:
        groups.setdefault(by(mail), []).append(mail.at)
    hour = timedelta(hours=1)
    return max(sum(at <= other < at + hour for other in times) for times in groups.values() for at in set(times))
