"""Who says he wrote a mail: one From field, one mailbox, no doubt (SC-02); everything else is nobody."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from email.headerregistry import AddressHeader
from email.policy import default
from email.utils import parseaddr

from mailbot.model import Address
from mailbot.parsers.address import defect, key
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import Section, values
from mailbot.parsers.limits import MAX_HEADER_BLOCK
from mailbot.parsers.mailboxes import addresses, display_name

MAX_CLAIMED = 10
_MAX_FROM = 2000
# What some reader may take for the field: blanks before the colon, a bare CR before it, junk lines above it
_LIKE = {name: re.compile(rb"\n%s[ \t]*+:" % name.encode()) for name in ("from", "reply-to")}
_WHOLE = {name: re.compile(rb"\n%s[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+" % name.encode()) for name in _LIKE}
_ATOM = r"[^\x00-\x20()<>\[\]:;@\\,\"\x7f]++"
_QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[ -~])*+"'
_PHRASE = rf"(?:{_ATOM}|{_QUOTED})(?:[ \t]*+(?:{_ATOM}|{_QUOTED}))*+"
_NAME_ADDR = re.compile(rf"(?P<name>{_PHRASE})?[ \t]*<(?P<spec>[^<>\s]*)>")
# Words and a dot-atom alone: no reader can find anything else in them.
_ONE_WAY = re.compile(r"(?:(?:[\w'=?+/-]+ )*+<)?[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>?")
_ADDR_SPEC = re.compile(r"(?P<spec>[^<>\s()\[\]:;,\"\\]+)(?:[ \t]+\((?P<name>[^()\\\x00-\x1f\x7f]*)\))?")


# Controls, and those that turn the direction of what follows; no program writes them into From.
_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HIDDEN = "From holds characters that cannot be seen"


@dataclass(frozen=True, slots=True)
class Authorship:
    """`author` or else `defect`, a phrase; `claimed` are the addresses that stand there all the same.

    `form` is the web form whose Reply-To names him, or "".
    """

    author: Address | None
    defect: str = ""
    claimed: tuple[str, ...] = ()
    form: str = ""


def authorship(section: Section, forms: Collection[str] = ()) -> Authorship:
    """`forms` are addresses of web forms, as `address.key` has them: what these send is their visitors'."""
    stated = _stated(section, "from")
    if not stated.author or not forms or key(stated.author.address) not in forms:
        return stated
    named = _stated(section, "reply-to")
    # The grammar's phrases speak of the field that they were made for.
    says = f"{named.defect.replace('From', 'Reply-To')} in a mail of the web form {stated.author.address}"
    return replace(named, defect=says if named.defect else "", form=stated.author.address)


def _stated(section: Section, name: str) -> Authorship:
    fields = values(section.fields, name)
    count = len(_LIKE[name].findall(b"\n" + section.head.lower().replace(b"\r", b"\n")))
    if len(section.head) > MAX_HEADER_BLOCK:
        return Authorship(None, "the header is too large to be sure of From", _claimed(fields))
    if not count:
        return Authorship(None, "there is no From field")
    if count > 1 or len(fields) != 1:
        return Authorship(None, "there are several From fields", _claimed(fields))
    author, flaw = (None, _HIDDEN) if _holds_bare_cr(section.head, name) else _mailbox(fields[0])
    return Authorship(author, flaw, () if author else _claimed(fields))


def _holds_bare_cr(head: bytes, name: str) -> bool:
    """Some readers end a line there, and see another field."""
    if head.count(b"\r") == head.count(b"\r\n"):
        return False
    lines = b"\n" + head.replace(b"\r\n", b"\n").lower()
    return any(b"\r" in field for field in _WHOLE[name].findall(lines))


def _claimed(fields: tuple[bytes, ...]) -> tuple[str, ...]:
    found = (address for field in fields for address in addresses(decode_field(field), MAX_CLAIMED))
    return tuple(dict.fromkeys(found))[:MAX_CLAIMED]


def _mailbox(field: bytes) -> tuple[Address | None, str]:
    value = decode_field(field)
    if not value:
        return None, "From is empty"
    if len(value) > _MAX_FROM:
        return None, "From is too long"
    match = _NAME_ADDR.fullmatch(value) or _ADDR_SPEC.fullmatch(value)
    if match is None:
        return None, _shape(value)
    flaw = _flaw(match["spec"], field)
    if flaw is not None:
        return None, flaw
    if _UNSEEN.search(value):
        return None, _HIDDEN
    if not (_ONE_WAY.fullmatch(value) or _is_read_alike(value, match["spec"])):
        return None, "From can be read in two ways"
    return Address(match["spec"], display_name(match["name"] or "")), ""


def _is_read_alike(value: str, spec: str) -> bool:
    """Other readers must find the same: where two disagree, a border may have verified a third author (SC-02)."""
    if parseaddr(value)[1] != spec:
        return False
    try:
        read = default.header_factory("From", value)
        return isinstance(read, AddressHeader) and [one.addr_spec for one in read.addresses] == [spec]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False  # what the standard library raises on headers that it does not expect


def _flaw(spec: str, field: bytes) -> str | None:
    if not spec:
        return "From has an empty address"
    if not spec.isascii() and not _is_utf8(field):
        return "From is not UTF-8"
    flaw = defect(spec)
    return None if flaw is None else f"From has an address that cannot be believed: {flaw}"


def _shape(value: str) -> str:
    """The likeliest reason why the grammar does not fit, for a person to read."""
    if any(not character.isprintable() and character != "\t" for character in value):
        return _HIDDEN
    if re.fullmatch(r"[^<>]*@[^<>]*<[^<>]*>", value):
        return "the name in From looks like another address"
    if re.search(r"<[^<>]*>.*<", value) or "," in value:
        return "From names several addresses"
    if ":" in value or ";" in value:
        return "From is a group or a list"
    return "From is malformed"


def _is_utf8(field: bytes) -> bool:
    try:
        field.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
