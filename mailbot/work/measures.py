"""How large, how long, how many: numbers as people read them."""

from datetime import datetime, timedelta

_UNITS = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def octets(number: float) -> str:
    """
    >>> octets(10 * 2**30), octets(1536), octets(7)
    ('10.0 GiB', '1.5 KiB', '7 octets')
    """
    for name, size in _UNITS:
        if number >= size:
            return f"{number / size:.1f} {name}"
    return f"{number:.0f} octets"


def span(length: timedelta) -> str:
    """In the largest unit of which there are two.

    >>> [span(timedelta(seconds=n)) for n in (-1, 119, 120, 7200, 172_800)]
    ['0 s', '119 s', '2 min', '2 h', '2 d']
    """
    seconds = max(int(length.total_seconds()), 0)
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def mails(number: int) -> str:
    return f"{number} mail{'' if number == 1 else 's'}"


def at(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
