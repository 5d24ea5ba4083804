"""Versions with known holes: of programs that say theirs, and of this Python by what it does."""

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy, utils
from email.errors import MessageError
from email.message import Message
from importlib.metadata import PackageNotFoundError, version

from mailbot.work.doctor.finding import Finding, Verdict, graded

CHECK = "version"


@dataclass(frozen=True, slots=True)
class Hole:
    """`fixed` are the first versions without it, one of each branch that got the fix; later branches never had it."""

    program: str
    since: tuple[int, ...]
    fixed: tuple[tuple[int, ...], ...]
    what: str

    def is_in(self, found: tuple[int, ...]) -> bool:
        """
        >>> wal = Hole("SQLite", (3, 7), ((3, 44, 6), (3, 50, 7), (3, 51, 3)), "")
        >>> [wal.is_in(found) for found in ((3, 40, 1), (3, 44, 6), (3, 45, 0), (3, 50, 8), (3, 51, 3), (3, 53, 4))]
        [True, False, True, False, False, False]
        """
        if found < self.since or found >= max(self.fixed):
            return False
        return not any(found[: len(fix) - 1] == fix[:-1] and found >= fix for fix in self.fixed)


HOLES = (
    # sqlite.org/wal.html#walresetbug
    Hole("SQLite", (3, 7), ((3, 44, 6), (3, 50, 7), (3, 51, 3)), "it can damage the database when its WAL is reset"),
    # dovecot.org/security
    Hole("Dovecot", (2, 2), ((2, 3, 21, 1),), "a mail with very many addresses keeps it busy (CVE-2024-23184)"),
    # postgresql.org/support/security
    Hole(
        *("PostgreSQL", (13,), ((13, 22), (14, 19), (15, 14), (16, 10), (17, 6))),
        "it has known holes (CVE-2025-8713 to 8715)",
    ),
    # postgresql.org/support/versioning: 14 until November 2026
    Hole("PostgreSQL", (0,), ((15, 0),), "it gets no fixes any more"),
)
# Debian, Ubuntu and Red Hat mend an old version and leave it its number; SQLite is our own, and PostgreSQL they follow.
_KEEP_NUMBERS = frozenset({"dovecot"})
# The least that is safe to use: GHSA-v3q9-hj7j-63hq and GHSA-vxj7-4xrp-5vr4; CVE-2025-27516.
LIBRARIES = {"aiosmtplib": (5, 1, 2), "jinja2": (3, 1, 6)}


def numbers(written: str) -> tuple[int, ...]:
    """
    >>> numbers("2.3.19.1 (9b53102964)"), numbers("15.18 (Debian 15.18-0+deb12u1)"), numbers("")
    ((2, 3, 19, 1), (15, 18), ())
    """
    found = re.match(r"\D{0,20}(\d{1,9}(?:\.\d{1,9})*)", written, re.ASCII)
    return tuple(map(int, found[1].split("."))) if found else ()


def of_server(about: str, program: str, written: str) -> Iterator[Finding]:
    """Nothing of one that does not tell its version, as most do."""
    found = numbers(written)
    if not found:
        return
    holes = [hole.what for hole in HOLES if hole.program.lower() == program.lower() and hole.is_in(found)]
    says = f"{program} {'.'.join(map(str, found))}{': ' if holes else ''}{'; '.join(holes)}"
    unless = ", unless your distribution mended it and left it its number" if program.lower() in _KEEP_NUMBERS else ""
    yield graded(about, CHECK, says, f"Have it updated{unless}", warning=bool(holes), value=written)


def of_python() -> Iterator[Finding]:
    """By what it does: distributions mend old versions and leave them their number."""
    holes = [
        *([] if _refuses_line_breaks() else ["writes header fields with line breaks (CVE-2026-1299)"]),
        *([] if getattr(utils, "supports_strict_parsing", False) else ["misreads addresses (CVE-2023-27043)"]),
    ]
    found = platform.python_version()
    says = f"{found} {' and '.join(holes)}, which mailbot does not rely on" if holes else found
    yield graded("host", "Python", says, "Update it when you can", warning=bool(holes), value=found)


class _Folded(str):
    """A header value that folds itself, as those of the library do, and does it wrongly."""

    name = "Subject"

    def fold(self, **_: object) -> str:
        return "Subject: a\r\nBcc: b@example.com\r\n"


def _refuses_line_breaks() -> bool:
    mail = Message(policy.default)
    mail.set_raw("Subject", _Folded())
    try:
        mail.as_bytes()
    except MessageError:
        return True
    return False


def of_libraries() -> Iterator[Finding]:
    """What pip installed may be another version than the one that we pinned."""
    for name, least in LIBRARIES.items():
        try:
            written = version(name)
        except PackageNotFoundError:
            continue
        if numbers(written) < least:
            wanted = ".".join(map(str, least))
            says = f"{name} {written} has holes that were mended in {wanted}"
            yield Finding("host", name, Verdict.PROBLEM, says, f'`pip install "{name}>={wanted}"`', written)
