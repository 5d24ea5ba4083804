"""What customers write: a new matter, an addition to one, or a reply by somebody who is no party."""

from dataclasses import replace

from mailbot.decide import labels, mails, notices
from mailbot.decide.accounts import choose, confirmed
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread, has_left, is_party, lapsed
from mailbot.decide.loops import declined
from mailbot.model import Because, Decision, Draft, Field, Language, Level, Mailbox, Outcome, Status, Ticket
from mailbot.sender import agent_of


def follow_up(case: Case, found: Thread) -> Decision:
    """A party's reply is added; a closed ticket reopens within the window, and after it a new one names the old."""
    ticket = found.ticket
    if lapsed(case, ticket):
        return open_ticket(case, predecessor=ticket)
    closed = ticket.status is Status.CLOSED
    status = ticket.status if ticket.status in (Status.NEW, Status.HELD) else Status.OPEN
    after = replace(ticket, status=status, closed_at=None, resolved_at=None)
    fields = confirmed(case)
    state = "it was closed and is open again" if closed else f"it is {after.status}"
    reason = f"added to {ticket.number}: {found.how}; {state}"
    return Decision(
        Outcome.APPENDED,
        reason,
        case.sender,
        after,
        ticket,
        fields,
        notices.notices(case, after, fields, _news(case, ticket)),
        (
            Because("author", case.sender.evidence),
            Because("ticket", reason),
            Because("mail", "replies are not acknowledged; the agents get a notice"),
        ),
    )


def _news(case: Case, ticket: Ticket) -> tuple[str, str]:
    if case.arrival.released and not is_party(case, ticket):
        return notices.RELEASED
    if case.sender.address != ticket.requester and agent_of(case.sender.address, case.site):
        return notices.COLLEAGUE
    return notices.REOPENED if ticket.status is Status.CLOSED else notices.REPLY


def hold(case: Case, found: Thread) -> Decision:
    who = case.sender.address or "an author who cannot be told"
    was = f", once registered for account {found.ticket.account}," if has_left(case, found.ticket) else ""
    reason = f"{who}{was} is no party of {found.ticket.number} ({found.how}); not added until somebody releases it"
    return Decision(
        Outcome.HELD,
        reason,
        case.sender,
        found.ticket,
        found.ticket,
        drafts=notices.held(case, found.ticket, confirmed(case)),
        because=(
            Because("author", case.sender.evidence),
            Because("ticket", reason),
            Because("mail", "only the agents are told"),
        ),
    )


def too_large(case: Case, found: Thread | None) -> Decision:
    """Only its header was read, so little is known but who wrote; a registered author is asked for a smaller one."""
    size, limit = case.arrival.oversize or 0, case.site.limits.message
    reason = f"{labels.above(size, limit)} that are taken in; only its header was read"
    drafts, said = _asked_for_less(case)
    ticket = found.ticket if found and is_party(case, found.ticket) else None
    if ticket:
        unread = replace(case, message=replace(case.message, refused=reason))
        drafts += notices.notices(unread, ticket, (), notices.REPLY)
    return Decision(
        Outcome.OVERSIZE,
        reason,
        case.sender,
        ticket,
        ticket,
        drafts=drafts,
        because=(Because("author", case.sender.evidence), Because("ticket", reason), Because("mail", said)),
    )


def _asked_for_less(case: Case) -> tuple[tuple[Draft, ...], str]:
    why = _unanswerable(case)
    if not why and case.sender.level is Level.UNKNOWN:
        why = "the author is not registered"
    if why:
        return (), f"nobody is asked for a smaller one: {why}"
    draft = mails.too_large(case, addressed(case)[0])
    if draft.withheld:
        return (draft,), f"the request for a smaller one is withheld: {draft.withheld}"
    return (draft,), f"{draft.recipient} is asked for a smaller one"


def open_ticket(case: Case, predecessor: Ticket | None = None) -> Decision:
    choice = choose(case)
    mailbox, place = addressed(case)
    fields = confirmed(case)
    ticket = Ticket(
        number=case.known.free[0],
        subject=case.message.subject,
        status=Status.NEW,
        mailbox=mailbox.key,
        department=mailbox.department,
        language=case.message.language or choice.language or case.site.robot.language,
        requester=case.sender.address,
        level=case.sender.level,
        opened_at=case.arrival.received_at,
        account=choice.number,
        predecessor=predecessor.number if predecessor else None,
    )
    acknowledgement, said = acknowledged(case, ticket, fields)
    return Decision(
        Outcome.TICKET_CREATED,
        f"opened {ticket.number} for {ticket.department}",
        case.sender,
        ticket,
        None,
        fields,
        (*acknowledgement, *notices.notices(case, ticket, fields, notices.NEW)),
        (
            Because("author", case.sender.evidence),
            Because("account", choice.sentence),
            Because("ticket", _origin(ticket, lapsed(case, predecessor) if predecessor else "")),
            Because("department", place),
            Because("mail", said),
        ),
    )


def _origin(ticket: Ticket, lapsed: str) -> str:
    if ticket.predecessor:
        return f"new ticket {ticket.number}: {ticket.predecessor}, which it answers, {lapsed}"
    return f"new ticket {ticket.number}: it answers nothing that we know"


def acknowledged(case: Case, ticket: Ticket, fields: tuple[Field, ...]) -> tuple[tuple[Draft, ...], str]:
    """At most one acknowledgement, and the sentence that says why there is one or none."""
    why = _unanswerable(case)
    if why:
        return (), f"no acknowledgement: {why}"
    draft = mails.acknowledgement(case, ticket, fields)
    if draft.withheld:
        return (draft,), f"acknowledgement withheld: {draft.withheld}"
    return (draft,), f"acknowledged to {draft.recipient} in {'French' if draft.language is Language.FR else 'English'}"


def _unanswerable(case: Case) -> str | None:
    """Why nothing automatic goes to the author, None where it may."""
    if not case.sender.address:
        return "there is no one address to answer"
    if case.site.mailbox_of(case.sender.address):
        return "the author's address is one of our own mailboxes"
    if case.sender.level is Level.SUSPECT:
        return "the author may be forged"
    if why := declined(case):
        return why
    if case.now - case.arrival.received_at > case.site.robot.acknowledge_within:
        return "the mail is older than acknowledge_within"
    return None


def addressed(case: Case) -> tuple[Mailbox, str]:
    """The mailbox of our first address in To, then Cc: a letter to two goes one way, whichever is polled first."""
    own = (case.site.mailbox_of(entry.address) for entry in (*case.message.to, *case.message.cc))
    first = next((mailbox for mailbox in own if mailbox), None)
    if first:
        return first, f"{first.department}: {first.address} is our first address in To and Cc"
    polled = case.site.mailbox(case.arrival.mailbox) or case.site.mailboxes[0]
    return polled, f"{polled.department}: it arrived in {polled.address}"
