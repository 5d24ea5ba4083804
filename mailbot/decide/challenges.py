"""Asking the holder of a registered address whether a request is his, and what he says to that (design 1.5.3)."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from mailbot import tokens
from mailbot.decide import mails, notices
from mailbot.decide.accounts import confirmed
from mailbot.decide.attempts import PER_ACCOUNT
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
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

LIFE = timedelta(hours=24)
A_DAY = 3
TRIES = 5

_FORGED = Words("non demandée : l’expéditeur est peut-être un faux", "not asked: the author may be forged")
_NOBODY = Words(
    "non demandée : le message ne nomme aucun compte du registre", "not asked: no account of the register is named"
)
_ENOUGH = Words(
    f"non demandée : elle l’a été {A_DAY} fois en 24 heures pour ce compte, ou l’adresse a reçu assez de courriels",
    f"not asked: this account was asked {A_DAY} times within 24 hours, or its address got mail enough",
)
_GUESSED = Words(
    f"non demandée : plus de {PER_ACCOUNT} essais erronés en 24 heures pour ce compte",
    f"not asked: more than {PER_ACCOUNT} wrong attempts against this account within 24 hours",
)

_REPLY = re.compile(r"\W*(?P<word>oui|yes|non|no)\b(?P<rest>.{0,200})", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"(?<![^\W_])[0-9a-z]{5}[ \t-]?[0-9a-z]{5}(?![^\W_])", re.IGNORECASE)
_BELIEVED = (Level.REGISTERED, Level.AUTHENTICATED, Level.CONFIRMED)


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


def ask(case: Case, ticket: Ticket) -> Question:
    """Whoever wrote, it is the registered address that is asked, and no account more than three times a day."""
    if case.sender.level is Level.SUSPECT:
        return Question(_FORGED)
    whom = _whom(case, ticket)
    if whom is None:
        return Question(_NOBODY)
    if next((entry.count for entry in case.known.asked if entry.account == whom.account), 0) >= A_DAY:
        return Question(_ENOUGH)
    if case.attempts(whom.account) > PER_ACCOUNT:
        return Question(_GUESSED)
    draft = mails.challenge(case, ticket, whom.email, whom.language or ticket.language)
    if draft.withheld:
        return Question(_ENOUGH, draft)
    tag = tokens.tag(case.site.security.key, draft.cause, draft.template, draft.recipient)
    draft = replace(draft, code=tokens.code(case.site.security.key, tag))
    said = Words(f"demandée à {whom.email}", f"asked of {whom.email}")
    return Question(said, draft, Challenge(tag, ticket.number, whom.account, whom.email, case.now))


def _whom(case: Case, ticket: Ticket) -> _Holder | None:
    """The author's own registered address; for a stranger that of the one account which he names, now or before."""
    own = [entry for entry in case.known.accounts if entry.number in case.sender.accounts and not entry.closed]
    if own:
        chosen = next((entry for entry in own if entry.number == ticket.account), own[0])
        return _Holder(chosen.number, case.sender.address, chosen.language)
    named = [entry for entry in case.known.named if not entry.closed and entry.addresses]
    if len(named) == 1:
        return _Holder(named[0].number, _first(named[0]), named[0].language)
    # What an agent was asked has no account, and is no business of the author's.
    before = [entry for entry in case.known.challenges if entry.ticket == ticket.number and entry.account]
    return _Holder(before[-1].account, before[-1].recipient) if before and not named else None


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
    challenge = _asked_of_him(case, found.sent)
    if challenge is None or challenge.ending is Ending.CONFIRMED:
        return None
    return _settled(case, found, heard(case, found.ticket, challenge))


def _asked_of_him(case: Case, sent: Sent | None) -> Challenge | None:
    if sent is None or sent.purpose is not Purpose.CHALLENGE or case.sender.level not in _BELIEVED:
        return None
    return asked_by(case, sent)


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
    if case.arrival.received_at - challenge.asked_at > LIFE:
        return Heard(challenge, "it came after more than 24 hours")
    if challenge.tries >= TRIES:
        return Heard(challenge, f"{TRIES} wrong codes came before it")
    if not _holds_code(said["rest"], case.site.security.key, challenge.tag):
        return Heard(replace(challenge, tries=challenge.tries + 1), "its code is missing or wrong")
    return Heard(replace(challenge, ending=Ending.CONFIRMED))


def _holds_code(text: str, key: bytes, tag: str) -> bool:
    return any(tokens.is_code(match[0], key, tag) for match in _CODE.finditer(text))


def _settled(case: Case, found: Thread, said: Heard) -> Decision:
    ticket, ending = found.ticket, said.challenge.ending
    sure = not said.why
    after = _released(ticket, said.challenge) if sure else ticket
    who = said.challenge.recipient
    reason = f"{who} confirms {ticket.number}: it is {after.status}" if sure else f"nothing is confirmed: {said.why}"
    news = notices.CONFIRMED if sure else notices.DENIED if ending is Ending.DENIED else notices.UNCONFIRMED
    fields = confirmed(case)
    sender = replace(case.sender, level=Level.CONFIRMED, evidence=f"{case.sender.evidence}; he sent back the code")
    return Decision(
        Outcome.CHALLENGE,
        reason,
        sender if sure else case.sender,
        after,
        ticket,
        fields,
        (mails.challenge_received(case, ticket), *notices.notices(case, after, fields, news)),
        (
            Because("author", (sender if sure else case.sender).evidence),
            Because("ticket", reason),
            Because("mail", "he gets the same receipt whatever came of it; the agents are told"),
        ),
        challenges=tried(case, found),
    )


def _released(ticket: Ticket, challenge: Challenge) -> Ticket:
    """From now on we speak with the address that confirmed: a stranger's request is its holder's (design 1.5.1)."""
    own = address.key(ticket.requester) == address.key(challenge.recipient) if ticket.requester else False
    return replace(
        ticket,
        status=set_free(ticket),
        level=Level.CONFIRMED,
        account=ticket.account if own else challenge.account,
        requester=challenge.recipient,
    )


def set_free(ticket: Ticket) -> Status:
    """The state of a ticket that is no longer held."""
    return Status.OPEN if ticket.first_response_at else Status.NEW
