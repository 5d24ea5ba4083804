"""The kinds of values that stand in the settings files: what is written, and what it means or why nothing."""

import ipaddress
import re
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import re2
from pydantic import AfterValidator, BeforeValidator, PlainValidator

from mailbot.model import AUTO, Language, Processed, ProcessedMode, Start, StartMode, Transport
from mailbot.parsers import address
from mailbot.written.faults import meant, shown
from mailbot.written.values import email, one_of

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([smhd])", re.ASCII)
_SIZE = re.compile(r"(\d{1,9}) ?(KiB|MiB|GiB)", re.ASCII)
_LOCALE = re.compile(r"(fr|en)(?:[-_]([A-Za-z]{2}))?")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OCTETS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
# Nobody means more, and timedelta and the clock stay far from their ends.
_LONGEST = timedelta(days=36_500)
_DAY = timedelta(days=1)
# Message-IDs stand in columns of 100 characters, with a few of ours around them.
LONGEST_DOMAIN = 68


def duration(value: object) -> timedelta:
    """
    >>> duration("90 m")
    datetime.timedelta(seconds=5400)
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f'{shown(value)} is not a duration: write a number and s, m, h or d, such as "30s" or "7d"')
    span = float(found[1]) * _SECONDS[found[2]]
    if span > _LONGEST.total_seconds():
        raise ValueError(f"{shown(value)} is longer than a hundred years")
    return timedelta(seconds=span)


def duration_or_never(value: object) -> timedelta | None:
    return None if value == "never" else duration(value)


def size(value: object) -> int:
    """Octets.

    >>> size("25 MiB")
    26214400
    """
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f'{shown(value)} is not a size: write a number and KiB, MiB or GiB, such as "25 MiB"')
    return int(found[1]) * _OCTETS[found[2]]


def at_least(written: str) -> AfterValidator:
    """A lower bound of a duration, itself included."""
    least = duration(written)

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(f"is too short: {written} is the least")
        return value

    return AfterValidator(check)


def within(low: str, high: str) -> AfterValidator:
    """Bounds of a size, both included."""
    least, most = size(low), size(high)

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"must lie between {low} and {high}")
        return value

    return AfterValidator(check)


def host_name(value: str) -> str:
    """RFC 1123 section 2.1, in ASCII."""
    if not value.isascii():
        raise ValueError(f"{shown(value)} is not ASCII: write the name in its xn-- form")
    if len(value) > 253 or not all(_LABEL.fullmatch(label) for label in value.split(".")):
        raise ValueError(f"{shown(value)} is not a host name")
    return value.lower()


def server(value: str) -> str:
    """A host name, or an IP address."""
    return value if _is_ip(value) else host_name(value)


def unwanted(value: str) -> str:
    """An address, or a domain, which stands for those below it as well.

    >>> unwanted("anna@bad.example"), unwanted("bad.example"), unwanted("@bad.example")
    ('anna@bad.example', 'bad.example', 'bad.example')
    """
    if "*" in value:
        raise ValueError(f"{shown(value)}: write the domain alone, without *; it stands for those below it as well")
    bare = value.removeprefix("@")
    if "@" in bare:
        return email(bare)
    if wrong := address.defect(f"postmaster@{bare}"):
        raise ValueError(f"{shown(value)} is neither an address nor a domain: {wrong}")
    if "." not in bare:
        raise ValueError(f"{shown(value)} is a whole top-level domain")
    return bare


def is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def own_domain(value: str) -> str:
    if len(value) > LONGEST_DOMAIN:
        raise ValueError(f"is too long for our Message-IDs: {LONGEST_DOMAIN} characters are the most")
    return value


def locale(value: str) -> str:
    """
    >>> locale("fr-ca"), locale("en")
    ('fr_CA', 'en')
    """
    found = _LOCALE.fullmatch(value)
    if not found:
        raise ValueError(f"{shown(value)} is not fr or en, alone or with a region such as fr-CA")
    return f"{found[1]}_{found[2].upper()}" if found[2] else found[1]


def time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown; a path; a folder of the time zone database
        hint = meant(value, available_timezones()) or ", such as America/Toronto"
        raise ValueError(f"{shown(value)} is not an IANA time zone{hint}") from None
    return value


def pattern(value: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(value, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else error
        raise ValueError(f"{shown(value)} is not a pattern of RE2: {why}") from None
    if compiled.search(""):
        raise ValueError(f"{shown(value)} matches the empty text, so it would match everywhere")
    return value


def start(value: object) -> Start:
    match value:
        case "new" | "all":
            return Start(StartMode(value))
        case date() | str() if found := _day(value):
            return Start(StartMode.DATE, found)
    raise ValueError(f"{shown(value)} is not new, all or a date such as 2026-11-22")


def day(value: object) -> date:
    if found := _day(value):
        return found
    raise ValueError(f"{shown(value)} is not a day such as 2026-12-31")


def _day(value: object) -> date | None:
    """None for what is written as no day, ValueError for one that no calendar has."""
    match value:
        case date() if not isinstance(value, datetime):
            return value
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"{shown(value)} is not a day of the calendar") from None
    return None


def processed(value: object) -> Processed:
    if value in ("keep", "seen"):
        return Processed(ProcessedMode(str(value)))
    mode, _, argument = value.partition(":") if isinstance(value, str) else ("", "", "")
    match mode:
        case ProcessedMode.MOVE:
            return Processed(ProcessedMode.MOVE, folder=folder(argument))
        case ProcessedMode.DELETE_AFTER:
            after = duration(argument)
            if after < _DAY:
                raise ValueError(f"{shown(value)}: mail is deleted after 24h at the earliest")
            return Processed(ProcessedMode.DELETE_AFTER, after=after)
    raise ValueError(f"{shown(value)} is not one of keep, seen, move:FOLDER, delete-after:30d")


def folder(value: str) -> str:
    """The name of an IMAP folder; it goes into commands, so nothing in it may end one."""
    if not value.strip():
        raise ValueError("names no folder")
    if not value.isprintable():
        raise ValueError("names a folder with a control character in it")
    return value


def sent_folder(value: str) -> str:
    """As an attribute of RFC 6154 where the server shall say which it is."""
    return value and (AUTO if value == "auto" else folder(value))


def secret(value: object) -> str:
    """The refusal leaves the value out: it is a secret, whatever its type."""
    if not isinstance(value, str):
        raise ValueError("is not text: put it in quotes")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
DurationOrNever = Annotated[timedelta | None, BeforeValidator(duration_or_never)]
Size = Annotated[int, BeforeValidator(size)]
Unwanted = Annotated[str, AfterValidator(unwanted)]
HostName = Annotated[str, AfterValidator(host_name)]
OwnDomain = Annotated[HostName, AfterValidator(own_domain)]
Server = Annotated[str, AfterValidator(server)]
Locale = Annotated[str, AfterValidator(locale)]
TimeZone = Annotated[str, AfterValidator(time_zone)]
Pattern = Annotated[str, AfterValidator(pattern)]
Folder = Annotated[str, AfterValidator(folder)]
SentFolder = Annotated[str, AfterValidator(sent_folder)]
Secret = Annotated[str, BeforeValidator(secret)]
Security = Annotated[Transport, BeforeValidator(one_of(Transport))]
Tongue = Annotated[Language, BeforeValidator(one_of(Language))]
Day = Annotated[date, PlainValidator(day)]
Beginning = Annotated[Start, PlainValidator(start)]
Afterwards = Annotated[Processed, PlainValidator(processed)]
