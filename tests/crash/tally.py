"""What the letters must have come to, whenever the daemons died."""

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


def steps(conn: Connection) -> int:
    """What was done so far: received, taken up, judged, written, handed to the relay, sent."""
    d, o = delivery.c, outgoing.c
    asked = (
        select(func.count(d.id) + func.coalesce(func.sum(d.attempts), 0) + func.count(d.outcome)),
        select(func.count(o.id) + func.coalesce(func.sum(o.attempts), 0) + func.count(o.sent_at)),
    )
    return sum(conn.execute(question).scalar_one() for question in asked)


def nothing_lost_and_nothing_doubled(conn: Connection, letters: Sequence[Letter]) -> None:
    """Every delivery has its outcome; every matter is one ticket; every reply stands on the ticket of its matter."""
    found = Counter((row.message_id, row.outcome) for row in conn.execute(select(delivery)))
    expected = Counter((letter.message_id, OUTCOMES[letter.kind]) for letter in letters)
    assert (found - expected, expected - found) == (Counter(), Counter())
    assert conn.execute(select(func.count()).select_from(ticket)).scalar_one() == _count(letters, Kind.NEW)
    of: dict[str, str | None] = {row.message_id: row.ticket for row in conn.execute(select(message))}
    assert len(of) == len(letters) - _count(letters, Kind.COPY)
    for letter in letters:
        assert of[letter.message_id] is not None
        if letter.parent:
            assert of[letter.message_id] == of[letter.parent]
    # RC-06: what stayed unknown three times is given up and told; nobody else is in trouble.
    given_up = conn.scalars(select(outgoing.c.id).where(outgoing.c.status == Sending.FAILED)).all()
    told = conn.scalars(select(alarm.c.key).where(alarm.c.key.not_like("restored:%"))).all()
    assert sorted(key.split(":")[:2] for key in told) == sorted(["undelivered", str(mail)] for mail in given_up)


def each_mail_once(conn: Connection, letters: Sequence[Letter], accepted: Iterable[Accepted], deaths: Deaths) -> int:
    """Gives the mails that went out again: no oftener than their fate was unknown, and in the very same words."""
    mails = conn.execute(select(outgoing)).all()
    written = Counter(row.template for row in mails)
    assert written["acknowledgement"] == _count(letters, Kind.NEW)
    assert written.keys() == {"acknowledgement", "notice"}
    copies = Counter(mail.message_id for mail in accepted)
    assert len(set(accepted)) == len(copies)
    assert copies.keys() <= {row.message_id for row in mails}
    for row in mails:
        # RC-06: after two resendings in doubt it is given up, and may have arrived or not.
        assert row.status == Sending.SENT or (row.status == Sending.FAILED and row.doubts > 2)
        least = 1 if row.status == Sending.SENT else 0
        assert least <= copies[row.message_id] <= 1 + deaths.in_doubt[row.message_id]
    return copies.total() - len(copies)


def _count(letters: Sequence[Letter], kind: Kind) -> int:
    return sum(letter.kind is kind for letter in letters)
