"""Of whom it is asked whether a sensitive request is his, and when nobody is asked (design 1.5.3)."""

from dataclasses import dataclass, replace

from mailbot import tokens
from mailbot.decide import mails
from mailbot.decide.attempts import PER_ACCOUNT
from mailbot.decide.case import Case
from mailbot.decide.labels import label
from mailbot.decide.loops import declined
from mailbot.model import Account, Challenge, Decision, Draft, Language, Level, Purpose, Ticket, Words
from mailbot.parsers import address

A_DAY = 3
# Of the three a day a stranger cannot use up the last: it is left for what the account's own addresses ask for.
STRANGERS = 2

_FORGED = Words("non demandée : l’expéditeur est peut-être usurpé", "not asked: the author may be forged")
_NOBODY = Words(
    "non demandée : le message ne nomme aucun compte du registre", "not asked: no account of the register is named"
)
_ENOUGH = Words(
    "non demandée : elle l’a été assez souvent en 24 heures pour ce compte",
    "not asked: this account was asked often enough within 24 hours",
)
_WITHHELD = Words(
    "non demandée : l’adresse à interroger a reçu assez de courriels automatiques, voir mailbot outgoing list",
    "not asked: the address to ask got enough automatic mail, see mailbot outgoing list",
)
_QUIET = Words(
    "non demandée : un tel message ne cause aucun courriel automatique",
    "not asked: no automatic mail goes out because of such a message",
)
_WHICH = Words(
    "pas encore demandée : nous avons d’abord demandé de quel compte il s’agit",
    "not asked yet: first we asked which account is meant",
)
_GUESSED = Words(
    f"non demandée : plus de {PER_ACCOUNT} essais erronés en 24 heures pour ce compte",
    f"not asked: more than {PER_ACCOUNT} wrong attempts against this account within 24 hours",
)


@dataclass(frozen=True, slots=True)
class Question:
    """A challenge with the mail that asks it, or neither; `said` is what agents read of it."""

    said: Words
    draft: Draft | None = None
    challenge: Challenge | None = None


@dataclass(frozen=True, slots=True)
class _Holder:
    account: str
    email: str
    language: Language | None = None


def ask(case: Case, ticket: Ticket, among: tuple[str, ...] = ()) -> Question:
    """Whoever wrote, it is the registered address that is asked, and no account more than three times a day.

    `among`: the author is asked which of these accounts he means; his answer brings the challenge.
    """
    if case.sender.level is Level.SUSPECT:
        return Question(_FORGED)
    if declined(case) or case.is_late:
        return Question(_QUIET)
    if among:
        return Question(_WHICH)
    whom = _whom(case, ticket)
    if whom is None:
        return Question(_NOBODY)
    asked = next((entry.count for entry in case.known.asked if entry.account == whom.account), 0)
    if asked >= (A_DAY if whom.account in case.sender.accounts else STRANGERS):
        return Question(_ENOUGH)
    if case.attempts(whom.account) > PER_ACCOUNT and not _is_holders(case, whom.account):
        return Question(_GUESSED)
    draft = mails.challenge(case, ticket, whom.email, whom.language or ticket.language)
    if draft.withheld:
        return Question(_WITHHELD, draft)
    tag = _tag(case, draft)
    draft = replace(draft, code=tokens.code(case.site.security.key, tag))
    said = Words(f"demandée à {whom.email}", f"asked of {whom.email}")
    return Question(said, draft, Challenge(tag, ticket.number, whom.account, whom.email, case.now))


def _is_holders(case: Case, account: str) -> bool:
    """What others guess must not keep him from confirming, where it is shown that he asks."""
    return case.sender.level in (Level.AUTHENTICATED, Level.CONFIRMED) and account in case.sender.accounts


def _tag(case: Case, draft: Draft) -> str:
    return tokens.tag(case.site.security.key, draft.cause, draft.template, draft.recipient)


def unasked(case: Case, decision: Decision) -> Decision:
    """Where a budget withholds the mail that asks, nothing was asked, and agents must not read that it was."""
    withheld = {_tag(case, draft) for draft in decision.drafts if draft.withheld and draft.purpose is Purpose.CHALLENGE}
    stand = tuple(entry for entry in decision.challenges if entry.tag not in withheld)
    if len(stand) == len(decision.challenges):
        return decision
    return replace(decision, challenges=stand, drafts=tuple(_corrected(draft) for draft in decision.drafts))


def _corrected(draft: Draft) -> Draft:
    name = label("confirmation", draft.language)
    said = _WITHHELD.of(draft.language)
    return replace(draft, facts=tuple(replace(fact, value=said) if fact.name == name else fact for fact in draft.facts))


def _whom(case: Case, ticket: Ticket) -> _Holder | None:
    """An address of the ticket's account; where it has none, the author's own; a stranger's letter names the account.

    What was asked about a stranger's request before says whose it is, where he adds to it without naming it again.
    """
    accounts = {entry.number: entry for entry in (*case.known.named, *case.known.accounts) if not entry.closed}
    if ticket.account:
        return _holder(accounts.get(ticket.account), case.sender.address, ticket.requester)
    own = [accounts[number] for number in case.sender.accounts if number in accounts]
    if own and address.key(case.sender.address) == address.key(ticket.requester):
        return _holder(own[0], case.sender.address)
    named = [entry for entry in case.known.named if not entry.closed and entry.addresses]
    if named:
        return _holder(named[0]) if len(named) == 1 else None
    # What an agent was asked has no account, and is no business of the author's.
    before = [entry for entry in case.known.challenges if entry.ticket == ticket.number and entry.account]
    return _holder(accounts.get(before[-1].account), before[-1].recipient) if before else None


def _holder(account: Account | None, *preferred: str) -> _Holder | None:
    """The first of these addresses that is registered for the account now, else the one it is usually reached at."""
    if account is None or not account.addresses:
        return None
    registered = {address.key(entry.email): entry.email for entry in account.addresses}
    wanted = (registered.get(address.key(email)) for email in preferred if email)
    return _Holder(account.number, next(filter(None, wanted), _first(account)), account.language)


def _first(account: Account) -> str:
    ranked = sorted(account.addresses, key=lambda entry: (not entry.default, "support" not in entry.notify))
    return ranked[0].email
