"""`mailbot demo`: the whole robot on this machine, with nothing else installed."""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from mailbot.cli import output
from mailbot.cli.desk import refusals


def demo(
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="DIR", help="Keep the demo's site in this folder, new or empty."),
    ] = None,
) -> None:
    """Show the robot at work: letters in French and English, what it decides and why, and its answers.

    With a terminal it then waits for letters of your own.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder:
        _play(_fresh(site) if site else Path(folder) / "site")


def _fresh(directory: Path) -> Path:
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        output.fail(f"{directory} is in use: the demo makes its site in a folder that is new or empty")
    return directory


def _play(directory: Path) -> None:
    from rich.console import Console

    from mailbot.demo.play import play
    from mailbot.demo.show import WIDTH
    from mailbot.demo.stage import StageError
    from mailbot.demo.story import StoryError

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    try:
        with refusals():
            play(directory, console, stay=sys.stdin.isatty() and sys.stdout.isatty())
    except (StageError, StoryError) as error:
        output.fail(str(error))
    except KeyboardInterrupt:
        print("\nThe demo is over.")


def _end(number: int, frame: FrameType | None) -> None:
    """Once: closing the servers is not to be interrupted by a second Ctrl-C."""
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, signal.SIG_IGN)
    raise KeyboardInterrupt
