"""The same letter again, and letters that were there before the robot was."""

from dataclasses import replace
from datetime import timedelta

from mailbot.decide.case import Case
from mailbot.model import Because, Decision, Level, Outcome, StartMode, Twin
from mailbot.parsers import address

VARIANT_WINDOW = timedelta(hours=24)


def repeated(case: Case) -> Decision | None:
    """What to do about a letter that we know, or that was here before us; None about any other."""
    if _is_from_before_start(case):
        reason = "older than the first connection to this mailbox"
        return Decision(Outcome.BEFORE_START, reason, case.sender, because=(Because("ticket", reason),))
    twin = case.known.twin
    return _duplicate(case, twin) if twin and twin.same_content and not _is_first_heard(case, twin) else None


def _is_first_heard(case: Case, twin: Twin) -> bool:
    """A filter, a list or a forwarder marks one copy and not the other, or somebody forged the one that came first."""
    again = case.arrival.rescan or (twin.ticket and case.sender.level is Level.SUSPECT)
    return twin.unheard and not again


def repeated_answer(case: Case) -> Decision | None:
    """The same of what lay in a Sent folder. A copy in the inbox is no answer yet, so it does not stand in the way.

    The mail program and the server may both have put it there, not always letter for letter.
    """
    twin = case.known.twin
    if twin and twin.sent and (twin.same_content or is_variant(case)):
        return _duplicate(case, twin)
    return repeated(replace(case, known=replace(case.known, twin=None)))


def _duplicate(case: Case, twin: Twin) -> Decision:
    ticket = next((entry for entry in case.known.tickets if entry.number == twin.ticket), None)
    reason = f"the same letter as d{twin.delivery}"
    return Decision(Outcome.DUPLICATE, reason, case.sender, ticket, ticket, because=(Because("ticket", reason),))


def is_variant(case: Case) -> bool:
    """One Message-ID, one author, another content within a day: one path added a subject tag or a footer (RC-02)."""
    twin, author = case.known.twin, case.message.author
    if not twin or not author or (twin.same_content and not twin.unheard):
        return False
    near = abs(case.arrival.received_at - twin.received_at) <= VARIANT_WINDOW
    return near and address.key(twin.author) == address.key(author.address)


def _is_from_before_start(case: Case) -> bool:
    """Found again after the server renumbered its folder, but our border had stamped it before the first connection.

    INTERNALDATE may not have survived the renumbering; the topmost Received field has (RFC 5321 section 4.4).
    """
    stamped, horizon = case.message.received_at, case.known.horizon
    if case.arrival.sent:
        # What was never delivered has no Received field, and our own people's clocks tell the day well enough.
        stamped = case.message.date
    mailbox = case.site.mailbox(case.arrival.mailbox)
    if not (case.arrival.rescan and horizon and stamped and mailbox and mailbox.start.mode is StartMode.NEW):
        return False
    return stamped < horizon and case.known.twin is None
