"""What the last mails of a folder show of the servers in front of it: whose word counts, and what gets through."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailbot import tokens
from mailbot.model import AuthenticationResult, Automatic, Border, Mailbox, ProfileMode, Site
from mailbot.parsers import address
from mailbot.parsers.message import parse
from mailbot.sender.standing import Standing, ours, standing
from mailbot.work import measures
from mailbot.work.doctor.finding import Finding, Verdict

# RFC 2606 section 2: no border vouches for it.
FORGED = "forged.invalid"
FORGERY = "forgery"
PROFILE = "authentication profile"
_SHOWN = 4
_NAMED = 20
# Anybody can write a longer one.
_LONGEST = 80
# Reliability 5.2: a border that leaves more of them without its word leaves room for a forger's.
_MISSING = 0.005
# So many mails without a trusted name are no chance.
_TELLING = 10
_NAMELESS = "(without a name)"
# The most that border:N takes.
_DEEPEST = 9
_SELF_EVIDENT = (ProfileMode.TOP, ProfileMode.M365)


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail's header. `claims` are authserv-ids under which FORGED is said to be authentic; `own`: the robot's."""

    subject: str
    recipients: tuple[str, ...]
    results: tuple[AuthenticationResult, ...]
    claims: frozenset[str]
    own: bool = False


def seen(header: bytes, site: Site) -> Seen:
    message = parse(header, site.robot.reading)
    results = message.authentication
    claims = (result.authserv_id for result in results if result.value("header.from").lower() == FORGED)
    return Seen(message.subject, message.recipients, results, frozenset(claims), message.automatic is Automatic.OWN)


def authentication(about: str, site: Site, border: Border, mails: Sequence[Seen]) -> Iterator[Finding]:
    """Which hosts' Authentication-Results stand in the mails, and whether a forged one would pass for ours."""
    places = _places(mails)
    says = _ids(places, border, len(mails))
    value = ", ".join(name for name, _ in places[:_NAMED])
    if not border.is_open:
        yield Finding(about, "authentication", Verdict.OK, says, value=value)
        forgery = tuple(_forgery(about, site, mails, border))
        if len(mails) >= _TELLING or any(ours(mail.results, border) for mail in mails):
            yield _profile(about, mails, border, proven=any(found.verdict is Verdict.OK for found in forgery))
        yield from forgery
        return
    answers = " and no agent can answer" if site.security.agents == "authenticated" else ""
    says = f"{says}; none is trusted, so nobody counts as authenticated{answers}"
    advice = "Have your mail server write them, and name it in [security] trusted_authserv_ids"
    if places:
        advice = f"Name those of them that are your own servers in [security] trusted_authserv_ids{_fitting(places)}"
    yield Finding(about, "authentication", Verdict.WARNING, says, advice, value)


def _places(mails: Sequence[Seen]) -> list[tuple[str, list[int]]]:
    """Each name with how many Received fields stand above it in each mail that bears it, the most frequent first."""
    found: dict[str, list[int]] = {}
    for mail in mails:
        highest: dict[str, int] = {}
        for result in mail.results:
            highest.setdefault(result.authserv_id[:_LONGEST] or _NAMELESS, result.received)
        for name, received in highest.items():
            found.setdefault(name, []).append(received)
    return sorted(found.items(), key=lambda each: -len(each[1]))


def _profile(about: str, mails: Sequence[Seen], border: Border, *, proven: bool) -> Finding:
    """`proven`: it was seen that forged fields are taken out, so none is not the same as room for one."""
    stands = Counter(standing(mail.results, border) for mail in mails)
    misplaced, unsealed = stands[Standing.MISPLACED], stands[Standing.UNSEALED]
    missing = sum(1 for mail in mails if not mail.own and standing(mail.results, border) is Standing.ABSENT)
    says = f"{border.profile}: the word of your own server counts in {stands[Standing.COUNTS]} of {len(mails)} mails"
    if misplaced:
        deepest = max(result.received for mail in mails for result in ours(mail.results, border))
        advice = f'Set authentication_profile = "border:{deepest}" if your own servers wrote all that stands above it'
        return Finding(about, PROFILE, Verdict.WARNING, f"{says}; in {misplaced} it stands too low", advice, misplaced)
    if unsealed:
        advice = 'Set authentication_profile = "m365" only for a mailbox whose mail Microsoft 365 takes in'
        return Finding(about, PROFILE, Verdict.WARNING, f"{says}; in {unsealed} no ARC confirms it", advice, unsealed)
    if not any(ours(mail.results, border) for mail in mails):
        says = f"what is trusted stands in none of the last {len(mails)} mails, so nobody counts as authenticated"
        advice = "Correct trusted_authserv_ids, or have your server write Authentication-Results"
        return Finding(about, PROFILE, Verdict.WARNING, says, advice, missing)
    if missing > _MISSING * len(mails) and not proven and border.profile.mode not in _SELF_EVIDENT:
        advice = "See that your server writes it in all that comes in: where it does not, a forged one stands alone"
        return Finding(about, PROFILE, Verdict.WARNING, f"{says}; {missing} bear none of its", advice, missing)
    return Finding(about, PROFILE, Verdict.OK, says, value=str(border.profile))


def _forgery(about: str, site: Site, mails: Sequence[Seen], border: Border) -> Iterator[Finding]:
    """RFC 8601 section 5: the border must take out what claims to be its own.

    A forged field stands below the Received field that the border wrote, and so deeper than the border's own.
    """
    if any(mail.claims.intersection(border.authserv_ids) for mail in mails):
        says = "a forged Authentication-Results under a trusted name came through, so anybody can pass for anybody"
        advice = "Have your server take such fields out of mail that comes in"
        yield Finding(about, FORGERY, Verdict.PROBLEM, says, advice)
    elif strange := _strange(mails, border):
        says = f"in {strange} of {len(mails)} mails a trusted name stands lower than usual, or twice: a sender may have"
        advice = f"See that your server takes such fields out of mail that comes in. {_test(site, border)}"
        yield Finding(about, FORGERY, Verdict.WARNING, f"{says} written it", advice, strange)
    elif any(_word(site) in mail.subject for mail in mails):
        yield Finding(about, FORGERY, Verdict.OK, "your server took out a forged Authentication-Results")


def untested(found: Iterable[Finding], site: Site) -> Iterator[Finding]:
    """Where no mail shows it, it says how to find out."""
    named = next((border for box in site.mailboxes if (border := site.border(box.key)).authserv_ids), None)
    if named and not any(finding.check == FORGERY for finding in found):
        says = "whether your server takes a forged Authentication-Results out of mail that comes in is not known"
        yield Finding("settings", FORGERY, Verdict.OK, says, _test(site, named))


def _ids(places: Sequence[tuple[str, Sequence[int]]], border: Border, mails: int) -> str:
    if not mails:
        return "no mail yet to see Authentication-Results in"
    if not places:
        return f"no Authentication-Results in the last {measures.mails(mails)}"
    common = [
        f"{name} ({'' if _counts(name, border) else 'not '}trusted, {_place(received)}) in {len(received)}"
        for name, received in places[:_SHOWN]
    ]
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"of the last {measures.mails(mails)} {', '.join(common)}{more}"


def _counts(name: str, border: Border) -> bool:
    return name == _NAMELESS if border.profile.mode is ProfileMode.M365 else name in border.authserv_ids


def _place(received: Sequence[int]) -> str:
    low, high = min(received), max(received)
    if not high:
        return "on top"
    return f"below {low if low == high else f'{low} to {high}'} Received"


def _fitting(places: Sequence[tuple[str, Sequence[int]]]) -> str:
    """Under which profile the most frequent one would count."""
    name, received = places[0]
    if name == _NAMELESS:
        return ', or set authentication_profile = "m365" if Microsoft 365 takes in your mail'
    deepest = max(received)
    fits = "top" if not deepest else f"border:{deepest}" if deepest <= _DEEPEST else "stripped"
    return f'; {name} would count under authentication_profile = "{fits}"'


def _strange(mails: Sequence[Seen], border: Border) -> int:
    """Mails with a trusted field twice, or all of them deeper than in most mails."""
    depths = [[result.received for result in ours(mail.results, border)] for mail in mails]
    highest = Counter(min(found) for found in depths if found)
    usual = highest.most_common(1)[0][0] if highest else 0
    return sum(
        1
        for mail, found in zip(mails, depths, strict=True)
        if found and (max(found) > min(min(found), usual) or standing(mail.results, border) is Standing.REPEATED)
    )


def _test(site: Site, border: Border) -> str:
    field = f"Authentication-Results: {min(border.authserv_ids)}; dmarc=pass header.from={FORGED}"
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
    local, _, domain = address.key(recipient).rpartition("@")
    own, _, own_domain = address.key(mailbox.address).rpartition("@")
    return domain == own_domain and local.startswith(own + (mailbox.subaddress or "+"))
