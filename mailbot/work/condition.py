"""The condition of a site's database and templates, for `mailbot check`: looked at, never made or changed."""

from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.model import Site
from mailbot.render import lint
from mailbot.store import register, schema
from mailbot.store.engine import DatabaseError, connect, insist_on_durability, sentence
from mailbot.work.opening import read_templates
from mailbot.work.transactions import look

_NONE_YET = "none yet: the first `mailbot customers import` or `mailbot run` makes it"


@dataclass(frozen=True, slots=True)
class Condition:
    """`schema` is a phrase. `register` counts open accounts, addresses and services, None where there is none to ask.

    `problem` is one sentence, or "" where the database can be used.
    """

    schema: str
    register: tuple[int, int, int] | None = None
    problem: str = ""


def of_database(url: str) -> Condition:
    try:
        database = connect(url)
    except DatabaseError as error:
        return Condition("unknown", problem=str(error))
    try:
        return Condition(_NONE_YET) if database.is_missing else look(database, _looked)
    except DatabaseError as error:
        return Condition("unusable", problem=str(error))
    except DBAPIError as error:
        return Condition("unknown", problem=f"{database.engine.url.render_as_string()}: {sentence(error)}")
    finally:
        database.engine.dispose()


def _looked(conn: Connection) -> Condition:
    if schema.is_empty(conn):
        return Condition(_NONE_YET)
    schema.insist_on_current(conn)
    insist_on_durability(conn)
    return Condition(f"{schema.head()}, that of this version", register.count(conn))


def of_templates(site: Site) -> tuple[str, ...]:
    """Sentences about the site's own templates: those that are not used because of it, and those left untranslated."""
    templates, unreadable = read_templates(site)
    return (*unreadable, *lint(templates))
