"""Who has a mailbox, and whether it can be reached."""

from collections.abc import Collection

from sqlalchemy import Connection

from mailbot.model import Mailbox
from mailbot.store import alarms, intake, leases, line, outages
from mailbot.work.desk import Desk
from mailbot.work.transactions import change, look


def take(desk: Desk, mailbox: Mailbox, *, anew: bool) -> bool:
    """True where this daemon may receive and process for the mailbox during the next minute.

    Taken `anew`, what its last holder had in flight goes back into the line, each delivery alone.
    """
    now = desk.now()

    def work(conn: Connection) -> bool:
        if not leases.take(conn, leases.of(mailbox.key), desk.holder, now):
            return False
        if anew:
            intake.abandon(conn, mailbox.key)
            intake.connected(conn, mailbox.key, None)
        return True

    return change(desk.database, work)


def beat(desk: Desk) -> bool:
    """Says that this daemon lives: its rows in the outbox and its mailboxes are its own as long as it does.

    A mailbox stays its own while a long folder is read, or its server is down: what was received is judged meanwhile.
    """
    now = desk.now()

    def work(conn: Connection) -> bool:
        leases.renew(conn, desk.holder, now)
        return leases.take(conn, f"daemon:{desk.holder}", desk.holder, now)

    return change(desk.database, work)


def is_down(desk: Desk, mailbox: Mailbox, reason: str) -> None:
    """Noted at once; the admin is told when it has lasted (see `tell`)."""
    now = desk.now()

    def work(conn: Connection) -> None:
        outages.begin(conn, outages.of(mailbox.key), reason, now)
        intake.connected(conn, mailbox.key, None)

    change(desk.database, work)


def is_back(desk: Desk, mailbox: Mailbox) -> None:
    """Connected, and all that stood in the folder is received."""
    now = desk.now()

    def work(conn: Connection) -> None:
        intake.connected(conn, mailbox.key, now)
        if outages.end(conn, outages.of(mailbox.key)):
            alarms.call_off(conn, f"down:{outages.of(mailbox.key)}", now)

    change(desk.database, work)


def with_mail(desk: Desk, in_flight: Collection[int]) -> tuple[str, ...]:
    """The mailboxes whose lease this daemon has now, and where more waits than what is in flight."""
    now = desk.now()
    keys = look(desk.database, lambda conn: line.places(conn, desk.holder, now, in_flight))
    return tuple(mailbox.key for mailbox in desk.site.mailboxes if mailbox.key in keys)


def is_held(conn: Connection, desk: Desk, mailbox: str) -> bool:
    """Still: a daemon that slept may have lost it to another since it last looked."""
    return leases.holder_of(conn, leases.of(mailbox), desk.now()) == desk.holder


def leave(desk: Desk) -> None:
    """At the end: others need not wait for the leases to run out."""
    change(desk.database, lambda conn: leases.give_back(conn, desk.holder))


def alone_here(desk: Desk) -> None:
    """On SQLite, where a lock on the file says that no other daemon lives: what the dead one held is free at once."""
    change(desk.database, leases.forget_all)
