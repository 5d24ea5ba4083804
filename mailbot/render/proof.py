"""Our own header read back by the standard library before a mail is queued: it must say what was meant, no more."""

from collections.abc import Sequence
from email.errors import MultipartInvariantViolationDefect
from email.header import decode_header
from email.parser import HeaderParser
from email.utils import parseaddr
from functools import lru_cache

from mailbot.render.faults import RenderError
from mailbot.render.headers import Header, Kind

_PARSER = HeaderParser()


def proofread(block: str, meant: Sequence[Header]) -> None:
    """Names, order and decoded values; RenderError names the first field that differs, never its value (SC-10)."""
    letter = _PARSER.parsestr(block)
    found = list(letter.raw_items())
    for field, (name, raw) in zip(meant, found, strict=False):
        if name != field.name or not _reads(raw, field):
            raise RenderError(f"the field {field.name} does not read as it was meant")
    # Some releases of Python 3.11 miss the parts of a multipart whose header alone they were given.
    defects = [defect for defect in letter.defects if not isinstance(defect, MultipartInvariantViolationDefect)]
    if len(found) != len(meant) or defects or letter.get_payload():
        raise RenderError(f"{len(meant)} header fields were meant, and {len(found)} are read")


def _reads(raw: str, field: Header) -> bool:
    value = raw.replace("\r\n", "")
    match field.kind:
        case Kind.PLAIN:
            return value == field.value
        case Kind.TEXT:
            return _decoded(value) == field.value
        case Kind.MAILBOX:
            return _mailbox(value) == field.value


# Most mails have one of a few mailboxes in From.
@lru_cache(maxsize=256)
def _mailbox(value: str) -> str:
    phrase, address = parseaddr(value)
    return f"{_decoded(phrase)} <{address}>"


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    parts = decode_header(value)
    return "".join(part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts)
