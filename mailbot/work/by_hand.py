"""What people ask for at the command line: each a change of its own, with an event that says who asked."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.decide.challenges import set_free
from mailbot.decide.notices import handed_over, released
from mailbot.model import Outcome, Status, Ticket
from mailbot.store import alarms, challenges, intake, outbox
from mailbot.store.apply import note, queue, rewrite
from mailbot.store.listing import find_ticket, messages
from mailbot.work.desk import Desk, Refused
from mailbot.work.transactions import change

_CUSTOMERS = (Outcome.TICKET_CREATED, Outcome.APPENDED)


def close(desk: Desk, number: str, by: str) -> Ticket:
    now = desk.now()

    def work(conn: Connection) -> Ticket:
        ticket = _ticket(conn, number)
        if ticket.status is Status.CLOSED:
            raise Refused(f"{number} is closed already.")
        challenges.void(conn, number)
        # What is held was not resolved: a reply that reopens it finds it held.
        resolved = None if ticket.status is Status.HELD else ticket.resolved_at or now
        after = replace(ticket, status=Status.CLOSED, closed_at=now, resolved_at=resolved)
        return _changed(conn, ticket, after, "closed", by, now)

    return change(desk.database, work)


def release(desk: Desk, number: str, by: str) -> Ticket:
    """A sensitive request that is held may be carried out; the agents concerned are told by whom it was let go."""
    now = desk.now()

    def work(conn: Connection) -> Ticket:
        ticket = _ticket(conn, number)
        if ticket.status is not Status.HELD:
            raise Refused(f"{number} is not held: it is {ticket.status}.")
        challenges.void(conn, number)
        after = _changed(conn, ticket, replace(ticket, status=set_free(ticket)), "released", by, now)
        drafts = released(f"released:{number}:{now.isoformat()}", after, by, desk.policy, desk.site)
        queue(conn, [desk.press.render(draft, now) for draft in drafts], now)
        return after

    return change(desk.database, work)


def assign(desk: Desk, number: str, agent: str, by: str) -> Ticket:
    """The agent gets a notice, so that he can answer by replying to it."""
    now = desk.now()
    chosen = next((entry for entry in desk.site.agents if agent in (entry.key, entry.email)), None)
    if chosen is None:
        names = ", ".join(entry.key for entry in desk.site.agents) or "nobody"
        raise Refused(f"There is no agent {agent} in agents.toml; it names {names}.")

    def work(conn: Connection) -> Ticket:
        ticket = _ticket(conn, number)
        if ticket.department not in chosen.departments:
            raise Refused(f"{chosen.name} is not in department {ticket.department}, so his answers would be refused.")
        after = _changed(conn, ticket, replace(ticket, agent=chosen.key), "assigned", by, now)
        cause = f"assigned:{number}:{now.isoformat()}"
        draft = handed_over(cause, after, chosen, _latest(conn, number), desk.policy, desk.site)
        queue(conn, [desk.press.render(draft, now)], now)
        return after

    return change(desk.database, work)


def _latest(conn: Connection, number: str) -> str:
    """What the customer wrote last, as far as it is kept."""
    said = (entry for entry in reversed(messages(conn, number)) if entry.outcome in _CUSTOMERS)
    return next((entry.new_text.strip() for entry in said), "")


def _ticket(conn: Connection, number: str) -> Ticket:
    found = find_ticket(conn, number, lock=True)
    if found is None:
        raise Refused(f"There is no ticket {number}.")
    return found.ticket


def _changed(conn: Connection, before: Ticket, after: Ticket, kind: str, by: str, now: datetime) -> Ticket:
    rewrite(conn, [after])
    note(conn, f"{kind}:{after.number}:{now.isoformat()}", before, after, kind, by, now)
    return after


def retry_delivery(desk: Desk, id_: int) -> None:
    now = desk.now()

    def work(conn: Connection) -> bool:
        again = intake.try_again(conn, id_)
        if again:
            alarms.call_off(conn, alarms.quarantine(id_), now)
        return again

    if not change(desk.database, work):
        raise Refused(
            f"d{id_} is not in quarantine, or its bytes are no longer kept: see `mailbot deliveries show {id_}`."
        )


def release_delivery(desk: Desk, id_: int) -> None:
    if not change(desk.database, lambda conn: intake.release(conn, id_)):
        raise Refused(
            f"d{id_} is neither held nor junk, or its bytes are no longer kept: see `mailbot deliveries show {id_}`."
        )


def retry_outgoing(desk: Desk, id_: int) -> None:
    if not change(desk.database, lambda conn: outbox.try_again(conn, id_, desk.now())):
        raise Refused(f"There is no outgoing mail {id_}, or it was sent already: see `mailbot outgoing list`.")
