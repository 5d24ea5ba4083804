"""What all work needs, made once at start-up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailbot.model import Policy, Site
from mailbot.store.engine import Database

if TYPE_CHECKING:
    from mailbot.render import Press


def clock() -> datetime:
    """The time now, aware, UTC: the one clock of the robot."""
    return datetime.now(UTC)


class Refused(Exception):
    """What a person asked for cannot be done; the message is one sentence that says why and what would work."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`holder` names this daemon in leases and in the outbox; it is new at every start."""

    database: Database
    site: Site
    press: "Press"
    holder: str
    now: Callable[[], datetime] = clock
    policy: Policy = field(default_factory=Policy)
