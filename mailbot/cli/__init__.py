"""The commands: arguments in, output out, no thinking. Each imports what it needs as it runs, so that help is quick."""

import io
import os
import sys
from typing import Annotated

import typer

from mailbot import __version__
from mailbot.cli import customers
from mailbot.cli.backup import backup, restore
from mailbot.cli.check import check
from mailbot.cli.deliveries import deliveries
from mailbot.cli.demo import demo
from mailbot.cli.doctor import doctor
from mailbot.cli.explain import explain
from mailbot.cli.init import init
from mailbot.cli.inspect import inspect
from mailbot.cli.login import login
from mailbot.cli.outgoing import outgoing
from mailbot.cli.output import complain
from mailbot.cli.run import db, run
from mailbot.cli.status import status
from mailbot.cli.tickets import tickets

app = typer.Typer(name="mailbot", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command()(init)
app.command()(check)
app.command()(doctor)
app.command()(inspect)
app.command()(demo)
app.command()(explain)
app.command()(login)
app.command()(run)
app.command()(status)
app.command()(backup)
app.command()(restore)
app.add_typer(customers.app, name="customers")
app.add_typer(tickets, name="tickets")
app.add_typer(deliveries, name="deliveries")
app.add_typer(outgoing, name="outgoing")
app.add_typer(db, name="db")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """An e-mail-driven ticket robot: mail in, tickets and answers out, nothing lost, nothing answered twice."""
    if version:
        print(f"mailbot {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(2)


def main() -> None:
    """Exits with 0 done, 1 a problem was found, 2 wrong use, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file's name or a customer's text may hold what the terminal's encoding has no letter for.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(prog_name="mailbot", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        complain(f"{error.format_message().rstrip('.')} (`mailbot --help` shows how)")
        status = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except BrokenPipeError:
        # The reader has enough (`mailbot tickets list | head`); nothing is left for the flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        status = 1
    sys.exit(status or 0)
