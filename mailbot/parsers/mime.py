"""The content of a leaf, read by mail-parser. Only what we wrote ourselves stands in the header that the library sees.

mail-parser takes transfer encodings and character sets off. It is given one leaf at a time, so that it cannot merge an
enclosed message into the letter, guess names, or be misled by any field of the sender; what it reports as undecodable,
and what is neither ASCII nor UTF-8, is decoded by charset.py.
"""

from email.message import Message

from mailparser import MailParser

from mailbot.parsers import charset
from mailbot.parsers.encoded_words import base64_octets
from mailbot.parsers.headers import values
from mailbot.parsers.tree import Entity

_ENCODINGS = {
    "base64": "base64",
    "quoted-printable": "quoted-printable",
    "x-uuencode": "x-uuencode",
    "uuencode": "x-uuencode",
    "x-uue": "x-uuencode",
    "uue": "x-uuencode",
}
_UNDECODED = "CharsetDecodeDefect"
# The label that is wrong most often: what stands under it is for charset.py to say.
_LATIN = "cp1252"


def text(raw: bytes, entity: Entity, most: int) -> tuple[str, bool]:
    """The characters of a text leaf, of its first `most` octets, and whether its charset label was right."""
    label = entity.content.get("charset")
    name = charset.codec(label) or "utf-8"
    leaf = _leaf(raw[entity.start : min(entity.end, entity.start + most)], _encoding(entity))
    if name == _LATIN:
        return charset.decode(_octets(leaf), label)
    leaf["Content-Type"] = f'text/plain; charset="{name}"'
    parser = MailParser(leaf)
    characters = "".join(map(str, parser.text_plain))
    sure = characters.isascii() or (name == "utf-8" and _UNDECODED not in parser.defects_categories)
    return (characters, True) if sure else charset.decode(_octets(leaf), label)


def octets(raw: bytes, entity: Entity) -> bytes:
    """The decoded content of any leaf, as exact as its encoding was."""
    encoding = _encoding(entity)
    if encoding == "binary":
        return raw[entity.start : entity.end]
    leaf = _leaf(raw[entity.start : entity.end], encoding)
    leaf["Content-Type"] = "application/octet-stream"
    leaf["Content-Disposition"] = 'attachment; filename="content"'
    return b"".join(base64_octets(str(found["payload"]).encode("ascii", "replace")) for found in _attachments(leaf))


def _attachments(leaf: Message) -> list[dict[str, object]]:
    return list(MailParser(leaf).attachments)


def _leaf(content: bytes, encoding: str) -> Message:
    leaf = Message()
    leaf["Content-Transfer-Encoding"] = encoding
    leaf.set_payload(content.decode("ascii", "surrogateescape"))
    return leaf


def _octets(leaf: Message) -> bytes:
    content = leaf.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _encoding(entity: Entity) -> str:
    """RFC 2045 section 6.1. Everything that is not encoded counts as binary: 7bit that is UTF-7 is decoded too."""
    written = next(iter(values(entity.fields, "content-transfer-encoding")), b"")
    return _ENCODINGS.get(written.decode("ascii", "replace").partition(";")[0].strip(" \t\"'.").lower(), "binary")
