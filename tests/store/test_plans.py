"""However many tickets there are, no query of intake or of sending reads a table from end to end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from ledger import BOX, DAY, SITE, arrive, customers, judge, mail, received
from messages import NOW, arrival, registered
from sqlalchemy import Connection, event, update

from mailbot.decide import pointers
from mailbot.model import Attempt, AttemptKind, Bounce, BounceKind, Concern, Known, Message, Sending, Service
from mailbot.parsers.message import parse
from mailbot.store import alarms, attempts, intake, leases, line, outbox, returned, traffic, withheld
from mailbot.store.apply import queue
from mailbot.store.engine import Database
from mailbot.store.known import known
from mailbot.store.outbox import Settled
from mailbot.tables import outgoing
from mailbot.work.transactions import change, look

# A row for each daemon, mailbox or thing that is down: reading them all is the quickest.
SMALL = ("lease", "box", "outage")
OPEN_ONLY = ("ix_delivery_waiting", "ix_outgoing_due")


@dataclass(frozen=True, slots=True)
class Asked:
    statement: str
    values: Sequence[object] | Mapping[str, object]


@contextmanager
def heard(database: Database) -> Iterator[list[Asked]]:
    """Every statement that looks rows up, with one of the values that it was asked with."""
    found: list[Asked] = []

    def hear(
        conn: object, cursor: object, statement: str, values: Sequence[object], context: object, many: bool
    ) -> None:
        if not statement.startswith(("INSERT", "BEGIN")):
            first = values[0] if many else values
            assert isinstance(first, Sequence | Mapping)
            found.append(Asked(statement, first))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield found
    event.remove(database.engine, "before_cursor_execute", hear)


def letter(n: int, author: str = "anna@client.example", extra: str = "") -> bytes:
    head = f"From: {author}\r\nTo: support@example.com\r\nMessage-ID: <{n}@client.example>\r\n{extra}"
    return f"{head}Subject: Panne #123456\r\n\r\nBonjour, compte AC-100200, commande #123456.\r\n".encode()


def intake_of_everything(conn: Connection) -> None:
    """A letter, its copy, replies to it by customer, stranger and machine, a new matter, an answer from the webmail."""
    intake.save_box(conn, BOX)
    intake.last_uid(conn, BOX)
    intake.next_generation(conn, "support", 77)
    intake.settled_uids(conn, "support", NOW)
    reply = "In-Reply-To: <1@client.example>\r\nReferences: <1@client.example>\r\n"
    raws = (
        letter(1),
        letter(1),
        letter(2, extra=reply),
        letter(3, author="stranger@elsewhere.example", extra=reply),
        letter(4, extra=f"{reply}Auto-Submitted: auto-replied\r\n"),
        letter(5),
    )
    for uid, raw in enumerate(raws, 1):
        judge(conn, arrive(conn, uid), parse(raw, SITE.robot.reading))
    answer = letter(6, author="support@example.com", extra=reply).replace(b"To: support@", b"To: anna@")
    lay = replace(arrive(conn, 1, "support/sent"), mailbox="support", sent=True)
    judge(conn, lay, parse(answer, SITE.robot.reading))


def storms(conn: Connection) -> None:
    """Somebody who answers at once, our own address as an author, and what the clock asks for the admin."""
    kept = mail(3, withheld="over budget")
    queue(conn, [*(mail(n, charged="support") for n in range(3)), kept], NOW)
    conn.execute(
        update(outgoing).where(outgoing.c.tag.in_(("tag-0", "tag-1", "tag-2"))).values(status=Sending.SENT, sent_at=NOW)
    )
    own = parse(letter(7, author="support@example.com"), SITE.robot.reading)
    judge(conn, arrive(conn, 8), own)
    assert ask(conn, parse(letter(8), SITE.robot.reading)).told
    withheld.oldest(conn, NOW - DAY, NOW)
    withheld.count(conn, NOW - DAY, NOW)
    withheld.summary(conn, NOW - DAY, NOW)
    withheld.machines(conn, "support", NOW - DAY)
    withheld.domains_of_machines(conn, "support", NOW - DAY)
    alarms.raise_daily(conn, [Concern("own:support", "mail came from our own address")], NOW)
    alarms.last_raised(conn, "withheld")


def ask(conn: Connection, said: Message) -> Known:
    (found,) = known(conn, [(arrival(id=99), pointers(arrival(id=99), said, SITE))], NOW)
    return found


def trouble_of_every_kind(conn: Connection) -> None:
    """A mail that came back, an address that writes again, guesses."""
    came = Bounce("0123456789abcdefghjkmnpqrs", "anna@client.example", BounceKind.MISSING, "5.1.1", "550", NOW)
    returned.came_back(conn, [came.tag], [came], NOW)
    returned.bounces_of(conn, ["anna@client.example", "bruno@client.example"])
    returned.forget(conn, ["anna@client.example"])
    returned.forget_old(conn, NOW, 500)
    attempts.record(conn, [Attempt(AttemptKind.TAG, "AC-100200", "anna@client.example")], NOW)
    attempts.by_kind(conn, NOW)
    attempts.forget_old(conn, NOW, 500)
    outbox.arrived(conn, "admin@example.com", NOW, NOW)


def sending_of_everything(conn: Connection) -> None:
    due = outbox.claim(conn, "one", 50, NOW)
    assert due
    outbox.mark_in_doubt(conn, [entry.id for entry in due], "one")
    first, *others = due
    sent = [Settled(entry.id, Sending.SENT, "250 ok", 1, sent_at=NOW) for entry in others]
    outbox.settle(conn, [*sent, Settled(first.id, Sending.QUEUED, "451 later", 1, next_attempt_at=NOW)], "one")


def receiving(conn: Connection) -> None:
    intake.record(conn, [received(uid) for uid in range(100, 110)], NOW)
    traffic.unrecorded(conn, BOX, [100, 200])
    assert leases.take(conn, leases.of("support"), "one", NOW)
    assert line.places(conn, "one", NOW, ()) == {"support"}
    assert not line.places(conn, "two", NOW, ())
    taken = intake.claim(conn, "support", 5, NOW, suspects=True, answers=True)
    assert line.places(conn, "one", NOW, [entry.arrival.id for entry in taken]) == {"support"}
    intake.bytes_of(conn, [entry.arrival.id for entry in taken])
    intake.abandon(conn, "support")
    intake.failed(conn, taken[0].arrival.id, NOW)
    intake.looked(conn, "support", NOW)


def test_no_query_of_intake_or_sending_reads_a_table_from_end_to_end(database: Database) -> None:
    service = Service("AC-100200", "Fibre Pro 1G", "#123456", "")
    change(database, lambda conn: customers(conn, registered(), services=(service,)))
    with heard(database) as asked:
        for step in (receiving, intake_of_everything, storms, trouble_of_every_kind, sending_of_everything):
            change(database, step)
    plans = {one.statement: look(database, partial(plan, asked=one)) for one in asked}
    assert len(plans) > 20
    for statement, found in plans.items():
        assert not found, statement


def plan(conn: Connection, asked: Asked) -> list[str]:
    """Tables that it would read whole, however large they were."""
    if conn.dialect.name == "sqlite":
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", tuple(asked.values)).all()
        steps = [str(row[3]) for row in rows]
        whole = [step.split()[1] for step in steps if step.startswith("SCAN ")]
        # Of a list that is empty SQLAlchemy makes a subquery without a table.
        return [table for table in whole if table not in SMALL and not table.startswith(("(subquery", "CONSTANT"))]
    # Tables of a test are small. To the planner they have a million rows, until this is rolled back.
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    conn.exec_driver_sql("UPDATE pg_class SET relpages = 1, reltuples = 1e6 WHERE relkind = 'r' AND relname !~ '^pg_'")
    assert isinstance(asked.values, Mapping)
    (explained,) = conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.statement}", dict(asked.values)).scalar_one()
    return [table for table in _read_whole(explained["Plan"]) if table not in SMALL]


def _read_whole(node: Mapping[str, object]) -> Iterator[str]:
    """An index without a condition is read from end to end as well; but some hold open rows only."""
    scans = str(node["Node Type"]).endswith(("Seq Scan", "Index Scan", "Index Only Scan"))
    if scans and "Index Cond" not in node and node.get("Index Name") not in OPEN_ONLY:
        yield str(node.get("Relation Name") or node["Index Name"])
    below = node.get("Plans", ())
    assert isinstance(below, Sequence)
    for one in below:
        yield from _read_whole(one)
