"""The content hash of a mail: the same for two copies of one letter, whatever the relays wrote on them (RC-02).

As public-inbox's ContentHash: author, subject, date, recipients, references and decoded parts, no trace fields.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from mailbot.model import Attachment
from mailbot.parsers.structure import Headers

_FIELDS = ("from", "sender", "subject", "date", "to", "cc", "references", "in-reply-to")


def content_hash(headers: Headers, texts: Iterable[str], attachments: Iterable[Attachment]) -> str:
    """Hex SHA-256. Line ends and blanks at the end of lines do not count: relays change them."""
    hash_ = sha256()
    for item in _items(headers, texts, attachments):
        encoded = item.encode("utf-8", "replace")
        hash_.update(b"%d:%s," % (len(encoded), encoded))
    return hash_.hexdigest()


def _items(headers: Headers, texts: Iterable[str], attachments: Iterable[Attachment]) -> Iterator[str]:
    for name in _FIELDS:
        yield name
        yield from headers.all(name)
    yield "text"
    for text in texts:
        yield "\n".join(map(str.rstrip, text.splitlines())).strip()
    yield "attachments"
    for attachment in attachments:
        yield attachment.type
        yield attachment.sha256
