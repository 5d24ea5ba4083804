"""Deliver: hand what is due to the relay, write down what it answers, and never forget which is which."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from mailbot.decide.notices import undelivered
from mailbot.decide.reachable import kind_of
from mailbot.decide.returned import awaited, with_outlook
from mailbot.decide.routes import Routes
from mailbot.model import Bounce, Purpose, Sending, Ticket
from mailbot.parsers.mailer_words import one_line, status_in
from mailbot.smtp import LIFETIME, Answer, Halt, Letter, Mark, Relay, Verdict, pause
from mailbot.store import alarms, outages, outbox, returned
from mailbot.store.apply import note, queue
from mailbot.store.listing import find_ticket
from mailbot.store.outbox import Due, Settled
from mailbot.store.register import find_accounts
from mailbot.work.desk import Desk
from mailbot.work.transactions import change

# RC-06: a mail whose fate is unknown goes out again under the same Message-ID, so often at most beyond the first time.
EXTRA = 2


class TakenAway(Exception):
    """This daemon slept so long that its mails belong to another now; it sends none of them."""


def deliver(desk: Desk, relay: Relay, heard: Callable[[], None] | None = None) -> tuple[int, Halt | None]:
    """Sends all that is due; returns how many were offered, and why it stopped before the end or None.

    What is not sent stays in the outbox. `heard` is called whenever an answer of the relay was recorded.
    """
    sending = _Sending(desk, heard)
    try:
        halt = relay.send(sending.claim, sending.record)
    except TakenAway:
        return sending.offered, Halt("another daemon holds these mails now", blocked=False)
    if halt:
        change(desk.database, partial(outages.begin, name=outages.RELAY, reason=halt.reason, now=desk.now()))
    return sending.offered, halt


class _Sending:
    """What one run has in hand, by the id of its row."""

    def __init__(self, desk: Desk, heard: Callable[[], None] | None) -> None:
        self._desk = desk
        self._heard = heard
        self._due: dict[int, Due] = {}
        self._reached = False
        self.offered = 0

    def claim(self, limit: int) -> Sequence[Letter]:
        """T4, and the end of those whose fate stayed unknown too often."""
        now = self._desk.now()
        due, more = change(self._desk.database, lambda conn: self._claimed(conn, limit, now))
        while more and not due:
            due, more = change(self._desk.database, lambda conn: self._claimed(conn, limit, now))
        self._due |= {entry.id: entry for entry in due}
        self.offered += len(due)
        return [Letter(entry.id, entry.envelope_from, entry.recipient, entry.raw) for entry in due]

    def _claimed(self, conn: Connection, limit: int, now: datetime) -> tuple[list[Due], bool]:
        due = outbox.claim(conn, self._desk.holder, limit, now, self._due)
        hopeless = [entry for entry in due if entry.doubts > EXTRA]
        for entry in hopeless:
            self._give_up(conn, entry, f"its fate stayed unknown {entry.doubts} times; it may have arrived", now)
        return [entry for entry in due if entry not in hopeless], bool(hopeless)

    def record(self, steps: Sequence[Mark | Answer]) -> None:
        """T5 and T6 for all that gathered during the commit before. Raises TakenAway before anything is sent."""
        now = self._desk.now()
        ours = change(self._desk.database, lambda conn: self._recorded(conn, steps, now))
        if self._heard:
            self._heard()
        for step in steps:
            if isinstance(step, Answer):
                del self._due[step.id]
                self._reached = self._reached or step.verdict is Verdict.SENT
        if not ours:
            raise TakenAway

    def _recorded(self, conn: Connection, steps: Sequence[Mark | Answer], now: datetime) -> bool:
        """False where one of the marked belongs to another daemon; the answers are recorded all the same."""
        marks = [step.id for step in steps if isinstance(step, Mark)]
        ours = not marks or len(outbox.mark_in_doubt(conn, marks, self._desk.holder)) == len(marks)
        answers = [step for step in steps if isinstance(step, Answer)]
        outbox.settle(conn, [self._settled(answer, now) for answer in answers], self._desk.holder)
        if not self._reached and any(answer.verdict is Verdict.SENT for answer in answers):
            self._is_reached(conn, now)
        for answer in answers:
            self._follow(conn, answer, now)
        return ours

    def _is_reached(self, conn: Connection, now: datetime) -> None:
        if outages.end(conn, outages.RELAY):
            alarms.call_off(conn, f"down:{outages.RELAY}", now)

    def _settled(self, answer: Answer, now: datetime) -> Settled:
        due = self._due[answer.id]
        match answer.verdict:
            case Verdict.SENT:
                return Settled(due.id, Sending.SENT, answer.reply, due.attempts, sent_at=now)
            case Verdict.FAILED:
                return Settled(due.id, Sending.FAILED, answer.reply, due.attempts)
            case Verdict.RETRY if now - due.created_at > LIFETIME:
                return Settled(
                    due.id, Sending.FAILED, f"given up after {LIFETIME.days} days: {answer.reply}", due.attempts
                )
            case Verdict.RETRY | Verdict.UNKNOWN:
                status = Sending.IN_DOUBT if answer.verdict is Verdict.UNKNOWN else Sending.QUEUED
                again = now + pause(due.attempts, random.random())  # noqa: S311 - no secret, only a pause
                return Settled(due.id, status, answer.reply, due.attempts, next_attempt_at=again)
            case Verdict.BLOCKED | Verdict.RETURNED:
                # The relay refused us, or was not asked: no attempt of this mail's.
                return Settled(
                    due.id, Sending.QUEUED, answer.reply, due.attempts - 1, next_attempt_at=due.next_attempt_at
                )

    def _follow(self, conn: Connection, answer: Answer, now: datetime) -> None:
        due = self._due[answer.id]
        expired = answer.verdict is Verdict.RETRY and now - due.created_at > LIFETIME
        if answer.verdict is Verdict.FAILED:
            returned.came_back(conn, (), refusals(due, answer.reply, now), now)
        if answer.verdict is Verdict.FAILED or expired:
            self._tell(conn, due, answer.reply, now)

    def _give_up(self, conn: Connection, due: Due, why: str, now: datetime) -> None:
        outbox.settle(conn, [Settled(due.id, Sending.FAILED, why, due.attempts - 1)], self._desk.holder)
        self._tell(conn, due, why, now)

    def _tell(self, conn: Connection, due: Due, why: str, now: datetime) -> None:
        """RC-05: on the ticket, to the admin, and to the agents where it was their answer."""
        # A person may have it tried again, so attempts alone could tell two ends by one name; and in a restored
        # database another mail may get the id.
        cause = f"undelivered:{due.id}:{due.attempts}:{due.doubts}:{due.created_at:%Y%m%dT%H%M%S}"
        sentence = f"Outgoing mail {due.id} was not delivered: {why}. See `mailbot outgoing list`."
        alarms.raise_alarm(conn, cause, sentence, now)
        found = find_ticket(conn, due.ticket) if due.ticket else None
        if found is None:
            return
        note(conn, cause, found.ticket, found.ticket, "undelivered", f"the relay: {why}", now)
        if awaited(due.purpose, due.recipient, self._desk.site):
            drafts = undelivered(cause, found.ticket, due.recipient, why, self._desk.policy, self._desk.site)
            if due.purpose is Purpose.ANSWER:
                drafts = with_outlook(drafts, _routes(conn, found.ticket), found.ticket, due.recipient)
            queue(conn, [self._desk.press.render(draft, now) for draft in drafts], now)


def refusals(due: Due, reply: str, now: datetime) -> tuple[Bounce, ...]:
    """What the relay's own word says of the address: nobody can forge that."""
    status = status_in(reply)
    kind = kind_of(status, reply)
    return (Bounce(due.tag, due.recipient, kind, status, one_line(reply), now),) if kind else ()


def _routes(conn: Connection, ticket: Ticket) -> Routes:
    found = find_accounts(conn, ticket.account) if ticket.account else ()
    return Routes(tuple(one.account for one in found), tuple(entry for one in found for entry in one.bounces))
