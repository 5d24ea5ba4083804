"""Delivery reports: RFC 3464 and RFC 6522 by their parts, older and home-made ones through flufl.bounce."""

import re
from collections.abc import Iterator
from email import message_from_string
from email.errors import MessageError
from email.message import Message

from flufl.bounce import all_failures

from mailbot.model import Report, ReportedRecipient
from mailbot.parsers.structure import Headers, Leaf, Structure

_MAX_RECIPIENTS = 100
_MAX_TEXT = 256 * 1024
_MAX_ADDRESS = 320
_MAX_VALUE = 2_000

# flufl.bounce searches every line with patterns that take quadratic time: short lines keep hostile mail under 0.5 s.
_MAX_SCANNED = 32 * 1024
_MAX_SCANNED_LINE = 160

_STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_RETURNED_TYPES = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers")
)
_MAILERS = frozenset(("mailer-daemon", "mailerdaemon", "mail-daemon", "mailer_daemon", "mdaemon", "postmaster"))
_SUBJECT = re.compile(
    r"(?:undeliver(?:ed|able)|returned mail|return(?:ed|ing) (?:message )?to sender|failure notice|"
    r"mail (?:system error|failure)|non[- ]delivery|"
    r"(?:mail|message|courriel|courrier) (?:could not be|non) (?:delivered|remis|distribué|délivré)|"
    r"delivery (?:status|report|warning|failure|failed|error|problem|subsystem|has failed)|"
    r"échec de (?:la )?(?:remise|distribution|livraison)|notification d['’]état de remise|avis de non[- ]remise)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:re|fwd?|tr|aw|wg)\s?:", re.IGNORECASE)
_MESSAGE_ID = re.compile(
    r"^[> \t]{0,12}message-id:\s{0,12}(<[^<>\s@]{1,250}@[^<>\s@]{1,250}>)", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_ACTIONS = {
    **{"fail": "failed", "erro": "failed", "dela": "delayed"},
    **{"deli": "delivered", "rela": "relayed", "expa": "expanded"},
}
_CLASSES = {"2": "delivered", "4": "delayed", "5": "failed"}


def report(structure: Structure, raw: bytes) -> Report | None:
    """What a delivery report says, None of any other mail: a report that a person forwards or pastes is a letter.

    A mail that is no multipart/report is looked into only where a mailer sent it, never for its words alone.
    """
    headers, leaves = structure.headers, structure.leaves
    formal = structure.report_type.endswith("delivery-status")
    if not formal and (structure.report_type or not _may_be_of_a_mailer(headers)):
        return None
    recipients = _reported(leaves) or _scanned(raw)
    message_id = _returned(leaves)
    told = formal or recipients or (message_id and comes_from_a_mailer(headers))
    return Report(message_id, recipients) if told else None


def comes_from_a_mailer(headers: Headers) -> bool:
    """An author named MAILER-DAEMON, or the null reverse-path under a mailer's name or a report's subject."""
    author = local_part(headers.first("from"))
    if author.startswith("mailer-daemon") or headers.first("x-failed-recipients"):
        return True
    return _has_null_path(headers) and (author in _MAILERS or _tells_of_delivery(headers))


def local_part(value: str) -> str:
    """Of the last address in a field, in lower case; the whole word where it has no domain."""
    before, at, _ = value[:1000].rpartition("@")
    return re.split(r'[\s<>",;:()]', before if at else value[:1000].rstrip("> "))[-1].lower()


def _may_be_of_a_mailer(headers: Headers) -> bool:
    named = local_part(headers.first("from")) in _MAILERS and _tells_of_delivery(headers)
    return named or _has_null_path(headers) or comes_from_a_mailer(headers)


def _has_null_path(headers: Headers) -> bool:
    """RFC 5321 section 4.5.5; some stores write MAILER-DAEMON for it."""
    path = headers.first("return-path").strip()
    return path == "<>" or local_part(path).startswith("mailer-daemon")


def _tells_of_delivery(headers: Headers) -> bool:
    subject = headers.first("subject").lstrip()[:200]
    return _SUBJECT.search(subject) is not None and not _ANSWER.match(subject)


def _reported(leaves: tuple[Leaf, ...]) -> tuple[ReportedRecipient, ...]:
    found: list[ReportedRecipient] = []
    for leaf in leaves:
        if leaf.content_type in _STATUS_TYPES and leaf.text:
            for fields in _blocks(leaf.text[:_MAX_TEXT]):
                recipient = _recipient(fields)
                if recipient is not None and recipient not in found:
                    found.append(recipient)
                if len(found) == _MAX_RECIPIENTS:
                    return tuple(found)
    return tuple(found)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """RFC 3464 section 2.1: groups of fields between blank lines; of a name that stands twice the first counts."""
    fields: dict[str, str] = {}
    last = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line[0] in " \t":
            if last and len(fields[last]) < _MAX_VALUE:
                fields[last] += " " + line.strip()
        else:
            name, _, value = line.partition(":")
            last = name.strip().lower()
            if last in fields:
                last = ""
            else:
                fields[last] = value.strip()


def _recipient(fields: dict[str, str]) -> ReportedRecipient | None:
    """The original recipient, which we wrote to, before the final one (RFC 3464 sections 2.3.1 and 2.3.2)."""
    for name in ("original-recipient", "final-recipient"):
        address = fields.get(name, "").rpartition(";")[2].strip().strip("<>").strip()
        if address and len(address) <= _MAX_ADDRESS and " " not in address:
            found = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
            status = found[0] if found else ""
            action = _ACTIONS.get(fields.get("action", "")[:4].lower()) or _CLASSES.get(status[:1], "failed")
            return ReportedRecipient(address, action, status)
    return None


def _returned(leaves: tuple[Leaf, ...]) -> str:
    """The Message-ID of the returned mail: from the part that returns it, else from headers quoted in the words."""
    parts = [leaf for leaf in leaves if leaf.content_type in _RETURNED_TYPES]
    words = [leaf for leaf in leaves if leaf.content_type.startswith("text/") and leaf not in parts]
    for leaf in parts + words:
        match = _MESSAGE_ID.search((leaf.text or "")[:_MAX_TEXT])
        if match:
            return match[1]
    return ""


def _scanned(raw: bytes) -> tuple[ReportedRecipient, ...]:
    lines = (line[:_MAX_SCANNED_LINE] for line in raw[:_MAX_SCANNED].split(b"\n"))
    try:
        delayed, failed = all_failures(_readable(b"\n".join(lines)))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, MessageError):
        return ()
    named = [(address, "failed") for address in sorted(failed)] + [(address, "delayed") for address in sorted(delayed)]
    readable = ((address.decode("ascii", "replace"), action) for address, action in named[:_MAX_RECIPIENTS])
    return tuple(
        ReportedRecipient(address, action, "")
        for address, action in readable
        if "@" in address and len(address) <= _MAX_ADDRESS and address.isprintable()
    )


def _readable(raw: bytes) -> Message:
    """Without what the detectors fail on: a From without an address, and the Header objects of octets beyond ASCII."""
    message = message_from_string(raw.decode("ascii", "replace"))
    if "@" not in message.get("from", ""):
        del message["from"]
        message["From"] = "unknown@invalid"
    return message
