"""What one key alone does not show: two keys or two sections that cannot both be so, and what is allowed but unwise."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from mailbot.model import Policy, ProcessedMode, Site, Transport
from mailbot.parsers import address
from mailbot.settings import keys, oauth2, values
from mailbot.settings.assembly import imap_port
from mailbot.settings.faults import AGENTS, MAIN
from mailbot.settings.sections import Box, Written
from mailbot.written.faults import Fault, meant, shown

_LOOPBACK = "is for a server on this machine only: {host} is not on loopback, use tls or starttls"
# RFC 2606 section 3: nobody can own these.
_RESERVED = ("example.com", "example.net", "example.org")


def faults(written: Written, directory: Path) -> Iterator[Fault]:
    yield from _connections(written)
    yield from _certificates(written, directory)
    yield from _clients(written, oauth2.faults)
    yield from _folders(written.boxes)
    yield from _doubles(written.boxes)
    yield from _loops(written)
    yield from _same_agent(written)
    yield from _unwanted(written)
    yield from _forms(written)


def _servers(written: Written) -> Iterator[tuple[tuple[str, ...], keys.Smtp | keys.Imap]]:
    yield from ((_imap(box), box.imap) for box in written.boxes)
    if written.smtp:
        yield ("smtp",), written.smtp


def _connections(written: Written) -> Iterator[Fault]:
    for path, section in _servers(written):
        if section.security is Transport.NONE and not values.is_loopback(section.host):
            yield Fault(MAIN, path, ("security",), '"none" ' + _LOOPBACK.format(host=section.host))


def _certificates(written: Written, directory: Path) -> Iterator[Fault]:
    for path, section in _servers(written):
        files = {("ca_file",): section.ca_file, ("oauth2", "ca_file"): section.oauth2 and section.oauth2.ca_file}
        for key, file in files.items():
            if file and not (directory / file).is_file():
                yield Fault(MAIN, path, key, f"there is no file {directory / file}")


def _clients(written: Written, examined: Callable[[keys.OAuth2], Iterable[tuple[str, str]]]) -> Iterator[Fault]:
    for path, section in _servers(written):
        for key, says in examined(section.oauth2) if section.oauth2 else ():
            yield Fault(MAIN, path, ("oauth2", key), says)


def _folders(boxes: Iterable[Box]) -> Iterator[Fault]:
    for box in boxes:
        processed, sent = box.imap.processed, box.imap.sent_folder
        if processed.mode is ProcessedMode.MOVE and processed.folder == box.imap.folder:
            yield Fault(MAIN, _imap(box), ("processed",), f"moves mail from {shown(box.imap.folder)} into itself")
        if sent and processed.folder == sent:
            yield Fault(MAIN, _imap(box), ("processed",), "moves customers' mail into the sent_folder")
        if sent == box.imap.folder:
            yield Fault(MAIN, _imap(box), ("sent_folder",), "is the folder that customers' mail is read from")


def _place(box: Box, folder: str) -> tuple[str, int, str, str]:
    return box.imap.host, imap_port(box.imap), box.imap.username, folder


def _doubles(boxes: Sequence[Box]) -> Iterator[Fault]:
    """One mailbox read twice would be two tickets for each letter's author to wonder about."""
    addresses: dict[str, str] = {}
    folders: dict[tuple[str, int, str, str], str] = {}
    for box in boxes:
        other = addresses.setdefault(address.key(box.mailbox.address), box.name)
        if other != box.name:
            yield Fault(MAIN, _section(box), ("address",), f"is the address of [mailboxes.{other}] as well")
        other = folders.setdefault(_place(box, box.imap.folder), box.name)
        if other != box.name:
            yield Fault(MAIN, _imap(box), ("folder",), f"is the folder that [mailboxes.{other}.imap] reads as well")
    for box in boxes:
        other = folders.get(_place(box, box.imap.sent_folder), box.name)
        if other != box.name:
            says = f"is the folder that [mailboxes.{other}.imap] reads"
            yield Fault(MAIN, _imap(box), ("sent_folder",), says)


def _loops(written: Written) -> Iterator[Fault]:
    """Mail of ours that would come back into our own mailbox."""
    robot = written.robot
    if robot and (box := _owner(robot.admin, written.boxes)):
        says = f"is the address of [mailboxes.{box.name}]: what goes to the admin would come back as a customer's mail"
        yield Fault(MAIN, ("robot",), ("admin",), says)
    for person in written.persons:
        if box := _owner(person.agent.email, written.boxes):
            says = f"is the address of [mailboxes.{box.name}]: an agent needs one of his own"
            yield Fault(AGENTS, (person.name,), ("email",), says)


def _same_agent(written: Written) -> Iterator[Fault]:
    names: dict[str, str] = {}
    for person in written.persons:
        other = names.setdefault(address.key(person.agent.email), person.name)
        if other != person.name:
            yield Fault(AGENTS, (person.name,), ("email",), f"is the address of [{other}] as well")


def departments(written: Written, policy: Policy) -> Iterator[Fault]:
    """Those that mailboxes and agents name and the rules do not."""
    known = tuple(department.key for department in policy.departments)
    named = [(MAIN, _section(box), "department", box.mailbox.department) for box in written.boxes]
    named += [(AGENTS, (one.name,), "departments", key) for one in written.persons for key in one.agent.departments]
    for file, section, key, name in named:
        if name not in known:
            hint = meant(name, known) or f"; there are {', '.join(known)}"
            yield Fault(file, section, (key,), f"there is no rules/departments/{name}.toml{hint}")


def _unwanted(written: Written) -> Iterator[Fault]:
    """What would make junk of our own people's mail, or of what a web form sends."""
    if not written.security:
        return
    named = {
        **{person.agent.email: f"the agent [{person.name}]" for person in written.persons},
        **{box.mailbox.address: f"[mailboxes.{box.name}]" for box in written.boxes},
        **{form: f"the web form {form}" for form in written.security.forms},
    }
    for entry in written.security.blocked:
        for email, whose in named.items():
            if address.key(entry) in address.names(email):
                yield Fault(MAIN, ("security",), ("blocked",), f"{shown(entry)} would make junk of mail from {whose}")


def _forms(written: Written) -> Iterator[Fault]:
    for form in written.security.forms if written.security else ():
        if box := _owner(form, written.boxes):
            says = f"{shown(form)} is the address of [mailboxes.{box.name}]: let the form send from one of its own"
            yield Fault(MAIN, ("security",), ("forms",), says)
        for person in written.persons:
            if address.key(person.agent.email) == address.key(form):
                says = f"{shown(form)} is the address of the agent [{person.name}], whose Reply-To would be believed"
                yield Fault(MAIN, ("security",), ("forms",), says)


def _owner(email: str, boxes: Iterable[Box]) -> Box | None:
    """The mailbox that an address delivers to, subaddresses included."""
    local, _, domain = address.key(email).rpartition("@")
    for box in boxes:
        own_local, _, own_domain = address.key(box.mailbox.address).rpartition("@")
        separator = box.imap.subaddress
        if domain == own_domain and (local == own_local or (separator and local.startswith(own_local + separator))):
            return box
    return None


def warnings(site: Site, offline: bool) -> Iterator[Fault]:
    yield from _agents(site)
    yield from _placeholders(site)
    if not offline:
        yield from _empty_passwords(site)
    yield from _trust(site)


def _trust(site: Site) -> Iterator[Fault]:
    """What believes more, or shows less, than it need."""
    borders = [site.border(mailbox.key) for mailbox in site.mailboxes]
    by_address = site.security.sender_authentication == "address"
    if any(border.is_open for border in borders) and (site.security.agents == "authenticated" or not by_address):
        customers = () if by_address else ("no customer counts as authenticated",)
        agents = ("no agent's answer goes out",) if site.security.agents == "authenticated" else ()
        says = f"is empty: {' and '.join((*customers, *agents))}; name your mail server"
        yield Fault(MAIN, ("security",), ("trusted_authserv_ids",), says)
    if by_address:
        says = '"address" is weaker: whoever puts a registered address into From is believed'
        says = f'{says}; set "dmarc" where your mail server writes Authentication-Results'
        yield Fault(MAIN, ("security",), ("sender_authentication",), says)
    if site.security.agents == "token":
        says = '"token" is weaker: whoever reads an agent\'s mail can answer in his name; better "authenticated"'
        yield Fault(MAIN, ("security",), ("agents",), says)


def unwise(written: Written) -> Iterator[Fault]:
    yield from _clients(written, oauth2.warnings)
    if written.rules:
        yield Fault(MAIN, ("rules",), ("activation",), "has no effect yet: this version reads the rules when it starts")


def _agents(site: Site) -> Iterator[Fault]:
    departments = {mailbox.department for mailbox in site.mailboxes}
    for agent in site.agents:
        for department in agent.departments:
            if department not in departments:
                says = f"{shown(department)} is the department of no mailbox" + meant(department, departments)
                yield Fault(AGENTS, (agent.key,), ("departments",), says)
    staffed = {department for agent in site.agents for department in agent.departments}
    for mailbox in site.mailboxes:
        if mailbox.department not in staffed:
            says = f"no agent is in {shown(mailbox.department)}: its notices go to {site.robot.admin}"
            yield Fault(MAIN, ("mailboxes", mailbox.key), ("department",), says)


def _placeholders(site: Site) -> Iterator[Fault]:
    """One warning for all of them: a fresh site has many."""
    named = {
        "[robot] domain": site.robot.domain,
        "[robot] admin": site.robot.admin,
        "[smtp] host": site.smtp.host,
        **{f"[mailboxes.{mailbox.key}] address": mailbox.address for mailbox in site.mailboxes},
        **{f"[mailboxes.{mailbox.key}.imap] host": mailbox.imap.host for mailbox in site.mailboxes},
        **{f"{AGENTS} [{agent.key}] email": agent.email for agent in site.agents},
    }
    unfilled = [place for place, value in named.items() if _is_reserved(value)]
    if unfilled:
        says = f"names of example.com stand for yours still: {', '.join(unfilled)}"
        yield Fault(MAIN, (), (), says)


def _is_reserved(value: str) -> bool:
    domain = value.rpartition("@")[2].lower()
    return any(domain == name or domain.endswith("." + name) for name in _RESERVED)


def _empty_passwords(site: Site) -> Iterator[Fault]:
    if site.smtp.username and not site.smtp.password and not site.smtp.oauth2:
        yield Fault(MAIN, ("smtp",), (), "the password is empty")
    for mailbox in site.mailboxes:
        if not mailbox.imap.password and not mailbox.imap.oauth2:
            yield Fault(MAIN, ("mailboxes", mailbox.key, "imap"), (), "the password is empty")


def _section(box: Box) -> tuple[str, ...]:
    return ("mailboxes", box.name)


def _imap(box: Box) -> tuple[str, ...]:
    return ("mailboxes", box.name, "imap")
