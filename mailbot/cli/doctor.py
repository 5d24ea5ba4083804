"""`mailbot doctor`: a line for each thing that must be right around the robot, and what to do where it is not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import refusals
from mailbot.cli.output import HERE, JsonOption, SiteOption, plural

if TYPE_CHECKING:
    from mailbot.model import Site
    from mailbot.work.doctor import Finding

_WIDTH = len("warning  ")
_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


def doctor(
    site: SiteOption = HERE,
    json: JsonOption = False,
    send: Annotated[
        bool, typer.Option("--send", help="Also send each mailbox a mail to its subaddress, and await it for a minute.")
    ] = False,
) -> None:
    """Look at mailboxes, relay, clock, DNS, database and disk. Exits with 1 where something is wrong.

    Nothing is changed anywhere; it takes a quarter of a minute at the most.
    """
    checked = output.load(site).site
    counted = {"warning": 0, "problem": 0}
    with refusals():
        for finding in _found(checked, send):
            if finding.verdict in counted:
                counted[finding.verdict] += 1
            _tell(finding, json)
    if not json:
        warnings = f", {plural(counted['warning'], 'warning')}" if counted["warning"] else ""
        print((plural(counted["problem"], "problem") if counted["problem"] else "no problem found") + warnings)
    if counted["problem"]:
        raise typer.Exit(1)


def _found(site: "Site", send: bool) -> "Iterator[Finding]":
    from mailbot.render import press
    from mailbot.work import doctor

    found = []
    for finding in doctor.examine(site):
        found.append(finding)
        yield finding
    if send:
        yield from doctor.send(site, press(site, {}), found)


def _tell(finding: "Finding", json: bool) -> None:
    if json:
        output.json_line(
            {
                "about": finding.about,
                "check": finding.check,
                "verdict": str(finding.verdict),
                "says": finding.says,
                "advice": finding.advice,
                "value": finding.value,
            }
        )
        return
    advice = f". {finding.advice}" if finding.advice else ""
    text = f"{finding.what}, {finding.check}: {finding.says}{advice}"
    output.hanging(f"{finding.verdict:<{_WIDTH}}", text, _COLOURS[finding.verdict])
