"""Our own header read back before a mail is queued: it must say what was meant, to every reader, and no more."""

import re
from collections.abc import Sequence
from email.header import decode_header
from email.utils import parseaddr
from functools import lru_cache

from mailbot.render.faults import RenderError
from mailbot.render.headers import Header, Kind

# RFC 5322 section 2.2.3. A line of spaces alone is no fold, for some readers end the header there.
_FOLD = re.compile(r"\r\n (?! |\r\n)")


def proofread(block: str, meant: Sequence[Header]) -> None:
    """Names, order and decoded values; RenderError names the first field that differs, never its value (SC-10).

    Between the line ends nothing may stand that any reader takes for one, so that all see the same fields.
    """
    lines = _FOLD.sub(" ", block).split("\r\n")
    for field, line in zip(meant, lines, strict=False):
        name, _, value = line.partition(":")
        if name != field.name or not line.isprintable() or not _reads(value.strip(" "), field):
            raise RenderError(f"the field {field.name} does not read as it was meant")
    if lines[len(meant) :] != ["", ""]:
        raise RenderError(f"after {len(meant)} header fields more is read than was meant")


def _reads(value: str, field: Header) -> bool:
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
