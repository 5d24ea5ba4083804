"""The relay and the names: whether mail gets out, and whether hosts are found. No mail is sent."""

import ipaddress
from collections.abc import Iterator

from mailbot import smtp
from mailbot.smtp import Timeouts
from mailbot.store import outages
from mailbot.work.doctor import certificates, clocks
from mailbot.work.doctor.finding import Finding, Verdict, graded
from mailbot.work.doctor.instruments import Patient
from mailbot.work.measures import octets

DNS = "dns"
_TIMEOUTS = Timeouts(connect=8.0, command=8.0)
# A notice quotes the mail that it tells of, whose text is 256 KiB at most, twice: as text and as HTML.
SMALL = 1 << 20


def relay(patient: Patient) -> Iterator[Finding]:
    site = patient.site
    server = f"{site.smtp.host}:{site.smtp.port}"
    try:
        # Here it may hang without keeping the process from its end, in asyncio it may not.
        patient.instruments.resolve(site.smtp.host)
    except OSError as error:
        yield Finding(
            outages.RELAY, "login", Verdict.PROBLEM, f"{server}: {error.strerror}", "Correct [smtp] host, or DNS"
        )
        return
    facts = smtp.probe(site.smtp, site.robot.domain, _TIMEOUTS)
    now = patient.instruments.now()
    if facts.trouble:
        yield Finding(outages.RELAY, "login", Verdict.PROBLEM, facts.trouble)
        return
    login = f"logged in at {server} as {site.smtp.username}" if facts.logged_in else f"{server} asks no login"
    yield Finding(outages.RELAY, "login", Verdict.OK, login)
    yield from certificates.of(outages.RELAY, facts.tls, facts.certificate_until, now)
    yield _size(facts.size)
    yield from clocks.of_greeting(outages.RELAY, facts.greeting, now)


def _size(largest: int | None) -> Finding:
    says = f"it takes mails of up to {octets(largest)}" if largest else "it tells of no limit"
    advice = "Have the limit raised: a notice with a long quotation may be larger"
    return graded(outages.RELAY, "size", says, advice, warning=bool(largest and largest < SMALL), value=largest)


def hosts(patient: Patient) -> tuple[str, ...]:
    """The names of the servers that are talked to; addresses need no DNS."""
    named = (*(mailbox.imap.host for mailbox in patient.site.mailboxes), patient.site.smtp.host)
    return tuple(dict.fromkeys(host for host in named if not _is_address(host)))


def host(patient: Patient, name: str) -> Iterator[Finding]:
    try:
        found = len(patient.instruments.resolve(name))
    except OSError as error:
        yield Finding(DNS, name, Verdict.PROBLEM, f"not found: {error.strerror}", "Correct the host, or DNS", 0)
        return
    yield Finding(DNS, name, Verdict.OK, f"{found} address{'' if found == 1 else 'es'}", value=found)


def domains(patient: Patient) -> Iterator[Finding]:
    """MX and SPF need a resolver, which is none of our libraries; the system's gives addresses only."""
    own = patient.site.robot.domain
    try:
        patient.instruments.resolve(own)
        says = "it has an address"
    except OSError:
        says = "it has no address, and needs none: it only stands in Message-IDs"
    yield Finding(DNS, own, Verdict.OK, says)
    for name in dict.fromkeys(mailbox.address.rpartition("@")[2] for mailbox in patient.site.mailboxes):
        advice = f"`dig MX {name}` and `dig TXT {name}` show them"
        yield Finding(DNS, name, Verdict.OK, "its MX and SPF records are not looked up", advice)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
