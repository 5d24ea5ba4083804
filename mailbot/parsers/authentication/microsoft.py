"""Microsoft 365 writes no authserv-id: its Authentication-Results are known by their place and by its ARC set.

Its border puts the field above the Received field that it writes itself, under a name in mail.protection.outlook.com,
and repeats what it found in an ARC set of mx.microsoft.com (RFC 8617). Whatever a sender writes stands below that
Received field.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.model import AuthenticationResult, Property
from mailbot.parsers import address
from mailbot.parsers.authentication.grammar import Statement, UnreadableError, sealed_statement
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import RawField

_AUTHSERV_ID = "mx.microsoft.com"
_BORDER = re.compile(rb"\sby\s+[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*?\.mail\.protection\.outlook\.com\s", re.IGNORECASE)
_MAX_SETS = 50


def sealed(found: tuple[AuthenticationResult, ...], fields: Sequence[RawField]) -> tuple[AuthenticationResult, ...]:
    """With `sealed` set in what the topmost field without an authserv-id says, where it is Microsoft's."""
    depth = _depth(fields)
    top = next(result for result in found if not result.authserv_id)
    said = _last_set(fields, depth)
    ours = [result for result in found if result.field == top.field]
    if depth is None or top.received > depth or said is None or not _agree(ours, said):
        return found
    return tuple(replace(result, sealed=True) if result.field == top.field else result for result in found)


def _depth(fields: Sequence[RawField]) -> int | None:
    """How many Received fields stand above that of Microsoft's border, None where it wrote none."""
    received = (field.value for field in fields if field.name == "received")
    return next((depth for depth, value in enumerate(received) if _BORDER.search(value)), None)


def _last_set(fields: Sequence[RawField], depth: int | None) -> Statement | None:
    """What Microsoft's border sealed: of all ARC sets the one with the highest instance, if it stands in its part."""
    sets = list(_sets(fields))
    if depth is None or not sets or len(sets) > _MAX_SETS:
        return None
    try:
        read = [(*sealed_statement(value), received) for value, received in sets]
    except UnreadableError:
        return None
    _, said, received = max(read, key=lambda each: each[0])
    return said if received <= depth and said.authserv_id == _AUTHSERV_ID else None


def _sets(fields: Sequence[RawField]) -> Iterator[tuple[str, int]]:
    received = 0
    for field in fields:
        if field.name == "received":
            received += 1
        elif field.name == "arc-authentication-results":
            yield decode_field(field.value), received


def _agree(ours: Sequence[AuthenticationResult], said: Statement) -> bool:
    mine = [_dmarc(result.result, result.properties) for result in ours if result.method == "dmarc"]
    sealed = [_dmarc(result, properties) for method, result, properties in said.methods if method == "dmarc"]
    return len(mine) == 1 and mine == sealed


def _dmarc(result: str, properties: tuple[Property, ...]) -> tuple[str, tuple[str, ...]]:
    return result, tuple(address.lower(entry.value) for entry in properties if entry.name == "header.from")
