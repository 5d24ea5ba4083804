"""What is read out of the bytes of one mail. Words of RFC 5322, 3834, 3464 and 8601."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.model.desk import Language


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 section 3.4: `address` is the addr-spec as written, `name` the decoded display name."""

    address: str
    name: str = ""


class Automatic(StrEnum):
    """Why no person wrote a mail (RFC 3834 and its friends)."""

    AUTO_REPLIED = "auto-replied"
    AUTO_GENERATED = "auto-generated"
    BULK = "bulk"
    LIST = "list"
    BOUNCE = "bounce"
    OWN = "own"


class PartKind(StrEnum):
    NEW = "new"
    SIGNATURE = "signature"
    QUOTED = "quoted"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of `Message.text`, in code points; parts follow each other without gap and cover the text."""

    kind: PartKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """Named, measured and hashed, never opened. `name` is what the author wrote, made printable: it is never a path.

    `inline`: shown within the text, which refers to it (RFC 2392); nobody attached it.
    """

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """RFC 3464 section 2.3: `action` is failed, delayed, delivered, relayed or expanded; `status` like 5.1.1 or "".

    `diagnostic` is what the server said, on one line, or "".
    """

    address: str
    action: str
    status: str
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report. `message_id` is the returned mail's, with its angle brackets, or "" where none came back.

    `tags` are what may be reply tags of ours anywhere in it, `proofs` what the header of a mail of ours alone holds.
    `complaint`: no mail bounced, somebody called it spam (RFC 5965).
    """

    message_id: str
    recipients: tuple[ReportedRecipient, ...]
    tags: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    complaint: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """One `ptype.property=value` of RFC 8601, such as header.from=example.com."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AuthenticationResult:
    """One result of one Authentication-Results field (RFC 8601 section 2.2); `authserv_id` "" where it names none.

    `field` counts these fields from the top, `received` the Received fields above this one. A field that says nothing,
    or cannot be read, is one entry without a method: it stands there all the same.
    `weakness`: why a DKIM signature shows less than it seems to, as a phrase.
    `sealed`: the field is Microsoft's own, and its ARC set says the same (RFC 8617).
    """

    authserv_id: str
    method: str
    result: str
    properties: tuple[Property, ...]
    field: int = 0
    received: int = 0
    weakness: str = ""
    sealed: bool = False

    def value(self, name: str) -> str:
        """Of a property, without a last dot; "" also where it stands there twice."""
        found = [entry.value for entry in self.properties if entry.name == name]
        return found[0].rstrip(".") if len(found) == 1 else ""


class Standing(StrEnum):
    """What the register says of a value; None where nobody asked it."""

    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Field:
    """A value read in a mail, canonical, with the exact quote it was read from.

    `source` is subject, text or attachment:N; start and end are code points of that source; confidence lies in 0..1.
    """

    name: str
    value: str
    quote: str
    source: str
    start: int
    end: int
    method: str
    confidence: float
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A line at the top of the new text that begins with a slash. Syntax only: it gives no authority."""

    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Message:
    """The decoded mail. No string holds NUL, bare CR or a lone surrogate; header values are one line each.

    `author` is None unless there is exactly one From field with exactly one plain, defect-free mailbox; then
    `author_defect` says in a short phrase what is wrong, and `claimed` holds the addresses that stand there.
    `recipients` are the addr-specs of Delivered-To, X-Original-To, To and Cc, for finding our own reply tags.
    `received_at` is the time of the topmost Received field, `date` that of Date: both aware, or None.
    `content_hash` (hex SHA-256) is over author, subject, date, To, Cc, references and decoded parts, not trace fields.
    `spam`: the site's own filter says so, in the header field that the site names.
    `hops` counts its Received fields; `declines`: its author's program asks for no automatic answer.
    `form` is the web form of ours that sent it, whose Reply-To then names the author, else "".
    `refused` says why the content was not read (too complex, unreadable), else None.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    author: Address | None
    author_defect: str
    claimed: tuple[str, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    recipients: tuple[str, ...]
    subject: str
    date: datetime | None
    received_at: datetime | None
    return_path: str | None
    language: Language | None
    text: str
    parts: tuple[Part, ...]
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    report: Report | None
    authentication: tuple[AuthenticationResult, ...]
    fields: tuple[Field, ...]
    commands: tuple[Command, ...]
    loops: tuple[str, ...]
    content_hash: str
    defects: tuple[str, ...]
    refused: str | None
    form: str = ""
    spam: bool = False
    hops: int = 0
    declines: bool = False

    @property
    def new_text(self) -> str:
        return self._joined(PartKind.NEW)

    @property
    def signature(self) -> str:
        return self._joined(PartKind.SIGNATURE)

    @property
    def quoted_text(self) -> str:
        return self._joined(PartKind.QUOTED)

    def _joined(self, kind: PartKind) -> str:
        return "".join(self.text[part.start : part.end] for part in self.parts if part.kind is kind)


@dataclass(frozen=True, slots=True)
class Reading:
    """What parse needs to know of a site: its RE2 patterns, its Message-ID domain, its own time zone's name.

    `spam` is the header field and its value by which the site's filter marks junk; both "" where there is none. `forms`
    are addresses of web forms, in the form in which addresses are compared.
    """

    account_patterns: tuple[str, ...] = (r"AC-\d{6}",)
    order_patterns: tuple[str, ...] = (r"#\d{6}",)
    domain: str = ""
    timezone: str = "UTC"
    spam: tuple[str, str] = ("", "")
    forms: frozenset[str] = frozenset()
