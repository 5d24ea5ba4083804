"""Address lists as people and programs write them (RFC 5322 section 3.4 and what is sent in its place), in linear time.

Good for finding whom a mail names. Who wrote it is decided in author.py, by a grammar that forgives nothing.
"""

import re

from mailbot.model import Address
from mailbot.parsers import printable
from mailbot.parsers.address import defect
from mailbot.parsers.encoded_words import decoded
from mailbot.parsers.limits import MAX_ADDRESSES

MAX_NAME = 200
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"?|<[^<>]*+>?|\[[^\]]*+\]?|[(),;:]|\\.|[^"<\[(),;:\\]++', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(r"""[^\s<>()\[\],;:@"\\]{1,100}@[^\s<>()\[\],;:@"\\]{1,255}""")


def mailboxes(value: str) -> tuple[Address, ...]:
    """The mailboxes of a field, group names and comments passed over; what has no plain address is left out."""
    found = (_mailbox(tokens) for tokens in _items(value))
    return tuple(mailbox for mailbox in found if mailbox is not None)[:MAX_ADDRESSES]


def addresses(value: str, limit: int) -> tuple[str, ...]:
    """Whatever looks like an address anywhere in a field: what somebody claims, good for nothing else."""
    return tuple(dict.fromkeys(printable.name(found, 320) for found in _ADDRESS.findall(value)))[:limit]


def display_name(words: str) -> str:
    """A name to show: one that poses as an address, or hides what it is, is no name (F-010).

    >>> display_name('"Roy, Ana"'), display_name("=?utf-8?q?L=C3=A9a?="), display_name("chef@example.com")
    ('Roy, Ana', 'Léa', '')
    """
    plain = words.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = _ESCAPED.sub(r"\1", plain[1:-1])
    name = printable.name(decoded(plain), MAX_NAME)
    return "" if "@" in name or "＠" in name or "﹫" in name else name


def _items(value: str) -> list[list[str]]:
    """The pieces of each mailbox, without comments, group names and separators."""
    items: list[list[str]] = [[]]
    comment = 0
    for match in _PIECE.finditer(value):
        piece = match[0]
        if piece == "(":
            comment += 1
        elif piece == ")":
            comment = max(0, comment - 1)
        elif comment:
            continue
        elif piece in (",", ";"):
            items.append([])
        elif piece == ":":
            items[-1] = []
        else:
            items[-1].append(piece)
    return items


def _mailbox(pieces: list[str]) -> Address | None:
    angle = next((piece for piece in pieces if piece.startswith("<")), None)
    if angle is None:
        bare = "".join(pieces).strip()
        return Address(bare) if bare and defect(bare) is None else None
    spec = angle.strip("<> \t")
    if defect(spec) is not None:
        return None
    return Address(spec, display_name("".join(piece for piece in pieces if piece is not angle)))
