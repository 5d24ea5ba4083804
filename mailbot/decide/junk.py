"""Junk (design 1.5.9): kept and listed, no ticket and no mail; a person who releases it undoes that."""

from mailbot.decide.case import Case
from mailbot.model import Because, Decision, Outcome
from mailbot.parsers import address


def junk(case: Case) -> Decision | None:
    why = _why(case)
    if why is None or case.arrival.released:
        return None
    reason = f"{why}; kept, and let pass by `mailbot deliveries release`"
    because = (Because("author", case.sender.evidence), Because("ticket", reason), Because("mail", "none"))
    return Decision(Outcome.JUNK, reason, case.sender, because=because)


def _why(case: Case) -> str | None:
    if case.message.spam:
        return "the site's own filter calls it spam"
    blocked = case.site.security.blocked
    written = (case.message.author.address,) if case.message.author else case.message.claimed
    named = next((name for entry in written for name in address.names(entry) if name in blocked), None)
    return f"{named} stands in [security] blocked" if named else None
