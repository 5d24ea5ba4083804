"""What an IMAP server answers, as values: pure functions over the records that imaplib collects."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

# imaplib files a response as (text, literal) for every literal in it, then the rest of its text.
Record = tuple[bytes, bytes] | bytes

LAST_UID = 2**32 - 1
# No mail is older (RFC 561 is of 1973): what a server shows for a time that it does not know is the epoch.
_FIRST_MAIL = datetime(1971, 1, 1, tzinfo=UTC)
_UIDS_IN_A_COMMAND = 500  # 5.5 kB at most; RFC 7162 section 4 asks servers to take 8 kB
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_INTERNALDATE = re.compile(rb"(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
# An open quote runs to the end: with a closing one required, many of them would cost quadratic time.
_TOKEN = re.compile(rb'[()]|"(?:[^"\\]|\\.)*+"?|[^\s()"]+')


@dataclass(frozen=True, slots=True)
class Folder:
    """The selected folder. UIDs mean something only together with `uidvalidity` (RFC 9051 section 2.3.1.1).

    Where the server does not foretell the next UID, `uidnext` is one more than any mail has that is there now.
    `lasting` are the flags that last (PERMANENTFLAGS); None where the server does not tell, then all do.
    `attributes` are those of LIST in lower case, of a folder that may hold more than what came.
    """

    name: str
    uidvalidity: int
    uidnext: int
    exists: int
    readonly: bool
    lasting: frozenset[bytes] | None = None
    foretells: bool = True
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """What the server says of a mail. `size` is RFC822.SIZE: a claim. `internaldate` is UTC, None where unreadable.

    `marks` are its flags and Gmail's own labels in lower case, where a folder may hold more than what came.
    """

    uid: int
    size: int
    internaldate: datetime | None
    marks: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail's octets exactly as they came; b"" where the server gave NIL or an empty string."""

    uid: int
    internaldate: datetime | None
    raw: bytes


def opened_folder(name: str, readonly: bool, told: Mapping[str, Sequence[Record | None]]) -> Folder | None:
    """By the responses to SELECT or EXAMINE; None without lasting UIDs. `uidnext` is to be looked for if not foretold.

    RFC 9051 gives UIDVALIDITY 32 bits; more of them harm nobody.
    """
    uidvalidity, uidnext, exists = (number(_first(told, key)) or 0 for key in ("UIDVALIDITY", "UIDNEXT", "EXISTS"))
    if not uidvalidity or "UIDNOTSTICKY" in told:
        return None
    flags = _first(told, "PERMANENTFLAGS")
    return Folder(
        name=name,
        uidvalidity=uidvalidity,
        uidnext=uidnext,
        exists=exists,
        readonly=readonly,
        lasting=frozenset(flags.strip(b"()").split()) if isinstance(flags, bytes) else None,
        # So many mails have as many UIDs below it.
        foretells=exists < uidnext <= LAST_UID,
    )


def _first(told: Mapping[str, Sequence[Record | None]], name: str) -> Record | None:
    return next(iter(told.get(name, ())), None)


def uid_sets(uids: Iterable[int]) -> Iterator[str]:
    """RFC 9051 sequence sets that name these UIDs and no other, each short enough for one command.

    >>> list(uid_sets([3, 1, 2, 7, 8, 10]))
    ['1:3,7:8,10']
    """
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), _UIDS_IN_A_COMMAND):
        runs = _runs(ordered[start : start + _UIDS_IN_A_COMMAND])
        yield ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def _runs(ordered: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for uid in ordered:
        if runs and runs[-1][1] == uid - 1:
            runs[-1] = (runs[-1][0], uid)
        else:
            runs.append((uid, uid))
    return runs


def search_date(day: date) -> str:
    """RFC 9051 date, whatever the locale: 3-Apr-2026."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04d}"


def found_uids(records: Iterable[Record | None]) -> list[int]:
    """The UIDs of SEARCH responses, ascending, each once. Servers may split them over several responses."""
    lines = (record for record in records if isinstance(record, bytes))
    words = (word for line in lines for word in line.partition(b"(")[0].split())
    return sorted({uid for word in words if 0 < (uid := number(word) or 0) <= LAST_UID})


def listed(records: Sequence[Record | None]) -> Iterator[Listed]:
    """Of a mail whose flags a server tells unasked nothing is said by that."""
    for uid, items in _responses(records):
        if b"RFC822.SIZE" in items:
            marks = b" ".join(items.get(name) or b"" for name in (b"FLAGS", b"X-GM-LABELS"))
            words = frozenset(word for word in marks.lower().split() if word.startswith(b"\\"))
            yield Listed(uid, number(items[b"RFC822.SIZE"]) or 0, internaldate(items.get(b"INTERNALDATE")), words)


def fetched(records: Sequence[Record | None], section: bytes) -> Iterator[Fetched]:
    """`section` is the item asked for as the server names it: BODY[] where BODY.PEEK[] was asked.

    Of a part some servers do not name where it begins, the <0> of RFC 9051 section 7.5.2.
    """
    names = (section, section.partition(b"<")[0])
    for uid, items in _responses(records):
        if found := [name for name in names if name in items]:
            yield Fetched(uid, internaldate(items.get(b"INTERNALDATE")), items[found[0]] or b"")


def internaldate(text: bytes | None) -> datetime | None:
    """RFC 9051 date-time without its quotes, as UTC.

    >>> internaldate(b" 7-Feb-2026 22:43:04 -0500")
    datetime.datetime(2026, 2, 8, 3, 43, 4, tzinfo=datetime.timezone.utc)
    """
    match = _INTERNALDATE.fullmatch((text or b"").strip())
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-offset if sign == b"-" else offset)
        day_of = (int(year), _MONTHS.index(month.decode().title()) + 1, int(day))
        found = datetime(*day_of, int(hour), int(minute), int(second), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= _FIRST_MAIL else None


def _responses(records: Sequence[Record | None]) -> Iterator[tuple[int, dict[bytes, bytes | None]]]:
    """The items of each FETCH response that names its UID; RFC 9051 section 7.5.2 lets others come unasked.

    IMAPClient files a response without UID under its sequence number, as if that were the UID.
    """
    pieces: list[tuple[bytes, bytes | None]] = []
    for record in records:
        if isinstance(record, tuple):
            pieces.append(record)
            continue
        items = _items([*pieces, (record or b"", None)])
        pieces = []
        uid = number(items.get(b"UID"))
        if uid is not None:
            yield uid, items


def _items(pieces: Iterable[tuple[bytes, bytes | None]]) -> dict[bytes, bytes | None]:
    """`5 (UID 7 FLAGS (a b) BODY[] {3}`: names and values alternate at depth one; a list is its words with blanks."""
    items: dict[bytes, bytes | None] = {}
    name = b""
    words: list[bytes] = []
    depth = 0
    for token, literal in _tokens(pieces):
        if token == b"(":
            depth += 1
        elif token == b")":
            depth -= 1
            if depth == 1 and name:
                items[name] = b" ".join(words)
            if depth <= 1:
                name, words = b"", []
        elif depth == 1 and not name:
            name = token.upper()
        else:
            value = literal if literal is not None else _value(token)
            if depth > 1:
                words.append(value or b"")
            else:
                items[name] = value
                name = b""
    return items


def _tokens(pieces: Iterable[tuple[bytes, bytes | None]]) -> Iterator[tuple[bytes, bytes | None]]:
    """Each with its literal: that belongs to the last token of its text, the announcement {size}."""
    for text, literal in pieces:
        tokens = _TOKEN.findall(text)
        yield from ((token, None) for token in tokens[:-1])
        yield from ((token, literal) for token in tokens[-1:])


def _value(token: bytes) -> bytes | None:
    if token.upper() == b"NIL":
        return None
    if token[:1] == b'"':
        return re.sub(rb"\\(.)", rb"\1", token[1:-1])
    return token


def number(token: object) -> int | None:
    """RFC 9051 numbers end at 63 bits, and so does what a database takes."""
    return int(token) if isinstance(token, bytes) and token.isdigit() and len(token) < 19 else None
