"""What customers write: a new matter, an addition to one, or a reply by somebody who is no party."""

from dataclasses import replace

from mailbot.decide import labels, mails, notices
from mailbot.decide.accounts import Choice, choose, confirmed
from mailbot.decide.asking import Question, ask
from mailbot.decide.authority import Act, Right, right
from mailbot.decide.case import Case
from mailbot.decide.challenges import voided
from mailbot.decide.conversation import Thread, has_left, is_party, lapsed
from mailbot.decide.loops import declined
from mailbot.decide.request import addition, reasons, request
from mailbot.model import (
    Because,
    Challenge,
    Decision,
    Draft,
    Field,
    Language,
    Level,
    Mailbox,
    Outcome,
    Request,
    RequestClass,
    Status,
    Ticket,
)
from mailbot.parsers import address
from mailbot.sender import agent_of, mailbox_of


def follow_up(case: Case, found: Thread) -> Decision:
    """A party's reply is added; a closed ticket reopens within the window, and after it a new one names the old."""
    ticket = found.ticket
    if lapsed(case, ticket):
        return open_ticket(case, predecessor=ticket)
    asked = addition(case)
    choice = _named_now(case, ticket)
    after = _continued(case, replace(ticket, account=choice.number) if choice else ticket, asked)
    held = after.status is Status.HELD
    fields = confirmed(case)
    closed = ticket.status is Status.CLOSED
    state = "it was closed and is open again" if closed and not held else f"it is {after.status}"
    reason = f"added to {ticket.number}: {found.how}; {state}"
    # What was asked was about another text than the one that the request has now (design 1.5.3).
    question = ask(case, after) if held else None
    said = f"replies are not acknowledged; {_told(question)}" if question else _TOLD
    news = _news(case, ticket, after)
    return Decision(
        Outcome.APPENDED,
        reason,
        case.sender,
        after,
        ticket,
        fields,
        (*_asking(question), *notices.notices(case, after, fields, news, question.said if question else None)),
        (
            Because("author", case.sender.evidence),
            *((Because("account", choice.sentence),) if choice else ()),
            Because("ticket", reason),
            *((reasons(asked),) if asked.mentions else ()),
            Because("mail", said),
        ),
        challenges=(*voided(case, ticket), *_asked(question)),
    )


def _continued(case: Case, ticket: Ticket, asked: Request) -> Ticket:
    """What is sensitive is held wherever it is written: also as a reply about something else."""
    if _is_held(case, asked) and not _is_talk_of_it(case, ticket, asked):
        # What was confirmed was another text.
        level = case.sender.level if ticket.level is Level.CONFIRMED else ticket.level
        ticket = replace(ticket, status=Status.HELD, klass=asked.klass, intent=asked.intent, level=level)
    kept = Status.NEW if ticket.status is Status.NEW else Status.OPEN
    return replace(ticket, status=Status.HELD if _waits(ticket) else kept, closed_at=None, resolved_at=None)


def _is_talk_of_it(case: Case, ticket: Ticket, asked: Request) -> bool:
    """Thanks for an address that was changed ask for no other, if they are his; and a colleague asks for nothing."""
    same = ticket.klass == RequestClass.SENSITIVE and ticket.intent == asked.intent
    his = case.sender.level in (Level.AUTHENTICATED, Level.CONFIRMED, Level.AGENT, Level.AGENT_CONFIRMED)
    return (same and his) or case.sender.agent is not None


def _waits(ticket: Ticket) -> bool:
    """Held, or closed while it was: such a ticket was never resolved (work.by_hand)."""
    if ticket.status is not Status.CLOSED:
        return ticket.status is Status.HELD
    return ticket.klass == RequestClass.SENSITIVE and ticket.level is not Level.CONFIRMED and not ticket.resolved_at


_TOLD = "replies are not acknowledged; the agents get a notice"


def _named_now(case: Case, ticket: Ticket) -> Choice | None:
    """The requester's answer to our one question is kept for the thread."""
    his = address.key(case.sender.address) == address.key(ticket.requester) if case.sender.address else False
    if ticket.account or not his or right(case.sender.level, Act.ACCOUNT) is Right.NO:
        return None
    choice = choose(case)
    return choice if choice.named else None


def _asking(question: Question | None) -> tuple[Draft, ...]:
    return (question.draft,) if question and question.draft else ()


def _asked(question: Question | None) -> tuple[Challenge, ...]:
    return (question.challenge,) if question and question.challenge else ()


def _told(question: Question) -> str:
    return f"confirmation {question.said.en}; the agents get a notice"


def _news(case: Case, ticket: Ticket, after: Ticket) -> tuple[str, str]:
    if case.arrival.released and not is_party(case, ticket):
        return notices.RELEASED
    colleague = case.sender.address != ticket.requester and agent_of(case.sender.address, case.site)
    if colleague and case.sender.agent:
        return notices.COLLEAGUE
    if after.status is Status.HELD:
        return notices.STILL_HELD if ticket.status is Status.HELD else notices.HELD
    if colleague:
        return notices.UNPROVEN
    return notices.REOPENED if ticket.status is Status.CLOSED else notices.REPLY


def joins(case: Case, ticket: Ticket) -> bool:
    """Parties do, but for one who may be forged while the holder is asked: he would end the question, or change it."""
    if case.arrival.released:
        return True
    return is_party(case, ticket) and not (ticket.status is Status.HELD and case.sender.level is Level.SUSPECT)


def hold(case: Case, found: Thread) -> Decision:
    who = case.sender.address or "an author who cannot be told"
    was = f", once registered for account {found.ticket.account}," if has_left(case, found.ticket) else ""
    reason = f"{who}{was} is no party of {found.ticket.number} ({found.how}); not added until somebody releases it"
    if is_party(case, found.ticket):
        why = f"{who} may be a forger, and {found.ticket.number} waits for its confirmation ({found.how})"
        reason = f"{why}; not added until somebody releases it"
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
    asked = request(case)
    ticket = _new(case, asked, choice, mailbox, predecessor)
    question = ask(case, ticket, choice.among) if ticket.status is Status.HELD else None
    acknowledgement, said = answered_at_once(case, ticket, fields, choice, question)
    news = notices.HELD if ticket.status is Status.HELD else notices.NEW
    return Decision(
        Outcome.TICKET_CREATED,
        f"opened {ticket.number} for {ticket.department}",
        case.sender,
        ticket,
        None,
        fields,
        (*acknowledgement, *notices.notices(case, ticket, fields, news, question.said if question else None)),
        (
            Because("author", case.sender.evidence),
            Because("account", choice.sentence),
            Because("ticket", _origin(ticket, lapsed(case, predecessor) if predecessor else "")),
            reasons(asked),
            Because("department", place),
            Because("mail", said),
        ),
        challenges=_asked(question),
    )


def _new(case: Case, asked: Request, choice: Choice, mailbox: Mailbox, predecessor: Ticket | None) -> Ticket:
    return Ticket(
        number=case.known.free[0],
        subject=case.message.subject,
        status=Status.HELD if _is_held(case, asked) else Status.NEW,
        mailbox=mailbox.key,
        department=mailbox.department,
        language=case.message.language or choice.language or case.site.robot.language,
        requester=case.sender.address,
        level=case.sender.level,
        opened_at=case.arrival.received_at,
        account=choice.number,
        klass=asked.klass,
        intent=asked.intent,
        predecessor=predecessor.number if predecessor else None,
    )


def _is_held(case: Case, asked: Request) -> bool:
    """Design 1.5.1: seen by agents, its clock runs, but nothing is done about it before somebody answers for it."""
    sensitive = asked.klass is RequestClass.SENSITIVE
    return sensitive and right(case.sender.level, Act.SENSITIVE) is not Right.YES


def _origin(ticket: Ticket, lapsed: str) -> str:
    held = "; held until it is confirmed" if ticket.status is Status.HELD else ""
    if ticket.predecessor:
        return f"new ticket {ticket.number}: {ticket.predecessor}, which it answers, {lapsed}{held}"
    return f"new ticket {ticket.number}: it answers nothing that we know{held}"


def answered_at_once(
    case: Case, ticket: Ticket, fields: tuple[Field, ...], choice: Choice, question: Question | None
) -> tuple[tuple[Draft, ...], str]:
    """At most one mail to the author, and the sentence that says which, or why none."""
    asking = _asking(question)
    if question and question.challenge and address.key(question.challenge.recipient) == address.key(ticket.requester):
        return asking, f"confirmation {question.said.en}; that takes the place of an acknowledgement"
    said = f"; confirmation {question.said.en}" if question else ""
    why = _unanswerable(case)
    if why:
        return asking, f"no acknowledgement: {why}{said}"
    draft = mails.acknowledgement(case, ticket, fields, choice.among)
    if draft.withheld:
        return (draft, *asking), f"acknowledgement withheld: {draft.withheld}{said}"
    language = "French" if draft.language is Language.FR else "English"
    asked = f", who is asked which account is meant: {' or '.join(choice.among)}" if choice.among else ""
    return (draft, *asking), f"acknowledged to {draft.recipient} in {language}{asked}{said}"


def _unanswerable(case: Case) -> str | None:
    """Why nothing automatic goes to the author, None where it may."""
    if not case.sender.address:
        return "there is no one address to answer"
    if mailbox_of(case.sender.address, case.site):
        return "the author's address is one of our own mailboxes"
    if right(case.sender.level, Act.ACKNOWLEDGE) is Right.NO:
        return "the author may be forged"
    if why := declined(case):
        return why
    if case.is_late:
        return "the mail is older than acknowledge_within"
    return None


def addressed(case: Case) -> tuple[Mailbox, str]:
    """The mailbox of our first address in To, then Cc: a letter to two goes one way, whichever is polled first."""
    own = (mailbox_of(entry.address, case.site) for entry in (*case.message.to, *case.message.cc))
    first = next((mailbox for mailbox in own if mailbox), None)
    if first:
        return first, f"{first.department}: {first.address} is our first address in To and Cc"
    polled = case.site.mailbox(case.arrival.mailbox) or case.site.mailboxes[0]
    return polled, f"{polled.department}: it arrived in {polled.address}"
