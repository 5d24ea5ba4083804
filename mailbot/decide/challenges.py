"""Asking the holder of a registered address whether a request is his, and what he says to that (design 1.5.3)."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from mailbot import tokens
from mailbot.decide import mails, notices
from mailbot.decide.accounts import confirmed
from mailbot.decide.attempts import PER_ACCOUNT
from mailbot.decide.authority import Act, Right, right
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
from mailbot.decide.labels import label
from mailbot.decide.loops import declined
from mailbot.model import (
    Account,
    Because,
    Challenge,
    Decision,
    Draft,
    Ending,
    Language,
    Level,
    Outcome,
    Purpose,
    Sent,
    Status,
    Ticket,
    Words,
)
from mailbot.parsers import address
from mailbot.sender import accounts_of

LIFE = timedelta(hours=24)
A_DAY = 3
# Of the three a day a stranger cannot use up the last: it is left for what the account's own addresses ask for.
STRANGERS = 2
TRIES = 5

_FORGED = Words("non demandée : l’expéditeur est peut-être un faux", "not asked: the author may be forged")
_NOBODY = Words(
    "non demandée : le message ne nomme aucun compte du registre", "not asked: no account of the register is named"
)
_ENOUGH = Words(
    "non demandée : elle l’a été assez souvent en 24 heures pour ce compte",
    "not asked: this account was asked often enough within 24 hours",
)
_WITHHELD = Words(
    "non demandée : l’adresse à interroger a reçu assez de courriels automatiques, voir mailbot outgoing list",
    "not asked: the address to ask got automatic mail enough, see mailbot outgoing list",
)
_QUIET = Words(
    "non demandée : un tel message ne cause aucun courriel automatique",
    "not asked: no automatic mail goes out because of such a message",
)
_WHICH = Words(
    "pas encore demandée : nous avons d’abord demandé de quel compte il s’agit",
    "not asked yet: first we asked which account is meant",
)
_GUESSED = Words(
    f"non demandée : plus de {PER_ACCOUNT} essais erronés en 24 heures pour ce compte",
    f"not asked: more than {PER_ACCOUNT} wrong attempts against this account within 24 hours",
)

_REPLY = re.compile(r"\W*(?P<word>oui|yes|non|no)\b(?P<rest>.{0,200})", re.IGNORECASE | re.DOTALL)
# Two halves with whatever typists and telephones put between them. They may overlap: “merci ABCDE-FGHJK” has two.
_CODE = re.compile(
    r"(?<![^\W_])(?=([0-9a-z]{5})[\s\u00ad\u2010-\u2015\u2212-]{0,3}([0-9a-z]{5})(?![^\W_]))", re.IGNORECASE
)
# An agent may be a customer as well.
_BELIEVED = (Level.REGISTERED, Level.AUTHENTICATED, Level.CONFIRMED, Level.AGENT)


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
    if case.attempts(whom.account) > PER_ACCOUNT:
        return Question(_GUESSED)
    draft = mails.challenge(case, ticket, whom.email, whom.language or ticket.language)
    if draft.withheld:
        return Question(_WITHHELD, draft)
    tag = _tag(case, draft)
    draft = replace(draft, code=tokens.code(case.site.security.key, tag))
    said = Words(f"demandée à {whom.email}", f"asked of {whom.email}")
    return Question(said, draft, Challenge(tag, ticket.number, whom.account, whom.email, case.now))


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


def voided(case: Case, ticket: Ticket) -> tuple[Challenge, ...]:
    """What was asked about a request does not stand for another text of it."""
    return tuple(
        replace(entry, ending=Ending.VOID)
        for entry in case.known.challenges
        if entry.ticket == ticket.number and not entry.ending
    )


def answered(case: Case, found: Thread) -> Decision | None:
    """What somebody replies to the mail that asked him; None for everybody else's replies, and for one too many."""
    challenge = asked_by(case, found.sent) if found.sent else None
    if challenge is None or not challenge.account or challenge.ending is Ending.CONFIRMED:
        return None
    if case.sender.level is Level.SUSPECT:
        return _settled(case, found, challenge, Heard(challenge, "its author may be forged"))
    if case.sender.level not in _BELIEVED or not _is_holder(case, challenge):
        return None
    return _settled(case, found, challenge, heard(case, found.ticket, challenge))


def _is_holder(case: Case, challenge: Challenge) -> bool:
    """Registered for that account now: since he was asked, either may have left the register."""
    return any(entry.number == challenge.account for entry in accounts_of(case.sender.address, case.known))


def asked_by(case: Case, sent: Sent) -> Challenge | None:
    """What that mail asked, if it was the author whom it asked."""
    mine = (entry for entry in case.known.challenges if entry.tag == sent.tag)
    author = address.key(case.sender.address)
    return next((entry for entry in mine if address.key(entry.recipient) == author), None)


def tried(case: Case, found: Thread) -> tuple[Challenge, ...]:
    """What a reply changes about what was asked: a wrong code counts, whoever it was that sent it."""
    challenge = asked_by(case, found.sent) if found.sent else None
    after = heard(case, found.ticket, challenge).challenge if challenge else None
    return (after,) if after and after != challenge else ()


@dataclass(frozen=True, slots=True)
class Heard:
    """The challenge as the reply leaves it, and why, where that confirms nothing."""

    challenge: Challenge
    why: str = ""


def heard(case: Case, ticket: Ticket, challenge: Challenge) -> Heard:
    said = _REPLY.match(case.message.new_text)
    if ticket.status is not Status.HELD:
        return Heard(challenge, f"{ticket.number} is no longer held")
    if said is None:
        return Heard(challenge, "it begins with neither OUI or YES nor NON or NO")
    if said["word"].lower() in ("non", "no"):
        return Heard(replace(challenge, ending=Ending.DENIED), "the holder of the address says that it is not his")
    if challenge.ending:
        return Heard(challenge, f"what was asked is {challenge.ending} by now")
    # A clock that was set back must not lengthen its life.
    if abs(case.arrival.received_at - challenge.asked_at) > LIFE:
        return Heard(challenge, "it came after more than 24 hours")
    if challenge.tries >= TRIES:
        return Heard(challenge, f"{TRIES} wrong codes came before it")
    if not _holds_code(said["rest"], case.site.security.key, challenge.tag):
        return Heard(replace(challenge, tries=challenge.tries + 1), "its code is missing or wrong")
    return Heard(replace(challenge, ending=Ending.CONFIRMED))


def _holds_code(text: str, key: bytes, tag: str) -> bool:
    return any(tokens.is_code(match[1] + match[2], key, tag) for match in _CODE.finditer(text))


def _settled(case: Case, found: Thread, challenge: Challenge, said: Heard) -> Decision:
    ticket, ending = found.ticket, said.challenge.ending
    sure = not said.why
    language = _language(case, challenge) or ticket.language
    after = _released(ticket, said.challenge, language) if sure else ticket
    who = challenge.recipient
    reason = f"{who} confirms {ticket.number}: it is {after.status}" if sure else f"nothing is confirmed: {said.why}"
    news = notices.CONFIRMED if sure else notices.DENIED if ending is Ending.DENIED else notices.UNCONFIRMED
    fields = confirmed(case)
    evidence = f"{case.sender.evidence}; he sent back the code" if sure else case.sender.evidence
    receipt, told = _receipt(case, ticket, language)
    return Decision(
        Outcome.CHALLENGE,
        reason,
        replace(case.sender, level=Level.CONFIRMED, evidence=evidence) if sure else case.sender,
        after,
        ticket,
        fields,
        (*receipt, *notices.notices(case, after, fields, news, _given(challenge) if sure else None)),
        (Because("author", evidence), Because("ticket", reason), Because("mail", told)),
        challenges=(said.challenge,) if said.challenge != challenge else (),
    )


def _receipt(case: Case, ticket: Ticket, language: Language) -> tuple[tuple[Draft, ...], str]:
    if declined(case) or right(case.sender.level, Act.ACKNOWLEDGE) is Right.NO:
        return (), "he gets no receipt; the agents are told"
    receipt = mails.challenge_received(case, ticket, language)
    return (receipt,), "he gets the same receipt whatever came of it; the agents are told"


def _given(challenge: Challenge) -> Words:
    """What he confirms is about his own account, whatever other the letter may name."""
    who, account = challenge.recipient, challenge.account
    return Words(f"reçue de {who}, pour le compte {account} seulement", f"from {who}, for account {account} only")


def _language(case: Case, challenge: Challenge) -> Language | None:
    accounts = (entry for entry in case.known.accounts if entry.number == challenge.account)
    return next((entry.language for entry in accounts), None)


def _released(ticket: Ticket, challenge: Challenge, language: Language) -> Ticket:
    """From now on we speak with the address that confirmed: a stranger's request is its holder's (design 1.5.1)."""
    own = address.key(ticket.requester) == address.key(challenge.recipient) if ticket.requester else False
    return replace(
        ticket,
        status=set_free(ticket),
        level=Level.CONFIRMED,
        account=ticket.account if own else challenge.account,
        requester=challenge.recipient,
        language=ticket.language if own else language,
    )


def set_free(ticket: Ticket) -> Status:
    """The state of a ticket that is no longer held."""
    return Status.OPEN if ticket.first_response_at else Status.NEW
