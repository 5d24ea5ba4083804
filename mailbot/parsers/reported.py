"""The parts that machines read: what a report says, and the header of a mail that is enclosed or returned."""

from mailbot.parsers import mime, printable
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import beginning, section
from mailbot.parsers.limits import MAX_HEADER_BLOCK
from mailbot.parsers.tree import Entity

# Their content is text of its own form, never a letter and nothing that anybody attached.
REPORTED = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "message/global-headers",
        "message/rfc822-headers",
        "text/rfc822-headers",
    }
)
ENCLOSED = frozenset({"message/rfc822", "message/global", "message/news"})


def text(raw: bytes, entity: Entity) -> str | None:
    """What a reader of reports needs of a leaf, None where that is nothing."""
    if entity.content_type in REPORTED:
        return printable.text(mime.text(raw, entity, MAX_HEADER_BLOCK)[0])
    if entity.content_type in ENCLOSED:
        octets = mime.octets(raw, entity)
        start = beginning(octets)
        return printable.text(decode_field(section(octets, start, len(octets)).head[:MAX_HEADER_BLOCK]))
    return None
