"""What goes wrong between people and us: mail that comes back, and guesses at what is somebody else's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BounceKind(StrEnum):
    """missing: there is no such address. refused: it takes no mail of ours. complaint: somebody calls our mail spam."""

    MISSING = "missing"
    REFUSED = "refused"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours, by its tag, that says something about the address it went to.

    `status` is like 5.1.1 or "", `said` the server's own words on one line.
    """

    tag: str
    recipient: str
    kind: BounceKind
    status: str
    said: str
    at: datetime


class AttemptKind(StrEnum):
    """What was guessed at (design 1.5.8).

    tag: a reply tag that we never made. ticket: the number of another's ticket. notice: a reply to another's notice.
    account: another's account number in a sensitive request. code: a wrong code in answer to a challenge.
    """

    TAG = "tag"
    TICKET = "ticket"
    NOTICE = "notice"
    ACCOUNT = "account"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`account` is the one guessed at, `author` who guessed: "" where nobody knows, or nothing authenticates him."""

    kind: AttemptKind
    account: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Wrong attempts against an account within the last 24 hours."""

    account: str
    count: int


# Begins the key of what lasts until mail to the admin arrives again.
UNHEARD = "unheard:"
