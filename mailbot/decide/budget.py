"""How much automatic mail goes to whom (design 1.5.6): counted is every draft that is not named here as free."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from mailbot.decide import pace
from mailbot.decide.case import Case
from mailbot.model import Because, Decision, Draft, Level, Purpose, Scope, Spent
from mailbot.parsers import address
from mailbot.sender import mailbox_of

ADDRESS_WINDOW = timedelta(hours=24)
SHARED_WINDOW = timedelta(hours=1)
# Of a Message-ID that a stranger chose, and that we would send on.
LONGEST_ID = 250

# What tells agents and the admin of a mail that came in: no storm of strangers may silence it.
FREE_PURPOSES = (Purpose.NOTICE, Purpose.HELD, Purpose.ADMIN)
FREE_TEMPLATES = ("undelivered", "diverted")
_PROVEN = (Level.AUTHENTICATED, Level.CONFIRMED, Level.AGENT, Level.AGENT_CONFIRMED)


def within_budget(case: Case, decision: Decision) -> Decision:
    """What is beyond a budget is withheld, each with its reason; nothing else of the decision changes."""
    drafts: tuple[Draft, ...] = ()
    for draft in decision.drafts:
        drafts += (settled(case, draft, spending(drafts)),)
    if drafts == decision.drafts:
        return decision
    pairs = zip(drafts, decision.drafts, strict=True)
    because = tuple(_because(draft) for draft, before in pairs if draft.withheld != before.withheld)
    return replace(decision, drafts=drafts, because=(*decision.because, *because))


def _because(draft: Draft) -> Because:
    return Because("mail", f"withheld: “{draft.template}” to {draft.recipient}: {draft.withheld}")


def spending(drafts: Iterable[Draft]) -> tuple[Spent, ...]:
    """What these mails take from the budgets."""
    return tuple(entry for draft in drafts if not draft.withheld and not _is_free(draft) for entry in _spent(draft))


def _spent(draft: Draft) -> Iterator[Spent]:
    key = address.key(draft.recipient)
    yield Spent(key, 1)
    if draft.charged:
        yield Spent(_domain(key), 1, Scope.DOMAIN)
        yield Spent(draft.mailbox, 1, Scope.MAILBOX)
        yield Spent("", 1, Scope.SITE)


def _is_free(draft: Draft) -> bool:
    return not draft.automatic or draft.purpose in FREE_PURPOSES or draft.template in FREE_TEMPLATES


def settled(case: Case, draft: Draft, before: tuple[Spent, ...] = ()) -> Draft:
    """The draft as its budgets let it be; `before` is what other mails of the same decision take.

    Whoever says in words what goes out asks this first; what nobody asked for is settled in the end all the same.
    """
    if draft.withheld:
        return draft
    if mailbox_of(draft.recipient, case.site):
        # T-22: a robot that is its own correspondent.
        return replace(draft, withheld="it would go to a mailbox of our own")
    if _is_free(draft):
        return draft
    key, spent = address.key(draft.recipient), (*case.known.spent, *before)
    had = _sum(spent, Scope.ADDRESS, key)
    charged = _is_charged(case, draft, key, had)
    why = _too_quick(case, key) or _of_address(case, key, had)
    if charged and not why:
        why = _shared(case, draft, key, spent)
    so = replace(draft, withheld=why, charged=charged and not why)
    return so if draft.purpose is Purpose.AGENT or _is_proven(case) else _brief(so)


def _brief(draft: Draft) -> Draft:
    """RFC 3834 section 2: a few kilobytes to whom nothing authenticates, however long the thread that he names."""
    parent = draft.in_reply_to if len(draft.in_reply_to) <= LONGEST_ID else ""
    return replace(draft, in_reply_to=parent, references=tuple(entry for entry in draft.references if entry == parent))


def _is_charged(case: Case, draft: Draft, key: str, had: int) -> bool:
    """Whether mail that this author causes is bound by what the domain, the mailbox and the site may spend.

    Of somebody who shows only a registered address the first mail of a day is not: when the lines of thousands are
    down, a third of whom no DMARC shows, each gets his acknowledgement. Whoever forges them gets no more than that.
    Agents, too, are too few to be a storm, and need to know what became of their words.
    """
    if draft.purpose is Purpose.AGENT or _is_proven(case):
        return False
    registered = case.sender.level in (Level.REGISTERED, Level.AUTHENTICATED)
    return not (registered and had == 0 and key == address.key(case.sender.address))


def _is_proven(case: Case) -> bool:
    """Where the site trusts the address alone, what it calls authenticated proves nothing."""
    level = case.sender.level
    trusting = case.site.security.sender_authentication == "address"
    return level in _PROVEN and not (trusting and level is Level.AUTHENTICATED)


def _too_quick(case: Case, key: str) -> str | None:
    until = pace.robot_until(case)
    if until is None or not case.sender.address or key != address.key(case.sender.address):
        return None
    return f"{pace.WHY}; nothing automatic goes to it before {until:%Y-%m-%d %H:%M} UTC"


def _of_address(case: Case, key: str, had: int) -> str | None:
    budget = case.site.budget
    allowed = budget.registered if _is_known(case, key) else budget.others
    if had < allowed:
        return None
    return f"this address had its {allowed} automatic mail{'s' if allowed != 1 else ''} within 24 hours"


def _is_known(case: Case, key: str) -> bool:
    """Registered for an open account, or an agent's."""
    accounts = (entry for entry in (*case.known.accounts, *case.known.named) if not entry.closed)
    registered = (entry.email for account in accounts for entry in account.addresses)
    asked = (entry.recipient for entry in case.known.challenges)
    agents = (agent.email for agent in case.site.agents)
    return any(address.key(email) == key for email in (*registered, *asked, *agents))


def _shared(case: Case, draft: Draft, key: str, spent: tuple[Spent, ...]) -> str | None:
    budget, domain = case.site.budget, _domain(key)
    bounds = (
        (Scope.DOMAIN, domain, budget.domain, f"to {domain}"),
        (Scope.MAILBOX, draft.mailbox, budget.mailbox, f"from the mailbox {draft.mailbox}"),
        (Scope.SITE, "", budget.site, "from this site"),
    )
    for scope, name, allowed, where in bounds:
        if _sum(spent, scope, name) >= allowed:
            return (
                f"{allowed} automatic mails went {where} within an hour because of authors"
                f" whom nothing authenticates: all that [budget] {scope} allows"
            )
    return None


def _sum(spent: Iterable[Spent], scope: Scope, name: str) -> int:
    return sum(entry.count for entry in spent if entry.scope is scope and entry.name == name)


def _domain(key: str) -> str:
    return key.rpartition("@")[2]
