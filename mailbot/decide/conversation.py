"""Which ticket a message belongs to, and whether its author is one of that ticket's parties."""

from dataclasses import dataclass

from mailbot.decide.case import Case
from mailbot.decide.pointers import named
from mailbot.decide.repeats import is_variant
from mailbot.model import Account, Sent, Ticket
from mailbot.parsers import address


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a message points to, how it does so, and our mail that it answers where it is one."""

    ticket: Ticket
    how: str
    sent: Sent | None = None
    by_subject: bool = False


def thread(case: Case) -> Thread | None:
    """Reply tag first, then Message-IDs, nearest first, then a number in the subject: that one says little."""
    known = case.known
    tickets = {ticket.number: ticket for ticket in known.tickets}
    if known.twin and known.twin.ticket in tickets and is_variant(case):
        return Thread(tickets[known.twin.ticket], f"it has the Message-ID of d{known.twin.delivery} and other content")
    said = named(case.message, case.site)
    sent = {entry.tag: entry for entry in known.sent}
    for tag in said.tags:
        if tag in sent and (number := sent[tag].ticket) in tickets:
            return Thread(tickets[number], f"it answers our mail “{sent[tag].template}”", sent[tag])
    letters = {letter.message_id: letter.ticket for letter in known.letters}
    for entry in said.ids:
        if (number := letters.get(entry)) in tickets:
            return Thread(tickets[number], "it answers an earlier letter of the ticket")
    for number in said.numbers:
        if number in tickets:
            return Thread(tickets[number], "its subject names the ticket", by_subject=True)
    return None


def is_party(case: Case, ticket: Ticket) -> bool:
    """Design 0: the requester; the account's addresses with notify support, or the default; the department's agents."""
    if not case.sender.address:
        return False
    key = address.key(case.sender.address)
    return any(address.key(party) == key for party in parties(case, ticket))


def parties(case: Case, ticket: Ticket) -> tuple[str, ...]:
    agents = (agent.email for agent in case.site.agents if ticket.department in agent.departments)
    return (*customers(case, ticket), *agents)


def customers(case: Case, ticket: Ticket) -> tuple[str, ...]:
    """The parties that are no agents."""
    account = _account(case, ticket)
    registered = (
        entry.email for entry in (account.addresses if account else ()) if "support" in entry.notify or entry.default
    )
    return tuple(party for party in (ticket.requester, *registered) if party)


def _account(case: Case, ticket: Ticket) -> Account | None:
    own = (account for account in case.known.accounts if account.number == ticket.account)
    return next((account for account in own if not account.closed), None)
