"""What to do about one message: the whole judgement in reading order. No I/O, no clock, no chance."""

from datetime import datetime

from mailbot.decide.agents import answer, is_from_agent
from mailbot.decide.asking import unasked
from mailbot.decide.attempts import counted
from mailbot.decide.budget import within_budget
from mailbot.decide.case import Case
from mailbot.decide.challenges import answered
from mailbot.decide.conversation import Thread, thread
from mailbot.decide.customers import follow_up, hold, joins, open_ticket, too_large
from mailbot.decide.junk import junk
from mailbot.decide.loops import circling, told
from mailbot.decide.machines import note_automatic, note_own
from mailbot.decide.pointers import named, pointers
from mailbot.decide.repeats import repeated
from mailbot.decide.restored import doubted
from mailbot.decide.returned import record_report
from mailbot.decide.routes import routed
from mailbot.decide.webmail import written_here
from mailbot.model import Arrival, Automatic, Decision, Known, Message, Policy, Site
from mailbot.sender import identify

__all__ = ["decide", "pointers"]


def decide(arrival: Arrival, message: Message, known: Known, policy: Policy, site: Site, now: datetime) -> Decision:
    sender, said = identify(message, known, site, arrival.mailbox), named(message, site)
    case = Case(arrival, message, sender, known, policy, site, now, said)
    found = thread(case)
    judged = written_here(case, found) if arrival.sent else received(case, found)
    return doubted(case, unasked(case, within_budget(case, routed(case, told(case, counted(case, found, judged))))))


def received(case: Case, found: Thread | None) -> Decision:
    """Each line is a sentence of the manual, and their order is the precedence."""
    message = case.message
    if known_already := repeated(case):
        return known_already
    if message.automatic is Automatic.OWN:
        return note_own(case)
    if unwanted := junk(case):
        return unwanted
    if in_circles := circling(case):
        return in_circles
    if message.report:
        return record_report(case, message.report)
    if message.automatic:
        return note_automatic(case, found)
    return written(case, found)


def written(case: Case, found: Thread | None) -> Decision:
    """What a person wrote; nothing that a machine sends comes here, so none of it confirms or answers anything."""
    if case.arrival.oversize is not None:
        return too_large(case, found)
    if found and (settled := answered(case, found)):
        return settled
    if found and is_from_agent(case, found):
        return answer(case, found)
    if found and joins(case, found.ticket):
        return follow_up(case, found)
    if found and not found.by_subject:
        return hold(case, found)
    return open_ticket(case)
