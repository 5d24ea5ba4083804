"""The times of a mail: aware, or None."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 100


def date(value: str) -> datetime | None:
    """A date-time of RFC 5322 section 3.3 and its obsolete forms; what no calendar of mail holds is None.

    >>> date("Tue, 3 Nov 2026 09:05:00 -0500").isoformat()
    '2026-11-03T09:05:00-05:00'
    >>> date("Mon, 1 Jan 99999 00:00:00 +9999")
    """
    try:
        when = parsedate_to_datetime(value[:_LONGEST])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    if not 1980 <= when.year < 2100:
        return None
    # RFC 5322 section 3.3: -0000 is UTC by a clock that does not know where it stands
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def received_at(value: str) -> datetime | None:
    """The time at the end of a Received field (RFC 5321 section 4.4)."""
    return date(value.rpartition(";")[2].strip())
