"""`mailbot backup` and `mailbot restore`: a site and its database in one file, and back."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import open_desk, refusals
from mailbot.cli.output import HERE, SiteOption, plural
from mailbot.model import ProcessedMode
from mailbot.work.measures import at

if TYPE_CHECKING:
    from mailbot.work.archive import Manifest
    from mailbot.work.backup import Content
    from mailbot.work.restore import Restored

# The server's clock, by which mail is dated, and that of who looked when the robot stopped, may differ so much.
SLACK = timedelta(minutes=5)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    site: SiteOption = HERE,
    secrets: Annotated[bool, typer.Option("--secrets", help="Passwords and sign-ins too.")] = False,
) -> None:
    """Copy the site and its database into one file, while the robot works."""
    from mailbot.settings import SettingsError
    from mailbot.work import backup as work

    desk = open_desk(site)
    try:
        with refusals():
            content = work.content(site, secrets=secrets)
            made = work.backup(desk.database, site, file, content, desk.now())
    except SettingsError as error:
        output.fail(*error.faults)
    _show(file, made, content)


def _show(file: Path, made: "Manifest", content: "Content") -> None:
    output.card(
        (
            ("backup", f"{file} ({file.stat().st_size // 1024} KiB, schema {made.schema})"),
            ("holds", _counted(made)),
            ("files", ", ".join(content.names)),
            ("left out", ", ".join(content.left_out)),
        )
    )
    held = ["every mail", *(["the key"] if content.key else []), *(["passwords"] if content.passwords else [])]
    print(f"Keep it secret: it holds {' and '.join(held)}.")
    if not content.key:
        print("The key is not inside: keep it elsewhere, for ticket numbers and reply tags follow from it.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="From `mailbot backup`.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The site's folder; nothing in it is replaced.")],
    stopped: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="When the robot that was lost stopped, such as 2026-11-22T10:15-05:00: "
            "what came in later is answered as always.",
            show_default="now",
        ),
    ] = "",
    database: Annotated[
        str, typer.Option(metavar="URL", help="In place of the one in its mailbot.toml.", show_default=False)
    ] = "",
) -> None:
    """Make a site again from a backup. Mail that came in since is taken in anew, and nobody is answered twice."""
    from mailbot.settings import SettingsError
    from mailbot.work import restore as work
    from mailbot.work.desk import clock

    now = clock()
    until = min(_time(stopped, now) + SLACK, now) if stopped else now
    try:
        with refusals():
            done = work.restore(file, directory, os.environ, now=now, until=until, url=database)
    except SettingsError as error:
        output.fail(*error.faults)
    _tell(directory, done, until)


def _time(written: str, now: datetime) -> datetime:
    try:
        when = datetime.fromisoformat(written)
        in_utc = when.astimezone(UTC)
    except (ValueError, OverflowError):
        output.fail(f"--stopped {written}: is no time: write it such as 2026-11-22T10:15-05:00")
    if when.tzinfo is None:
        output.fail(f"--stopped {written}: says no offset from UTC: write it such as 2026-11-22T10:15-05:00")
    if in_utc > now:
        output.fail(f"--stopped {written}: is yet to come")
    return in_utc


def _tell(directory: Path, done: "Restored", until: datetime) -> None:
    made = done.manifest
    output.card(
        (
            ("site", str(directory)),
            ("database", done.url),
            ("holds", f"{_counted(made)}, as of {at(made.made_at)}"),
            ("withheld", f"{plural(done.withheld, 'mail')} to customers that waited then" if done.withheld else ""),
        )
    )
    missing = [what for what in made.left_out if not os.path.lexists(directory / what)]
    steps = [
        "See to it that the robot that was lost does not run: both would answer.",
        *([f"Bring what was not in the backup: {', '.join(missing)}."] if missing else []),
        *_moved(directory, made.made_at),
        "mailbot check, then mailbot run.",
    ]
    print("\nNext:")
    for n, step in enumerate(steps, 1):
        print(f"  {n}. {output.one_line(step)}")
    print(
        "\nMail that came in since the backup is taken in anew, and its tickets get the numbers that they had."
        f"\nWhat would answer mail from before {at(until)} is withheld, for it may have gone out: see"
        "\n`mailbot outgoing list --status withheld`, and send what did not by `mailbot outgoing retry`."
        "\nAgents are told once more."
    )


def _moved(directory: Path, made_at: datetime) -> list[str]:
    """What left the folder since the backup is not seen anew."""
    from mailbot.settings import SettingsError, load

    try:
        mailboxes = load(directory, os.environ, offline=True).site.mailboxes
    except SettingsError:
        return []
    return [
        f"Move what came into mailbox {box.key} since {at(made_at)} back from {box.processed.folder} to its folder."
        for box in mailboxes
        if box.processed.mode is ProcessedMode.MOVE
    ]


def _counted(made: "Manifest") -> str:
    deliveries = made.count("delivery")
    parts = (
        f"{deliveries} {'delivery' if deliveries == 1 else 'deliveries'}",
        plural(made.count("ticket"), "ticket"),
        plural(made.count("outgoing"), "mail"),
        plural(made.count("account"), "account"),
    )
    return ", ".join(parts)
