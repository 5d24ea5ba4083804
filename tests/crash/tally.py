"""What 400 letters must have come to after 200 deaths."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from servers.recording_smtp import Accepted
from sqlalchemy import Connection, func, select

from crash.load import Kind, Letter
from mailbot.model import Outcome, Sending
from mailbot.store import listing
from mailbot.tables import alarm, delivery, message, outgoing, ticket

OUTCOMES = {
    Kind.NEW: Outcome.TICKET_CREATED,
    Kind.REPLY: Outcome.APPENDED,
    Kind.COPY: Outcome.DUPLICATE,
    Kind.MACHINE: Outcome.AUTOMATIC,
}


@dataclass(slots=True)
class Deaths:
    """What each left behind: how many hit work, and how often each mail's fate was unknown."""

    count: int = 0
    at_work: int = 0
    in_doubt: Counter[str] = field(default_factory=Counter)

    def look(self, conn: Connection) -> None:
        self.count += 1
        self.at_work += unfinished(conn) > 0
        self.in_doubt.update(
            conn.scalars(select(outgoing.c.message_id).where(outgoing.c.status == Sending.IN_DOUBT)).all()
        )


def unfinished(conn: Connection) -> int:
    sums = listing.sums(conn)
    return sums.waiting + sum(count for name, count in sums.outgoing if name in (Sending.QUEUED, Sending.IN_DOUBT))


def received(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(delivery)).scalar_one()


def nothing_lost_and_nothing_doubled(conn: Connection, letters: Sequence[Letter]) -> None:
    """Every delivery has its outcome; every matter is one ticket; every reply stands on the ticket of its matter."""
    found = Counter((row.message_id, row.outcome) for row in conn.execute(select(delivery)))
    assert found == Counter((letter.message_id, OUTCOMES[letter.kind]) for letter in letters)
    assert conn.execute(select(func.count()).select_from(ticket)).scalar_one() == _count(letters, Kind.NEW)
    of: dict[str, str | None] = {row.message_id: row.ticket for row in conn.execute(select(message))}
    assert len(of) == len(letters) - _count(letters, Kind.COPY)
    for letter in letters:
        assert of[letter.message_id] is not None
        if letter.parent:
            assert of[letter.message_id] == of[letter.parent]
    assert not conn.execute(select(alarm.c.sentence)).all()


def each_mail_once(conn: Connection, letters: Sequence[Letter], accepted: Iterable[Accepted], deaths: Deaths) -> int:
    """Gives the mails that went out again: no oftener than their fate was unknown, and in the very same words."""
    mails = conn.execute(select(outgoing)).all()
    written = Counter(row.template for row in mails)
    assert written["acknowledgement"] == _count(letters, Kind.NEW)
    assert written.keys() == {"acknowledgement", "notice"}
    copies = Counter(mail.message_id for mail in accepted)
    assert copies.keys() == {row.message_id for row in mails}
    assert len(set(accepted)) == len(copies)
    for row in mails:
        # RC-06: after two resendings in doubt it is given up, told, and may have arrived.
        assert row.status == Sending.SENT or (row.status == Sending.FAILED and row.doubts > 2)
        assert copies[row.message_id] <= 1 + deaths.in_doubt[row.message_id]
    return copies.total() - len(copies)


def _count(letters: Sequence[Letter], kind: Kind) -> int:
    return sum(letter.kind is kind for letter in letters)
