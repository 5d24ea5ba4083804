"""`mailbot init DIR`: a site to start from."""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli import output

_MEANINGS = {
    "mailbot.toml": "servers, mailboxes, limits: every key with its meaning and its default",
    "agents.toml": "who may answer",
    "mailbot.key": "signs reply tags and ticket numbers: keep it, and keep it secret",
    "secrets/smtp": "the relay's password",
    "secrets/support": "the mailbox's password",
    "rules/": "departments, and what customers may want: for those who lead the desk",
    "register/": "an example of the customers' register",
    ".gitignore": "leaves key, passwords and database out of version control",
}
_NEXT = """
Three things to edit:
  1. mailbot.toml   your organisation, servers and addresses in place of example.com
  2. secrets/       one file for each password
  3. agents.toml    the people who answer
Then, in {directory}:
  mailbot check
  mailbot customers import register
  mailbot run"""


def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder, new or without a site.")]) -> None:
    """Make a site to start from."""
    from mailbot.settings import SettingsError, starting

    try:
        names = starting.begin(directory)
    except SettingsError as error:
        output.fail(*error.faults)
    print(f"Made a site in {output.one_line(str(directory))}:")
    written = {name if name in _MEANINGS else f"{name.partition('/')[0]}/" for name in names}
    output.card((f"  {name}", meaning) for name, meaning in _MEANINGS.items() if name in written)
    print(_NEXT.format(directory=output.one_line(str(directory))))
