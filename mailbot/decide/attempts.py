"""Guesses at what is somebody else's (design 1.5.8): counted, told to the admin, and never answered differently.

They count against the account guessed at, and against an author only where he is authenticated: else whoever forges
his address could spend his name. Nobody is locked out, and no domain ever is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mailbot import tokens
from mailbot.decide.case import Case
from mailbot.decide.conversation import Thread, is_party
from mailbot.decide.pointers import named_ids
from mailbot.model import Attempt, AttemptKind, Concern, Decision, Level, Outcome, Purpose, RequestClass
from mailbot.parsers import address
from mailbot.sender import agent_of

# More than this many: against one account within a day, of invalid tags by one author within an hour, of all within
# an hour (reliability 5.6).
PER_ACCOUNT = 5
PER_AUTHOR = 20
IN_ALL = 20

_SURE = (Level.AUTHENTICATED, Level.CONFIRMED, Level.AGENT, Level.AGENT_CONFIRMED)
_CUSTOMERS = (Level.REGISTERED, Level.AUTHENTICATED, Level.CONFIRMED)
# Our own mail, a second copy, and what a person let pass, are no attempts of anybody.
_INNOCENT = (Outcome.OWN, Outcome.DUPLICATE, Outcome.BEFORE_START)


def counted(case: Case, found: Thread | None, decision: Decision) -> Decision:
    """The decision with the attempts that its message makes. Nothing that goes out depends on them."""
    if decision.outcome in _INNOCENT or case.arrival.released or case.arrival.sent:
        return decision
    made = tuple(dict.fromkeys((*decision.attempts, *_attempts(case, found, decision))))
    return replace(decision, attempts=made) if made else decision


def author_of(case: Case) -> str:
    """Against whom an attempt counts, as comparison key; "" where nothing authenticates him."""
    return address.key(case.sender.address) if case.sender.level in _SURE and case.sender.address else ""


def _attempts(case: Case, found: Thread | None, decision: Decision) -> Iterator[Attempt]:
    author = author_of(case)
    if _invalid_tags(case):
        yield Attempt(AttemptKind.TAG, "", author)
    if case.message.automatic:
        return
    yield from (Attempt(AttemptKind.TICKET, account, author) for account in _numbers_of_others(case))
    if (account := _notice_of_another(case, found)) is not None:
        yield Attempt(AttemptKind.NOTICE, account, author)
    yield from (Attempt(AttemptKind.ACCOUNT, account, author) for account in _accounts_of_others(case, decision))
    yield from (Attempt(AttemptKind.CODE, account, author) for account in _wrong_codes(case, decision))


def _invalid_tags(case: Case) -> bool:
    """One in the form of ours, in a recipient of our mailboxes or a Message-ID of our domain, that we never made.

    What a report quotes in its words may be any server's.
    """
    made = {sent.tag for sent in case.known.sent}
    ids = (tokens.tag_of_message_id(entry, case.site.robot.domain) for entry in named_ids(case.message))
    written = {*(tag for tag, _ in case.said.replies), *(tag for tag in ids if tag)}
    return bool(written - made)


def _numbers_of_others(case: Case) -> tuple[str, ...]:
    """Accounts of tickets that the subject names and that the author is no party of."""
    author = case.message.author
    if author and agent_of(author.address, case.site):
        return ()
    told = [ticket for ticket in case.known.tickets if ticket.number in case.said.numbers]
    return tuple(dict.fromkeys(ticket.account or "" for ticket in told if not is_party(case, ticket)))


def _notice_of_another(case: Case, found: Thread | None) -> str | None:
    """The account of the ticket whose notice is answered by somebody whom it did not go to; None of any other mail."""
    if found is None or found.sent is None or found.sent.purpose not in (Purpose.NOTICE, Purpose.AGENT):
        return None
    author = case.message.author
    written = (author.address,) if author else case.message.claimed
    mine = address.key(found.sent.recipient) in {address.key(entry) for entry in written}
    return None if mine else found.ticket.account or ""


def _accounts_of_others(case: Case, decision: Decision) -> tuple[str, ...]:
    """Account numbers that a registered author names in a sensitive request, and that are not his.

    An agent's answer quotes his notice, and that names the customer's.
    """
    ticket = decision.ticket
    if case.sender.level not in _CUSTOMERS or ticket is None or ticket.klass != RequestClass.SENSITIVE:
        return ()
    own = {number.upper() for number in case.sender.accounts}
    written = (field.value for field in case.message.fields if field.name == "account")
    return tuple(dict.fromkeys(value for value in written if value.upper() not in own))


def _wrong_codes(case: Case, decision: Decision) -> Iterator[str]:
    """Accounts of the challenges that this reply answered wrongly."""
    before = {challenge.tag: challenge.tries for challenge in case.known.challenges}
    for challenge in decision.challenges:
        if challenge.tries > before.get(challenge.tag, 0):
            yield challenge.account


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there were: a day's by account, an hour's invalid tags by author, an hour's of all."""

    accounts: tuple[tuple[str, int], ...]
    authors: tuple[tuple[str, int], ...]
    in_all: int


def concerns(counts: Counts) -> Iterable[Concern]:
    """What the admin is told, once a day for each."""
    for account, count in counts.accounts:
        if count > PER_ACCOUNT:
            yield Concern(
                f"attempts:account:{account}",
                f"somebody guesses at account {account}: {count} wrong attempts within 24 hours. No more codes are sent"
                f" for it today, and its mail goes on; ask the customer whether it was he, and look at"
                f" `mailbot customers show {account}`.",
            )
    for author, count in counts.authors:
        if count > PER_AUTHOR:
            yield Concern(
                f"attempts:author:{author}",
                f"{author} wrote to {count} reply addresses within an hour that never were ours: a broken program, or"
                " somebody who guesses. Nothing of it counted; ask the author, or put the address under blocked.",
            )
    if counts.in_all > IN_ALL:
        yield Concern(
            "attempts:all",
            f"somebody guesses: {counts.in_all} wrong attempts within an hour. Nothing of it counted;"
            " `mailbot deliveries list` shows the mails.",
        )
