"""The commands' way to the store: opened for one question or one change, and every refusal as a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mailbot.cli import output

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mailbot.work.desk import Desk

T = TypeVar("T")


def open_desk(site: Path, *, make: bool = False, offline: bool = True, rules: bool = False) -> "Desk":
    """`offline`: without the passwords of the mail servers; `rules`: for who judges or writes a mail.

    Ends the command where the database cannot be used.
    """
    from mailbot.work.opening import open_desk as opened

    with refusals():
        checked = output.load(site, offline=offline, rules=rules)
        return opened(checked.site, checked.rules.policy, make=make)


def ask(desk: "Desk", question: "Callable[[Connection], T]") -> T:
    from mailbot.work.transactions import look

    with refusals():
        return look(desk.database, question)


@contextmanager
def refusals() -> Iterator[None]:
    """What the database or the robot refuses, as one sentence on stderr and status 1."""
    from sqlalchemy.exc import DBAPIError

    from mailbot.store.engine import DatabaseError, sentence
    from mailbot.work.desk import Refused

    try:
        yield
    except (DatabaseError, Refused) as error:
        output.fail(str(error))
    except DBAPIError as error:
        output.fail(sentence(error))
