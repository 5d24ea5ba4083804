"""Tidy: bytes older than the site keeps are removed; the ledger's rows stay, so nothing is ever received twice.

So are attempts and bounces of long ago: an address that took no mail is tried again after that time.
"""

from datetime import timedelta

from sqlalchemy import Connection

from mailbot.store import attempts, intake, returned
from mailbot.work.desk import Desk
from mailbot.work.transactions import change

# One sweep holds the database for milliseconds only; the next takes the rest.
SWEEP = 500
TROUBLE = timedelta(days=90)


def tidy(desk: Desk) -> int:
    """Returns how many mails lost their bytes; waiting, held and quarantined ones keep theirs."""
    now = desk.now()
    limit = now - desk.site.retention.raw

    def sweep(conn: Connection) -> int:
        attempts.forget_old(conn, now - TROUBLE, SWEEP)
        returned.forget_old(conn, now - TROUBLE, SWEEP)
        return intake.forget_bytes(conn, limit, SWEEP)

    return change(desk.database, sweep)
