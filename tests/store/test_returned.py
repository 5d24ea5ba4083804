"""Addresses that our mail does not reach: marked by what servers prove, shown, and forgotten when they write again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger import DAY, MINUTE, PRESS, SITE, address_of, arrive, customers, judge, mail
from messages import ACCOUNT, ANNA, NOW, authenticated, message
from sqlalchemy import Connection, select, update

from mailbot import tokens
from mailbot.decide.reachable import mark
from mailbot.model import (
    UNHEARD,
    Address,
    Automatic,
    Bounce,
    BounceKind,
    Concern,
    Message,
    Outgoing,
    Purpose,
    Report,
    ReportedRecipient,
    Sending,
)
from mailbot.smtp import Answer, Verdict
from mailbot.smtp.relay import Claim, Record
from mailbot.store import alarms, outbox, returned
from mailbot.store.apply import queue
from mailbot.store.engine import Database
from mailbot.store.outbox import Settled
from mailbot.store.register import find_accounts
from mailbot.tables import alarm, outgoing
from mailbot.work.deliver import deliver
from mailbot.work.desk import Desk
from mailbot.work.tell import tell
from mailbot.work.tidy import tidy
from mailbot.work.transactions import change, look

DAEMON = "mailer-daemon@mx.client.example"


def desk(database: Database, later: timedelta = timedelta(0)) -> Desk:
    return Desk(database, SITE, PRESS, "one", lambda: NOW + later)


def bounced(sent: Outgoing, status: str = "5.1.1", uid: int = 0, said: str = "550 5.1.1 no such user") -> Message:
    proof = tokens.proof(SITE.security.key, sent.tag)
    recipient = ReportedRecipient(sent.recipient, "failed", status, said)
    return message(
        message_id=f"<dsn-{sent.tag}-{uid}@mx.client.example>",
        content_hash=f"{sent.tag}{uid}",
        author=Address(DAEMON),
        claimed=(DAEMON,),
        automatic=Automatic.BOUNCE,
        report=Report(sent.message_id, (recipient,), (sent.tag,), (proof,)),
    )


def acknowledged(conn: Connection, uid: int) -> Outgoing:
    """Anna's letter, and what she got."""
    letter = message(message_id=f"<letter-{uid}@client.example>", content_hash=f"letter {uid}")
    mails = judge(conn, arrive(conn, uid), letter).mails
    return next(entry for entry in mails if entry.recipient == ANNA)


def marked(conn: Connection, email: str = ANNA) -> Bounce | None:
    return mark(returned.bounces_of(conn, [email]), email)


def test_an_address_that_does_not_exist_is_marked_by_one_report_and_found_by_customers_show(conn: Connection) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    sent = acknowledged(conn, 1)
    judge(conn, arrive(conn, 2), bounced(sent))
    (shown,) = find_accounts(conn, ACCOUNT)
    found = mark(shown.bounces, ANNA)
    assert found is not None
    assert (found.status, found.said, found.at) == ("5.1.1", "550 5.1.1 no such user", NOW)
    assert conn.scalars(select(outgoing.c.bounced_at).where(outgoing.c.tag == sent.tag)).one() == NOW


def test_one_mail_counts_once_however_often_it_is_reported(conn: Connection) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    sent = acknowledged(conn, 1)
    for uid in (2, 3, 4):
        judge(conn, arrive(conn, uid), bounced(sent, "5.2.1", uid, "550 5.2.1 disabled"))
    assert len(returned.bounces_of(conn, [ANNA])) == 1
    assert marked(conn) is None


def test_what_the_address_writes_clears_its_mark(conn: Connection) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    judge(conn, arrive(conn, 2), bounced(acknowledged(conn, 1)))
    assert marked(conn)
    acknowledged(conn, 3)
    assert marked(conn) is None


def test_an_import_without_the_address_clears_its_mark_and_one_with_it_does_not(conn: Connection) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    judge(conn, arrive(conn, 2), bounced(acknowledged(conn, 1)))
    customers(conn, replace(address_of(ACCOUNT, ANNA), contact="Anna L."))
    assert marked(conn)
    customers(conn, address_of(ACCOUNT, "anna@new.example"))
    assert marked(conn) is None
    customers(conn, address_of(ACCOUNT, ANNA))
    assert marked(conn) is None


def test_after_ninety_days_it_is_tried_again(database: Database) -> None:
    change(database, lambda conn: returned.came_back(conn, (), (bounce("a" * 26),), NOW))
    tidy(desk(database, 89 * DAY))
    assert look(database, marked)
    tidy(desk(database, 91 * DAY))
    assert look(database, marked) is None


def bounce(tag: str, kind: BounceKind = BounceKind.MISSING) -> Bounce:
    return Bounce(tag, ANNA, kind, "5.1.1", "550", NOW)


class Refusing:
    """A relay that answers every mail with one reply."""

    def __init__(self, reply: str) -> None:
        self._reply = reply

    def send(self, claim: Claim, record: Record) -> None:
        letters = claim(10)
        record([Answer(letter.id, Verdict.FAILED, self._reply) for letter in letters])


def refused(database: Database, reply: str, *mails: Outgoing) -> None:
    change(database, lambda conn: queue(conn, mails, NOW))
    deliver(desk(database), Refusing(reply))  # type: ignore[arg-type]


def test_f_087_what_the_relay_itself_refuses_for_good_is_final_and_marks_the_address(database: Database) -> None:
    refused(database, "550 5.1.1 <anna@client.example>: no such user", mail(1, recipient=ANNA))
    found = look(database, marked)
    assert found is not None
    assert found.said == "550 5.1.1 <anna@client.example>: no such user"
    assert look(database, lambda conn: conn.scalars(select(outgoing.c.status)).all()) == [Sending.FAILED]
    assert look(database, lambda conn: [entry.sentence for entry in alarms.standing(conn)])


@pytest.mark.parametrize("reply", ["554 5.7.1 relay access denied", "552 5.3.4 too big", "550 5.7.1 refused as spam"])
def test_a_relay_that_refuses_the_mail_or_us_marks_no_address(database: Database, reply: str) -> None:
    refused(database, reply, mail(1, recipient=ANNA), mail(2, recipient=ANNA))
    assert look(database, lambda conn: returned.bounces_of(conn, [ANNA])) == ()


def unheard(conn: Connection) -> list[str]:
    return [entry.key for entry in alarms.standing(conn) if entry.key.startswith(UNHEARD)]


def test_that_the_admin_gets_no_mail_stands_until_a_mail_to_him_stays_there_for_a_day(database: Database) -> None:
    key = f"{UNHEARD}{SITE.robot.admin}"
    change(database, lambda conn: alarms.raise_daily(conn, [Concern(key, "mail comes back: why")], NOW))
    tell(desk(database, 5 * MINUTE))
    assert look(database, unheard) == [key]
    change(database, lambda conn: settle(conn, sent_at=NOW + 6 * MINUTE))
    tell(desk(database, DAY))
    assert look(database, unheard) == [key]
    tell(desk(database, DAY + 7 * MINUTE))
    assert look(database, unheard) == []
    assert look(database, lambda conn: len(conn.scalars(select(outgoing.c.id)).all())) == 1


def test_a_mail_to_the_admin_that_comes_back_too_ends_nothing(database: Database) -> None:
    key = f"{UNHEARD}{SITE.robot.admin}"
    change(database, lambda conn: alarms.raise_daily(conn, [Concern(key, "mail comes back: why")], NOW))
    tell(desk(database, 5 * MINUTE))
    change(database, lambda conn: settle(conn, sent_at=NOW + 6 * MINUTE))
    change(database, lambda conn: conn.execute(update(outgoing).values(bounced_at=NOW + 7 * MINUTE)))
    tell(desk(database, 3 * DAY))
    assert look(database, unheard) == [key]


def settle(conn: Connection, **changes: object) -> None:
    due: Sequence[outbox.Due] = outbox.claim(conn, "one", 10, NOW + DAY)
    done = [Settled(entry.id, Sending.SENT, "250 ok", 1, **changes) for entry in due]  # type: ignore[arg-type]
    outbox.settle(conn, done, "one")


def test_the_next_answer_goes_where_it_arrives(conn: Connection) -> None:
    carla = replace(address_of(ACCOUNT, "carla@client.example"), default=False)
    customers(conn, address_of(ACCOUNT, ANNA), carla)
    first = judge(conn, arrive(conn, 1), message())
    notice = next(entry for entry in first.mails if entry.purpose is Purpose.NOTICE)
    judge(conn, arrive(conn, 2), bounced(next(entry for entry in first.mails if entry.recipient == ANNA)))
    reply = message(
        "Voici la suite.",
        message_id="<reply@example.com>",
        content_hash="reply",
        author=Address(notice.recipient),
        claimed=(notice.recipient,),
        in_reply_to=(notice.message_id,),
        authentication=(authenticated("example.com"),),
    )
    mails = judge(conn, arrive(conn, 3), reply).mails
    assert [(entry.template, entry.recipient) for entry in mails] == [
        ("answer", "carla@client.example"),
        ("diverted", notice.recipient),
    ]


def test_the_admin_is_told_once_of_a_notice_that_comes_back_many_times_a_day(conn: Connection) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    mails = judge(conn, arrive(conn, 1), message()).mails
    notice = next(entry for entry in mails if entry.purpose is Purpose.NOTICE)
    for uid in (2, 3, 4):
        judge(conn, arrive(conn, uid), bounced(notice, uid=uid))
    asked = select(alarm.c.key).where(alarm.c.key.startswith("bounced:"))
    assert conn.scalars(asked).all() == [f"bounced:{notice.recipient}"]
