"""One message with all that its judgement may look at."""

from dataclasses import dataclass
from datetime import datetime

from mailbot.decide.pointers import Named
from mailbot.model import Arrival, Known, Message, Policy, Sender, Site


@dataclass(frozen=True, slots=True)
class Case:
    """`said` is what the message says it belongs to."""

    arrival: Arrival
    message: Message
    sender: Sender
    known: Known
    policy: Policy
    site: Site
    now: datetime
    said: Named

    @property
    def is_late(self) -> bool:
        """Nothing automatic goes out because of a mail that is so old."""
        return self.now - self.arrival.received_at > self.site.robot.acknowledge_within

    def attempts(self, account: str) -> int:
        """Wrong attempts against this account within the last 24 hours (design 1.5.8)."""
        return next((tried.count for tried in self.known.attempts if tried.account == account), 0)
