"""The mails that agents get."""

from dataclasses import replace

from mailbot.decide import pace
from mailbot.decide.authority import Act, Right, right
from mailbot.decide.budget import settled
from mailbot.decide.case import Case
from mailbot.decide.conversation import has_left
from mailbot.decide.copies import answered_too, around
from mailbot.decide.labels import LABELS, label, status
from mailbot.model import (
    Agent,
    Attachment,
    Draft,
    Fact,
    Field,
    Language,
    Policy,
    Purpose,
    RequestClass,
    Site,
    Standing,
    Ticket,
    Words,
)
from mailbot.parsers import address
from mailbot.sender import described

NEW = ("Nouvelle demande", "New request")
REPLY = ("Nouvelle réponse du client", "New reply from the customer")
HELD = (
    "Demande sensible, retenue : n’exécutez rien avant qu’elle soit confirmée",
    "Sensitive request, held: carry out nothing before it is confirmed",
)
STILL_HELD = (
    "Nouvelle réponse à une demande sensible, toujours retenue : n’exécutez rien avant qu’elle soit confirmée",
    "New reply to a sensitive request that is still held: carry out nothing before it is confirmed",
)
CONFIRMED = (
    "Demande confirmée par le titulaire depuis son adresse enregistrée : elle peut être exécutée",
    "Request confirmed by the holder from his registered address: it may be carried out",
)
DENIED = (
    "Le titulaire répond que cette demande n’est pas de lui : elle reste retenue, n’exécutez rien",
    "The holder replies that this request is not his: it stays held, carry out nothing",
)
# Somebody let it pass before its holder answered.
DENIED_LATE = (
    "Le titulaire répond que cette demande n’est pas de lui, mais elle n’est plus retenue : voyez ce qui en a été fait",
    "The holder replies that this request is not his, but it is no longer held: see what was done about it",
)
LATE = (
    "Réponse à notre demande de confirmation, venue après coup : la demande n’était plus retenue",
    "Reply to our request for confirmation that came after the event: the request was no longer held",
)
UNCONFIRMED = (
    "Réponse à notre demande de confirmation, qui ne confirme rien : la demande reste retenue",
    "Reply to our request for confirmation that confirms nothing: the request stays held",
)
RELEASED_BY = Words(
    "Demande sensible libérée par {} : elle peut être exécutée",
    "Sensitive request released by {}: it may be carried out",
)
RELEASED = ("Message retenu, maintenant ajouté au dossier", "A message that was held, now added to the request")
COLLEAGUE = (
    "Un collègue a écrit ; le client n’a rien reçu de nous",
    "A colleague wrote; the customer got nothing from us",
)
UNPROVEN = (
    "Écrit sous l’adresse d’un collègue, sans preuve que c’est lui ; le client n’a rien reçu de nous",
    "Written under a colleague’s address, with no proof that it was he; the customer got nothing from us",
)
RENEWED = (
    "Nouvel avis pour votre réponse : celui d’avant est trop ancien",
    "A new notice for your answer: the one before is too old",
)
HANDED_OVER = ("Ce billet vous est attribué", "This ticket is now yours")
REOPENED = (
    "Le client a répondu : le billet fermé est rouvert",
    "The customer replied: the closed ticket is open again",
)


def concerned(ticket: Ticket, policy: Policy, site: Site) -> tuple[tuple[Agent | None, str, Language], ...]:
    """The agent who has the ticket, else all of its department, else the department's own address, else the admin."""
    mine = [agent for agent in site.agents if agent.key == ticket.agent]
    agents = mine or [agent for agent in site.agents if ticket.department in agent.departments]
    if agents:
        return tuple((agent, agent.email, agent.language) for agent in agents)
    department = policy.department(ticket.department)
    own = department.address if department else ""
    return ((None, own or site.robot.admin, site.robot.language),)


def anchor(ticket: Ticket, site: Site) -> str:
    """An id that no mail has: it keeps an agent's notices of one ticket in one thread, and serves as no tag."""
    return f"<{ticket.number.lower()}@{site.robot.domain}>"


def notices(
    case: Case, ticket: Ticket, fields: tuple[Field, ...], why: tuple[str, str], confirmation: Words | None = None
) -> tuple[Draft, ...]:
    """One notice for each agent concerned, each with a tag of its own; `confirmation`: of whom it was asked."""
    # Whose address is only written there has not read it.
    author = address.key(case.sender.address) if case.sender.agent else ""
    return tuple(
        replace(
            to_agent("notice", case.arrival.cause, ticket, reader, case.site),
            text=case.message.new_text.strip() or case.message.text.strip(),
            reason=why[0] if reader[2] is Language.FR else why[1],
            facts=(*facts(case, ticket, fields, reader[2]), *_cautions(case, ticket, confirmation, reader[2])),
            attachments=tuple(_listed(entry) for entry in case.message.attachments),
        )
        for reader in concerned(ticket, case.policy, case.site)
        if address.key(reader[1]) != author
    )


def renewed(case: Case, ticket: Ticket, agent: Agent) -> Draft:
    """In the place of a notice that is too old to be answered."""
    draft = handed_over(case.arrival.cause, ticket, agent, "", case.policy, case.site)
    return replace(
        draft,
        reason=RENEWED[0] if agent.language is Language.FR else RENEWED[1],
        facts=(*draft.facts, *answered_too(case, ticket, agent.language)),
    )


def released(cause: str, ticket: Ticket, agent: str, policy: Policy, site: Site) -> tuple[Draft, ...]:
    """To all who have the ticket, whoever released it among them: a reply to it answers the customer."""
    return tuple(
        replace(
            to_agent("notice", cause, ticket, reader, site),
            reason=RELEASED_BY.of(reader[2]).format(agent),
            facts=of_ticket(ticket, policy, reader[2]),
        )
        for reader in concerned(ticket, policy, site)
    )


def handed_over(cause: str, ticket: Ticket, agent: Agent, text: str, policy: Policy, site: Site) -> Draft:
    """To the agent whom somebody gave the ticket; his reply to it goes to the customer like any other.

    `text` is the customer's latest: the notices before went to others.
    """
    reader = (agent, agent.email, agent.language)
    sender = (Fact(label("sender", agent.language), ticket.requester),) if ticket.requester else ()
    return replace(
        to_agent("notice", cause, ticket, reader, site),
        reason=HANDED_OVER[0] if agent.language is Language.FR else HANDED_OVER[1],
        text=text,
        facts=(*sender, *of_ticket(ticket, policy, agent.language)),
    )


def held(case: Case, ticket: Ticket, fields: tuple[Field, ...]) -> tuple[Draft, ...]:
    """A reply by one who is no party: agents see it and how to let it pass, its author is told nothing."""
    return tuple(
        replace(
            draft,
            template="held",
            purpose=_held(draft.purpose),
            reason=f"d{case.arrival.id}",
            facts=(*_but_caution(draft), *_gone(case, ticket, draft.language)),
        )
        for draft in notices(case, ticket, fields, REPLY)
    )


def _but_caution(draft: Draft) -> tuple[Fact, ...]:
    """A caution for who answers: no words of a reply to this notice go out."""
    return tuple(fact for fact in draft.facts if fact.name != label("caution", draft.language))


def _gone(case: Case, ticket: Ticket, language: Language) -> tuple[Fact, ...]:
    """Else an agent would wonder why the very person who asked is a stranger."""
    if not has_left(case, ticket):
        return ()
    french = f"l’auteur a ouvert ce billet, mais n’est plus inscrit au compte {ticket.account}"
    english = f"the author opened this ticket, but is no longer registered for account {ticket.account}"
    return (Fact(label("why held", language), french if language is Language.FR else english),)


def _held(purpose: Purpose) -> Purpose:
    """Its tag serves to release what is held, never to answer a customer."""
    return Purpose.HELD if purpose is Purpose.NOTICE else purpose


def undelivered(cause: str, ticket: Ticket, recipient: str, said: str, policy: Policy, site: Site) -> tuple[Draft, ...]:
    return tuple(
        replace(to_agent("undelivered", cause, ticket, reader, site), text=recipient, reason=said)
        for reader in concerned(ticket, policy, site)
    )


def not_sent(case: Case, ticket: Ticket, agent: Agent, why: str) -> Draft:
    """His reply went nowhere: why, and his text back. Within the budget, for his address may have been forged."""
    draft = to_agent("not-sent", case.arrival.cause, ticket, (agent, agent.email, agent.language), case.site)
    text = case.message.new_text.strip()
    return settled(case, replace(draft, in_reply_to=case.message.message_id, text=text, reason=why))


def to_agent(
    template: str, cause: str, ticket: Ticket, reader: tuple[Agent | None, str, Language], site: Site
) -> Draft:
    """A mail to an agent, or to the admin in an agent's place. Only a notice's tag can be answered with authority."""
    agent, email, language = reader
    purpose = Purpose.NOTICE if template == "notice" else Purpose.AGENT
    return Draft(
        template=template,
        purpose=purpose if agent else Purpose.ADMIN,
        language=language,
        recipient=email,
        recipient_name=agent.name if agent else "",
        mailbox=ticket.mailbox,
        cause=cause,
        subject=ticket.subject,
        ticket=ticket,
        references=(anchor(ticket, site),),
    )


def facts(case: Case, ticket: Ticket, fields: tuple[Field, ...], language: Language) -> tuple[Fact, ...]:
    message, sender = case.message, case.sender
    who = sender.address or ", ".join(message.claimed[:3]) or "?"
    named = f"{message.author.name} <{who}>" if message.author and message.author.name else who
    author = (Fact(label("sender", language), named), Fact(label("level", language), described(sender, language)))
    read = tuple(
        # A quote that says what the value says already would only make the line longer.
        Fact(label(_name(field), language), field.value, field.quote if field.quote != field.value else "")
        for field in fields
        if field.name in LABELS and field.value != ticket.account
    )
    unread = (Fact(label("refused", language), message.refused),) if message.refused else ()
    return (
        *author,
        *_pace(case, language),
        *of_ticket(ticket, case.policy, language),
        *read,
        *around(case, ticket, language),
        *unread,
    )


def _pace(case: Case, language: Language) -> tuple[Fact, ...]:
    until = pace.robot_until(case)
    return (Fact(label("robot", language), pace.told(until).of(language)),) if until else ()


def _cautions(case: Case, ticket: Ticket, confirmation: Words | None, language: Language) -> tuple[Fact, ...]:
    found = []
    if confirmation:
        found.append(Fact(label("confirmation", language), confirmation.of(language)))
    if right(case.sender.level, Act.ACCOUNT) is Right.NO and ticket.klass != RequestClass.GENERAL:
        found.append(Fact(label("caution", language), _SAY_NOTHING.of(language)))
    return tuple(found)


_SAY_NOTHING = Words(
    "ne rien dire d’un compte en répondant : rien ne montre que l’expéditeur en est titulaire",
    "say nothing of an account in your reply: nothing shows that the sender is its holder",
)


def _name(field: Field) -> str:
    """A number that the register does not give to the author must not look like his."""
    named = f"{field.name} named"
    return named if field.standing is Standing.UNKNOWN and named in LABELS else field.name


def of_ticket(ticket: Ticket, policy: Policy, language: Language) -> tuple[Fact, ...]:
    values = (
        ("number", ticket.number),
        ("status", status(ticket.status, language)),
        ("department", policy.department_name(ticket.department, language)),
        ("mailbox", ticket.mailbox),
        ("account", ticket.account),
        ("predecessor", ticket.predecessor),
    )
    return tuple(Fact(label(name, language), value) for name, value in values if value)


def _listed(attachment: Attachment) -> str:
    size = attachment.size
    shown = f"{size} B" if size < 1024 else f"{size // 1024} KiB" if size < 1024**2 else f"{size / 1024**2:.1f} MiB"
    return f"{attachment.name} ({attachment.type}, {shown})"
