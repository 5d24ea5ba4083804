"""Delivery reports: RFC 3464 and RFC 6522 by their parts, older and home-made ones through flufl.bounce."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string
from email.errors import MessageError
from email.message import Message
from itertools import islice

from flufl.bounce import all_failures

from mailbot.model import Report, ReportedRecipient
from mailbot.parsers import mailer_words
from mailbot.parsers.mailer_words import described, one_line, status_in, words
from mailbot.parsers.mailers import comes_from_a_mailer, may_come_from_a_mailer, speaks_as_a_mailer
from mailbot.parsers.structure import Leaf, Structure

_MAX_RECIPIENTS = 100
_MAX_TEXT = 256 * 1024
_MAX_ADDRESS = 320
_MAX_VALUE = 2_000
_MAX_TAGS = 5
# A report has three parts; the returned mail, where it is quoted flat, some more.
_MAX_LEAVES = 10

# flufl.bounce searches every line with patterns that take quadratic time: short lines keep hostile mail under 0.5 s.
_MAX_SCANNED = 32 * 1024
_MAX_SCANNED_LINE = 160

_STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_RETURNED_TYPES = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers")
)
_MESSAGE_ID = re.compile(
    r"^[> \t]{0,12}message-id:\s{0,12}(<[^<>\s@]{1,250}@[^<>\s@]{1,250}>)", re.IGNORECASE | re.MULTILINE
)
# A reply tag, in a Message-ID or in an address of ours; which it is shows when it is looked up.
_TAG = re.compile(r"(?<![0-9a-z])[0-9abcdefghjkmnpqrstvwxyz]{26}(?=@)", re.IGNORECASE)
_PROOF = re.compile(r"^[> \t]{0,12}x-mailbot-proof:\s{0,12}([0-9a-z]{26})\s*$", re.IGNORECASE | re.MULTILINE)
_OF_A_REPORT = re.compile(r"^content-type:\s{0,12}multipart/report", re.IGNORECASE | re.MULTILINE)
# RFC 3464 section 2.3.6: what kind of diagnostic it is.
_KIND = re.compile(r"^\s*[\w-]{1,20}\s*;\s*")
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
    if structure.report_type == "feedback-report":
        return replace(_returned(leaves), complaint=True)
    if not formal and (structure.report_type or not may_come_from_a_mailer(headers)):
        return None
    said = words(leaves)
    recipients = _reported(leaves) or _scanned(raw)
    if not recipients and speaks_as_a_mailer(headers):
        recipients = mailer_words.recipients(said, headers)
    returned = _returned(leaves)
    told = formal or recipients or ((returned.message_id or returned.tags) and comes_from_a_mailer(headers))
    return replace(returned, recipients=tuple(described(said, entry) for entry in recipients)) if told else None


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
            diagnostic = fields.get("diagnostic-code", "")
            status = status_in(fields.get("status", "")) or status_in(diagnostic)
            action = _ACTIONS.get(fields.get("action", "")[:4].lower()) or _CLASSES.get(status[:1], "failed")
            return ReportedRecipient(address, action, status, one_line(_KIND.sub("", diagnostic, count=1)))
    return None


def _returned(leaves: tuple[Leaf, ...]) -> Report:
    """What shows which mail came back: from the part that returns it, else from what the words quote of it.

    Where a report came back, it says nothing of a mail of ours: we never send any (F-160).
    """
    parts = [leaf for leaf in leaves if leaf.content_type in _RETURNED_TYPES]
    if any(_OF_A_REPORT.search((leaf.text or "")[:_MAX_TEXT]) for leaf in parts):
        return Report("", ())
    texts = [(leaf.text or "")[:_MAX_TEXT] for leaf in (*parts, *_words(leaves, parts))[:_MAX_LEAVES]]
    ids = (match[1] for text in texts for match in _MESSAGE_ID.finditer(text))
    tags = (match[0].lower() for text in texts for match in _TAG.finditer(text))
    proofs = (match[1].lower() for text in texts for match in _PROOF.finditer(text))
    return Report(next(ids, ""), (), _first(tags), _first(proofs))


def _words(leaves: tuple[Leaf, ...], parts: list[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.content_type.startswith("text/") and leaf not in parts]


def _first(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(islice(found, 10 * _MAX_TAGS)), _MAX_TAGS))


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
