"""What people write from the mailbox itself: it lies in its Sent folder, where nobody else could put it.

Its From need not be authenticated for that; the same mail in the inbox would prove nothing.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.decide import labels
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread, customers
from mailbot.decide.repeats import repeated_answer
from mailbot.model import Automatic, Because, Decision, Level, Outcome, Sender, Status, Ticket
from mailbot.parsers import address
from mailbot.sender import agent_of, mailbox_of


def written_here(case: Case, found: Thread | None) -> Decision:
    """An answer to a customer joins its ticket; all else is kept and changes nothing. No mail comes of either."""
    if known_already := repeated_answer(case):
        return known_already
    sender = _sender(case)
    if case.message.automatic is Automatic.OWN:
        return _own(case, "a mail of our own, which the relay or the provider put there")
    if sender is None:
        return _own(case, _nobodys(case))
    believed = replace(case, sender=sender)
    if found is None:
        return _own(believed, "it names no ticket that we know")
    if not _reaches(believed, found.ticket):
        return _own(believed, f"it names {found.ticket.number}, but went to nobody who is a customer there", found)
    return _answered(believed, found)


def _sender(case: Case) -> Sender | None:
    """None where no person wrote it, or From is neither a mailbox of ours nor an agent's."""
    author = case.message.author
    if author is None or case.message.automatic:
        return None
    agent = agent_of(author.address, case.site)
    if agent is None and mailbox_of(author.address, case.site) is None:
        return None
    evidence = f"somebody who works with the mailbox {_mailbox(case)} wrote this there: it lies in its Sent folder"
    return Sender(author.address, Level.AGENT, evidence, (), agent.key if agent else None)


def _nobodys(case: Case) -> str:
    if case.message.automatic:
        return f"a machine wrote it ({case.message.automatic})"
    if case.message.author is None:
        return f"its author cannot be told: {case.message.author_defect}"
    return f"its From, {case.message.author.address}, is neither a mailbox of ours nor an agent's"


def _mailbox(case: Case) -> str:
    own = case.site.mailbox(case.arrival.mailbox)
    return own.address if own else case.arrival.mailbox


def _reaches(case: Case, ticket: Ticket) -> bool:
    """A mail to a colleague or a supplier may name a ticket too. Where nobody knows the customer, it may be anyone."""
    written = {address.key(entry.address) for entry in (*case.message.to, *case.message.cc)}
    parties = {address.key(party) for party in (*customers(case, ticket), ticket.requester) if party}
    if parties:
        return bool(written & parties)
    return any(not mailbox_of(entry, case.site) and not agent_of(entry, case.site) for entry in written)


def _own(case: Case, why: str, found: Thread | None = None) -> Decision:
    ticket = found.ticket if found else None
    reason = f"from the Sent folder of {_mailbox(case)}: {why}; nothing is done about it"
    because = (Because("author", case.sender.evidence), Because("ticket", why), Because("mail", "none"))
    return Decision(Outcome.OWN, reason, case.sender, ticket, ticket, because=because)


def _answered(case: Case, found: Thread) -> Decision:
    """As an answer by mail, but as of when it was written: meanwhile the customer may have replied to it."""
    ticket, at = found.ticket, case.arrival.received_at
    went = max(at, ticket.opened_at)
    after = replace(
        ticket,
        agent=ticket.agent or case.sender.agent,
        first_response_at=min(ticket.first_response_at or went, went),
    )
    since = _since(case, ticket, at)
    # Words answer a customer; what he asked for still waits for its confirmation.
    held = ticket.status is Status.HELD
    if not since:
        after = replace(after, status=ticket.status if held else Status.PENDING, closed_at=None, resolved_at=None)
    state = since or ("it stays held" if held else "it waits for the customer")
    reason = f"answered from the mailbox {_mailbox(case)} itself: {ticket.number}, {state}"
    because = (
        Because("author", case.sender.evidence),
        Because("ticket", f"{ticket.number}: {found.how}; {state}"),
        *_unread(case),
        Because("mail", "none: the customer has it already, and the agents see it on the ticket"),
    )
    return Decision(Outcome.ANSWERED, reason, case.sender, after, ticket, because=because)


def _since(case: Case, ticket: Ticket, at: datetime) -> str:
    if case.known.heard_at and case.known.heard_at > at:
        return f"where the customer has written again since: it stays {ticket.status}"
    if any(moment and moment > at for moment in (ticket.closed_at, ticket.resolved_at)):
        return "which was closed since and stays so"
    return ""


def _unread(case: Case) -> tuple[Because, ...]:
    if case.arrival.oversize is None:
        return ()
    above = labels.above(case.arrival.oversize, case.site.limits.message)
    return (Because("text", f"not read: {above} that are taken in"),)
