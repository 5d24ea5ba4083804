"""The answers of an authorization server, read: total, whatever it says."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

# RFC 6749 appendix A.12 and A.17, without the blank: it goes into the commands of IMAP and SMTP.
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_ERROR = re.compile(r"[a-z_]{1,60}")
# Microsoft's own number says more than the error; the rest of its words may hold addresses.
_NUMBER = re.compile(r"\bAADSTS\d{1,9}\b")
_USER_CODE = re.compile(r"[\x21-\x7e]{1,40}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,500}")
# What is not said is taken to be short (RFC 6749 section 5.1 only recommends expires_in).
_UNKNOWN_LIFETIME = 300
_LONGEST = 10 * 365 * 86400
# RFC 8628 section 3.2.
_INTERVAL = 5
_DEVICE_LIFETIME = 900
# Google's and Azure's name, Keycloak's, and Intuit's.
_REFRESH_LIFETIMES = ("refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in")
# RFC 6749 section 4.1.2.1: these two are about the server, not about us.
_PASSING = {"server_error", "temporarily_unavailable"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """RFC 6749 section 5.1. `refresh_token` "" where none was given; `refresh_lifetime` None where nothing is said."""

    access_token: str = field(repr=False)
    lifetime: timedelta
    refresh_token: str = field(repr=False)
    refresh_lifetime: timedelta | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """RFC 6749 section 5.2: `error` is its code, `detail` that and Microsoft's number."""

    error: str
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """RFC 8628 section 3.2, times in seconds."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    expires_in: int
    interval: int


def granted(answer: Answer) -> Grant | Refusal | None:
    """Of a token endpoint; None where it makes no sense, or says that the server has trouble of its own."""
    table = _table(answer)
    if answer.status != 200 or "error" in table:
        return _refusal(table)
    token, kind = table.get("access_token"), table.get("token_type")
    if not _is_token(token) or not isinstance(kind, str) or kind.lower() != "bearer":
        return None
    again = table.get("refresh_token", "")
    if again and not _is_token(again):
        return None
    lifetime = _seconds(table.get("expires_in"))
    lifetimes = (_seconds(table.get(name)) for name in _REFRESH_LIFETIMES)
    # Keycloak says 0 for one that does not end.
    told = next((found for found in lifetimes if found), None)
    return Grant(
        access_token=str(token),
        lifetime=timedelta(seconds=_UNKNOWN_LIFETIME if lifetime is None else lifetime),
        refresh_token=str(again or ""),
        refresh_lifetime=timedelta(seconds=told) if told else None,
    )


def device(answer: Answer) -> DeviceCode | Refusal | None:
    """Of a device authorization endpoint."""
    table = _table(answer)
    if answer.status != 200:
        return _refusal(table)
    # Google's name for it is older than the RFC's.
    uri = table.get("verification_uri") or table.get("verification_url")
    code, shown = table.get("device_code"), table.get("user_code")
    if not _is_token(code) or not _matches(_USER_CODE, shown) or not _matches(_ADDRESS, uri):
        return None
    return DeviceCode(
        device_code=str(code),
        user_code=str(shown),
        verification_uri=str(uri),
        expires_in=_seconds(table.get("expires_in")) or _DEVICE_LIFETIME,
        interval=max(_INTERVAL if (told := _seconds(table.get("interval"))) is None else told, 1),
    )


def redirected(address: str, state: str) -> str | Refusal | None:
    """The code in the address to which a browser was sent (RFC 6749 section 4.1.2); None where it has none of ours."""
    try:
        query = parse_qs(urlsplit(address.strip()).query, max_num_fields=100)
    except ValueError:
        return None
    if query.get("state") != [state]:
        return None
    if error := query.get("error"):
        return _refusal({"error": error[0], "error_description": query.get("error_description", [""])[0]})
    code = query.get("code", [""])[0]
    return code if _is_token(code) else None


def _table(answer: Answer) -> Mapping[str, object]:
    """Empty where nothing in it can be about us."""
    if answer.status >= 500 or answer.status == 429:
        return {}
    try:
        read = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _refusal(table: Mapping[str, object]) -> Refusal | None:
    error, words = table.get("error"), table.get("error_description")
    if not isinstance(error, str) or not _ERROR.fullmatch(error) or error in _PASSING:
        return None
    number = _NUMBER.search(words) if isinstance(words, str) else None
    return Refusal(error, f"{error} {number[0]}" if number else error)


def _is_token(value: object) -> bool:
    return _matches(_TOKEN, value)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _seconds(value: object) -> int | None:
    """Some servers put the number in quotes."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(value, _LONGEST)
