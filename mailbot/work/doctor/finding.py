"""What doctor found: how it stands with one thing, what that means, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is mailbox:KEY, relay, database, daemon, dns, host or settings; `check` what was looked at there.

    `says` and `advice` are sentences without their full stops; `value` is what was measured, for programs.
    """

    about: str
    check: str
    verdict: Verdict
    says: str
    advice: str = ""
    value: float | int | str | None = None

    @property
    def what(self) -> str:
        """In words: mailbox support, relay."""
        return self.about.replace(":", " ", 1)


def graded(
    about: str,
    check: str,
    says: str,
    advice: str = "",
    *,
    warning: bool = False,
    problem: bool = False,
    value: float | int | str | None = None,
) -> Finding:
    """The advice is for the case that something is wrong."""
    verdict = Verdict.PROBLEM if problem else Verdict.WARNING if warning else Verdict.OK
    return Finding(about, check, verdict, says, advice if verdict is not Verdict.OK else "", value)
