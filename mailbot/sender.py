"""Who wrote a mail and how sure we are: the levels of design 1.3, each with its evidence as a sentence."""

from mailbot.model import (
    Account,
    Agent,
    AuthenticationResult,
    Known,
    Language,
    Level,
    Message,
    Purpose,
    Sender,
    Site,
)
from mailbot.parsers import address

# Design 1.5.2 and 1.5.4: a login at our border (RFC 8601 section 2.7.4) counts for agents only.
_CUSTOMERS = frozenset({"dmarc", "dkim"})
_AGENTS = _CUSTOMERS | {"auth"}


def identify(message: Message, known: Known, site: Site) -> Sender:
    """The author's level. Only the one From address counts (RFC 5322 section 3.6.2), never Sender or Reply-To."""
    if message.automatic:
        author = message.author.address if message.author else ""
        return Sender(author, Level.MACHINE, f"a machine wrote this ({message.automatic})")
    if not message.author:
        return Sender("", Level.UNKNOWN, f"the author cannot be told: {message.author_defect}")
    if message.form:
        says = f"the web form {message.form} names {message.author.address} as the author, and nothing proves it"
        return Sender(message.author.address, Level.UNKNOWN, says)
    trusted = site.security.trusted_authserv_ids
    agent = agent_of(message.author.address, site)
    if agent and points_to_his_notice(agent, known):
        return _agent(agent, authentication(message, trusted, _AGENTS), site)
    return _customer(message.author.address, authentication(message, trusted, _CUSTOMERS), known, site)


def _agent(agent: Agent, verdict: bool | None, site: Site) -> Sender:
    if verdict is True:
        return Sender(
            agent.email, Level.AGENT, f"agent {agent.name}, authenticated, answering his own notice", (), agent.key
        )
    if site.security.agents == "token" and verdict is None:
        return Sender(agent.email, Level.AGENT, f"agent {agent.name}, answering his own notice", (), agent.key)
    what = "authentication failed" if verdict is False else "nothing authenticates the sender"
    return Sender(agent.email, Level.UNKNOWN, f"the address of agent {agent.name}, but {what}")


def _customer(written: str, verdict: bool | None, known: Known, site: Site) -> Sender:
    accounts = accounts_of(written, known)
    if not accounts:
        return Sender(written, Level.UNKNOWN, f"{written} is registered for no account")
    numbers = tuple(account.number for account in accounts)
    registered = next(
        entry.email for entry in accounts[0].addresses if address.key(entry.email) == address.key(written)
    )
    of = f"registered address of account {' and '.join(numbers)}"
    if verdict is True:
        return Sender(registered, Level.AUTHENTICATED, f"{of}, authenticated", numbers)
    if verdict is False:
        return Sender(registered, Level.SUSPECT, f"{of}, but the authentication failed: this may be a forgery", numbers)
    if site.security.sender_authentication == "address":
        return Sender(registered, Level.AUTHENTICATED, f"{of}; this site trusts the address alone", numbers)
    return Sender(registered, Level.REGISTERED, f"{of}, not authenticated", numbers)


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


def points_to_his_notice(agent: Agent, known: Known) -> bool:
    """Design 1.5.4: a notice's tag serves only the agent whom that notice was sent to."""
    key = address.key(agent.email)
    return any(sent.purpose is Purpose.NOTICE and address.key(sent.recipient) == key for sent in known.sent)


def authentication(message: Message, trusted: tuple[str, ...], methods: frozenset[str]) -> bool | None:
    """True: shown to be the author's domain; False: shown not to be; None: nothing trustworthy says either.

    RFC 8601 section 5: only results of our own border count, and where those disagree nothing is believed.
    """
    ids = {name.lower() for name in trusted}
    ours = [result for result in message.authentication if result.authserv_id.lower() in ids]
    results = [result for result in ours if result.method in methods]
    author = address.key(message.author.address) if message.author else ""
    verdicts = {verdict for result in results if (verdict := _verdict(result, author)) is not None}
    if False in verdicts:
        return False
    return True if verdicts else None


def _verdict(result: AuthenticationResult, author: str) -> bool | None:
    domain = author.rpartition("@")[2]
    values = {entry.name: entry.value.lower().rstrip(".") for entry in result.properties}
    match result.method:
        case "dmarc":
            if result.result == "pass":
                # RFC 8601 section 2.7.2: a pass for another domain than the one we read is a pass for somebody else.
                stated = values.get("header.from")
                return address.key(f"@{stated}") == f"@{domain}" if stated else None
            return False if result.result == "fail" else None
        case "dkim":
            signed = values.get("header.d") or values.get("header.i", "").rpartition("@")[2]
            return True if result.result == "pass" and signed and _aligned(signed, domain) else None
        case "auth":
            return True if result.result == "pass" and address.key(values.get("smtp.auth", "")) == author else None
        case _:
            return None


def _aligned(signed: str, domain: str) -> bool:
    # Strict or a parent of the author's domain; a public suffix never signs for its children in practice.
    return signed == domain or ("." in signed and domain.endswith("." + signed))


_LEVELS = {
    Level.MACHINE: ("une machine a écrit ce message", "a machine wrote this message"),
    Level.UNKNOWN: ("adresse inconnue du registre", "address not in the register"),
    Level.SUSPECT: (
        "adresse enregistrée, mais l’authentification a échoué : peut-être un faux",
        "registered address, but the authentication failed: perhaps a forgery",
    ),
    Level.REGISTERED: ("adresse enregistrée, non authentifiée", "registered address, not authenticated"),
    Level.AUTHENTICATED: ("adresse enregistrée, authentifiée", "registered address, authenticated"),
    Level.CONFIRMED: ("adresse enregistrée, demande confirmée", "registered address, request confirmed"),
    Level.AGENT: ("un agent", "an agent"),
    Level.AGENT_CONFIRMED: ("un agent, demande confirmée", "an agent, request confirmed"),
}


_NOBODY = (
    "auteur impossible à établir : de qui vient ce message est douteux",
    "the author cannot be told: who wrote this is in doubt",
)


def described(sender: Sender, language: Language) -> str:
    """How sure we are, in the words of an agent's notice."""
    french, english = _LEVELS[sender.level] if sender.address else _NOBODY
    return french if language is Language.FR else english
