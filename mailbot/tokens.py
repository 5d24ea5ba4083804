"""Tags and ticket numbers: made from what they stand for, and read back strictly. Pure: the key is an argument."""

import hashlib
import hmac
import re
from datetime import timedelta
from functools import lru_cache

from mailbot.parsers import address

# Crockford's base 32: no i, l, o, u, so that a number survives being read out and typed.
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_TYPED = str.maketrans("ilo", "110")

TAG_LENGTH = 26
# Reliability 5.6: a reply joins its ticket so long after the last event there; a notice may be answered so long.
REPLY_LIFE = timedelta(days=180)
NOTICE_LIFE = timedelta(days=30)

_TAG = re.compile(rf"[{_DIGITS}]{{{TAG_LENGTH}}}")
_MESSAGE_ID = re.compile(rf"<mb\.([{_DIGITS}]{{{TAG_LENGTH}}})@([^@<>\s]+)>")
_NUMBER = re.compile(r"(?<!\w)[Mm][Bb]-([0-9A-Za-z]{4})-([0-9A-Za-z]{4})(?![\w-])")
CODE_LENGTH = 10
# Each costs a look-up, and nobody means more tickets than this by one subject.
_NUMBERS = 5


def tag(key: bytes, cause: str, template: str, recipient: str) -> str:
    """130 bits of HMAC-SHA-256 (design 1.5.5): a mail always has the same, and only the key makes one.

    All 26 characters of five bits: no spare bit, so no tag has a second spelling.
    """
    return _encoded(_mac(key, "tag", cause, template, recipient), TAG_LENGTH)


def proof(key: bytes, tag: str) -> str:
    """Stands in the header of the mail that has this tag, and nowhere else: answers and quotes do not carry it on.

    Who shows it was handed the mail itself, as servers are that return it.
    """
    return _encoded(_mac(key, "proof", tag), TAG_LENGTH)


def message_id(tag: str, domain: str) -> str:
    """70 characters with a domain of 38: longer ids get folded, and some mail programs send them back mangled."""
    return f"<mb.{tag}@{domain}>"


def tag_of_message_id(message_id: str, domain: str) -> str | None:
    found = _MESSAGE_ID.fullmatch(message_id)
    return found[1] if found and found[2].lower() == domain.lower() else None


def subaddress(mailbox: str, separator: str, tag: str) -> str:
    """`support+TAG@example.com` (RFC 5233); the caller sees to it that the local part stays within 64 octets."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}{separator}{tag}@{domain}"


def tag_of_address(written: str, mailbox: str, separator: str) -> str | None:
    """Some servers change the case of a local part, so upper case is read as well."""
    local, _, domain = written.rpartition("@")
    own, _, own_domain = mailbox.rpartition("@")
    start, tag = local[:-TAG_LENGTH], local[-TAG_LENGTH:]
    if not separator or address.key(f"{start}@{domain}") != address.key(f"{own}{separator}@{own_domain}"):
        return None
    # ASCII first: the Kelvin sign is a k in lower case.
    return tag.lower() if tag.isascii() and _TAG.fullmatch(tag.lower()) else None


def code(key: bytes, tag: str) -> str:
    """50 bits for a person to type, in two halves: only who got the mail with this tag knows them (design 1.5.3)."""
    characters = _encoded(_mac(key, "code", tag), CODE_LENGTH).upper()
    return f"{characters[:5]}-{characters[5:]}"


def is_code(typed: str, key: bytes, tag: str) -> bool:
    """However it is spaced, in either case, and with o, i and l for the digits that they look like."""
    characters = "".join(typed.split()).replace("-", "").lower().translate(_TYPED)
    return hmac.compare_digest(characters.encode(), code(key, tag).replace("-", "").lower().encode())


def ticket_number(key: bytes, cause: str, n: int) -> str:
    """The n-th choice of a number for what this cause opens: seven characters at random, and one that checks them."""
    characters = _encoded(_mac(key, "ticket", cause, str(n)), 7)
    return _written(characters + _check(characters))


def is_ticket_number(text: str) -> bool:
    return ticket_numbers(text) == (text,)


def ticket_numbers(text: str) -> tuple[str, ...]:
    """Those that stand in a text, in canonical form, in order, each once; mistyped ones are none."""
    found = ((match[1] + match[2]).lower().translate(_TYPED) for match in _NUMBER.finditer(text))
    good = (characters for characters in found if _is_sound(characters))
    return tuple(dict.fromkeys(map(_written, good)))[:_NUMBERS]


def _written(characters: str) -> str:
    return f"MB-{characters[:4]}-{characters[4:]}".upper()


def _is_sound(characters: str) -> bool:
    return all(character in _VALUES for character in characters) and characters[7] == _check(characters[:7])


def _check(characters: str) -> str:
    """A Reed-Solomon check over GF(32): every character has another weight, so one wrong or two swapped are seen."""
    total = 0
    for character in characters:
        total = _doubled(total ^ _VALUES[character])
    return _DIGITS[total]


def _doubled(value: int) -> int:
    """Times x modulo x^5 + x^2 + 1, which is primitive."""
    return value << 1 ^ 0b100101 if value & 0b10000 else value << 1


def _mac(key: bytes, purpose: str, *parts: str) -> bytes:
    """Lengths first, so that no two lists of parts are one text."""
    octets = [part.encode(errors="surrogatepass") for part in ("mailbot", purpose, *parts)]
    mac = _keyed(key).copy()
    mac.update(b"".join([len(part).to_bytes(4, "big") + part for part in octets]))
    return mac.digest()


# Every mail has several, and to take up a key costs more than all the rest of one.
@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


def _encoded(digest: bytes, length: int) -> str:
    places = (length + 1) // 2
    number = int.from_bytes(digest, "big") >> 8 * len(digest) - 10 * places
    return "".join([_PAIRS[number >> 10 * place & 1023] for place in reversed(range(places))])[:length]
