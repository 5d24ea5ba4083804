"""What may have been answered once: mail that a restored database sees anew."""

from dataclasses import replace

from mailbot.decide.case import Case
from mailbot.model import Because, Decision, Draft, Purpose

MAY_HAVE_GONE = "it may have gone out before the database was restored; `mailbot outgoing retry` sends it"
_TO_CUSTOMERS = (Purpose.CUSTOMER, Purpose.ANSWER)


def doubted(case: Case, decision: Decision) -> Decision:
    """Nobody is answered twice: mail to customers is kept back. Agents are told, for they would rather hear it twice.

    What a person sends through again (`round`) is a cause that the lost database did not have.
    """
    until = case.known.doubtful_until
    if not until or case.arrival.round or case.arrival.received_at >= until:
        return decision
    drafts = tuple(map(_withheld, decision.drafts))
    if drafts == decision.drafts:
        return decision
    because = Because("mail", f"kept back: {MAY_HAVE_GONE}")
    return replace(decision, drafts=drafts, because=(*decision.because, because))


def _withheld(draft: Draft) -> Draft:
    if draft.withheld or draft.purpose not in _TO_CUSTOMERS:
        return draft
    return replace(draft, withheld=MAY_HAVE_GONE)
