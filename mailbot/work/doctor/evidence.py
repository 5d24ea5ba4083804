"""What the last mails of a folder show of the servers in front of it: whose word counts, and what gets through."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailbot import tokens
from mailbot.model import Mailbox, Site
from mailbot.parsers.message import parse
from mailbot.parsers.trace import Stamp, stamps
from mailbot.work import measures
from mailbot.work.doctor.finding import Finding, Verdict

# RFC 2606 section 2: no border vouches for it.
FORGED = "forged.invalid"
FORGERY = "forgery"
_SHOWN = 4
_NAMED = 20
# Anybody can write a longer one.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail's header. `claims` are authserv-ids under which FORGED is said to be authentic."""

    subject: str
    recipients: tuple[str, ...]
    stamps: tuple[Stamp, ...]
    claims: frozenset[str]


def seen(header: bytes, site: Site) -> Seen:
    message = parse(header, site.robot.reading)
    claims = (
        result.authserv_id
        for result in message.authentication
        if any(each.name == "header.from" and each.value.lower() == FORGED for each in result.properties)
    )
    return Seen(message.subject, message.recipients, stamps(header), frozenset(claims))


def authentication(about: str, site: Site, mails: Sequence[Seen]) -> Iterator[Finding]:
    """Which hosts' Authentication-Results stand in the mails, and whether a forged one would pass for ours."""
    trusted = _trusted(site)
    ids = Counter(name for mail in mails for name in {stamp.authserv_id[:_LONGEST] for stamp in mail.stamps} - {""})
    says, value = _ids(ids, trusted, len(mails)), ", ".join(name for name, _ in ids.most_common(_NAMED))
    if trusted:
        yield Finding(about, "authentication", Verdict.OK, says, value=value)
        yield from _forgery(about, site, mails, trusted)
        return
    says = f"{says}; none is trusted, so nobody counts as authenticated and no agent can answer"
    advice = "Have your mail server write them, and name it in [security] trusted_authserv_ids"
    if ids:
        advice = "Name those of them that are your own servers in [security] trusted_authserv_ids"
    yield Finding(about, "authentication", Verdict.WARNING, says, advice, value)


def _forgery(about: str, site: Site, mails: Sequence[Seen], trusted: frozenset[str]) -> Iterator[Finding]:
    """RFC 8601 section 5: the border must take out what claims to be its own.

    A forged field stands below the Received field that the border wrote, and so deeper than the border's own.
    """
    if any(trusted & mail.claims for mail in mails):
        says = "a forged Authentication-Results under a trusted name came through, so anybody can pass for anybody"
        advice = "Have your server take such fields out of mail that comes in"
        yield Finding(about, FORGERY, Verdict.PROBLEM, says, advice)
    elif strange := _strange(mails, trusted):
        says = f"in {strange} of {len(mails)} mails a trusted name stands lower than usual, or twice: a sender may have"
        advice = f"See that your server takes such fields out of mail that comes in. {_test(site, trusted)}"
        yield Finding(about, FORGERY, Verdict.WARNING, f"{says} written it", advice, strange)
    elif any(_word(site) in mail.subject for mail in mails):
        yield Finding(about, FORGERY, Verdict.OK, "your server took out a forged Authentication-Results")


def untested(found: Iterable[Finding], site: Site) -> Iterator[Finding]:
    """Where no mail shows it, it says how to find out."""
    trusted = _trusted(site)
    if trusted and not any(finding.check == FORGERY for finding in found):
        says = "whether your server takes a forged Authentication-Results out of mail that comes in is not known"
        yield Finding("settings", FORGERY, Verdict.OK, says, _test(site, trusted))


def _trusted(site: Site) -> frozenset[str]:
    return frozenset(name.lower() for name in site.security.trusted_authserv_ids)


def _ids(ids: Counter[str], trusted: frozenset[str], mails: int) -> str:
    if not mails:
        return "no mail yet to see Authentication-Results in"
    if not ids:
        return f"no Authentication-Results in the last {measures.mails(mails)}"
    common = [
        f"{name} ({'' if name in trusted else 'not '}trusted) in {number}" for name, number in ids.most_common(_SHOWN)
    ]
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"of the last {measures.mails(mails)} {', '.join(common)}{more}"


def _strange(mails: Sequence[Seen], trusted: frozenset[str]) -> int:
    """Mails with a trusted stamp below another of theirs, or all of them deeper than in most mails."""
    depths = [[stamp.depth for stamp in mail.stamps if stamp.authserv_id in trusted] for mail in mails]
    highest = Counter(min(found) for found in depths if found)
    usual = highest.most_common(1)[0][0] if highest else 0
    return sum(1 for found in depths if found and max(found) > min(min(found), usual))


def _test(site: Site, trusted: frozenset[str]) -> str:
    field = f"Authentication-Results: {min(trusted)}; dmarc=pass header.from={FORGED}"
    letter = f'a mail with the subject "{_word(site)}" and the field "{field}"'
    return f"To find out, send {letter} from outside, and look again"


def _word(site: Site) -> str:
    """Only who has the key can write it, so nobody else tells us that all is well."""
    return f"mailbot {tokens.tag(site.security.key, 'forgery', '', '')[:8]}"


def subaddress(about: str, mailbox: Mailbox, mails: Sequence[Seen]) -> Finding:
    """Without a mail of our own it can only be seen that one came, never that none would."""
    arrived = any(_has_tag(each, mailbox) for mail in mails for each in mail.recipients)
    find_out = "`mailbot doctor --send` sends one to find out"
    separator = mailbox.subaddress or "+"
    local, _, domain = mailbox.address.rpartition("@")
    to = f"{local}{separator}TAG@{domain}"
    match arrived, bool(mailbox.subaddress):
        case True, True:
            return Finding(about, "subaddress", Verdict.OK, f"mail to {to} arrives")
        case True, False:
            advice = f'Set subaddress = "{separator}", and replies are known by their address too'
            return Finding(about, "subaddress", Verdict.OK, f"mail to {to} arrives, and is not used", advice)
        case False, True:
            says = f"mail to {to} is awaited, and none has come of late"
            return Finding(about, "subaddress", Verdict.OK, says, find_out)
        case _:
            return Finding(
                about, "subaddress", Verdict.OK, f"not used; whether mail to {to} arrives is not known", find_out
            )


def _has_tag(recipient: str, mailbox: Mailbox) -> bool:
    local, _, domain = recipient.lower().rpartition("@")
    own, _, own_domain = mailbox.address.lower().rpartition("@")
    return domain == own_domain and local.startswith(own + (mailbox.subaddress or "+"))
