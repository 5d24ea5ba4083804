"""What agents write: a reply to a notice goes to the customer; anything less goes nowhere, and he is told."""

from dataclasses import replace

from mailbot.decide import mails, notices
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
from mailbot.decide.labels import label
from mailbot.model import Agent, Attachment, Because, Decision, Language, Level, Outcome, Purpose, Status
from mailbot.parsers import address
from mailbot.sender import agent_of

# Octets. Logos stay below; a picture of a screen does not.
ORNAMENT = 32 * 1024

REFUSALS = {
    "unsure": (
        "Votre réponse ne répondait pas à un avis qui vous a été envoyé, ou rien ne prouve qu’elle vient de vous.",
        "Your reply did not answer a notice that was sent to you, or nothing shows that it came from you.",
    ),
    "command": (
        "Elle commence par une commande, et cette version n’en accepte pas par courriel.",
        "It begins with a command, and this version takes none by e-mail.",
    ),
    "notice": (
        "Elle contenait l’avis lui-même, sans marque de citation : répondez au-dessus, et retirez l’avis.",
        "It held the notice itself, not marked as quoted: write above it, and take the notice out.",
    ),
    "empty": ("Elle ne contenait pas de texte nouveau.", "It held no new text."),
    "attachment": (
        "Elle contenait des pièces jointes, et cette version ne les transmet pas : mettez le nécessaire dans le texte.",
        "It held attachments, and this version does not pass them on: put what is needed in the text.",
    ),
    "nobody": (
        "Aucune adresse de client n’est connue pour ce billet.",
        "No customer's address is known for this ticket.",
    ),
}


def is_from_agent(case: Case, found: Thread) -> bool:
    """An agent's address over a reply to any mail that agents get, or over a ticket's number: not yet believed.

    A customer's own ticket stays his, even where he is an agent as well.
    """
    author = case.message.author
    if author is None or agent_of(author.address, case.site) is None:
        return False
    if found.by_subject:
        return address.key(author.address) != address.key(found.ticket.requester)
    return found.sent is not None and found.sent.purpose in (Purpose.NOTICE, Purpose.AGENT)


def answer(case: Case, found: Thread) -> Decision:
    agent = agent_of(case.message.author.address, case.site) if case.message.author else None
    if agent is None:
        raise ValueError("only an agent answers")
    refusal = _refusal(case, found, agent)
    if refusal:
        return _refused(case, found, agent, refusal)
    ticket = found.ticket
    after = replace(
        ticket,
        status=Status.PENDING,
        agent=ticket.agent or agent.key,
        first_response_at=ticket.first_response_at or case.now,
        closed_at=None,
        resolved_at=None,
    )
    reason = f"{agent.name}'s words go to {ticket.requester}; {ticket.number} waits for the customer"
    return Decision(
        Outcome.ANSWERED,
        reason,
        case.sender,
        after,
        ticket,
        drafts=(mails.words(case, after, agent.email),),
        because=_because(case, found, reason),
    )


def _refusal(case: Case, found: Thread, agent: Agent) -> str | None:
    """Rights are checked now, not when the notice went out (SC-05): the ticket must still be of his department."""
    if case.sender.level is not Level.AGENT or found.ticket.department not in agent.departments:
        return "unsure"
    sent = found.sent
    if not sent or sent.purpose is not Purpose.NOTICE or address.key(sent.recipient) != address.key(agent.email):
        return "unsure"
    if case.message.commands:
        return "command"
    if not case.message.new_text.strip():
        return "empty"
    if _holds_notice(case.message.new_text):
        return "notice"
    if not all(_is_ornament(attachment) for attachment in case.message.attachments):
        return "attachment"
    return None if found.ticket.requester else "nobody"


def _holds_notice(text: str) -> bool:
    """A program that neither marks what it quotes nor keeps the line above it would send the customer our facts."""
    begun = tuple(label(name, language) for name in ("number", "level") for language in Language)
    lines = (line.lstrip(" >|*\t") for line in text.splitlines())
    return len({name for line in lines for name in begun if line.startswith(name) and ":" in line[: len(name) + 3]}) > 1


def _is_ornament(attachment: Attachment) -> bool:
    """The picture in an agent's signature, which does not go out; a larger one within the text may be what he means."""
    return attachment.inline and attachment.type.startswith("image/") and attachment.size <= ORNAMENT


def _refused(case: Case, found: Thread, agent: Agent, refusal: str) -> Decision:
    french, english = REFUSALS[refusal]
    told = french if agent.language is Language.FR else english
    reason = f"nothing was sent to the customer ({case.sender.evidence}). {english} {agent.name} is told"
    return Decision(
        Outcome.COMMAND if refusal == "command" else Outcome.HELD,
        reason,
        case.sender,
        found.ticket,
        found.ticket,
        drafts=(notices.not_sent(case, found.ticket, agent, told),),
        because=_because(case, found, reason),
    )


def _because(case: Case, found: Thread, reason: str) -> tuple[Because, ...]:
    return (
        Because("author", case.sender.evidence),
        Because("ticket", f"{found.ticket.number}: {found.how}"),
        Because("mail", reason),
    )
