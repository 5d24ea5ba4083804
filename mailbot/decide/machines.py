"""What machines write: kept, noted on its ticket where it points to one, and never answered (RFC 3834 section 2)."""

from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
from mailbot.model import Because, Decision, Outcome


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
