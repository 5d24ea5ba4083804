"""`mailbot deliveries`: the ledger of everything that came in."""

from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import ask, open_desk, refusals
from mailbot.cli.output import HERE, Json, JsonOption, LimitOption, SiteOption
from mailbot.model import Outcome

if TYPE_CHECKING:
    from mailbot.store.listing import ListedDelivery


deliveries = typer.Typer(no_args_is_help=True, help="The ledger: every mail that came in, and what became of it.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Such as 17 or d17.")]
COLOURS = {"quarantined": "red", "held": "yellow", "oversize": "yellow", "waiting": "cyan"}


@deliveries.command("list")
def list_(
    site: SiteOption = HERE,
    outcome: Annotated[list[Outcome] | None, typer.Option(help="Only these; may be given several times.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those not judged yet.")] = False,
    limit: LimitOption = 100,
    json: JsonOption = False,
) -> None:
    """List deliveries, the newest first."""
    from mailbot.store import listing

    found = ask(open_desk(site), lambda conn: listing.deliveries(conn, outcome or (), waiting=waiting, limit=limit))
    if json:
        for entry in found:
            output.json_line(record(entry))
        return
    if not found:
        print("no delivery")
        return
    columns = ("id", "mailbox", "uid", "received", "outcome", "ticket", "reason")
    output.table(columns, map(_row, found), COLOURS)


@deliveries.command()
def show(id: IdArgument, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show a delivery and what was read in it."""
    from mailbot.cli import inspection
    from mailbot.parsers.message import parse
    from mailbot.policy import classify
    from mailbot.store import intake, listing

    desk, number = open_desk(site, rules=json), known_id(id)
    found = ask(desk, lambda conn: listing.find_delivery(conn, number))
    if found is None:
        output.fail(f"there is no delivery d{number}; `mailbot deliveries list` shows those there are")
    body = ask(desk, lambda conn: intake.bytes_of(conn, [number]))[0]
    message = parse(body, desk.site.robot.reading) if body is not None else None
    if json:
        request = classify(message.subject, message.new_text, desk.policy) if message else None
        read = inspection.record(f"d{number}", message, request) if message and request else None
        output.json_line(dict(record(found)) | {"message": read})
        return
    shown = {key: value for key, value in record(found).items() if value not in (None, "")}
    output.card((key, str(value)) for key, value in shown.items())
    if message is None:
        print("\nIts bytes are not kept.")
        return
    output.card((("from", message.author.address if message.author else "?"), ("subject", message.subject)))
    for line in output.many_lines(message.new_text.strip()).splitlines():
        print(f"    {line}")


@deliveries.command()
def retry(id: IdArgument, site: SiteOption = HERE) -> None:
    """Give a quarantined delivery another try."""
    from mailbot.work import by_hand

    number = known_id(id)
    with refusals():
        by_hand.retry_delivery(open_desk(site), number)
    print(f"d{number} waits to be judged again")


@deliveries.command()
def release(id: IdArgument, site: SiteOption = HERE) -> None:
    """Let a held or junk delivery pass: it is judged again as if its author were a party."""
    from mailbot.work import by_hand

    number = known_id(id)
    with refusals():
        by_hand.release_delivery(open_desk(site), number)
    print(f"d{number} is released and waits to be judged again")


def known_id(written: str) -> int:
    number = id_of(written)
    if number is None:
        output.fail(f"{written} is no delivery: they are numbered, such as 17 or d17")
    return number


def id_of(written: str) -> int | None:
    """None where it is no number that a delivery may have."""
    digits = written.removeprefix("d")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def record(entry: "ListedDelivery") -> dict[str, Json]:
    """Design 1.3: all keys always."""
    return {
        "id": entry.id,
        "mailbox": entry.mailbox,
        "uidvalidity": entry.uidvalidity,
        "uid": entry.uid,
        "message_id": entry.message_id,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "ticket": entry.ticket,
        "attempts": entry.attempts,
        "received_at": output.iso(entry.received_at),
    }


def _row(entry: "ListedDelivery") -> tuple[str, ...]:
    received = f"{entry.received_at:%Y-%m-%d %H:%M}"
    outcome = entry.outcome or "waiting"
    return f"d{entry.id}", entry.mailbox, str(entry.uid), received, outcome, entry.ticket or "", entry.reason
