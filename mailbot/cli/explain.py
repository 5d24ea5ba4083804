"""`mailbot explain`: who wrote, what was decided and why, which mails go out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.deliveries import id_of
from mailbot.cli.desk import open_desk, refusals
from mailbot.cli.output import HERE, Json, JsonOption, SiteOption
from mailbot.work.measures import at

if TYPE_CHECKING:
    from mailbot.work.desk import Desk
    from mailbot.work.explain import Explanation


def explain(
    what: Annotated[
        str, typer.Argument(metavar="FILE|d17|MB-7K3F-9XWM", help="A mail's file, a delivery or a ticket.")
    ],
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Explain what was decided about a mail, or would be if it arrived now. Writes nothing, sends nothing."""
    with refusals():
        found = _explained(open_desk(site, rules=True), what)
    if not found:
        output.fail(f"there is no {what}, neither as a file nor as a delivery nor as a ticket")
    for explanation in found:
        if json:
            output.json_line(_record(explanation))
        else:
            _show(explanation)


def _explained(desk: "Desk", what: str) -> "tuple[Explanation, ...]":
    from mailbot.tokens import ticket_numbers
    from mailbot.work.explain import explain_delivery, explain_file, explain_ticket

    if what == "-":
        return explain_file(desk, "standard input", sys.stdin.buffer.read())
    path = Path(what)
    if path.is_file():
        return explain_file(desk, what, path.read_bytes())
    if what.startswith("d") and (number := id_of(what)) is not None:
        return explain_delivery(desk, number)
    numbers = ticket_numbers(what)
    return explain_ticket(desk, numbers[0]) if numbers else ()


def _show(found: "Explanation") -> None:
    when = f"  {at(found.at)}" if found.at else "  if it arrived now"
    print(f"── {output.one_line(found.source)}{when}")
    facts = [("outcome", f"{found.outcome}: {found.reason}")]
    facts += [(why.topic, why.sentence) for why in found.because]
    facts += [
        (
            "goes out" if not found.at else "went out",
            f"{mail.template}.{mail.language} to {mail.recipient}: {mail.subject} ({mail.status})",
        )
        for mail in found.mails
    ]
    output.card(facts)
    print()


def _record(found: "Explanation") -> dict[str, Json]:
    return {
        "source": found.source,
        "at": output.iso(found.at),
        "outcome": found.outcome,
        "reason": found.reason,
        "because": [{"topic": why.topic, "sentence": why.sentence} for why in found.because],
        "mails": [
            {
                "template": mail.template,
                "language": mail.language,
                "recipient": mail.recipient,
                "subject": mail.subject,
                "status": mail.status,
            }
            for mail in found.mails
        ],
    }
