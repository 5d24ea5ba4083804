"""What the Authentication-Results of our own border say about the author; whatever is in doubt says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.model import AuthenticationResult, Border, Message, ProfileMode
from mailbot.parsers import address
from mailbot.sender.standing import SHOWING, Standing, ours, standing

# Design 1.5.2 and 1.5.4: a login at our border (RFC 8601 section 2.7.4) counts for agents only.
AGENTS = SHOWING
CUSTOMERS = SHOWING - {"auth"}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Verdict:
    """`shown`: True, to be the author's domain (with auth, the author); False, not to be; None, neither.

    `seen` says in a few words what that rests on. `forged`: our border's name stands where it did not write it.
    """

    shown: bool | None
    seen: str
    forged: bool = False


def authentication(message: Message, border: Border, methods: frozenset[str]) -> Verdict:
    """A fail wins wherever it stands; a pass counts only where nothing is doubtful (RFC 8601 section 7.1).

    Of a web form's mail it is about the form: that is what stands in From.
    """
    results = ours(message.authentication, border)
    author = address.key(message.form or (message.author.address if message.author else ""))
    counted = [(result, _says(result, author)) for result in results if result.method in methods]
    for result, says in counted:
        if says is False:
            return Verdict(False, _named(result, border) + _for_another(result))
    stands = standing(message.authentication, border)
    if stands is not Standing.COUNTS:
        return Verdict(None, _doubt(stands, results, border), stands is Standing.REPEATED)
    for result, says in counted:
        if says:
            return Verdict(True, _named(result, border))
    return Verdict(None, _without_pass(results, border))


def _says(result: AuthenticationResult, author: str) -> bool | None:
    match result.method:
        case "dmarc":
            return _dmarc(result, author.rpartition("@")[2])
        case "dkim":
            return True if result.result == "pass" and not result.weakness and _signs(result, author) else None
        case "auth":
            login = result.value("smtp.auth")
            return True if result.result == "pass" and login and address.key(login) == author else None
        case _:
            return None


def _dmarc(result: AuthenticationResult, domain: str) -> bool | None:
    if result.result != "pass":
        return False if result.result == "fail" else None
    stated = _domain(result.value("header.from"))
    if stated == domain:
        return True
    # RFC 7489 section 7.1 wants the domain of From here. Some hosts state the organisational domain, whose record they
    # found: that shows too little. Any other shows that they read another author than we do.
    return None if not stated or domain.endswith("." + stated) else False


def _signs(result: AuthenticationResult, author: str) -> bool:
    """Strict alignment (RFC 7489 section 3.1.1): the domain that signs is the author's, letter by letter.

    Relaxed alignment needs the organisational domain, and where that begins is known to the DNS only (RFC 9989's tree
    walk). A parent of the author's domain may be a public suffix, or a provider that signs for all its customers, each
    of whom could then write as any other. Who asks the DNS is the border: relaxed, it says dmarc=pass.
    Where the border states the identity alone, that is the signer's word for the domain (RFC 6376 section 3.5, i=).
    """
    signer = result.value("header.d") or result.value("header.i").rpartition("@")[2]
    return bool(signer) and _domain(signer) == author.rpartition("@")[2]


def _domain(stated: str) -> str:
    return address.key(f"@{stated}")[1:] if stated else ""


def _named(result: AuthenticationResult, border: Border) -> str:
    return f"{result.method}={result.result} by {_writer(border, result.authserv_id)}"


def _for_another(result: AuthenticationResult) -> str:
    return f" for {result.value('header.from')[:_LONGEST]}" if result.result == "pass" else ""


def _writer(border: Border, name: str = "") -> str:
    if border.profile.mode is ProfileMode.M365:
        return "Microsoft 365"
    return name or " or ".join(border.authserv_ids)


def _doubt(stands: Standing, results: Sequence[AuthenticationResult], border: Border) -> str:
    if border.is_open:
        return "no mail server is trusted to say so (trusted_authserv_ids)"
    writer = _writer(border, results[0].authserv_id if results else "")
    match stands:
        case Standing.REPEATED:
            return f"Authentication-Results stand twice under the name {writer}, so one may be forged"
        case Standing.MISPLACED:
            below = max(result.received for result in results)
            where = f"below {below} Received field{'' if below == 1 else 's'}"
            return (
                f"the Authentication-Results of {writer} stand {where}, where the profile {border.profile} takes none"
            )
        case Standing.UNSEALED:
            return "no ARC field of Microsoft 365 confirms its Authentication-Results"
        case _:
            return f"no Authentication-Results of {writer}"


def _without_pass(results: Sequence[AuthenticationResult], border: Border) -> str:
    """The most telling of what was found."""
    found = [result for result in results if result.method in SHOWING]
    found = [result for result in found if result.method == "dmarc"] or found
    if not found:
        return f"neither DMARC nor DKIM by {_writer(border, results[0].authserv_id)}"
    named = _named(found[0], border)
    if found[0].weakness:
        return f"{named}, whose signature {found[0].weakness}"
    return f"{named}, which does not name the author's domain" if found[0].result == "pass" else named
