"""The door for strings out of a mail: no NUL, no bare CR, no other control, no lone surrogate, no bidi trick passes."""

import re

# C0 and C1 controls but TAB and LF, soft hyphen, zero-width and bidirectional controls, noncharacters, tag characters.
# ZWNJ and ZWJ stay: emoji and Persian need them.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]+"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def text(value: str) -> str:
    """Many lines, each ended by LF alone."""
    lines = value.replace("\r\n", "\n")
    # Nothing that the patterns below look for is printable; the French write no-break spaces.
    if lines.replace("\n", "").replace("\t", "").replace("\xa0", "").replace("\u202f", "").isprintable():
        return lines
    if not value.isascii():
        value = _SURROGATE.sub("\ufffd", value)
    return _HARMFUL.sub("", _LINE_END.sub("\n", value))


def line(value: str, limit: int) -> str:
    """One line of at most `limit` code points, without blanks at its ends, every run of blanks one space."""
    words = " ".join(value.split())
    if words.isprintable() and "\x1f" not in value:  # a blank to Python, and to nobody else
        return words[:limit].rstrip()
    whole = _BLANKS.sub(" ", _HARMFUL.sub("", _LINE_END.sub(" ", _SURROGATE.sub("\ufffd", value))))
    return whole.strip()[:limit].rstrip()


def name(value: str, limit: int) -> str:
    """A name to show beside an address or a file: joiners go as well, they make two names look like one."""
    return line(value.replace("\u200c", "").replace("\u200d", ""), limit)
