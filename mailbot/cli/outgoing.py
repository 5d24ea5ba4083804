"""`mailbot outgoing`: the outbox."""

from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import ask, open_desk, refusals
from mailbot.cli.output import HERE, LARGEST, Json, JsonOption, LimitOption, SiteOption
from mailbot.model import Sending

if TYPE_CHECKING:
    from mailbot.store.listing import ListedOutgoing


outgoing = typer.Typer(no_args_is_help=True, help="The outbox: every mail that was decided, sent or not.")

COLOURS = {"failed": "red", "in-doubt": "yellow", "withheld": "yellow", "sent": "green"}


@outgoing.command("list")
def list_(
    site: SiteOption = HERE,
    status: Annotated[list[Sending] | None, typer.Option(help="Only these; may be given several times.")] = None,
    limit: LimitOption = 100,
    json: JsonOption = False,
) -> None:
    """List outgoing mails, the newest first."""
    from mailbot.store import listing

    found = ask(open_desk(site), lambda conn: listing.mails(conn, status or (), limit=limit))
    if json:
        for entry in found:
            output.json_line(record(entry))
        return
    if not found:
        print("no outgoing mail")
        return
    columns = ("id", "status", "template", "to", "ticket", "tries", "next try", "reply")
    output.table(columns, map(_row, found), COLOURS)


@outgoing.command()
def retry(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", min=1, max=LARGEST, help="From `mailbot outgoing list`.")],
    site: SiteOption = HERE,
) -> None:
    """Send failed or withheld mails after all, or waiting ones at once."""
    from mailbot.work import by_hand

    desk = open_desk(site)
    for id_ in ids:
        with refusals():
            by_hand.retry_outgoing(desk, id_)
        print(f"outgoing mail {id_} is queued")


def record(entry: "ListedOutgoing") -> dict[str, Json]:
    """Design 1.3: all keys always."""
    return {
        "id": entry.id,
        "template": entry.template,
        "language": entry.language,
        "recipient": entry.recipient,
        "ticket": entry.ticket,
        "message_id": entry.message_id,
        "status": entry.status,
        "attempts": entry.attempts,
        "next_attempt_at": output.iso(entry.next_attempt_at),
        "reply": entry.reply,
    }


def _row(entry: "ListedOutgoing") -> tuple[str, ...]:
    again = f"{entry.next_attempt_at:%Y-%m-%d %H:%M}" if entry.next_attempt_at else ""
    return (
        str(entry.id),
        entry.status,
        f"{entry.template}.{entry.language}",
        entry.recipient,
        entry.ticket or "",
        str(entry.attempts),
        again,
        entry.reply,
    )
