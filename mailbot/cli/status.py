"""`mailbot status`: one screen, and an exit code for monitors."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from mailbot.cli import output
from mailbot.cli.desk import ask, open_desk
from mailbot.cli.output import HERE, Json, JsonOption, SiteOption

if TYPE_CHECKING:
    from mailbot.store.alarms import Raised
    from mailbot.store.listing import Sums
    from mailbot.store.outages import Outage


# RC-01: a delivery that waits longer is a sign that nobody works.
OLDEST = timedelta(minutes=5)


def status(site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show how the robot is. Exits with 1 where something needs a person."""
    from mailbot.store import alarms, leases, listing, outages

    desk = open_desk(site)
    now = desk.now()
    sums = ask(desk, listing.sums)
    down = ask(desk, outages.current)
    raised = ask(desk, alarms.standing)
    alive = ask(desk, lambda conn: leases.living(conn, now))
    problems = _problems(sums, down, raised, alive, now, desk.site.alarm.mailbox_down)
    if json:
        output.json_line(_record(sums, down, alive, problems))
    else:
        _show(sums, alive, problems, now)
    if problems:
        raise typer.Exit(1)


def _problems(
    sums: "Sums",
    down: "tuple[Outage, ...]",
    raised: "tuple[Raised, ...]",
    alive: int,
    now: datetime,
    patience: timedelta,
) -> list[str]:
    found = [
        f"{entry.what} is down since {_at(entry.since)}: {entry.reason}"
        for entry in down
        if now - entry.since >= patience
    ]
    found += [entry.sentence for entry in raised if not entry.key.startswith("down:")]
    if not alive:
        found.append("no daemon is running: start `mailbot run`")
    if sums.oldest_waiting and now - sums.oldest_waiting > OLDEST:
        found.append(f"mail waits to be judged since {_at(sums.oldest_waiting)}")
    if sums.received != sums.waiting + sum(count for _, count in sums.outcomes):
        found.append("the ledger does not add up: received is not outcomes plus waiting; this is a fault of mailbot")
    return found


def _show(sums: "Sums", alive: int, problems: list[str], now: datetime) -> None:
    outcomes = ", ".join(f"{count} {name}" for name, count in sums.outcomes)
    waiting = f", oldest {_ago(now, sums.oldest_waiting)}" if sums.oldest_waiting else ""
    queued = f" (oldest waits {_ago(now, sums.oldest_queued)})" if sums.oldest_queued else ""
    output.card(
        (
            ("daemons", str(alive)),
            ("received", f"{sums.received} = {sums.received - sums.waiting} judged + {sums.waiting} waiting{waiting}"),
            ("outcomes", outcomes or "none yet"),
            ("tickets", ", ".join(f"{count} {name}" for name, count in sums.tickets) or "none yet"),
            ("mails", (", ".join(f"{count} {name}" for name, count in sums.outgoing) or "none yet") + queued),
        )
    )
    for problem in problems:
        print(f"problem: {output.one_line(problem)}")
    print("all is well" if not problems else output.plural(len(problems), "problem"))


def _record(sums: "Sums", down: "tuple[Outage, ...]", alive: int, problems: list[str]) -> dict[str, Json]:
    return {
        "daemons": alive,
        "received": sums.received,
        "outcomes": dict(sums.outcomes),
        "waiting": sums.waiting,
        "oldest_waiting": output.iso(sums.oldest_waiting),
        "outgoing": dict(sums.outgoing),
        "oldest_queued": output.iso(sums.oldest_queued),
        "tickets": dict(sums.tickets),
        "down": [{"name": entry.name, "since": output.iso(entry.since), "reason": entry.reason} for entry in down],
        "problems": problems,
    }


def _at(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _ago(now: datetime, when: datetime) -> str:
    minutes = max(int((now - when).total_seconds() // 60), 0)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
