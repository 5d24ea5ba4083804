"""Who has a letter beside us, and what else it points to: facts of an agent's notice."""

from mailbot.decide.case import Case
from mailbot.decide.conversation import among, beside_us, copied, is_customer, strangers, thread
from mailbot.decide.labels import label
from mailbot.model import Fact, Language, Ticket

# Addresses in one line.
SHOWN = 10


def around(case: Case, ticket: Ticket, language: Language) -> tuple[Fact, ...]:
    """Who else has the letter, and which tickets beside its own it points to."""
    found = thread(case) if len(case.known.tickets) > 1 else None
    values = (*_copies(case, ticket), ("points to", found.others if found else ()))
    return tuple(Fact(label(name, language), _some(value)) for name, value in values if value)


def _copies(case: Case, ticket: Ticket) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Parties among them will get the answer, as conversation.copied has it once this letter is the latest."""
    author, others = case.sender.address, beside_us(case)
    if not others and author == ticket.requester:
        return ()
    answered = among(case, ticket, (author, *others)) if is_customer(case, ticket, author) else ()
    return ("answered too", answered), ("in copy", strangers(case, ticket, others))


def _some(values: tuple[str, ...]) -> str:
    more = f", … + {len(values) - SHOWN}" if len(values) > SHOWN else ""
    return ", ".join(values[:SHOWN]) + more


def answered_too(case: Case, ticket: Ticket, language: Language) -> tuple[Fact, ...]:
    """Who gets the agent's answer beside the requester, where the letter in hand is the agent's."""
    others = copied(case, ticket)
    return (Fact(label("answered too", language), _some(others)),) if others else ()
