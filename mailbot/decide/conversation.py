"""Which ticket a message belongs to, and who its parties are: asked now, not when our mail went out (T-05)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mailbot import tokens
from mailbot.decide.case import Case
from mailbot.decide.pointers import Named, named
from mailbot.decide.repeats import is_variant
from mailbot.model import Account, Sent, Status, Ticket
from mailbot.parsers import address
from mailbot.sender import mailbox_of


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a message points to, how it does so, and our mail that it answers where it is one.

    `others` are the numbers of tickets that it points to just as plainly.
    """

    ticket: Ticket
    how: str
    sent: Sent | None = None
    by_subject: bool = False
    others: tuple[str, ...] = ()


def thread(case: Case) -> Thread | None:
    """Reply tag first, then Message-IDs, nearest first, then a number in the subject: that one says little."""
    twin = case.known.twin
    if twin and is_variant(case):
        same = next((ticket for ticket in case.known.tickets if ticket.number == twin.ticket), None)
        if same:
            return Thread(same, f"it has the Message-ID of d{twin.delivery} and other content")
    found = next(_pointed(case, case.said), None)
    if not found or not (others := _others(case, found.ticket)):
        return found
    return replace(found, how=f"{found.how}; it points to {', '.join(others)} as well", others=others)


def _pointed(case: Case, said: Named) -> Iterator[Thread]:
    known = case.known
    tickets = {ticket.number: ticket for ticket in known.tickets}
    sent = {entry.tag: entry for entry in known.sent if entry.ticket in tickets}
    tags = [tag for tag, mailbox in said.replies if tag in sent and _is_home(case, tickets, sent[tag], mailbox)]
    for tag in (*tags, *said.tags):
        if (ours := sent.get(tag)) and ours.ticket:
            yield Thread(tickets[ours.ticket], f"it answers our mail “{ours.template}”", ours)
    for entry in said.ids:
        named = [tickets[one.ticket] for one in known.letters if one.message_id == entry and one.ticket in tickets]
        if named:
            # Whoever has seen a Message-ID may write under it as well: that moves nobody else's thread.
            own = next((ticket for ticket in named if is_party(case, ticket)), named[0])
            yield Thread(own, "it answers an earlier letter of the ticket")
    for number in said.numbers:
        if number in tickets:
            yield Thread(tickets[number], "its subject names the ticket", by_subject=True)


def _is_home(case: Case, tickets: dict[str, Ticket], sent: Sent, mailbox: str) -> bool:
    """F-037: the tag of one mailbox's mail is none at another."""
    own = case.site.mailbox(tickets[sent.ticket].mailbox) if sent.ticket else None
    return own is None or own.key == mailbox


def _others(case: Case, ticket: Ticket) -> tuple[str, ...]:
    """F-040. References are history; so are the tickets that this one follows, and the numbers in its own subject."""
    if len(case.known.tickets) < 2:
        return ()
    expected = {*_ancestry(case, ticket), *tokens.ticket_numbers(ticket.subject)}
    direct = _pointed(case, named(replace(case.message, references=()), case.site))
    return tuple(dict.fromkeys(entry.ticket.number for entry in direct if entry.ticket.number not in expected))


def _ancestry(case: Case, ticket: Ticket) -> list[str]:
    followed = {entry.number: entry.predecessor for entry in case.known.tickets}
    numbers = [ticket.number]
    before = ticket.predecessor
    while before and before not in numbers:
        numbers.append(before)
        before = followed.get(before)
    return numbers


def lapsed(case: Case, ticket: Ticket) -> str:
    """Why a reply opens a new ticket that names this one, "" where it joins this one (F-038)."""
    since = ticket.closed_at if ticket.status is Status.CLOSED else None
    if since and case.now - since > case.site.robot.reopen_window:
        return "was closed too long ago to reopen"
    if ticket.number in case.known.idle:
        return f"had no event for {tokens.REPLY_LIFE.days} days"
    return ""


def is_party(case: Case, ticket: Ticket) -> bool:
    """Design 0: the requester; the account's addresses with notify support, or the default; the department's agents."""
    if not case.sender.address:
        return False
    return address.key(case.sender.address) in _keys(parties(case, ticket))


def parties(case: Case, ticket: Ticket) -> tuple[str, ...]:
    agents = (agent.email for agent in case.site.agents if ticket.department in agent.departments)
    return (*customers(case, ticket), *agents)


def customers(case: Case, ticket: Ticket) -> tuple[str, ...]:
    """The parties that are no agents, the requester first; who left the register is none, nor who never was in it."""
    account = _account(case, ticket)
    if account is None:
        return (ticket.requester,) if ticket.requester else ()
    asked = address.key(ticket.requester)
    requester = [entry.email for entry in account.addresses if address.key(entry.email) == asked]
    told = [entry.email for entry in account.addresses if "support" in entry.notify or entry.default]
    return tuple({address.key(email): email for email in (*requester, *told)}.values())


def is_customer(case: Case, ticket: Ticket, email: str) -> bool:
    return address.key(email) in _keys(customers(case, ticket))


def has_left(case: Case, ticket: Ticket) -> bool:
    """The author opened it, and has been taken out of the register since."""
    mine = bool(case.sender.address) and address.key(case.sender.address) == address.key(ticket.requester)
    return mine and not is_party(case, ticket)


def copied(case: Case, ticket: Ticket) -> tuple[str, ...]:
    """The parties beside the requester whom the customer's latest letter came from or went to: they get the answer."""
    latest = next((entry for entry in case.known.addressed if is_customer(case, ticket, entry.author)), None)
    return among(case, ticket, (latest.author, *latest.recipients)) if latest else ()


def among(case: Case, ticket: Ticket, addresses: Iterable[str]) -> tuple[str, ...]:
    """Those that are customers' parties beside the requester, as the register writes them; never one of our own."""
    asked = _keys(addresses) - _keys((ticket.requester,))
    found = (party for party in customers(case, ticket) if address.key(party) in asked)
    return tuple(party for party in found if not mailbox_of(party, case.site))


def beside_us(case: Case) -> tuple[str, ...]:
    """Whom a message names in To and Cc beside our own mailboxes."""
    written = (entry.address for entry in (*case.message.to, *case.message.cc))
    return tuple(entry for entry in written if not mailbox_of(entry, case.site))


def strangers(case: Case, ticket: Ticket, addresses: Iterable[str]) -> tuple[str, ...]:
    """Those that are neither the author's nor parties'."""
    known = _keys((*parties(case, ticket), case.sender.address))
    found = {address.key(entry): entry for entry in addresses}
    return tuple(entry for key, entry in found.items() if key not in known)


def _keys(addresses: Iterable[str]) -> set[str]:
    return {address.key(entry) for entry in addresses if entry}


def _account(case: Case, ticket: Ticket) -> Account | None:
    own = (account for account in case.known.accounts if account.number == ticket.account)
    return next((account for account in own if not account.closed), None)
