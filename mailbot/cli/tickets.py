"""`mailbot tickets`: what there is to do, and the few things that can be done about it here."""

import getpass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import ask, open_desk, refusals
from mailbot.cli.output import HERE, Json, JsonOption, LimitOption, SiteOption
from mailbot.model import Challenge, Status, Ticket

if TYPE_CHECKING:
    from mailbot.store.listing import ListedEvent, ListedMessage, ListedOutgoing, ListedTicket


tickets = typer.Typer(no_args_is_help=True, help="The tickets.")

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="Such as MB-7K3F-9XWM.")]
WHEN_HELD = "carry out nothing before its holder confirms it; whoever answers for it: mailbot tickets release {}"
COLOURS = {"new": "green", "open": "yellow", "held": "red", "high": "red"}


@tickets.command("list")
def list_(
    site: SiteOption = HERE,
    status: Annotated[list[Status] | None, typer.Option(help="Only these; may be given several times.")] = None,
    department: Annotated[str | None, typer.Option(help="Only of this department.")] = None,
    limit: LimitOption = 100,
    json: JsonOption = False,
) -> None:
    """List tickets, the newest first."""
    from mailbot.store import listing

    found = ask(open_desk(site), lambda conn: listing.tickets(conn, status or (), department, limit))
    if json:
        for entry in found:
            output.json_line(record(entry))
        return
    if not found:
        print("no ticket")
        return
    columns = ("number", "status", "opened", "department", "agent", "account", "requester", "subject")
    output.table(columns, (_row(entry.ticket) for entry in found), COLOURS)


@tickets.command()
def show(number: NumberArgument, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show a ticket with its messages, mails and events."""
    from mailbot.store import challenges, listing

    wanted = known_number(number)
    desk = open_desk(site)
    found = ask(desk, lambda conn: listing.find_ticket(conn, wanted))
    if found is None:
        output.fail(f"there is no ticket {wanted}; `mailbot tickets list` shows those there are")
    messages = ask(desk, lambda conn: listing.messages(conn, wanted))
    events = ask(desk, lambda conn: listing.events(conn, number=wanted))
    mails = ask(desk, lambda conn: listing.mails(conn, number=wanted))
    asked = ask(desk, lambda conn: challenges.of_tickets(conn, [wanted]))
    now = desk.now()
    if json:
        more = {
            "messages": [_message(entry) for entry in messages],
            "events": [_event(entry) for entry in events],
            "challenges": [_challenge(entry, now) for entry in asked],
        }
        output.json_line(dict(record(found)) | more)
        return
    _print(found, messages)
    _print_asked(asked, now)
    _print_rest(events, mails)


@tickets.command()
def close(number: NumberArgument, site: SiteOption = HERE) -> None:
    """Close a ticket. A reply within reopen_window opens it again."""
    from mailbot.work import by_hand

    desk = open_desk(site)
    with refusals():
        done = by_hand.close(desk, known_number(number), getpass.getuser())
    print(f"{done.number} is closed")


@tickets.command()
def release(number: NumberArgument, site: SiteOption = HERE) -> None:
    """Let a held ticket be worked on: you answer for it that the request comes from the account's holder."""
    from mailbot.work import by_hand

    desk = open_desk(site, rules=True)
    with refusals():
        done = by_hand.release(desk, known_number(number), getpass.getuser())
    print(f"{done.number} is released, and is {done.status}; its agents are told")


@tickets.command()
def assign(
    number: NumberArgument,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="Section or e-mail in agents.toml.")],
    site: SiteOption = HERE,
) -> None:
    """Give a ticket to an agent, who gets a notice of it."""
    from mailbot.work import by_hand

    desk = open_desk(site, rules=True)
    with refusals():
        done = by_hand.assign(desk, known_number(number), agent, getpass.getuser())
    print(f"{done.number} is assigned to {done.agent}; a notice goes out")


def known_number(number: str) -> str:
    """In canonical form; a typing error is caught by the check character."""
    from mailbot.tokens import ticket_numbers

    found = ticket_numbers(number)
    if len(found) != 1:
        output.fail(
            f"{number} is no ticket number: they look like MB-7K3F-9XWM, and the last character checks the rest"
        )
    return found[0]


def record(entry: "ListedTicket") -> dict[str, Json]:
    """Design 1.3: all keys always."""
    ticket = entry.ticket
    fields: dict[str, list[str]] = {}
    for name, value in entry.fields:
        fields.setdefault(name, []).append(value)
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "mailbox": ticket.mailbox,
        "department": ticket.department,
        "agent": ticket.agent,
        "severity": ticket.severity,
        "priority": ticket.priority,
        "language": ticket.language,
        "account": ticket.account,
        "requester": ticket.requester,
        "level": ticket.level,
        "class": ticket.klass,
        "intent": ticket.intent,
        "fields": fields,
        "tags": list(ticket.tags),
        "opened_at": output.iso(ticket.opened_at),
        "first_response_due": output.iso(ticket.first_response_due),
        "pick_up_due": output.iso(ticket.pick_up_due),
        "next_update_due": output.iso(ticket.next_update_due),
        "resolution_due": output.iso(ticket.resolution_due),
        "first_response_at": output.iso(ticket.first_response_at),
        "resolved_at": output.iso(ticket.resolved_at),
        "closed_at": output.iso(ticket.closed_at),
    }


def _message(entry: "ListedMessage") -> dict[str, Json]:
    return {
        "delivery": entry.delivery,
        "author": entry.author,
        "subject": entry.subject,
        "received_at": output.iso(entry.received_at),
        "outcome": entry.outcome,
        "level": entry.level,
        "new_text": entry.new_text,
    }


def _challenge(entry: Challenge, now: datetime) -> dict[str, Json]:
    """Never its code."""
    from mailbot.decide.challenges import state

    return {
        "recipient": entry.recipient,
        "account": entry.account or None,
        "asked_at": output.iso(entry.asked_at),
        "state": state(entry, now),
        "wrong_codes": entry.tries,
    }


def _event(entry: "ListedEvent") -> dict[str, Json]:
    return {
        "cause": entry.cause,
        "at": output.iso(entry.at),
        "kind": entry.kind,
        "actor": entry.actor,
        "reason": entry.reason,
        "changes": {name: [was, is_] for name, was, is_ in entry.changes},
        "because": [{"topic": why.topic, "sentence": why.sentence} for why in entry.because],
    }


def _row(ticket: Ticket) -> tuple[str, ...]:
    opened = f"{ticket.opened_at:%Y-%m-%d %H:%M}"
    who = ticket.requester or "?"
    subject = ticket.subject[:60] or "(no subject)"
    return (
        ticket.number,
        ticket.status,
        opened,
        ticket.department,
        ticket.agent or "",
        ticket.account or "",
        who,
        subject,
    )


def _print(
    found: "ListedTicket",
    messages: "tuple[ListedMessage, ...]",
) -> None:
    ticket = found.ticket
    facts = [(key, str(value)) for key, value in record(found).items() if isinstance(value, str) and value]
    fields = ", ".join(f"{name} {value}" for name, value in found.fields)
    held = WHEN_HELD.format(ticket.number) if ticket.status is Status.HELD else ""
    output.card((*facts, ("fields", fields), ("follows", ticket.predecessor or ""), ("held", held)))
    for message in messages:
        print(
            f"\nd{message.delivery}  {message.received_at:%Y-%m-%d %H:%M}  {output.one_line(message.author or '?')}"
            f"  ({message.level}, {message.outcome})"
        )
        for line in output.many_lines(message.new_text.strip()).splitlines():
            print(f"    {line}")


def _print_asked(asked: tuple[Challenge, ...], now: datetime) -> None:
    from mailbot.decide.challenges import state

    if not asked:
        return
    print("\nasked to confirm")
    columns = ("asked", "of", "for account", "wrong codes", "what came of it")
    rows = (
        (
            f"{entry.asked_at:%Y-%m-%d %H:%M}",
            entry.recipient,
            entry.account or "(an agent)",
            str(entry.tries),
            state(entry, now),
        )
        for entry in asked
    )
    output.table(columns, rows)


def _print_rest(events: "tuple[ListedEvent, ...]", mails: "tuple[ListedOutgoing, ...]") -> None:
    if mails:
        print("\nmails")
        columns = ("id", "template", "to", "status", "created", "reply")
        rows = (
            (str(m.id), m.template, m.recipient, str(m.status), f"{m.created_at:%Y-%m-%d %H:%M}", m.reply)
            for m in reversed(mails)
        )
        output.table(columns, rows)
    print("\nevents")
    for event in events:
        print(f"  {event.at:%Y-%m-%d %H:%M}  {event.kind}: {output.one_line(event.reason)}")
