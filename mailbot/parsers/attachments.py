"""Attachments: named, measured and hashed, never opened."""

import re
from dataclasses import dataclass
from hashlib import sha256

from mailbot.model import Attachment
from mailbot.parsers import mime, printable
from mailbot.parsers.encoded_words import decoded
from mailbot.parsers.headers import values
from mailbot.parsers.limits import MAX_ATTACHMENTS
from mailbot.parsers.reported import REPORTED
from mailbot.parsers.tree import Entity

TOO_MANY = f"it has more than {MAX_ATTACHMENTS} attachments"
_MAX_NAME = 200
_MAX_EXTENSION = 20
_PATH = re.compile(r"[^/\\]*$")
# Another rendering of the same letter, which nobody attached.
_RENDERINGS = frozenset({"text/x-amp-html", "text/watch-html"})


@dataclass(frozen=True, slots=True)
class Content:
    """An attachment with what is in it."""

    attachment: Attachment
    octets: bytes


def is_attachment(entity: Entity) -> bool:
    if entity.disposition.value == "attachment":
        return True
    return entity.content_type not in REPORTED and entity.content_type not in _RENDERINGS


def content(raw: bytes, entity: Entity, number: int) -> Content:
    """`number` counts the leaves of the mail from 1 and names what has no name."""
    octets = mime.octets(raw, entity)
    name = _name(entity) or f"part-{number}"
    digest = sha256(octets).hexdigest()
    return Content(Attachment(name, entity.content_type, len(octets), digest, _is_inline(entity)), octets)


def _is_inline(entity: Entity) -> bool:
    return entity.disposition.value != "attachment" and bool(values(entity.fields, "content-id"))


def _name(entity: Entity) -> str:
    """The last step of what the author wrote, made printable. It is shown and never becomes a path (F-140)."""
    written = entity.disposition.get("filename") or entity.content.get("name")
    last = _PATH.search(printable.name(decoded(written), len(written)))
    name = last[0].strip(" .") if last else ""
    if len(name) <= _MAX_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    return (
        f"{stem[: _MAX_NAME - len(extension) - 1]}.{extension}"
        if dot and len(extension) <= _MAX_EXTENSION
        else name[:_MAX_NAME]
    )
