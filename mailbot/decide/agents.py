"""What agents write: a reply to a notice goes to the customer; anything less goes nowhere, and he is told."""

from dataclasses import replace

from mailbot.decide import mails, notices, refusals
from mailbot.decide.case import Case
from mailbot.decide.challenges import tried
from mailbot.decide.conversation import Thread, is_customer
from mailbot.decide.labels import label
from mailbot.decide.release import confirmed, is_asked, release
from mailbot.decide.release import refusal as release_refusal
from mailbot.model import (
    Agent,
    Attachment,
    Because,
    Decision,
    Draft,
    Language,
    Level,
    Outcome,
    Purpose,
    Sent,
    Status,
    Ticket,
)
from mailbot.parsers import address
from mailbot.sender import agent_of
from mailbot.tokens import NOTICE_LIFE

# Octets. Logos stay below; a picture of a screen does not.
ORNAMENT = 32 * 1024

_TO_AGENTS = (Purpose.NOTICE, Purpose.HELD, Purpose.CHALLENGE, Purpose.AGENT)


def is_from_agent(case: Case, found: Thread) -> bool:
    """An agent's address over a reply to any mail that agents get, or over a ticket's number: not yet believed.

    A customer's own ticket stays his, even where he is an agent as well: nobody answers himself.
    """
    author = case.message.author
    if author is None or agent_of(author.address, case.site) is None:
        return False
    if address.key(author.address) == address.key(found.ticket.requester):
        return False
    return found.by_subject or bool(found.sent and found.sent.purpose in _TO_AGENTS)


def answer(case: Case, found: Thread) -> Decision:
    agent = agent_of(case.message.author.address, case.site) if case.message.author else None
    if agent is None:
        raise ValueError("only an agent answers")
    if found.sent and found.sent.purpose is Purpose.CHALLENGE:
        done = confirmed(case, found, agent)
        return _refused(case, found, agent, done) if isinstance(done, str) else done
    refusal = _refusal(case, found, agent)
    if refusal:
        return _refused(case, found, agent, refusal)
    if is_asked(case.message):
        return release(case, found, agent)
    ticket = found.ticket
    after = replace(
        ticket,
        # His words may go out; what was asked for still waits for its confirmation.
        status=Status.HELD if ticket.status is Status.HELD else Status.PENDING,
        agent=ticket.agent or agent.key,
        first_response_at=ticket.first_response_at or case.now,
        closed_at=None,
        resolved_at=None,
    )
    drafts = mails.words(case, after, agent.email)
    to = ", ".join(draft.recipient for draft in drafts)
    reason = f"{agent.name}'s words go to {to}; {ticket.number} waits for the customer"
    return Decision(
        Outcome.ANSWERED,
        reason,
        case.sender,
        after,
        ticket,
        drafts=drafts,
        because=_because(case, found, reason),
    )


def _refusal(case: Case, found: Thread, agent: Agent) -> str | None:
    """Rights are checked now, not when the notice went out (SC-05): the ticket must still be of his department."""
    sent = found.sent
    if case.sender.level is not Level.AGENT or not sent or not _is_his(sent, agent):
        return "unsure"
    if found.ticket.department not in agent.departments:
        return "moved"
    if found.others:
        return "two"
    if is_asked(case.message):
        return release_refusal(case, found, agent)
    if sent.purpose is Purpose.HELD:
        return "held"
    if case.now - sent.created_at > NOTICE_LIFE:
        return "old"
    return _unsendable(case, found.ticket)


def _is_his(sent: Sent, agent: Agent) -> bool:
    """What went to a colleague gives no authority, not even beside a notice of his own."""
    mine = address.key(sent.recipient) == address.key(agent.email)
    return mine and sent.purpose in (Purpose.NOTICE, Purpose.HELD)


def _unsendable(case: Case, ticket: Ticket) -> str | None:
    """What is wrong with the words, or with whom they are for."""
    if case.message.commands or _is_mistyped(case.message.new_text):
        return "command"
    if not case.message.new_text.strip():
        return "empty"
    if _holds_notice(case.message.new_text):
        return "notice"
    if not all(_is_ornament(attachment) for attachment in case.message.attachments):
        return "attachment"
    if not ticket.requester:
        return "nobody"
    return None if is_customer(case, ticket, ticket.requester) else "removed"


def _is_mistyped(text: str) -> bool:
    """“/release.” is no command, and no word for a customer; a path or an address of a page is."""
    first = next(iter(text.split(maxsplit=1)), "")
    return first[:1] in ("/", "／") and "/" not in first[1:]


def _holds_notice(text: str) -> bool:
    """A program that neither marks what it quotes nor keeps the line above it would send the customer our facts."""
    begun = tuple(label(name, language) for name in ("number", "level") for language in Language)
    lines = (line.lstrip(" >|*\t") for line in text.splitlines())
    return len({name for line in lines for name in begun if line.startswith(name) and ":" in line[: len(name) + 3]}) > 1


def _is_ornament(attachment: Attachment) -> bool:
    """The picture in an agent's signature, which does not go out; a larger one within the text may be what he means."""
    return attachment.inline and attachment.type.startswith("image/") and attachment.size <= ORNAMENT


def _refused(case: Case, found: Thread, agent: Agent, refusal: str) -> Decision:
    english = refusals.why(refusal, Language.EN, case, found)
    reason = f"nothing was sent to the customer ({case.sender.evidence}). {english} {agent.name} is told"
    told = notices.not_sent(case, found.ticket, agent, refusals.why(refusal, agent.language, case, found))
    not_sent = replace(told, lines=refusals.advice(refusal, agent.language, case, found))
    return Decision(
        Outcome.COMMAND if refusal == "command" else Outcome.HELD,
        reason,
        case.sender,
        found.ticket,
        found.ticket,
        drafts=(not_sent, *(_fresh(case, found.ticket, agent, not_sent) if refusal == "old" else ())),
        because=_because(case, found, reason),
        challenges=tried(case, found) if refusal == "code" else (),
    )


def _fresh(case: Case, ticket: Ticket, agent: Agent, beside: Draft) -> tuple[Draft, ...]:
    """A notice that he may answer; a flood of old ones brings no flood of new ones."""
    return () if beside.withheld else (notices.renewed(case, ticket, agent),)


def _because(case: Case, found: Thread, reason: str) -> tuple[Because, ...]:
    return (
        Because("author", case.sender.evidence),
        Because("ticket", f"{found.ticket.number}: {found.how}"),
        Because("mail", reason),
    )
