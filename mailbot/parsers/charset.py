"""Octets into characters under any charset label: what the label says, where that fails UTF-8, then Windows-1252."""

import codecs
import re
from functools import lru_cache

# What the labels mean in mail as it is sent: the supersets that mail programs write (WHATWG Encoding, section 4.2).
_MEANT = {
    "": "utf-8",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf8mb4": "utf-8",
}
_WIDE = ("utf-16", "utf-32")
_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,39}")
# Text codecs of Python that no mail is written in; undefined raises on anything.
_NO_CHARSET = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


@lru_cache(maxsize=256)
def codec(label: str) -> str | None:
    """The Python codec that a charset label means, None for one that is unknown or no character set.

    >>> codec('"ISO-8859-1"'), codec("x-unknown"), codec("zlib")
    ('cp1252', None, None)
    """
    plain = label[:100].strip(" \t\"'").lower().partition("*")[0]
    meant = _MEANT.get(plain)
    if meant is not None:
        return meant
    if _LABEL.fullmatch(plain) is None:
        return None
    try:
        found = codecs.lookup(plain)
    except (LookupError, ValueError):
        return None
    # codecs.lookup finds rot13 and zlib too; only this flag tells them from character sets
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("-", "_") not in _NO_CHARSET else None


def decode(octets: bytes, label: str) -> tuple[str, bool]:
    """The characters, and whether the label was right. Octets that are UTF-8 for certain win over a Latin label."""
    name = codec(label)
    if name in ("cp1252", "utf-8", None) or (name.startswith(_WIDE) and b"\0" not in octets):
        strict = _strictly(octets, "utf-8")
        if strict is not None:
            return strict, name == "utf-8" or octets.isascii()
    if name is not None and name != "utf-8":
        strict = _strictly(octets, name)
        if strict is not None:
            return strict, True
    return _repaired(octets), False


def decode_field(octets: bytes) -> str:
    """A header field with raw 8-bit octets (RFC 6532 allows UTF-8; the rest are old programs)."""
    strict = _strictly(octets, "utf-8")
    return octets.decode("cp1252", "replace") if strict is None else strict


def _repaired(octets: bytes) -> str:
    strict = _strictly(octets, "utf-8")
    return octets.decode("cp1252", "replace") if strict is None else strict


def _strictly(octets: bytes, name: str) -> str | None:
    try:
        decoded = octets.decode(name)
        if name != "utf-8":
            decoded.encode("utf-8")  # utf-7 can make lone surrogates: then it was not utf-7
    except (UnicodeError, LookupError, ValueError):
        return None
    return decoded
