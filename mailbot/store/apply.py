"""T3: all that a decision wants, written together. Many decisions share each statement and one commit."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from mailbot.model import Arrival, Decision, Known, Message, Outcome, Outgoing, Pointers, Sending, Ticket
from mailbot.parsers import address
from mailbot.store import alarms, attempts, challenges, intake, returned
from mailbot.store.columns import ticket_values
from mailbot.tables import content, delivery, event, message, outgoing, ticket, ticket_field

# Outcomes of deliveries that brought no message of their own: what they say is known already, or is ours.
_NOT_KEPT = frozenset({Outcome.DUPLICATE, Outcome.OWN, Outcome.BEFORE_START})


@dataclass(frozen=True, slots=True)
class Judged:
    """One delivery with its judgement and the finished mails, ready to be written."""

    arrival: Arrival
    message: Message
    pointers: Pointers
    known: Known
    decision: Decision
    mails: tuple[Outgoing, ...]


def apply(conn: Connection, judged: Sequence[Judged], now: datetime) -> None:
    """An IntegrityError means that another daemon was first with the same letter: judge again what is left."""
    opened = [entry.decision.ticket for entry in judged if entry.decision.ticket and not entry.decision.before]
    changed = [entry.decision.ticket for entry in judged if _changed(entry.decision)]
    _insert(conn, ticket, [ticket_values(entry) for entry in opened])
    rewrite(conn, [entry for entry in changed if entry])
    _insert(conn, message, [_message(entry) for entry in judged if _kept(entry) and not _is_kept_already(entry)])
    _remember(conn, [entry for entry in judged if _kept(entry) and _is_kept_already(entry)])
    _insert(conn, ticket_field, [row for entry in judged for row in _fields(entry)])
    _insert(conn, event, [_event(entry, now) for entry in judged])
    queue(conn, [mail for entry in judged for mail in entry.mails], now)
    challenges.save(conn, [entry for one in judged for entry in one.decision.challenges])
    for id_ in (one for entry in judged for one in entry.decision.releases):
        intake.release(conn, id_)
    _note_trouble(conn, [entry.decision for entry in judged], now)
    _finish(conn, judged, now)
    alarms.raise_daily(conn, [concern for entry in judged for concern in entry.decision.concerns], now)


def queue(conn: Connection, mails: Sequence[Outgoing], now: datetime) -> None:
    """Into the outbox. The same mail twice is one mail: its Message-ID follows from cause, template and recipient."""
    if not mails:
        return
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    statement = make(outgoing).on_conflict_do_nothing(index_elements=["message_id"])
    asked = statement.returning(outgoing.c.message_id, outgoing.c.id)
    made = {id_: key for id_, key in conn.execute(asked, [_outgoing(mail, now) for mail in mails])}
    bodies = {mail.message_id: mail.raw for mail in mails}
    _insert(conn, content, [{"outgoing": key, "octets": bodies[id_]} for id_, key in made.items()])


def _insert(conn: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        conn.execute(insert(table), rows)


def _changed(decision: Decision) -> bool:
    return decision.before is not None and decision.ticket is not None and decision.before != decision.ticket


def rewrite(conn: Connection, tickets: Sequence[Ticket]) -> None:
    if not tickets:
        return
    rows = [{f"new_{name}": value for name, value in ticket_values(entry).items()} for entry in tickets]
    values: dict[str, object] = {name.removeprefix("new_"): bindparam(name) for name in rows[0] if name != "new_number"}
    conn.execute(update(ticket).where(ticket.c.number == bindparam("new_number")).values(values), rows)


def _kept(entry: Judged) -> bool:
    return entry.decision.outcome not in _NOT_KEPT


def _is_kept_already(entry: Judged) -> bool:
    """It goes through again; or it is the first copy that counts, after one that did not."""
    twin = entry.known.twin
    return entry.arrival.released or (twin is not None and twin.same_content)


def _message(entry: Judged) -> dict[str, object]:
    said, decision = entry.message, entry.decision
    author = said.author.address if said.author else ""
    return {
        "key": entry.pointers.key,
        "delivery": entry.arrival.id,
        "message_id": said.message_id,
        "author": author,
        "author_key": address.key(author) if author else "",
        "recipients": " ".join(dict.fromkeys(entry.address for entry in (*said.to, *said.cc))),
        "subject": said.subject,
        "date": said.date,
        "received_at": entry.arrival.received_at,
        "language": said.language,
        "new_text": said.new_text,
        "level": decision.sender.level,
        "outcome": decision.outcome,
        "sent": entry.arrival.sent,
        "ticket": decision.ticket.number if decision.ticket else None,
    }


def _remember(conn: Connection, judged: Iterable[Judged]) -> None:
    for entry in judged:
        values = _message(entry)
        del values["key"]
        conn.execute(update(message).where(message.c.key == entry.pointers.key).values(values))


def _fields(entry: Judged) -> list[dict[str, object]]:
    if not entry.decision.ticket:
        return []
    where = {"ticket": entry.decision.ticket.number, "delivery": entry.arrival.id}
    return [{name: getattr(field, name) for name in _FIELD} | where for field in entry.decision.fields]


_FIELD = ("name", "value", "quote", "source", "start", "end", "method", "confidence", "standing")


def _event(entry: Judged, now: datetime) -> dict[str, object]:
    decision = entry.decision
    return {
        "cause": entry.arrival.cause,
        "at": now,
        "ticket": decision.ticket.number if decision.ticket else None,
        "delivery": entry.arrival.id,
        "kind": decision.outcome,
        "actor": decision.sender.address,
        "reason": decision.reason,
        "changes": json.dumps(changes(decision.before, decision.ticket)),
        "because": json.dumps([[why.topic, why.sentence] for why in decision.because], ensure_ascii=False),
        "facts": json.dumps(_facts(entry), ensure_ascii=False),
    }


def note(conn: Connection, cause: str, before: Ticket, after: Ticket, kind: str, by: str, now: datetime) -> None:
    """An event that no mail caused. Noted twice it is one: the commit of the first may have been in doubt."""
    row = {
        "cause": cause,
        "at": now,
        "ticket": after.number,
        "delivery": None,
        "kind": kind,
        "actor": by,
        "reason": f"{kind} by {by}",
        "changes": json.dumps(changes(before, after)),
        "because": "[]",
        "facts": "{}",
    }
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    conn.execute(make(event).on_conflict_do_nothing(index_elements=["cause"]), [row])


def changes(before: Ticket | None, after: Ticket | None) -> dict[str, list[str | None]]:
    """What changed on the ticket, as text: {name: [was, is]}."""
    if after is None or before == after:
        return {}
    found = {}
    for field in fields(Ticket):
        was, is_ = getattr(before, field.name, None), getattr(after, field.name)
        if was != is_:
            found[field.name] = [None if was is None else str(was), None if is_ is None else str(is_)]
    return found


def _facts(entry: Judged) -> dict[str, object]:
    """What the judgement saw and rules may ask for (design 2.2.2), so that it can be explained and replayed later."""
    decision = entry.decision
    return {
        "mailbox": entry.arrival.mailbox,
        "sent": entry.arrival.sent,
        "level": decision.sender.level,
        "accounts": list(decision.sender.accounts),
        "language": entry.message.language,
        "automatic": entry.message.automatic,
        "fields": [[field.name, field.value, field.standing] for field in decision.fields],
        "ticket": decision.before.status if decision.before else None,
    }


def _outgoing(mail: Outgoing, now: datetime) -> dict[str, object]:
    return {
        "message_id": mail.message_id,
        "tag": mail.tag,
        "cause": mail.cause,
        "template": mail.template,
        "purpose": mail.purpose,
        "language": mail.language,
        "recipient": mail.recipient,
        "recipient_key": address.key(mail.recipient),
        "envelope_from": mail.envelope_from,
        "ticket": mail.ticket,
        "subject": mail.subject,
        "automatic": mail.automatic,
        "status": Sending.WITHHELD if mail.withheld else Sending.QUEUED,
        "created_at": now,
        "next_attempt_at": None if mail.withheld else now,
        "reply": mail.withheld or "",
        "charged": mail.charged or None,
        "charged_domain": address.key(mail.recipient).rpartition("@")[2] if mail.charged else None,
    }


def _note_trouble(conn: Connection, decisions: Sequence[Decision], now: datetime) -> None:
    returned.forget(conn, {key for decision in decisions for key in decision.alive})
    tags = [tag for decision in decisions for tag in decision.bounced]
    returned.came_back(conn, tags, [entry for decision in decisions for entry in decision.bounces], now)
    attempts.record(conn, [entry for decision in decisions for entry in decision.attempts], now)


def _finish(conn: Connection, judged: Sequence[Judged], now: datetime) -> None:
    rows = [
        {
            "which": entry.arrival.id,
            "outcome": entry.decision.outcome,
            "reason": entry.decision.reason,
            "ticket": entry.decision.ticket.number if entry.decision.ticket else None,
            "message_id": entry.message.message_id,
            "judged_at": now,
            "claimed": False,
        }
        for entry in judged
    ]
    values: dict[str, object] = {name: bindparam(name) for name in rows[0] if name != "which"}
    conn.execute(update(delivery).where(delivery.c.id == bindparam("which")).values(values), rows)
