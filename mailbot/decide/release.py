"""An agent lets pass what is held, by one word: a held reply at once, a sensitive request by the code of a second mail.

Design 1.5.4: releasing what is sensitive needs `may = ["release"]` in agents.toml besides.
"""

import unicodedata
from dataclasses import replace

from mailbot import tokens
from mailbot.decide import notices
from mailbot.decide.authority import Act, Right, right
from mailbot.decide.case import Case
from mailbot.decide.challenges import asked_by, heard, set_free, voided
from mailbot.decide.conversation import Thread
from mailbot.model import Agent, Because, Challenge, Decision, Level, Message, Outcome, Purpose, Status
from mailbot.tokens import NOTICE_LIFE

_WORDS = frozenset({"release", "liberer"})


def is_asked(message: Message) -> bool:
    """The word alone: with more text nobody could tell what the text is for."""
    names = [_folded(command.name) for command in message.commands]
    return len(names) == 1 and names[0] in _WORDS and len(message.new_text.split()) == 1


def _folded(name: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", name) if not unicodedata.combining(mark))


def refusal(case: Case, found: Thread, agent: Agent) -> str | None:
    """The key of the sentence that says why not (decide.agents), None where it may be done."""
    sent = found.sent
    if sent is None or right(case.sender.level, Act.MANAGE) is not Right.OWN:
        return "unsure"
    late = case.now - sent.created_at > NOTICE_LIFE
    if sent.purpose is Purpose.HELD:
        return "nothing held" if not sent.held else "held is old" if late else None
    if found.ticket.status is not Status.HELD:
        return "nothing held"
    if "release" not in agent.may:
        return "may not release"
    return "old" if late else None


def release(case: Case, found: Thread, agent: Agent) -> Decision:
    if found.sent and found.sent.purpose is Purpose.HELD and found.sent.delivery:
        return _reply(case, found, agent, found.sent.delivery)
    return _asked_again(case, found, agent)


def _reply(case: Case, found: Thread, agent: Agent, delivery: int) -> Decision:
    reason = f"{agent.name} releases d{delivery}: it is judged again as if its author were a party"
    decision = _decision(case, found, reason, "the agents get a notice of what was released")
    return replace(decision, releases=(delivery,))


def _asked_again(case: Case, found: Thread, agent: Agent) -> Decision:
    ticket = found.ticket
    draft = notices.to_agent("release", case.arrival.cause, ticket, (agent, agent.email, agent.language), case.site)
    tag = tokens.tag(case.site.security.key, draft.cause, draft.template, draft.recipient)
    code = tokens.code(case.site.security.key, tag)
    known = notices.of_ticket(ticket, case.policy, agent.language)
    reason = f"{agent.name} wants to release {ticket.number}, and is asked for the code of a second mail"
    return replace(
        _decision(case, found, reason, f"the code goes to {agent.email}"),
        drafts=(replace(draft, purpose=Purpose.CHALLENGE, code=code, facts=known),),
        challenges=(Challenge(tag, ticket.number, "", agent.email, case.now),),
    )


def _decision(case: Case, found: Thread, reason: str, said: str) -> Decision:
    return Decision(
        Outcome.COMMAND,
        reason,
        case.sender,
        found.ticket,
        found.ticket,
        because=(
            Because("author", case.sender.evidence),
            Because("ticket", f"{found.ticket.number}: {found.how}"),
            Because("mail", said),
        ),
    )


def confirmed(case: Case, found: Thread, agent: Agent) -> Decision | str:
    """The code that came back; the key of the sentence that says why it releases nothing."""
    # Rights are checked when the code comes back, not when it was asked for (SC-05).
    if case.sender.level is not Level.AGENT:
        return "unsure"
    if found.ticket.department not in agent.departments:
        return "moved"
    if found.ticket.status is not Status.HELD:
        return "nothing held"
    challenge = asked_by(case, found.sent) if found.sent else None
    if challenge is None or challenge.account:
        return "unsure"
    if "release" not in agent.may:
        return "may not release"
    said = heard(case, found.ticket, challenge)
    if said.why:
        return "code"
    return _confirmed(case, found, agent, said.challenge)


def _confirmed(case: Case, found: Thread, agent: Agent, challenge: Challenge) -> Decision:
    after = replace(found.ticket, status=set_free(found.ticket))
    reason = f"{agent.name} sends back the code and releases {after.number}: no longer held, it is {after.status}"
    sender = replace(
        case.sender, level=Level.AGENT_CONFIRMED, evidence=f"{case.sender.evidence}; he sent back the code"
    )
    decision = _decision(replace(case, sender=sender), found, reason, "the agents get a notice of what was released")
    others = (entry for entry in voided(case, after) if entry.tag != challenge.tag)
    drafts = notices.released(case.arrival.cause, after, agent.name, case.policy, case.site)
    return replace(decision, ticket=after, drafts=drafts, challenges=(challenge, *others))
