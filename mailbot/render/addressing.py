"""The header fields of one mail and its envelope sender: who it is from, whom for, what it answers."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from mailbot import tokens
from mailbot.model import Draft, Language, Mailbox, Site
from mailbot.render import headers
from mailbot.render.headers import Header
from mailbot.render.lines import one_line, shortened

_NAME = 100
# RFC 5321 section 4.5.3.1.1, in octets.
_LOCAL_PART = 64

_MIME_VERSION = headers.plain("MIME-Version", "1.0")
# What Exchange obeys, for it does not know RFC 3834.
_SUPPRESS = headers.plain("X-Auto-Response-Suppress", "All")


@dataclass(frozen=True, slots=True)
class Addressing:
    """`recipient` is None where the address cannot stand in a header; `reply_to` also serves as envelope sender."""

    mailbox: str
    tag: str
    proof: str
    message_id: str
    sender: Header
    recipient: str | None
    reply_to: str
    envelope_from: str


def addressing(draft: Draft, site: Site) -> Addressing:
    box = site.mailbox(draft.mailbox) or site.mailboxes[0]
    tag = tokens.tag(site.security.key, draft.cause, draft.template, draft.recipient)
    reply_to = _reply_to(box, tag)
    return Addressing(
        mailbox=box.address,
        tag=tag,
        proof=tokens.proof(site.security.key, tag),
        message_id=tokens.message_id(tag, site.robot.domain),
        sender=_from(box.address, site.robot.organisation),
        recipient=headers.writable(draft.recipient),
        reply_to=reply_to,
        # RFC 3834 section 3.3 would have the null sender; we want to know of bounces (design 1.5.7).
        envelope_from="" if site.smtp.null_sender and draft.automatic else reply_to,
    )


def fields(
    draft: Draft, to: Addressing, subject: str, language: Language, now: datetime, domain: str
) -> tuple[Header, ...]:
    """In the order in which they are written."""
    return (
        to.sender,
        _to(_shown(draft) or to.recipient, draft.recipient_name),
        *_cc(draft),
        headers.text("Subject", subject),
        _date(now),
        headers.plain("Message-ID", to.message_id),
        *_thread(draft),
        headers.mailbox("Reply-To", headers.writable(to.reply_to) or to.reply_to),
        *(_automatic(draft) if draft.automatic else ()),
        _steady("X-Mailbot-Loop", domain),
        headers.plain("X-Mailbot-Proof", to.proof),
        _steady("Content-Language", language.value),
        _MIME_VERSION,
        headers.plain("Content-Type", f'multipart/alternative; boundary="{boundary(to.tag)}"'),
    )


def boundary(tag: str) -> str:
    return f"=_mb.{tag}"


def _reply_to(box: Mailbox, tag: str) -> str:
    if not box.subaddress:
        return box.address
    address = tokens.subaddress(box.address, box.subaddress, tag)
    return address if len(address.rpartition("@")[0].encode()) <= _LOCAL_PART else box.address


@lru_cache(maxsize=256)
def _from(address: str, organisation: str) -> Header:
    return headers.mailbox("From", headers.writable(address) or address, one_line(organisation))


_steady = lru_cache(maxsize=256)(headers.plain)


@lru_cache(maxsize=16)
def _date(now: datetime) -> Header:
    return headers.plain("Date", format_datetime(now))


def _to(address: str | None, name: str) -> Header:
    # RFC 6854: a group without members where there is no address to show; such a mail is withheld.
    if address is None:
        return headers.plain("To", "undisclosed-recipients:;")
    return headers.mailbox("To", address, shortened(one_line(name), _NAME))


def _shown(draft: Draft) -> str | None:
    """Whom all its recipients read in To. A local part beyond ASCII would ask SMTPUTF8 of everybody's relay."""
    return headers.writable(draft.to) if draft.to.isascii() else None


def _cc(draft: Draft) -> tuple[Header, ...]:
    written = [address for entry in draft.cc if (address := headers.writable(entry)) and address.isascii()]
    return (headers.plain("Cc", ", ".join(written)),) if written else ()


def _thread(draft: Draft) -> tuple[Header, ...]:
    """RFC 5322 section 3.6.4. An id that is none is left out: threads may break, headers may not."""
    parent = draft.in_reply_to if headers.is_message_id(draft.in_reply_to) else ""
    references = " ".join(headers.thread(draft.references, parent))
    threading = (("In-Reply-To", parent), ("References", references))
    return tuple(headers.plain(name, ids) for name, ids in threading if ids)


def _automatic(draft: Draft) -> tuple[Header, ...]:
    """RFC 3834 section 5."""
    return _steady("Auto-Submitted", "auto-replied" if draft.in_reply_to else "auto-generated"), _SUPPRESS
