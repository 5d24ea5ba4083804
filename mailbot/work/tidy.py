"""Tidy: bytes older than the site keeps are removed; the ledger's rows stay, so nothing is ever received twice."""

from sqlalchemy import Connection

from mailbot.store import intake
from mailbot.work.desk import Desk
from mailbot.work.transactions import change

# One sweep holds the database for milliseconds only; the next takes the rest.
SWEEP = 500


def tidy(desk: Desk) -> int:
    """Returns how many mails lost their bytes; waiting, held and quarantined ones keep theirs."""
    limit = desk.now() - desk.site.retention.raw

    def sweep(conn: Connection) -> int:
        return intake.forget_bytes(conn, limit, SWEEP)

    return change(desk.database, sweep)
