"""Where mail goes that would not arrive: to another address of the same account, and the agents are told.

Where the account has no other address the mail goes to the marked one all the same: a server may have come to its
senses, the mail comes back at worst, and the agents are told so; a mail that is withheld nobody would miss until the
customer calls. The other address is always a party of the ticket: nobody learns what he could not have read before.
"""

from dataclasses import dataclass, replace

from mailbot.decide import notices
from mailbot.decide.case import Case
from mailbot.decide.labels import label
from mailbot.decide.reachable import complained, mark
from mailbot.model import (
    Account,
    Because,
    Bounce,
    Decision,
    Draft,
    Fact,
    Level,
    Outcome,
    Purpose,
    RegisteredAddress,
    Ticket,
    Words,
)
from mailbot.parsers import address

# No challenge: what proves who somebody is goes to the address that is to be proven, or nowhere.
_CUSTOMERS = (Purpose.CUSTOMER, Purpose.ANSWER)
_HUMAN = (Outcome.TICKET_CREATED, Outcome.APPENDED, Outcome.HELD, Outcome.ANSWERED, Outcome.CHALLENGE, Outcome.OVERSIZE)


@dataclass(frozen=True, slots=True)
class Routes:
    """What is known of the addresses of these accounts."""

    accounts: tuple[Account, ...]
    bounces: tuple[Bounce, ...]

    def mark(self, email: str) -> Bounce | None:
        return mark(self.bounces, email)

    def alternate(self, ticket: Ticket, email: str) -> RegisteredAddress | None:
        """For support first, else the default: both are parties of the ticket (design 0)."""
        account = next((entry for entry in self.accounts if entry.number == ticket.account and not entry.closed), None)
        if account is None or not _is_of(account, email):
            return None
        others = [entry for entry in account.addresses if address.key(entry.email) != address.key(email)]
        fit = [entry for entry in others if not self.mark(entry.email)]
        support = [entry for entry in fit if "support" in entry.notify]
        return next(iter(support or [entry for entry in fit if entry.default]), None)


def _is_of(account: Account, email: str) -> bool:
    return any(address.key(entry.email) == address.key(email) for entry in account.addresses)


def routed(case: Case, decision: Decision) -> Decision:
    """The decision with its mails sent where they arrive, and with what its author has shown by writing."""
    alive = _alive(case, decision)
    bounces = tuple(entry for entry in case.known.bounces if address.key(entry.recipient) not in alive)
    decision = replace(decision, alive=alive) if alive else decision
    if not bounces:
        return decision
    routes = Routes(case.known.accounts, bounces)
    drafts: list[Draft] = []
    because: list[Because] = []
    reached = {(draft.template, address.key(draft.recipient)) for draft in decision.drafts}
    for draft in decision.drafts:
        other, sentence = _elsewhere(routes, draft)
        if other.recipient != draft.recipient and (draft.template, address.key(other.recipient)) in reached:
            other, sentence = draft, f"to {draft.recipient} all the same: {other.recipient} gets it in copy"
        drafts += [other, *_word(case, routes, draft, other)]
        because += [Because("mail", sentence)] if sentence else []
    return replace(decision, drafts=tuple(drafts), because=(*decision.because, *because))


def _alive(case: Case, decision: Decision) -> tuple[str, ...]:
    """Its author's address, where anything counts against it and nothing says that he is forged."""
    if decision.outcome not in _HUMAN or case.sender.level in (Level.SUSPECT, Level.MACHINE) or not case.sender.address:
        return ()
    key = address.key(case.sender.address)
    return (key,) if any(address.key(entry.recipient) == key for entry in case.known.bounces) else ()


def _elsewhere(routes: Routes, draft: Draft) -> tuple[Draft, str]:
    if draft.purpose is Purpose.NOTICE and draft.ticket:
        return _noted(routes, draft, draft.ticket), ""
    if draft.purpose not in _CUSTOMERS:
        return draft, ""
    if draft.automatic and not draft.withheld and complained(routes.bounces, draft.recipient):
        why = "somebody at this address called our mail spam, and it has not written to us since"
        return replace(draft, withheld=why), f"withheld: {why}"
    if not routes.mark(draft.recipient):
        return draft, ""
    other = routes.alternate(draft.ticket, draft.recipient) if draft.ticket else None
    if other is None:
        return draft, f"to {draft.recipient} all the same: it took no mail of late, and there is no other address"
    to = other.email if draft.to == draft.recipient else draft.to
    return replace(draft, recipient=other.email, to=to), f"to {other.email}: {draft.recipient} takes no mail of ours"


def _noted(routes: Routes, draft: Draft, ticket: Ticket) -> Draft:
    """The agent knows before he answers."""
    bounce = routes.mark(ticket.requester) if ticket.requester else None
    if bounce is None:
        return draft
    other = routes.alternate(ticket, ticket.requester)
    said = bounce.said or bounce.status
    value = ticket.requester + (f" ({said})" if said else "") + (f" → {other.email}" if other else "")
    return replace(draft, facts=(*draft.facts, Fact(label("unreachable", draft.language), value)))


def _word(case: Case, routes: Routes, meant: Draft, made: Draft) -> tuple[Draft, ...]:
    """To the agent whose answer goes to another address than he thinks."""
    bounce = routes.mark(meant.recipient)
    if bounce is None or made.recipient == meant.recipient or meant.purpose is not Purpose.ANSWER or not meant.ticket:
        return ()
    concerned = notices.concerned(meant.ticket, case.policy, case.site)
    mine = [reader for reader in concerned if reader[0] and reader[0].key == case.sender.agent]
    return tuple(
        replace(
            notices.to_agent("diverted", meant.cause, meant.ticket, reader, case.site),
            text=meant.recipient,
            lines=(made.recipient,),
            reason=bounce.said or bounce.status,
        )
        for reader in mine or concerned
    )


def outlook(routes: Routes, ticket: Ticket, email: str) -> Words | None:
    """What an agent must know of an address from which his answer came back; None where it is not marked."""
    if not routes.mark(email):
        return None
    other = routes.alternate(ticket, email)
    if other is None:
        return Words(
            f"{email} ne reçoit plus nos messages, et le compte n’a pas d’autre adresse pour l’assistance : "
            "faites corriger le registre.",
            f"{email} no longer gets our mail, and the account has no other address for support: "
            "have the register corrected.",
        )
    return Words(
        f"Tant que {email} ne nous écrit pas, ses messages vont à {other.email}, autre adresse du compte "
        f"{other.account}. Pour y envoyer aussi cette réponse, répondez encore une fois à votre avis.",
        f"Until {email} writes to us, its mail goes to {other.email}, another address of account {other.account}. "
        "To send this answer there as well, reply to your notice once more.",
    )
