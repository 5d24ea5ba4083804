"""What goes into a judgement and what comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.model.challenge import Asked, Challenge
from mailbot.model.desk import Account, Sender, Ticket
from mailbot.model.mail import Field
from mailbot.model.outgoing import Draft, Purpose
from mailbot.model.site import SENT
from mailbot.model.trouble import Attempt, Bounce, Tried


class Outcome(StrEnum):
    """The one named end of a delivery."""

    TICKET_CREATED = "ticket-created"
    APPENDED = "appended"
    ANSWERED = "answered"
    COMMAND = "command"
    DUPLICATE = "duplicate"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    CHALLENGE = "challenge"
    HELD = "held"
    JUNK = "junk"
    QUARANTINED = "quarantined"
    OVERSIZE = "oversize"
    OWN = "own"
    BEFORE_START = "before-start"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery without its bytes.

    `rescan`: fetched again after UIDVALIDITY changed; `released`: a person let it pass; `round`: how often one sent
    it through again, each time a new cause; `oversize` is its size in octets where only its header section was read;
    `digest` is that of its bytes;
    `sent`: it lay in the mailbox's Sent folder, so whoever wrote it wrote from the mailbox itself.
    """

    id: int
    mailbox: str
    uid: int
    received_at: datetime
    uidvalidity: int = 0
    generation: int = 0
    digest: str = ""
    rescan: bool = False
    released: bool = False
    round: int = 0
    oversize: int | None = None
    sent: bool = False

    @property
    def place(self) -> str:
        """What the ledger calls the folder in which it lay."""
        return self.mailbox + SENT if self.sent else self.mailbox

    @property
    def cause(self) -> str:
        """What the server and the bytes say, never our own count of rows: that starts again in a restored database.

        A mail that is taken in anew after a restore gets the numbers and Message-IDs that it had, and no other mail
        ever gets them: an agent's reply to a notice of then must not go to another customer.
        """
        place = f"{self.place}:{self.uidvalidity}:{self.generation}:{self.uid}"
        return f"delivery:{place}:{self.digest[:16]}" + (f":{self.round}" if self.round else "")


@dataclass(frozen=True, slots=True)
class Twin:
    """The same letter seen earlier; where not `same_content`, only its Message-ID is the same. `sent` as in Arrival.

    `unheard`: it was taken for junk, a machine's or a forgery, by what stood in the header of that copy.
    """

    delivery: int
    ticket: str | None
    author: str
    received_at: datetime
    same_content: bool
    sent: bool = False
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of ours that a message points to, by its tag, its Message-ID or a returned copy.

    `delivery` is what made us write it, None where that was no mail; `bounced`: it came back before; `held`: that
    delivery is held still.
    """

    tag: str
    message_id: str
    template: str
    purpose: Purpose
    recipient: str
    ticket: str | None
    created_at: datetime
    delivery: int | None = None
    bounced: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """An earlier message that a message points to, and the ticket it went to."""

    message_id: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who wrote a letter that is on the ticket, and the addresses in its To and Cc."""

    author: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """An order number named in the message that the register knows."""

    order: str
    account: str


class Scope(StrEnum):
    """What a budget is of. The last three are shared by mail that authors cause whom nothing authenticates."""

    ADDRESS = "address"
    DOMAIN = "domain"
    MAILBOX = "mailbox"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Spent:
    """Automatic mails that count against a budget: an address's of the last 24 hours, the others' of the last hour."""

    name: str
    count: int
    scope: Scope = Scope.ADDRESS


@dataclass(frozen=True, slots=True)
class Pointers:
    """What the store is asked about one message before it is judged.

    `key` is the message's own (Message-ID and content); `tags` are our reply tags in its recipients, its In-Reply-To,
    its References and the returned mail of a report, nearest first; `ids` the foreign ids among those; `authors` the
    comparison keys of who claims to write; `candidates` the ticket numbers it may get, first choice first;
    `own`: a mailbox of ours is among the authors.
    """

    key: str
    message_id: str
    tags: tuple[str, ...]
    ids: tuple[str, ...]
    numbers: tuple[str, ...]
    orders: tuple[str, ...]
    accounts: tuple[str, ...]
    authors: tuple[str, ...]
    candidates: tuple[str, ...]
    thread: bool
    own: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """All that the store knows that bears on one message, read before it is judged.

    `accounts` are those of the author (by registered address), of `tickets` and of `challenges`; `named` and `orders`
    those that the message names, whoever's they are; `challenges` what was asked about `tickets` that are held,
    `asked` how often each of all these accounts was asked;
    `free` are the ticket numbers among its candidates that nobody has; `horizon` is the mailbox's first connection
    where its `start` leaves older mail alone; `thread` are the Message-IDs that the ticket's customer has seen, oldest
    first, and `addressed` its newest letters, newest first, both asked for agents only; on tickets that are `idle`
    nothing has happened for tokens.REPLY_LIFE; `heard_at` is when a customer last wrote on `tickets`, asked only for
    what lay in a Sent folder; mail from before `doubtful_until` may have been answered by a database that was lost.
    `told` is when automatic mails went to the author and `heard` when he wrote, of late: asked only where he may be a
    robot. `bounces` are those of the addresses of `accounts`, of the author and of the recipients of `sent`; `attempts`
    those of a day against `accounts`.
    """

    twin: Twin | None = None
    sent: tuple[Sent, ...] = ()
    letters: tuple[Letter, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    accounts: tuple[Account, ...] = ()
    orders: tuple[Order, ...] = ()
    named: tuple[Account, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    asked: tuple[Asked, ...] = ()
    spent: tuple[Spent, ...] = ()
    told: tuple[datetime, ...] = ()
    heard: tuple[datetime, ...] = ()
    free: tuple[str, ...] = ()
    horizon: datetime | None = None
    doubtful_until: datetime | None = None
    thread: tuple[str, ...] = ()
    heard_at: datetime | None = None
    addressed: tuple[Addressed, ...] = ()
    idle: tuple[str, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    attempts: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """A step of a judgement as a sentence for a support lead; `topic`: author, account, ticket, department, mail."""

    topic: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Concern:
    """What the admin is told, once a day at most for each `key`. The sentence's heading ends at its first colon."""

    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall be: `store.apply` writes all of it or nothing.

    `bounced` are the tags of mails that came back, `bounces` what that says of their addresses; `alive` are comparison
    keys of addresses that wrote to us, whose bounces are forgotten.
    """

    outcome: Outcome
    reason: str
    sender: Sender
    ticket: Ticket | None = None
    before: Ticket | None = None
    fields: tuple[Field, ...] = ()
    drafts: tuple[Draft, ...] = ()
    because: tuple[Because, ...] = ()
    bounced: tuple[str, ...] = ()
    concerns: tuple[Concern, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    releases: tuple[int, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    alive: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
