"""Who wrote a mail, found out as in production: its octets are parsed, and the author judged by the register."""

from dataclasses import dataclass, field, replace

from messages import account, registered
from sites import mailbox, site

from mailbot.model import Account, Known, Message, Profile, ProfileMode, Reading, Sender
from mailbot.parsers.message import parse
from mailbot.sender import identify

BORDER = "mx.example.com"
VICTIM = "victim@good.com"
ACCOUNT = "AC-204518"
STRIPPED, TOP, M365 = Profile(), Profile(ProfileMode.TOP), Profile(ProfileMode.M365)
PASS = f"Authentication-Results: {BORDER}; dmarc=pass header.from=good.com"
RECEIVED = "Received: from mail.good.com (192.0.2.1) by mx.example.com; Tue, 10 Mar 2026 15:00:00 +0000"


def below(received: int) -> Profile:
    return Profile(ProfileMode.BORDER, received)


def customer(*emails: str, number: str = ACCOUNT) -> Account:
    return account(*(registered(email, number) for email in emails), number=number)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the robot knows and trusts where the test says nothing else."""

    accounts: tuple[Account, ...] = (customer(VICTIM),)
    authserv_ids: tuple[str, ...] = (BORDER,)
    profile: Profile = STRIPPED
    security: dict[str, str] = field(default_factory=dict)

    def judged(self, message: Message) -> Sender:
        trust = {"trusted_authserv_ids": self.authserv_ids, "authentication_profile": self.profile}
        there = site(security={**trust, **self.security}, mailboxes=(mailbox(),))
        return identify(message, Known(accounts=self.accounts), there, "support")

    def identified(self, *lines: str | bytes) -> Sender:
        """Of a mail with these header lines."""
        return self.judged(read(*lines))

    def of(self, *emails: str) -> "Desk":
        return replace(self, accounts=(customer(*emails),))


def read(*lines: str | bytes) -> Message:
    octets = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return parse(b"\r\n".join((*octets, b"Subject: Panne", b"", b"Bonjour.", b"")), Reading())


DESK = Desk()
