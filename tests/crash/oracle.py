"""What must be true in the end, however often the robot died."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from servers.recording_smtp import Accepted
from sqlalchemy import Connection, select

from crash.folder import Mark
from mailbot.model import Outcome, Sending
from mailbot.store import listing
from mailbot.tables import alarm, delivery, event, message, outgoing, ticket

# The same letter by two paths: either may be the one that opens the ticket.
TWINS = frozenset({("support", 3), ("sac", 5)})

Story = Counter[tuple[str | None, ...]]


def story(conn: Connection) -> Story:
    """All that became of everything, without what may differ from run to run: numbers, times, counts of attempts."""
    subjects: dict[str | None, str] = {row.number: row.subject for row in conn.execute(select(ticket))}
    told: Story = Counter()
    for row in conn.execute(select(delivery)):
        place = "twins" if (row.mailbox, row.uid) in TWINS else f"{row.mailbox} {row.uid}"
        told["delivery", place, row.outcome, subjects.get(row.ticket)] += 1
    for row in conn.execute(select(ticket)):
        told["ticket", row.subject, row.status, row.department, row.requester, row.account, row.level, row.agent] += 1
    for row in conn.execute(select(message)):
        told["message", row.message_id, row.outcome, subjects.get(row.ticket)] += 1
    for row in conn.execute(select(event)):
        told["event", row.kind, subjects.get(row.ticket)] += 1
    for row in conn.execute(select(outgoing)):
        bounced = "bounced" if row.bounced_at else None
        told["outgoing", row.template, row.recipient, subjects.get(row.ticket), row.status, bounced] += 1
    for row in conn.execute(select(alarm)):
        told["alarm", row.key.partition(":")[0], "told" if row.told_at else None] += 1
    return told


@dataclass(frozen=True, slots=True)
class Wreck:
    """What a dead robot left behind."""

    in_doubt: frozenset[str]
    recorded: frozenset[tuple[str, int]]


def wreck(conn: Connection) -> Wreck:
    doubtful = conn.scalars(select(outgoing.c.message_id).where(outgoing.c.status == Sending.IN_DOUBT))
    recorded = conn.execute(select(delivery.c.mailbox, delivery.c.uid))
    return Wreck(frozenset(doubtful), frozenset((mailbox, uid) for mailbox, uid in recorded))


def unmarked_before_commit(left: Wreck, marks: list[Mark]) -> bool:
    """RC-04: the server was told of nothing that the ledger does not hold."""
    return {(mark.mailbox, mark.uid) for mark in marks} <= left.recorded


def ledger_agrees(conn: Connection) -> bool:
    sums = listing.sums(conn)
    judged = sum(count for _, count in sums.outcomes)
    return sums.waiting == 0 and sums.received == judged and listing.orphans(conn) == 0


def sent_again(conn: Connection, doubtful: frozenset[str], accepted: list[Accepted]) -> int:
    """How many mails the relay got twice: only those whose fate nobody knew (RFC 1047), and in the very same words."""
    copies: defaultdict[str, list[Accepted]] = defaultdict(list)
    for mail in accepted:
        copies[mail.message_id].append(mail)
    assert copies.keys() == all_mails(conn)
    assert all(len(set(same)) == 1 for same in copies.values())
    twice = {message_id: len(same) for message_id, same in copies.items() if len(same) > 1}
    assert twice.keys() <= doubtful
    assert all(times == 2 for times in twice.values())
    return len(twice)


def all_mails(conn: Connection) -> frozenset[str]:
    return frozenset(conn.scalars(select(outgoing.c.message_id)))


def quarantined(conn: Connection) -> set[tuple[str, int]]:
    rows = conn.execute(select(delivery.c.mailbox, delivery.c.uid).where(delivery.c.outcome == Outcome.QUARANTINED))
    return {(mailbox, uid) for mailbox, uid in rows}
