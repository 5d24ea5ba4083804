"""Watches the robot work: what it took in, decided and sent since the last look, as a block to show."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from mailbot.demo.office import PostOffice
from mailbot.demo.show import Block, Came, Decided, Went
from mailbot.demo.story import Answer, answer, message_id
from mailbot.model import Address, Message, Sending
from mailbot.parsers.message import parse
from mailbot.store import intake, listing
from mailbot.store.listing import ListedDelivery, ListedOutgoing, Sums
from mailbot.work.desk import Desk
from mailbot.work.transactions import look

_PATIENCE = 60.0
_LOOK_AGAIN = 0.05


class StageError(Exception):
    """The robot did not do its part; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is new since the look before, oldest first."""

    deliveries: tuple[ListedDelivery, ...]
    mails: tuple[ListedOutgoing, ...]


class Stage:
    """`plays` says whether the robot is still there."""

    def __init__(self, desk: Desk, office: PostOffice, plays: Callable[[], bool]) -> None:
        self._desk = desk
        self._office = office
        self._plays = plays
        self._last_delivery = 0
        self._last_mail = 0

    def settle(self) -> None:
        """Returns when all that lies in the mailboxes is worked off and all that goes out is out. Raises StageError."""
        until = time.monotonic() + _PATIENCE
        while not self.is_settled():
            if time.monotonic() > until:
                raise StageError(f"The robot did not finish a letter within {_PATIENCE:.0f} seconds.")
            time.sleep(_LOOK_AGAIN)

    def is_settled(self) -> bool:
        if not self._plays():
            raise StageError("The robot stopped before the end.")
        # Read before the sums: a letter that arrives between the two makes us wait, never stop too early.
        received = self._office.received
        sums = self.sums()
        moving = {Sending.QUEUED, Sending.IN_DOUBT} & {name for name, count in sums.outgoing if count}
        return sums.received >= received and not sums.waiting and not moving

    def sums(self) -> Sums:
        return look(self._desk.database, listing.sums)

    def seen(self) -> Seen:
        found = look(self._desk.database, self._new)
        self._last_delivery = max([self._last_delivery, *(entry.id for entry in found.deliveries)])
        self._last_mail = max([self._last_mail, *(entry.id for entry in found.mails)])
        return found

    def block(self, seen: Seen, title: str, look_at: str = "") -> Block:
        return look(self._desk.database, lambda conn: self._block(conn, seen, title, look_at))

    def answers(self, seen: Seen, scene: str) -> tuple[Answer, ...]:
        """What went out about a scene's letter, for the letters that answer it."""
        sent = {message_id(envelope): envelope for envelope in self._office.sent}
        mails = (mail for mail in seen.mails if mail.message_id in sent)
        return tuple(answer(scene, mail.template, sent[mail.message_id]) for mail in mails)

    def _new(self, conn: Connection) -> Seen:
        deliveries = [entry for entry in listing.deliveries(conn) if entry.id > self._last_delivery]
        mails = [entry for entry in listing.mails(conn) if entry.id > self._last_mail]
        return Seen(tuple(reversed(deliveries)), tuple(reversed(mails)))

    def _block(self, conn: Connection, seen: Seen, title: str, look_at: str) -> Block:
        letters = {entry.message_id or str(entry.id): entry for entry in reversed(seen.deliveries)}
        return Block(
            title,
            look_at,
            came=tuple(self._came(conn, entry) for entry in reversed(letters.values())),
            decided=tuple(_decided(conn, entry) for entry in seen.deliveries),
            went=tuple(self._went(conn, entry) for entry in seen.mails),
        )

    def _came(self, conn: Connection, delivery: ListedDelivery) -> Came:
        message = self._read(intake.bytes_of(conn, [delivery.id])[0])
        return Came(
            author=_named(message.author) if message.author else ", ".join(message.claimed) or "nobody",
            recipients=tuple(entry.address for entry in (*message.to, *message.cc)),
            subject=message.subject,
            text=message.refused or message.new_text,
            attachments=tuple(entry.name for entry in message.attachments),
        )

    def _went(self, conn: Connection, mail: ListedOutgoing) -> Went:
        text = self._read(listing.mail_bytes(conn, mail.id)).text
        return Went(mail.template, mail.language, mail.recipient, mail.subject, mail.status, text)

    def _read(self, raw: bytes | None) -> Message:
        return parse(raw or b"", self._desk.site.robot.reading)


def _named(author: Address) -> str:
    return f"{author.name} <{author.address}>" if author.name else author.address


def _decided(conn: Connection, delivery: ListedDelivery) -> Decided:
    if delivery.outcome is None:
        raise StageError(f"The robot left d{delivery.id} without an outcome.")
    because = (reason for event in listing.events(conn, delivery_id=delivery.id) for reason in event.because)
    return Decided(delivery.id, delivery.mailbox, delivery.outcome, delivery.ticket, delivery.reason, tuple(because))
