"""What the holder of a registered address replies when he is asked whether a request is his (design 1.5.3)."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot import tokens
from mailbot.decide import mails, notices
from mailbot.decide.accounts import confirmed
from mailbot.decide.authority import Act, Right, right
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread
from mailbot.decide.loops import declined
from mailbot.model import (
    Because,
    Challenge,
    Decision,
    Draft,
    Ending,
    Language,
    Level,
    Outcome,
    Sent,
    Status,
    Ticket,
    Words,
)
from mailbot.parsers import address
from mailbot.sender import accounts_of

LIFE = timedelta(hours=24)
TRIES = 5

# Behind no mark of a quotation: what is quoted is not his.
_REPLY = re.compile(r"[^\w>|]*(?P<word>oui|yes|non|no)\b(?P<rest>.{0,200})", re.IGNORECASE | re.DOTALL)
# Two halves with whatever typists and telephones put between them. They may overlap: “merci ABCDE-FGHJK” has two.
_CODE = re.compile(
    r"(?<![^\W_])(?=([0-9a-z]{5})[\s\u00ad\u2010-\u2015\u2212-]{0,3}([0-9a-z]{5})(?![^\W_]))", re.IGNORECASE
)
# An agent may be a customer as well.
_BELIEVED = (Level.REGISTERED, Level.AUTHENTICATED, Level.CONFIRMED, Level.AGENT)


def voided(case: Case, ticket: Ticket) -> tuple[Challenge, ...]:
    """What was asked about a request does not stand for another text of it."""
    return tuple(
        replace(entry, ending=Ending.VOID)
        for entry in case.known.challenges
        if entry.ticket == ticket.number and not entry.ending
    )


def state(challenge: Challenge, now: datetime) -> str:
    """What came of it, in a word or two for people and programs."""
    if challenge.ending:
        return challenge.ending
    if abs(now - challenge.asked_at) > LIFE:
        return "expired"
    return "used up" if challenge.tries >= TRIES else "waiting"


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
    """The challenge as the reply leaves it, and why, where that confirms nothing; `denied`: he says it is not his."""

    challenge: Challenge
    why: str = ""
    denied: bool = False


def heard(case: Case, ticket: Ticket, challenge: Challenge) -> Heard:
    said = _REPLY.match(case.message.new_text)
    denied = said is not None and said["word"].lower() in ("non", "no")
    if ticket.status is not Status.HELD:
        return Heard(challenge, f"{ticket.number} is no longer held", denied)
    if said is None:
        return Heard(challenge, "it begins with neither OUI or YES nor NON or NO")
    if denied:
        why = "the holder of the address says that it is not his"
        return Heard(replace(challenge, ending=Ending.DENIED), why, denied=True)
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
    ticket = found.ticket
    sure = not said.why
    language = _language(case, challenge) or ticket.language
    after = _released(ticket, said.challenge, language) if sure else ticket
    who = challenge.recipient
    freed = f"{who} confirms {ticket.number}: no longer held, it is {after.status}"
    reason = freed if sure else f"nothing is confirmed: {said.why}"
    news = notices.CONFIRMED if sure else _unconfirmed(ticket, said)
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


def _unconfirmed(ticket: Ticket, said: Heard) -> tuple[str, str]:
    if ticket.status is Status.HELD:
        return notices.DENIED if said.denied else notices.UNCONFIRMED
    return notices.DENIED_LATE if said.denied else notices.LATE


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
