"""A site's settings as plain values, checked, with every default filled in; `mailbot init` writes what each means."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from mailbot.model.desk import Agent, Language
from mailbot.model.mail import Reading
from mailbot.model.oauth2 import OAuth2


class Transport(StrEnum):
    """How a connection is protected. none is refused unless the host is loopback."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class StartMode(StrEnum):
    NEW = "new"
    ALL = "all"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Start:
    """Which mail of a box is worked at its first connection; `since` counts in the site's time zone."""

    mode: StartMode
    since: date | None = None


class ProcessedMode(StrEnum):
    KEEP = "keep"
    SEEN = "seen"
    MOVE = "move"
    DELETE_AFTER = "delete-after"


@dataclass(frozen=True, slots=True)
class Processed:
    """What becomes of a mail on the server, only ever after our commit."""

    mode: ProcessedMode
    folder: str = ""
    after: timedelta | None = None


# The sent_folder that the server names itself (RFC 6154 section 2).
AUTO = "\\Sent"


@dataclass(frozen=True, slots=True)
class Imap:
    """`oauth2` takes the place of the password."""

    host: str
    port: int
    security: Transport
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca_file: str | None = None
    oauth2: OAuth2 | None = None
    sent_folder: str = ""

    @property
    def sent_written(self) -> str:
        """As the operator wrote it."""
        return "auto" if self.sent_folder == AUTO else self.sent_folder


@dataclass(frozen=True, slots=True)
class Smtp:
    """The relay. `username` "" means no AUTH; `oauth2` takes the place of the password."""

    host: str
    port: int
    security: Transport
    username: str
    password: str = field(repr=False)
    connections: int = 4
    ca_file: str | None = None
    null_sender: bool = False
    oauth2: OAuth2 | None = None


class ProfileMode(StrEnum):
    """What keeps a sender from writing Authentication-Results in the name of our border (RFC 8601 section 7.1).

    stripped: the border takes such fields out of all that comes in, so its own may stand anywhere. top: they count
    above every Received field only, where no sender can write. border: one alone counts, below so many Received fields
    at the most. m365: Microsoft's own, which names nobody, by its place and its ARC set.
    """

    STRIPPED = "stripped"
    TOP = "top"
    BORDER = "border"
    M365 = "m365"


@dataclass(frozen=True, slots=True)
class Profile:
    """`received` counts with border only."""

    mode: ProfileMode = ProfileMode.STRIPPED
    received: int = 0

    def __str__(self) -> str:
        return f"{self.mode}:{self.received}" if self.mode is ProfileMode.BORDER else str(self.mode)


@dataclass(frozen=True, slots=True)
class Border:
    """Whose Authentication-Results count in a mailbox, and where; ids are in lower case."""

    authserv_ids: tuple[str, ...] = ()
    profile: Profile = Profile()

    @property
    def is_open(self) -> bool:
        """Nobody's word counts."""
        return not self.authserv_ids and self.profile.mode is not ProfileMode.M365


# What follows a mailbox's key in the ledger where a mail lay in its Sent folder; no key holds a slash.
SENT = "/sent"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`key` is its section in mailbot.toml; `subaddress` the separator that the server honours, or "".

    `trusted_authserv_ids` and `authentication_profile` are None where those of the site hold.
    """

    key: str
    address: str
    department: str
    imap: Imap
    start: Start
    processed: Processed
    subaddress: str = ""
    poll_interval: timedelta = timedelta(seconds=60)
    trusted_authserv_ids: tuple[str, ...] | None = None
    authentication_profile: Profile | None = None

    @property
    def sent(self) -> "Mailbox | None":
        """Its Sent folder as the ledger knows it: a mailbox of its own, in which nothing is ever changed."""
        if not self.imap.sent_folder:
            return None
        imap = replace(self.imap, folder=self.imap.sent_folder, sent_folder="")
        return replace(self, key=self.key + SENT, imap=imap, processed=Processed(ProcessedMode.KEEP))


@dataclass(frozen=True, slots=True)
class Robot:
    organisation: str
    language: Language
    locale: str
    timezone: str
    domain: str
    admin: str
    phone: str
    emergency_phone: str
    emergency_note: tuple[tuple[Language, str], ...]
    request_word: str
    acknowledge_within: timedelta
    reopen_window: timedelta
    reading: Reading


@dataclass(frozen=True, slots=True)
class Security:
    """`key` signs tags and numbers; `sender_authentication` is dmarc or address, `agents` authenticated or token.

    `blocked` are addresses and domains whose mail is junk, in the form in which addresses are compared.
    `key_file` is where the key lies, None where it came from elsewhere.
    """

    key: bytes = field(repr=False)
    trusted_authserv_ids: tuple[str, ...] = ()
    sender_authentication: str = "dmarc"
    agents: str = "authenticated"
    blocked: frozenset[str] = frozenset()
    key_file: str | None = None
    authentication_profile: Profile = Profile()


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in octets, times in seconds; none means unlimited (reliability: limits before parsing)."""

    message: int = 25 * 1024 * 1024
    worker_cpu: int = 10
    worker_wall: int = 20
    worker_memory: int = 512 * 1024 * 1024
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """Automatic mails to one address within 24 hours; and within an hour those that strangers cause (decide.budget)."""

    registered: int = 20
    others: int = 1
    domain: int = 30
    mailbox: int = 200
    site: int = 1000


@dataclass(frozen=True, slots=True)
class Retention:
    raw: timedelta = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Alarm:
    """When the admin is told. `mailbox_silent`: of no shorter silence than this, None for of none."""

    mailbox_down: timedelta = timedelta(minutes=15)
    mailbox_silent: timedelta | None = timedelta(hours=1)
    digest: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Site:
    """All that the operator wrote. `directory`: where its relative paths count from; `database`: a SQLAlchemy URL."""

    directory: str
    database: str = field(repr=False)
    robot: Robot
    smtp: Smtp
    security: Security
    mailboxes: tuple[Mailbox, ...]
    agents: tuple[Agent, ...]
    limits: Limits
    budget: Budget
    retention: Retention
    alarm: Alarm

    def mailbox(self, key: str) -> Mailbox | None:
        return next((mailbox for mailbox in self.mailboxes if mailbox.key == key), None)

    def border(self, key: str) -> Border:
        """Of a mailbox: what one server takes out of its mail, another lets through, so each has its own."""
        own, box = self.security, self.mailbox(key)
        ids = box.trusted_authserv_ids if box and box.trusted_authserv_ids is not None else own.trusted_authserv_ids
        profile = box.authentication_profile if box and box.authentication_profile else own.authentication_profile
        return Border(tuple(dict.fromkeys(name.lower() for name in ids)), profile)


__all__ = [
    "AUTO",
    "SENT",
    "Alarm",
    "Border",
    "Budget",
    "Imap",
    "Language",
    "Limits",
    "Mailbox",
    "Processed",
    "ProcessedMode",
    "Profile",
    "ProfileMode",
    "Retention",
    "Robot",
    "Security",
    "Site",
    "Smtp",
    "Start",
    "StartMode",
    "Transport",
]
