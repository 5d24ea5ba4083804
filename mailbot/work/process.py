"""Process: judge what was received, each delivery once, in the order of its mailbox, whatever it holds."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.decide import decide, pointers
from mailbot.decide.budget import spending
from mailbot.model import Arrival, Message, Outcome, Pointers, Spent
from mailbot.sandbox import Batch, Crash, Sandbox
from mailbot.store import alarms, intake
from mailbot.store.apply import Judged, apply
from mailbot.store.intake import Claimed
from mailbot.store.known import known
from mailbot.work import mailboxes
from mailbot.work.desk import Desk
from mailbot.work.transactions import change, is_away

log = logging.getLogger(__name__)

# Design 2.2: at most so many messages, or so much time, share a commit; the rest follows in the next.
BATCH = 50
COMMIT_AFTER = 0.1
# Reliability RC-08: three deaths of the child that read it alone, or five errors that left all alive. A daemon may die
# of many things: two hundred kills at random put innocent mail away after three deaths in its judging, so five it is;
# and deaths while a child reads count only in that a mail is not taken up for ever.
DEATHS = 3
OWN_DEATHS = 5
ATTEMPTS = 20
FAILURES = 5
PAUSE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class InFlight:
    claimed: tuple[Claimed, ...]
    reading: Batch


def process(desk: Desk, sandbox: Sandbox, stop: Callable[[], bool], judged: Callable[[], None]) -> int:
    """Works off all that waits in the mailboxes of this daemon, in turn, and returns how many deliveries it took up.

    The next batch is read in the children while the one before it is judged; `judged` is called after each. A suspect
    delivery flies alone.
    """
    turns = Turns()
    done = 0
    current = _take_up(desk, sandbox, turns, None)
    while current:
        following = None
        if not current.claimed[0].alone and not stop():
            following = _take_up(desk, sandbox, turns, current)
        _judge_all(desk, current)
        judged()
        done += len(current.claimed)
        current = following or (None if stop() else _take_up(desk, sandbox, turns, None))
    return done


class Turns:
    """Mailboxes in rotation, so that ten mails in one do not wait behind five thousand in another."""

    def __init__(self) -> None:
        self._served: dict[str, int] = {}

    def among(self, mailboxes: Iterable[str]) -> Iterator[str]:
        """Whose turn was longest ago comes first."""
        for mailbox in sorted(mailboxes, key=lambda mailbox: self._served.get(mailbox, 0)):
            self._served[mailbox] = max(self._served.values(), default=0) + 1
            yield mailbox


def _take_up(desk: Desk, sandbox: Sandbox, turns: Turns, before: InFlight | None) -> InFlight | None:
    """The next batch beside the one `before` it, which is still in flight."""
    in_flight = [entry.arrival.id for entry in before.claimed] if before else []
    for mailbox in turns.among(mailboxes.with_mail(desk, in_flight)):
        claimed, bodies = change(desk.database, partial(_claim, desk=desk, mailbox=mailbox, before=before))
        if claimed:
            return InFlight(claimed, sandbox.begin(bodies))
    return None


def _claim(
    conn: Connection, desk: Desk, mailbox: str, before: InFlight | None
) -> tuple[tuple[Claimed, ...], tuple[bytes, ...]]:
    now = desk.now()
    if not mailboxes.is_held(conn, desk, mailbox):
        return (), ()
    in_flight = [entry.arrival.id for entry in before.claimed] if before else []
    own = desk.site.mailbox(mailbox)
    claim = partial(
        intake.claim, conn, mailbox, BATCH, now, in_flight, suspects=before is None, answers=bool(own and own.sent)
    )
    claimed = claim()
    while claimed and (guilt := _guilt(claimed[0])):
        _quarantine(conn, claimed[0].arrival, guilt, now)
        claimed = claim()
    bodies = intake.bytes_of(conn, [entry.arrival.id for entry in claimed])
    return claimed, tuple(body or b"" for body in bodies)


def _guilt(claimed: Claimed) -> str:
    if claimed.deaths >= OWN_DEATHS:
        return f"{claimed.deaths} processes died while they worked on this mail alone"
    if claimed.alone and claimed.attempts > ATTEMPTS:
        return f"it was taken up {ATTEMPTS} times and never came to an end"
    return ""


def _quarantine(conn: Connection, arrival: Arrival, reason: str, now: datetime) -> None:
    intake.finish(conn, arrival.id, Outcome.QUARANTINED, reason, now)
    sentence = (
        f"d{arrival.id} (mailbox {arrival.place}, UID {arrival.uid}) is in quarantine: {reason}. "
        f"See `mailbot deliveries show {arrival.id}`, try again with `mailbot deliveries retry {arrival.id}`."
    )
    alarms.raise_alarm(conn, alarms.quarantine(arrival.id), sentence, now)


def _judge_all(desk: Desk, flight: InFlight) -> None:
    read: list[tuple[Arrival, Message]] = []
    for claimed, found in zip(flight.claimed, flight.reading.result(), strict=True):
        if isinstance(found, Crash):
            _died(desk, claimed, found.reason)
        else:
            read.append((claimed.arrival, found))
    if read and flight.claimed[0].alone:
        change(desk.database, partial(intake.begin_judging, id_=flight.claimed[0].arrival.id))
    while read:
        read = _judge_some(desk, read)


def _died(desk: Desk, claimed: Claimed, reason: str) -> None:
    """The child died of this mail while it had it alone."""
    deaths = claimed.deaths + 1
    now = desk.now()
    log.warning("d%s: reading it ended badly (%s), %s of %s", claimed.arrival.id, reason, deaths, DEATHS)

    def settle(conn: Connection) -> None:
        if deaths >= DEATHS:
            _quarantine(conn, claimed.arrival, f"reading it failed {deaths} times: {reason}", now)
        else:
            intake.died(conn, claimed.arrival.id, deaths, now)

    change(desk.database, settle)


def _judge_some(desk: Desk, read: list[tuple[Arrival, Message]]) -> list[tuple[Arrival, Message]]:
    """One commit's worth; returns what is left. If the batch fails as a whole, its messages are judged one by one."""
    try:
        return change(desk.database, lambda conn: _within(conn, desk, read))
    except Exception as error:
        if isinstance(error, DBAPIError) and is_away(error):
            raise
        for arrival, message in read:
            _judge_alone(desk, arrival, message)
        return []


def _within(conn: Connection, desk: Desk, read: list[tuple[Arrival, Message]]) -> list[tuple[Arrival, Message]]:
    left = [(arrival, message, pointers(arrival, message, desk.site)) for arrival, message in read]
    began = time.monotonic()
    while left and time.monotonic() - began < COMMIT_AFTER:
        done = _judge_unrelated(conn, desk, left)
        left = left[done:]
    return [(arrival, message) for arrival, message, _ in left]


def _judge_unrelated(conn: Connection, desk: Desk, waiting: list[tuple[Arrival, Message, Pointers]]) -> int:
    """Judges the leading messages that are unrelated, on one look at the store; returns how many."""
    now = desk.now()
    group = waiting[: unrelated([asked for _, _, asked in waiting])]
    found = known(conn, [(arrival, asked) for arrival, _, asked in group], now)
    seen: set[str] = set()
    judged: list[Judged] = []
    # After a restore a letter may lie there beside the answer to what we wrote about it in the life that was lost.
    made: set[str] = set()
    challenged: set[str] = set()
    spent: tuple[Spent, ...] = ()
    for (arrival, message, asked), one in zip(group, found, strict=True):
        touched = {ticket.number for ticket in one.tickets}
        if touched & seen or not made.isdisjoint((*asked.tags, *asked.numbers)):
            break
        if challenged & {entry.number for entry in (*one.accounts, *one.named)}:
            break
        seen |= touched
        have = replace(one, spent=(*one.spent, *spent))
        decision = decide(arrival, message, have, desk.policy, desk.site, now)
        spent += spending(decision.drafts)
        challenged |= {entry.account for entry in decision.challenges}
        mails = tuple(desk.press.render(draft, now) for draft in decision.drafts)
        made |= {mail.tag for mail in mails} | ({decision.ticket.number} if decision.ticket else set())
        judged.append(Judged(arrival, message, asked, one, decision, mails))
    apply(conn, judged, now)
    return len(judged)


def unrelated(asked: Sequence[Pointers]) -> int:
    """How many of these, from the first on, neither name each other, nor share an author, nor are one letter twice.

    Nor name one account: its holder is asked only so often.
    """
    seen: set[str] = set()
    for n, pointers_ in enumerate(asked):
        own = {pointers_.key, *pointers_.authors, *pointers_.tags, *pointers_.ids, *pointers_.numbers}
        own |= set(pointers_.accounts)
        own |= {pointers_.message_id} - {""}
        if own & seen:
            return n
        seen |= own
    return len(asked)


def _judge_alone(desk: Desk, arrival: Arrival, message: Message) -> None:
    try:
        change(desk.database, lambda conn: _within(conn, desk, [(arrival, message)]))
    except Exception as error:
        if isinstance(error, DBAPIError) and is_away(error):
            raise
        # The type and the place say enough: the text of an exception may hold the text of a mail (F-170).
        log.error("d%s: judging it failed: %s", arrival.id, type(error).__name__, exc_info=False)
        _failed(desk, arrival, type(error).__name__)


def _failed(desk: Desk, arrival: Arrival, what: str) -> None:
    now = desk.now()

    def settle(conn: Connection) -> None:
        failures = intake.failures(conn, arrival.id) + 1
        if failures >= FAILURES:
            _quarantine(conn, arrival, f"judging it failed {failures} times: {what}", now)
        else:
            intake.failed(conn, arrival.id, now + PAUSE * 2**failures)

    change(desk.database, settle)
