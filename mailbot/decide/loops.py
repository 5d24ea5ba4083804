"""Mail that goes in circles: our own addresses as authors, letters that passed too many hosts, programs on guard."""

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.decide.case import Case
from mailbot.model import Because, Concern, Decision, Mailbox, Outcome
from mailbot.parsers import address
from mailbot.sender import mailbox_of

# RFC 5321 section 6.3 leaves the number to each host: sendmail's is 25, and honest mail passes less than ten.
HOPS = 25
# So many mails that one mailbox of ours writes to us in so short a time are no colleague's.
CIRCLE = 10
CIRCLING = timedelta(minutes=10)

_UNANSWERED = ("postmaster", "mailer-daemon")


def declined(case: Case) -> str | None:
    """Why a mail gets no automatic answer for what it says itself, though a person may have written it."""
    message = case.message
    if message.declines:
        return "its author's program asks for none (X-Auto-Response-Suppress)"
    if message.hops > HOPS:
        return f"it passed {message.hops} hosts, as only mail does that goes in circles"
    if address.key(case.sender.address).partition("@")[0] in _UNANSWERED:
        return "postmasters get no automatic mail"
    return None


def circling(case: Case) -> Decision | None:
    """F-058: our mailboxes forward to each other, and every copy is a new mail of our own address."""
    own = own_mailbox(case)
    if own is None or case.arrival.released or len(_of_late(case)) < CIRCLE:
        return None
    reason = f"{own.address} wrote to us {CIRCLE} times in ten minutes: our mailboxes may forward to each other"
    because = (Because("author", case.sender.evidence), Because("ticket", reason), Because("mail", "none"))
    sentence = (
        f"mailbox {own.key} may be in a loop: {reason}. What follows is held and brings no mail to anybody; look at"
        " the forwarding rules of your mailboxes, then see `mailbot deliveries list --outcome held`."
    )
    return Decision(
        Outcome.HELD, reason, case.sender, because=because, concerns=(Concern(f"loop:{own.key}", sentence),)
    )


def _of_late(case: Case) -> list[datetime]:
    until = case.arrival.received_at
    return [at for at in case.known.heard if until - CIRCLING < at <= until]


def own_mailbox(case: Case) -> Mailbox | None:
    """The mailbox of ours whose address the author uses, in a mail that is not one of our own."""
    author = case.message.author
    return mailbox_of(author.address, case.site) if author and not case.arrival.sent else None


def told(case: Case, decision: Decision) -> Decision:
    """The admin hears of mail that looks like a loop, each kind once a day."""
    if decision.outcome in (Outcome.OWN, Outcome.BEFORE_START) or case.arrival.sent:
        return decision
    concerns = (*_own_address(case), *_hops(case))
    return replace(decision, concerns=(*decision.concerns, *concerns)) if concerns else decision


def _own_address(case: Case) -> tuple[Concern, ...]:
    own = own_mailbox(case)
    if own is None:
        return ()
    sentence = (
        f"mail came from our own address {own.address}: d{case.arrival.id} in mailbox {case.arrival.mailbox} says that"
        " it is from there, and it is none of ours. A colleague wrote it there, a rule forwards it, or it is forged;"
        f" it is not answered. See `mailbot deliveries show {case.arrival.id}`."
    )
    return (Concern(f"own:{own.key}", sentence),)


def _hops(case: Case) -> tuple[Concern, ...]:
    if case.message.hops <= HOPS:
        return ()
    sentence = (
        f"mail goes in circles: d{case.arrival.id} in mailbox {case.arrival.mailbox} passed {case.message.hops} hosts."
        f" It is not answered; see `mailbot deliveries show {case.arrival.id}`, and where it is forwarded."
    )
    return (Concern("hops", sentence),)
