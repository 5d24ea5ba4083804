"""How much of a mail is read: counted on the raw octets, before anything is taken apart (reliability: limits first)."""

import re

MAX_HEADER_BLOCK = 256 * 1024
MAX_FIELD = 64 * 1024
MAX_HEADER_LINES = 1000
MAX_ENCODED_WORDS = 1000
MAX_NESTING = 50
MAX_PARTS = 1000
MAX_BOUNDARY = 200
MAX_DELIMITER_LINES = 200_000
MAX_ATTACHMENTS = 100
MAX_ADDRESSES = 500
MAX_REFERENCES = 100
MAX_SUBJECT = 500
MAX_HTML = 1024 * 1024
MAX_TOKENS = 50_000
MAX_TEXT = 1024 * 1024

_FIELD_START = re.compile(rb"\n(?![ \t])")


def exceeded(head: bytes) -> str | None:
    """Which limit a header block breaks, as a phrase, None where it breaks none."""
    if len(head) > MAX_HEADER_BLOCK:
        return f"the header is larger than {MAX_HEADER_BLOCK // 1024} KiB"
    if head.count(b"\n") > MAX_HEADER_LINES:
        return f"the header has more than {MAX_HEADER_LINES} lines"
    if head.count(b"=?") > MAX_ENCODED_WORDS:
        return f"the header has more than {MAX_ENCODED_WORDS} encoded words"
    if len(head) > MAX_FIELD and max(map(len, _FIELD_START.split(head))) > MAX_FIELD:
        return f"a header field is larger than {MAX_FIELD // 1024} KiB"
    return None
