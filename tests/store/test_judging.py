"""The line goes on: whatever a mail does to those who read and judge it, the others get their outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Thread
from typing import cast

import pytest
from ledger import MINUTE, PRESS, SITE, arrive, judge, judged, outcome, received, record
from messages import NOW, message
from sqlalchemy import Connection, delete, select

from mailbot import decide
from mailbot.model import Arrival, Decision, Known, Message, Outcome, Policy, Site
from mailbot.parsers.message import parse
from mailbot.sandbox import Crash, Sandbox
from mailbot.store import alarms, intake, leases, listing
from mailbot.store.apply import Judged, apply
from mailbot.store.engine import Database
from mailbot.tables import delivery, metadata
from mailbot.work import mailboxes, process
from mailbot.work.desk import Desk
from mailbot.work.tidy import tidy
from mailbot.work.transactions import change, look

YEARS = timedelta(days=800)
FOOTED = message(content_hash="another")


@dataclass(frozen=True, slots=True)
class Read:
    """The sandbox's place: one that reads what it can and crashes on poison."""

    results: tuple[Message | Crash, ...] = ()

    def begin(self, raws: Sequence[bytes]) -> "Read":
        reading = SITE.robot.reading
        return Read(tuple(Crash("poison") if b"poison" in raw else parse(raw, reading) for raw in raws))

    def result(self) -> tuple[Message | Crash, ...]:
        return self.results


def letter(n: int, text: str = "Bonjour, notre lien est coupé.") -> bytes:
    head = f"From: anna{n}@client.example\r\nTo: support@example.com\r\nMessage-ID: <{n}@client.example>\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def arrived(database: Database, *raws: bytes) -> list[int]:
    rows = [received(uid, raw=raw) for uid, raw in enumerate(raws, 1)]
    return change(database, lambda conn: record(conn, *rows))


def desk(database: Database, later: timedelta = timedelta(0)) -> Desk:
    """It has the lease of every mailbox."""
    desk = Desk(database, SITE, PRESS, "one", lambda: NOW + later)
    change(database, leases.forget_all)
    for mailbox in SITE.mailboxes:
        assert mailboxes.take(desk, mailbox, anew=False)
    return desk


def work_off(at: Desk) -> int:
    return process.process(at, cast(Sandbox, Read()), lambda: False, lambda: None)


def outcomes(database: Database, ids: list[int]) -> list[Outcome | None]:
    return look(database, lambda conn: [outcome(conn, id_) for id_ in ids])


def reason(conn: Connection, id_: int) -> str:
    found: str = conn.execute(select(delivery.c.reason).where(delivery.c.id == id_)).scalar_one()
    return found


def die(database: Database, id_: int | None = None) -> None:
    """The daemon dies with the next batch in flight, or while it judges that one alone."""

    def work(conn: Connection) -> None:
        intake.claim(conn, "support", 50, NOW, suspects=True)
        if id_:
            intake.begin_judging(conn, id_)
        intake.abandon(conn, "support")

    change(database, work)


def test_a_mail_that_kills_its_reader_is_put_away_at_the_third_time_and_the_line_goes_on(database: Database) -> None:
    ids = arrived(database, letter(1), letter(2, "poison"), letter(3))
    work_off(desk(database))
    assert outcomes(database, ids) == [Outcome.TICKET_CREATED, Outcome.QUARANTINED, Outcome.TICKET_CREATED]
    assert look(database, lambda conn: reason(conn, ids[1])) == "reading it failed 3 times: poison"
    (alarm,) = look(database, alarms.untold)
    assert f"d{ids[1]}" in alarm.sentence
    assert "mailbot deliveries retry" in alarm.sentence


def test_a_letter_is_judged_before_the_answer_to_what_we_wrote_about_it_in_a_life_that_was_lost(
    database: Database,
) -> None:
    """A restored database finds both in the folder at once."""
    arrived(database, letter(1))
    work_off(desk(database))
    (notice,) = [mail for mail in look(database, listing.mails) if mail.template == "notice"]
    change(database, lambda conn: [conn.execute(delete(table)) for table in reversed(metadata.sorted_tables)])
    head = f"From: alice@example.com\r\nMessage-ID: <2@example.com>\r\nIn-Reply-To: {notice.message_id}\r\n"
    proof = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\r\n"
    ids = arrived(database, letter(1), f"{proof}{head}\r\nWe are on it.\r\n".encode())
    work_off(desk(database))
    assert outcomes(database, ids) == [Outcome.TICKET_CREATED, Outcome.ANSWERED]


def test_a_mail_whose_judgement_fails_is_tried_five_times_and_the_line_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(arrival: Arrival, message: Message, known: Known, policy: Policy, site: Site, now: object) -> Decision:
        if "burn" in message.text:
            raise ZeroDivisionError
        return decide.decide(arrival, message, known, policy, site, NOW)

    monkeypatch.setattr(process, "decide", fails)
    ids = arrived(database, letter(1), letter(2, "burn"), letter(3))
    work_off(desk(database))
    assert outcomes(database, ids) == [Outcome.TICKET_CREATED, None, Outcome.TICKET_CREATED]
    for later in range(1, 5):
        work_off(desk(database, later * MINUTE * 10))
    assert outcomes(database, ids)[1] is Outcome.QUARANTINED
    assert look(database, lambda conn: reason(conn, ids[1])) == "judging it failed 5 times: ZeroDivisionError"


@pytest.mark.parametrize(
    ("deaths", "first"),
    [(process.OWN_DEATHS - 1, Outcome.TICKET_CREATED), (process.OWN_DEATHS, Outcome.QUARANTINED)],
)
def test_five_daemons_that_died_of_judging_it_alone_put_it_away(
    database: Database, deaths: int, first: Outcome
) -> None:
    ids = arrived(database, letter(1), letter(2))
    die(database)
    for _ in range(deaths):
        die(database, ids[0])
    work_off(desk(database))
    assert outcomes(database, ids) == [first, Outcome.TICKET_CREATED]


def test_daemons_that_die_often_put_no_mail_away(database: Database) -> None:
    ids = arrived(database, letter(1), letter(2))
    for _ in range(process.ATTEMPTS - 1):
        die(database)
    work_off(desk(database))
    assert outcomes(database, ids) == [Outcome.TICKET_CREATED, Outcome.TICKET_CREATED]


def test_what_never_comes_to_an_end_is_put_away_after_all(database: Database) -> None:
    ids = arrived(database, letter(1), letter(2))
    for _ in range(process.ATTEMPTS):
        die(database)
    work_off(desk(database))
    assert outcomes(database, ids) == [Outcome.QUARANTINED, Outcome.TICKET_CREATED]


def test_a_daemon_judges_what_is_in_its_own_mailboxes_only(database: Database) -> None:
    ids = arrived(database, letter(1))
    mine = desk(database)
    other = replace(mine, holder="two")
    assert work_off(other) == 0
    assert outcomes(database, ids) == [None]
    assert work_off(mine) == 1


def test_mail_whose_bytes_are_gone_gets_an_outcome(database: Database) -> None:
    ids = arrived(database, b"")
    work_off(desk(database))
    assert outcomes(database, ids) != [None]


def test_tidying_takes_the_bytes_of_what_is_old(database: Database) -> None:
    (id_,) = arrived(database, letter(1))
    work_off(desk(database))
    assert tidy(desk(database)) == 0
    assert tidy(desk(database, YEARS)) == 1
    assert look(database, lambda conn: intake.bytes_of(conn, [id_])) == (None,)


def test_two_daemons_that_judge_the_same_letters_at_once_open_one_ticket_for_each(database: Database) -> None:
    """Each came to two mailboxes, every other one with a footer that one path added (RC-03)."""
    pairs, footer = range(1, 41), "Bonjour, notre lien est coupé.\r\n_____\r\nListe"
    here = [received(n, raw=letter(n)) for n in pairs]
    there = [received(n, "sac", raw=letter(n, footer) if n % 2 else letter(n)) for n in pairs]
    change(database, lambda conn: record(conn, *here))
    change(database, lambda conn: record(conn, *there))
    desks = [Desk(database, SITE, PRESS, key, lambda: NOW) for key in ("support", "sac")]
    for at in desks:
        assert mailboxes.take(at, next(box for box in SITE.mailboxes if box.key == at.holder), anew=False)
    threads = [Thread(target=work_off, args=(at,)) for at in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = dict(look(database, listing.sums).outcomes)
    assert found[Outcome.TICKET_CREATED] == len(pairs)
    assert found[Outcome.DUPLICATE] + found[Outcome.APPENDED] == len(pairs)
    assert len(look(database, listing.tickets)) == len(pairs)


def test_a_copy_with_a_footer_waits_for_its_original_wherever_it_is_judged(database: Database) -> None:
    one, two = change(database, lambda conn: (arrive(conn, 1), arrive(conn, 1, "sac")))
    later: list[Judged] = []
    other = Thread(target=lambda: later.append(change(database, lambda conn: judge(conn, two, FOOTED))))
    with database.engine.begin() as conn:
        first = judged(conn, one, message())
        other.start()
        # Were it not to wait, it would open a ticket of its own now.
        other.join(0.3)
        apply(conn, [first], NOW)
    other.join()
    assert first.decision.outcome is Outcome.TICKET_CREATED
    assert [entry.decision.outcome for entry in later] == [Outcome.APPENDED]
