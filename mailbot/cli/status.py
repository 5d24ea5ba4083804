"""`mailbot status`: one screen, and an exit code for monitors."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from mailbot.cli import output
from mailbot.cli.desk import refusals
from mailbot.cli.output import HERE, Json, JsonOption, SiteOption
from mailbot.model import Outcome
from mailbot.work.measures import span

if TYPE_CHECKING:
    from mailbot.work.health import Health, Kept


# More than that do not fit on the screen.
SHOWN = 8
_APART = (Outcome.HELD, Outcome.JUNK, Outcome.QUARANTINED)
_COLOURS = {"nobody listens": "red", "catching up": "yellow"}


def status(site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show how the robot is. Exits with 1 where something needs a person."""
    from mailbot.work.desk import clock
    from mailbot.work.health import health
    from mailbot.work.opening import open_database

    watched = output.load(site, offline=True).site
    with refusals():
        found = health(open_database(watched.database), watched, clock())
    if json:
        output.json_line(_record(found))
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(1)


def _show(found: "Health") -> None:
    sums = found.sums
    apart = ((found.count(outcome), outcome) for outcome in _APART)
    in_work = f"{sums.waiting} in work{_oldest(found, sums.oldest_waiting)}"
    output.card(
        (
            ("daemons", str(found.daemons)),
            ("received", f"{sums.received} = {sums.received - sums.waiting} judged + {in_work}"),
            ("outcomes", _counted(sums.outcomes)),
            ("look at", ", ".join(f"{count} {outcome}" for count, outcome in apart)),
            ("tickets", _counted(sums.tickets)),
            ("guesses", f"{_counted(found.attempts)} within 24 hours" if found.attempts else "none within 24 hours"),
            ("mails", f"{_counted(sums.outgoing)}{_oldest(found, sums.oldest_queued)}"),
        )
    )
    print()
    output.table(
        ("mailbox", "state", "looked at", "last mail", "in work"),
        (_row(box, found.now) for box in found.mailboxes),
        _COLOURS,
    )
    print()
    for problem in found.problems[:SHOWN]:
        output.hanging("problem: ", problem, "red")
    if len(found.problems) > SHOWN:
        print(f"and {output.plural(len(found.problems) - SHOWN, 'problem')} more: `mailbot status --json` names all")
    print(output.plural(len(found.problems), "problem") if found.problems else "all is well")


def _row(box: "Kept", now: datetime) -> tuple[str, ...]:
    return (
        box.mailbox,
        _state(box, now),
        *(_ago(now, when) for when in (box.looked_at, box.last_mail)),
        str(box.waiting),
    )


def _state(box: "Kept", now: datetime) -> str:
    if box.down:
        return f"down for {span(now - box.down.since)}"
    if not box.is_held:
        return "nobody listens"
    if not box.connected_at:
        return "catching up"
    if box.is_silent and box.last_mail:
        return f"silent for {span(now - box.last_mail)}"
    return f"connected for {span(now - box.connected_at)}"


def _counted(counts: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts) or "none yet"


def _oldest(found: "Health", when: datetime | None) -> str:
    return f", the oldest for {span(found.now - when)}" if when else ""


def _ago(now: datetime, when: datetime | None) -> str:
    return f"{span(now - when)} ago" if when else "never"


def _record(found: "Health") -> dict[str, Json]:
    sums = found.sums
    return {
        "daemons": found.daemons,
        "received": sums.received,
        "outcomes": dict(sums.outcomes),
        "waiting": sums.waiting,
        "oldest_waiting": output.iso(sums.oldest_waiting),
        **{str(outcome): found.count(outcome) for outcome in _APART},
        "outgoing": dict(sums.outgoing),
        "oldest_queued": output.iso(sums.oldest_queued),
        "tickets": dict(sums.tickets),
        "attempts": dict(found.attempts),
        "mailboxes": [_mailbox(box) for box in found.mailboxes],
        "down": [
            {"name": entry.name, "since": output.iso(entry.since), "reason": entry.reason} for entry in found.down
        ],
        "problems": list(found.problems),
    }


def _mailbox(box: "Kept") -> dict[str, Json]:
    return {
        "mailbox": box.mailbox,
        "listening": box.is_held,
        "connected_at": output.iso(box.connected_at),
        "down_since": output.iso(box.down.since) if box.down else None,
        "looked_at": output.iso(box.looked_at),
        "last_mail": output.iso(box.last_mail),
        "silent": box.is_silent,
        "waiting": box.waiting,
        "oldest_waiting": output.iso(box.oldest_waiting),
    }
