"""parse(): the octets of one mail into a Message, whatever the octets are."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mailbot.model import Address, Attachment, Automatic, Message, Part, PartKind, Reading
from mailbot.parsers import authentication, automatic, commands, dates, fields, language, limits, printable, quoted
from mailbot.parsers.author import Authorship, authorship
from mailbot.parsers.charset import decode_field
from mailbot.parsers.content import Content, attached, content
from mailbot.parsers.digest import content_hash
from mailbot.parsers.headers import Section, beginning, headers, section, values
from mailbot.parsers.identifiers import identifiers
from mailbot.parsers.mailboxes import mailboxes
from mailbot.parsers.structure import Headers

_LOOPS = ("x-loop", "x-mailbot-loop")
_MAX_LOOPS = 10
_MAX_LOOP = 200
_MAX_PATH = 320
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The header of a mail, read."""

    section: Section
    headers: Headers
    authorship: Authorship


def parse(raw: bytes, reading: Reading) -> Message:
    """Total: any octets give a Message. What cannot be read is refused, what can be read safely stands all the same."""
    octets = _with_line_feeds(raw)
    try:
        return _read(octets, reading)
    except Exception as fault:  # noqa: BLE001 - the promise of this function: no mail stops the line
        return _unread(octets, reading, f"it could not be read ({type(fault).__name__})")


def attachment_contents(raw: bytes) -> tuple[tuple[Attachment, bytes], ...]:
    """The attachments as parse() lists them, with their octets; nothing of a mail that parse() refuses."""
    octets = _with_line_feeds(raw)
    top = section(octets, beginning(octets), len(octets))
    return () if limits.exceeded(top.head) else attached(octets, top)


def _with_line_feeds(raw: bytes) -> bytes:
    """A mail without any LF has its lines ended by CR; a CR among LFs ends no line (RFC 5322 section 2.2)."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _read(raw: bytes, reading: Reading) -> Message:
    envelope = _envelope(raw, reading)
    refused = limits.exceeded(envelope.section.head)
    found = Content(refused=refused) if refused else content(raw, envelope.section, envelope.headers)
    return _message(raw, envelope, found, reading)


def _unread(raw: bytes, reading: Reading, refused: str) -> Message:
    """What the header says, or where that is what cannot be read, nothing."""
    try:
        return _message(raw, _envelope(raw, reading), Content(refused=refused), reading)
    except Exception:  # noqa: BLE001 - as in parse
        nobody = _Envelope(Section(b"", (), 0), Headers(), Authorship(None, "the header could not be read"))
        return _message(raw, nobody, Content(refused=refused), reading)


def _envelope(raw: bytes, reading: Reading) -> _Envelope:
    top = section(raw, beginning(raw), len(raw))
    return _Envelope(top, headers(top.fields), authorship(top, reading.forms))


def _message(raw: bytes, envelope: _Envelope, found: Content, reading: Reading) -> Message:
    head, author = envelope.headers, envelope.authorship
    subject = printable.name(head.first("subject"), limits.MAX_SUBJECT)
    parts = quoted.split(found.text)
    to, cc = _mailboxes(envelope, "to"), _mailboxes(envelope, "cc")
    new_text = _new(found.text, parts)
    return Message(
        message_id=next(iter(identifiers(head.first("message-id"))), ""),
        in_reply_to=identifiers(head.first("in-reply-to")),
        references=identifiers(" ".join(head.all("references"))),
        author=author.author,
        author_defect=author.defect,
        claimed=author.claimed,
        to=to,
        cc=cc,
        recipients=_recipients(envelope, to + cc),
        subject=subject,
        date=_date(head),
        received_at=dates.received_at(head.first("received")),
        return_path=_return_path(head),
        language=language.of(subject, new_text),
        text=found.text,
        parts=parts,
        attachments=found.attachments,
        automatic=_automatic(envelope, found, reading),
        report=found.report,
        authentication=authentication.results(envelope.section.fields),
        fields=fields.extract(subject, found.text, parts, reading),
        commands=commands.read(new_text),
        loops=tuple(printable.line(value, _MAX_LOOP) for name in _LOOPS for value in head.all(name)[:_MAX_LOOPS]),
        content_hash=_hash(raw, envelope, found),
        defects=found.defects,
        refused=found.refused,
        spam=_spam(head, reading),
        hops=len(head.all("received")),
        declines=automatic.declines(head) and not author.form,
        form=author.form,
    )


def _automatic(envelope: _Envelope, found: Content, reading: Reading) -> Automatic | None:
    """A web form is a program, often "no-reply"; but a person filled it in."""
    kind = automatic.classify(envelope.headers, found.report, reading.domain)
    if envelope.authorship.form and kind not in (Automatic.OWN, Automatic.BOUNCE):
        return None
    return kind


def _spam(head: Headers, reading: Reading) -> bool:
    name, value = reading.spam
    return bool(name) and any(written.strip().lower() == value.lower() for written in head.all(name.lower()))


def _new(text: str, parts: tuple[Part, ...]) -> str:
    return "".join(text[part.start : part.end] for part in parts if part.kind is PartKind.NEW)


def _mailboxes(envelope: _Envelope, name: str) -> tuple[Address, ...]:
    found = (mailbox for value in values(envelope.section.fields, name) for mailbox in mailboxes(decode_field(value)))
    return tuple(found)[: limits.MAX_ADDRESSES]


def _recipients(envelope: _Envelope, named: tuple[Address, ...]) -> tuple[str, ...]:
    delivered = (mailbox for name in _DELIVERED for mailbox in _mailboxes(envelope, name))
    return tuple(dict.fromkeys(mailbox.address for mailbox in (*delivered, *named)))[: limits.MAX_ADDRESSES]


def _date(head: Headers) -> datetime | None:
    """Two Date fields are no date: which one a reader shows is chance (F-113)."""
    written = head.all("date")
    return dates.date(written[0]) if len(written) == 1 else None


def _return_path(head: Headers) -> str | None:
    """The null path is "", a mail that was not delivered by SMTP has none (RFC 5321 section 4.4)."""
    written = head.all("return-path")
    return written[0].strip("<> ")[:_MAX_PATH] if written else None


def _hash(raw: bytes, envelope: _Envelope, found: Content) -> str:
    """What was refused is told apart by its octets."""
    unread = () if found.refused is None else (sha256(raw[envelope.section.body :]).hexdigest(),)
    return content_hash(envelope.headers, (*found.texts, *unread), found.attachments)
