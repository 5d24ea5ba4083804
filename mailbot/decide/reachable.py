"""Whether our mail reaches an address: what a bounce says of it, and how many it takes.

A mark lasts until the address writes to us, or leaves the register, or for ninety days: then it is tried again.
"""

import re
from datetime import timedelta
from itertools import pairwise

from mailbot.model import Bounce, BounceKind
from mailbot.parsers import address

# One refusal may be a server's bad day; that of another mail within a month is none.
WITHIN = timedelta(days=30)

# RFC 3463 section 3.2 and RFC 7505: mailbox, system, syntax, no MX; 5.1.10 is Exchange's for a recipient not found.
_MISSING = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# These speak of the mail or of us: senders, full mailboxes, sizes, protocols, contents, policies.
_NOT_THE_ADDRESS = re.compile(r"5\.(?:1\.[78]|2\.[23]|3\.\d+|5\.\d+|6\.\d+|7\.\d+)")
_FULL = re.compile(
    r"quota|mailbox[^.]{0,30}full|full mailbox|over ?limit|boîte[^.]{0,40}pleine|espace insuffisant", re.IGNORECASE
)
_NO_SUCH = re.compile(
    r"(?:user|recipient|address|mailbox|account)[^.]{0,40}(?:unknown|not found|does(?:n['’]t| not) exist)|"
    r"(?:unknown|no such) (?:user|recipient|address|mailbox|account)|"
    r"(?:adresse|destinataire|utilisateur|boîte|compte)[^.]{0,40}(?:inconnue?|introuvable|n['’]existe (?:pas|plus))",
    re.IGNORECASE,
)
_OF_AN_ADDRESS = re.compile(
    r"mailbox|recipient|user|address|account|boîte|destinataire|adresse|utilisateur", re.IGNORECASE
)
_PASSING = re.compile(r"(?<![\w.])4\d\d(?![\w.])")
_RELAYING = re.compile(r"\brelay", re.IGNORECASE)


def kind_of(status: str, said: str) -> BounceKind | None:
    """What a mail that failed says of its address; None where it says nothing, or nothing that lasts.

    Without a status (RFC 3463) the words must speak of an address: a relay that is set up wrongly refuses all alike.
    """
    if status.startswith("4") or _FULL.search(said) or _NOT_THE_ADDRESS.fullmatch(status) or _RELAYING.search(said):
        return None
    vague = status in ("", "5.0.0")
    if status in _MISSING or (vague and _NO_SUCH.search(said)):
        return BounceKind.MISSING
    if vague and (_PASSING.search(said) or not _OF_AN_ADDRESS.search(said)):
        return None
    return BounceKind.REFUSED


def mark(bounces: tuple[Bounce, ...], email: str) -> Bounce | None:
    """The bounce by which an address counts as not reached: no such address, or the second mail within thirty days."""
    key = address.key(email)
    mine = sorted(
        (entry for entry in bounces if address.key(entry.recipient) == key and entry.kind is not BounceKind.COMPLAINT),
        key=lambda entry: entry.at,
    )
    again = [later for first, later in pairwise(mine) if later.at - first.at <= WITHIN]
    missing = [entry for entry in mine if entry.kind is BounceKind.MISSING]
    return max(again + missing, key=lambda entry: entry.at, default=None)


def complained(bounces: tuple[Bounce, ...], email: str) -> bool:
    key = address.key(email)
    return any(entry.kind is BounceKind.COMPLAINT and address.key(entry.recipient) == key for entry in bounces)
