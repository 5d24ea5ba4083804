"""Who wrote a mail and how sure we are: the levels of design 1.3, each with its evidence as a sentence."""

from dataclasses import replace

from mailbot.model import Account, Address, Agent, Known, Level, Mailbox, Message, Purpose, Sender, Site
from mailbot.parsers import address
from mailbot.sender.authentication import AGENTS, CUSTOMERS, Verdict, authentication
from mailbot.sender.words import described

__all__ = ["accounts_of", "agent_of", "described", "identify", "mailbox_of", "points_to_his_notice"]

_TO_AGENTS = (Purpose.NOTICE, Purpose.HELD, Purpose.CHALLENGE)


def identify(message: Message, known: Known, site: Site, mailbox: str) -> Sender:
    """`mailbox` is the key of the one that the mail lay in: its server's word counts, no other's.

    Only the one From address counts (RFC 5322 section 3.6.2), never Sender or Reply-To.
    """
    if message.automatic:
        author = message.author.address if message.author else ""
        return Sender(author, Level.MACHINE, f"a machine wrote this ({message.automatic})")
    if not message.author:
        return Sender("", Level.UNKNOWN, f"the author cannot be told: {message.author_defect}")
    border = site.border(mailbox)
    if message.form:
        return _visitor(message, message.author, authentication(message, border, CUSTOMERS))
    agent = agent_of(message.author.address, site)
    answering = _agent(agent, authentication(message, border, AGENTS), site) if agent else None
    if agent and answering and points_to_his_notice(agent, known):
        return answering
    customer = _customer(message.author.address, authentication(message, border, CUSTOMERS), known, site)
    return replace(customer, agent=answering.agent) if answering else customer


def _visitor(message: Message, author: Address, verdict: Verdict) -> Sender:
    """The verdict is on the form: whoever forges its address writes in the name of anybody."""
    if verdict.shown is False:
        says = f"the address of the web form {message.form}, but {verdict.seen}: this may be a forgery"
        return Sender(author.address, Level.SUSPECT, says)
    says = f"the web form {message.form} names {author.address} as the author, and nothing proves it"
    return Sender(author.address, Level.UNKNOWN, says)


def _agent(agent: Agent, verdict: Verdict, site: Site) -> Sender:
    says = ""
    if verdict.shown:
        says = f"agent {agent.name}, answering his own notice, authenticated: {verdict.seen}"
    elif site.security.agents == "token" and verdict.shown is None and not verdict.forged:
        says = f"agent {agent.name}, answering his own notice; this site asks no more of agents"
    if says:
        return Sender(agent.email, Level.AGENT, says, (), agent.key)
    what = "authentication failed" if verdict.shown is False else "nothing authenticates the sender"
    return Sender(agent.email, Level.UNKNOWN, f"the address of agent {agent.name}, but {what}: {verdict.seen}")


def _customer(written: str, verdict: Verdict, known: Known, site: Site) -> Sender:
    accounts = accounts_of(written, known)
    if not accounts:
        shown = address.shown(written)
        says = f"{shown} is registered for no account"
        if verdict.shown is False:
            return Sender(shown, Level.SUSPECT, f"{says}, and {verdict.seen}: this may be a forgery")
        return Sender(shown, Level.UNKNOWN, says)
    numbers = tuple(account.number for account in accounts)
    registered = next(
        entry.email for entry in accounts[0].addresses if address.key(entry.email) == address.key(written)
    )
    level, says = _judged(verdict, site)
    return Sender(registered, level, f"registered address of account {' and '.join(numbers)}, {says}", numbers)


def _judged(verdict: Verdict, site: Site) -> tuple[Level, str]:
    if verdict.shown:
        return Level.AUTHENTICATED, f"authenticated: {verdict.seen}"
    if verdict.shown is False:
        return Level.SUSPECT, f"but {verdict.seen}: this may be a forgery"
    if site.security.sender_authentication == "address" and not verdict.forged:
        return Level.AUTHENTICATED, "and this site trusts the address alone"
    return Level.REGISTERED, f"not authenticated: {verdict.seen}"


def accounts_of(written: str, known: Known) -> tuple[Account, ...]:
    """The open accounts for which this address is registered."""
    key = address.key(written)
    return tuple(
        account
        for account in known.accounts
        if not account.closed and any(address.key(entry.email) == key for entry in account.addresses)
    )


def agent_of(written: str, site: Site) -> Agent | None:
    key = address.key(written)
    return next((agent for agent in site.agents if address.key(agent.email) == key), None)


def mailbox_of(written: str, site: Site) -> Mailbox | None:
    """With or without a subaddress."""
    local, _, domain = address.key(written).rpartition("@")
    for mailbox in site.mailboxes:
        own, _, own_domain = address.key(mailbox.address).rpartition("@")
        subaddressed = bool(mailbox.subaddress) and local.startswith(own + mailbox.subaddress)
        if domain == own_domain and (local == own or subaddressed):
            return mailbox
    return None


def points_to_his_notice(agent: Agent, known: Known) -> bool:
    """Design 1.5.4: the tag of a mail to agents serves only the one whom it was sent to."""
    key = address.key(agent.email)
    return any(sent.purpose in _TO_AGENTS and address.key(sent.recipient) == key for sent in known.sent)
