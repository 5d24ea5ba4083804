"""Delivery reports and complaints: which mail of ours came back, what that says of its address, who must know of it.

Anybody can write a report, and our Message-IDs travel on in answers and quotes. So a report speaks only of the address
that our own row names, never of one that it names itself; and it counts against that address only if it returns the
proof in our mail's header, which none but the servers on its way and its recipient have seen, names that address as
the one that failed, and comes while servers still try (RFC 5321 section 4.5.4.1).
"""

from dataclasses import replace
from datetime import timedelta

from mailbot import tokens
from mailbot.decide import notices
from mailbot.decide.case import Case
from mailbot.decide.reachable import kind_of
from mailbot.decide.routes import Routes, outlook
from mailbot.model import (
    UNHEARD,
    Because,
    Bounce,
    BounceKind,
    Concern,
    Decision,
    Draft,
    Outcome,
    Purpose,
    Report,
    ReportedRecipient,
    Sent,
    Site,
    Ticket,
)
from mailbot.parsers import address
from mailbot.sender import agent_of

# Our own five days of trying, five of the relay's, and some for the way back.
LATEST = timedelta(days=14)


def record_report(case: Case, report: Report) -> Decision:
    """RFC 3464: noted on the ticket of the mail that bounced; never a ticket of its own, never answered."""
    sent = _returned(case)
    if sent is None:
        reason = _unknown(report)
        outcome = Outcome.AUTOMATIC if report.complaint else Outcome.BOUNCE
        return Decision(outcome, reason, case.sender, because=(Because("ticket", reason),))
    return _complained(case, report, sent) if report.complaint else _bounced(case, report, sent)


def _returned(case: Case) -> Sent | None:
    """Only tags that we made are known. Of several the one that is proven, else the nearest."""
    known = {sent.tag: sent for sent in case.known.sent}
    found = [known[tag] for tag in (*(tag for tag, _ in case.said.replies), *case.said.tags) if tag in known]
    return next((sent for sent in found if _proves(case, sent)), next(iter(found), None))


def _proves(case: Case, sent: Sent) -> bool:
    report = case.message.report
    return report is not None and tokens.proof(case.site.security.key, sent.tag) in report.proofs


def _unknown(report: Report) -> str:
    if report.complaint:
        return "a complaint that does not say which mail of ours it is about; kept, nothing follows from it"
    named = ", ".join(entry.address for entry in report.recipients[:3])
    about = f"; it names {named}" if named else ""
    if report.message_id or report.tags:
        return f"a delivery report about no mail of ours{about}: we never sent what it returns"
    return f"a delivery report that does not say which mail came back{about}; that proves nothing"


def _bounced(case: Case, report: Report, sent: Sent) -> Decision:
    ticket = _ticket(case, sent)
    failed = [entry for entry in report.recipients if entry.action == "failed"]
    named = next((entry for entry in failed if address.key(entry.address) == address.key(sent.recipient)), None)
    said = _said(named or next(iter(failed or report.recipients), None))
    counted, why = _counted(case, sent, named)
    reason = f"our mail “{sent.template}” to {sent.recipient} came back: {said}; {_where(ticket)}; {why}"
    drafts = _undelivered(case, sent, ticket, said, counted) if failed else ()
    concerns = _concerns(case, sent, said) if failed else ()
    return Decision(
        Outcome.BOUNCE,
        reason,
        case.sender,
        ticket,
        ticket,
        drafts=drafts,
        because=(
            Because("author", "a mail server reports"),
            Because("ticket", reason),
            Because("mail", _told(drafts, concerns)),
        ),
        bounced=(sent.tag,) if failed else (),
        bounces=counted,
        concerns=concerns,
    )


def _counted(case: Case, sent: Sent, named: ReportedRecipient | None) -> tuple[tuple[Bounce, ...], str]:
    """What it says of the address, and the sentence that tells why it counts or not."""
    if named is None:
        return (), "it does not say that this address failed for good"
    kind = kind_of(named.status, named.diagnostic)
    if kind is None:
        return (), "nothing shows that the address is at fault for good"
    if not _proves(case, sent):
        return (), "it does not return the mail's own header, so nothing counts against the address"
    if case.now - sent.created_at > LATEST:
        return (), "it comes too late to count against the address"
    bounce = Bounce(sent.tag, sent.recipient, kind, named.status, named.diagnostic, case.now)
    missing = "the address does not exist" if kind is BounceKind.MISSING else "the address refuses our mail"
    return (bounce,), f"{missing}, which counts"


def _undelivered(
    case: Case, sent: Sent, ticket: Ticket | None, said: str, counted: tuple[Bounce, ...]
) -> tuple[Draft, ...]:
    """Once for each mail: anybody who has seen its Message-ID may send a thousand reports."""
    if not awaited(sent.purpose, sent.recipient, case.site) or sent.bounced or ticket is None:
        return ()
    drafts = notices.undelivered(case.arrival.cause, ticket, sent.recipient, said, case.policy, case.site)
    if sent.purpose is Purpose.CHALLENGE:
        return drafts
    routes = Routes(case.known.accounts, (*case.known.bounces, *counted))
    return with_outlook(drafts, routes, ticket, sent.recipient)


def awaited(purpose: Purpose, recipient: str, site: Site) -> bool:
    """Whether the customer's reply to it is waited for: then agents must know that he never read it."""
    return purpose in (Purpose.ANSWER, Purpose.CHALLENGE) and agent_of(recipient, site) is None


def with_outlook(drafts: tuple[Draft, ...], routes: Routes, ticket: Ticket, email: str) -> tuple[Draft, ...]:
    """With what becomes of further mail to this address, where that is known."""
    words = outlook(routes, ticket, email)
    return tuple(replace(draft, lines=(words.of(draft.language),)) for draft in drafts) if words else drafts


def _concerns(case: Case, sent: Sent, said: str) -> tuple[Concern, ...]:
    """A notice that nobody reads is a ticket that nobody sees; and who hears of that if not the admin does not."""
    if sent.purpose is Purpose.ADMIN:
        sentence = (
            f"mail to the administrator comes back: {sent.recipient} ({said}). Correct admin in mailbot.toml, or the"
            " mailbox; until then only `mailbot status` tells what goes wrong."
        )
        return (Concern(f"{UNHEARD}{address.key(sent.recipient)}", sentence),)
    if agent_of(sent.recipient, case.site) is None and sent.purpose not in (Purpose.NOTICE, Purpose.AGENT):
        return ()
    sentence = (
        f"mail to an agent comes back: {sent.recipient}, {said}. Correct the address in agents.toml or see to the"
        " mailbox, and look with `mailbot tickets list` for what waits."
    )
    return (Concern(f"bounced:{address.key(sent.recipient)}", sentence),)


def _complained(case: Case, report: Report, sent: Sent) -> Decision:
    """RFC 5965: what is automatic goes there no more, until the address writes to us."""
    ticket = _ticket(case, sent)
    proven = _proves(case, sent)
    bounce = Bounce(sent.tag, sent.recipient, BounceKind.COMPLAINT, "", "somebody called our mail spam", case.now)
    what = "no automatic mail goes there until it writes to us" if proven else "nothing proves it, so nothing follows"
    reason = f"a complaint about our mail “{sent.template}” to {sent.recipient}; {_where(ticket)}; {what}"
    because = (Because("author", case.sender.evidence), Because("ticket", reason), Because("mail", "none"))
    bounces = (bounce,) if proven else ()
    return Decision(Outcome.AUTOMATIC, reason, case.sender, ticket, ticket, because=because, bounces=bounces)


def _ticket(case: Case, sent: Sent) -> Ticket | None:
    return next((ticket for ticket in case.known.tickets if ticket.number == sent.ticket), None)


def _where(ticket: Ticket | None) -> str:
    return f"noted on {ticket.number}" if ticket else "it belongs to no ticket"


def _said(entry: ReportedRecipient | None) -> str:
    """The server's words where there are some: they say more than our own would."""
    if entry is None:
        return "no reason given"
    if entry.diagnostic:
        return entry.diagnostic if entry.status in entry.diagnostic else f"{entry.status} {entry.diagnostic}"
    return f"{entry.action} {entry.status}".strip()


def _told(drafts: tuple[Draft, ...], concerns: tuple[Concern, ...]) -> str:
    if drafts:
        return "the agents are told that it did not arrive"
    return "the admin is told" if concerns else "none: reports are never answered"
