"""What machines write: kept, noted on its ticket where it points to one, and never answered (RFC 3834 section 2)."""

from mailbot.decide import notices
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
from mailbot.model import Because, Decision, Draft, Outcome, Purpose, Report


def note_own(case: Case) -> Decision:
    reason = "a mail of our own came back; it is not answered"
    return Decision(Outcome.OWN, reason, case.sender, because=(Because("author", reason),))


def note_automatic(case: Case, found: Thread | None) -> Decision:
    ticket = found.ticket if found else None
    where = f"noted on {found.ticket.number}: {found.how}" if found else "it points to no ticket"
    return Decision(
        Outcome.AUTOMATIC,
        f"{case.sender.evidence}; never answered; {where}",
        case.sender,
        ticket,
        ticket,
        because=(
            Because("author", case.sender.evidence),
            Because("ticket", where),
            Because("mail", "none: machines are never answered (RFC 3834)"),
        ),
    )


def record_report(case: Case, report: Report, found: Thread | None) -> Decision:
    """RFC 3464: noted on the ticket of the mail that bounced; an agent learns that his answer did not arrive."""
    if found is None or found.sent is None:
        reason = "a delivery report about no mail of ours"
        return Decision(Outcome.BOUNCE, reason, case.sender, because=(Because("ticket", reason),))
    sent, said = found.sent, _said(report)
    failed = any(recipient.action == "failed" for recipient in report.recipients)
    drafts: tuple[Draft, ...] = ()
    if failed and sent.purpose is Purpose.ANSWER:
        drafts = notices.undelivered(case.arrival.cause, found.ticket, sent.recipient, said, case.policy, case.site)
    reason = f"our mail “{sent.template}” to {sent.recipient} came back: {said}; noted on {found.ticket.number}"
    told = "the agents are told that the answer did not arrive" if drafts else "none: reports are never answered"
    return Decision(
        Outcome.BOUNCE,
        reason,
        case.sender,
        found.ticket,
        found.ticket,
        drafts=drafts,
        because=(Because("author", "a mail server reports"), Because("ticket", reason), Because("mail", told)),
        bounced=(sent.tag,) if failed else (),
    )


def _said(report: Report) -> str:
    said = [f"{entry.action} {entry.status}".strip() for entry in report.recipients[:5]]
    return ", ".join(dict.fromkeys(said)) or "returned"
