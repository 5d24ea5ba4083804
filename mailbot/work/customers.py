"""The operator's register into the store, and what the store has of it."""

from sqlalchemy import Connection

from mailbot.register import Register
from mailbot.store.engine import Database
from mailbot.store.register import Import, Shown, find_accounts, import_register
from mailbot.work.desk import Refused
from mailbot.work.transactions import change, look

# Design 1.1: an export that lost its tail must not close the customers who stood there.
GUARD = 0.05


def import_customers(database: Database, register: Register, *, close_missing: bool) -> Import:
    """Whole or not at all. Raises Refused where it would close too many accounts and nobody said that it should."""

    def work(conn: Connection) -> Import:
        done = import_register(conn, register)
        if done.closed and len(done.closed) > GUARD * done.open_before and not close_missing:
            raise Refused(
                f"The files lack {len(done.closed)} of {done.open_before} open accounts, more than 5 %, such as "
                f"{', '.join(done.closed[:5])}: nothing was imported. If they are to be closed, say --close-missing."
            )
        return done

    return change(database, work)


def show_customers(database: Database, asked: str) -> tuple[Shown, ...]:
    return look(database, lambda conn: find_accounts(conn, asked))
