"""The robot between parse and outbox, with its memory: raw letters in, judged one by one, and what comes of them.

No wires and no clock: a test says what time it is, who writes, and reads the mails as they would go out.
"""

import email
import email.policy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from ledger import received, record
from messages import NOW
from sites import POLICY, agent, mailbox, site
from sqlalchemy import Connection

from mailbot.decide import decide, pointers
from mailbot.model import (
    Agent,
    Arrival,
    Decision,
    Language,
    Outcome,
    Outgoing,
    Purpose,
    RegisteredAddress,
    Site,
    Status,
    Ticket,
)
from mailbot.parsers.message import parse
from mailbot.register import AccountRow, Register
from mailbot.render import press
from mailbot.store import intake, listing
from mailbot.store.apply import Judged, apply, rewrite
from mailbot.store.known import known
from mailbot.store.register import import_register

ANNA, ANTOINE, BRUNO = "anna@client.example", "antoine@client.example", "bruno@harbour.example"
# Registered beside them, for invoices only.
BILLING = "factures@client.example"
EVE = "eve@elsewhere.example"
ALICE, CAROL, BOB = "alice@example.com", "carol@example.com", "bob@example.com"
SUPPORT, SAC = "support@example.com", "sac@example.com"

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AGENTS = (agent("alice"), agent("carol", language=Language.FR), agent("bob", "customer-care"))


def registered(email_: str, account: str, notify: str = "support", *, default: bool = False) -> RegisteredAddress:
    return RegisteredAddress(account, email_, "", (notify,), default)


REGISTER = (
    registered(ANNA, "AC-100200", default=True),
    registered(ANTOINE, "AC-100200"),
    registered(BILLING, "AC-100200", "billing"),
    registered(BRUNO, "AC-100300", default=True),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody writes. `thread` are the Message-IDs of what it answers, oldest first."""

    author: str
    text: str = "Bonjour, notre lien est coupé."
    to: str = SUPPORT
    cc: str = ""
    subject: str = "Panne de fibre"
    thread: tuple[str, ...] = ()
    authenticated: bool = True
    headers: tuple[tuple[str, str], ...] = ()

    def octets(self, message_id: str) -> bytes:
        fields = {"From": self.author, "To": self.to, "Cc": self.cc, "Subject": self.subject, "Message-ID": message_id}
        fields |= {"In-Reply-To": self.thread[-1], "References": " ".join(self.thread)} if self.thread else {}
        if self.authenticated:
            domain = self.author.rpartition("@")[2]
            fields["Authentication-Results"] = f"mx.example.com; dmarc=pass header.from={domain}"
        lines = [*fields.items(), *self.headers, ("Content-Type", "text/plain; charset=utf-8")]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines if value)
        return f"{head}\r\n{self.text}\r\n".encode()


class Office:
    """`site`, `policy`, `languages` of accounts (before they are registered) and `now` are the test's to change."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.now = NOW
        boxes = (mailbox("support", subaddress="+"), mailbox("sac", "customer-care", subaddress="+"))
        self.site: Site = site(mailboxes=boxes, agents=AGENTS)
        self.policy = POLICY
        self.languages: dict[str, Language] = {}
        self.out: list[Outgoing] = []
        self._count = 0
        self.register(*REGISTER)

    def register(self, *addresses: RegisteredAddress) -> None:
        """The register is these, and nothing else."""
        numbers = dict.fromkeys(entry.account for entry in addresses)
        accounts = tuple(self._account(number) for number in numbers)
        import_register(self.conn, Register(accounts, addresses, ()))

    def _account(self, number: str) -> AccountRow:
        return AccountRow(number, f"Client {number}", self.languages.get(number, Language.FR), "standard")

    def staff(self, *agents: Agent) -> None:
        """agents.toml names these."""
        self.site = replace(self.site, agents=agents)

    def arrive(self, letter: Letter, *, box: str = "support", at: datetime | None = None) -> "Arrived":
        """It is taken in and judged at once; `at` is when it came."""
        self._count += 1
        self.now += MINUTE
        message_id = f"<letter-{self._count}@{letter.author.rpartition('@')[2] or 'nowhere.example'}>"
        return self.take(letter.octets(message_id), box=box, at=at)

    def take(self, raw: bytes, *, box: str = "support", at: datetime | None = None) -> "Arrived":
        when = at or self.now
        uid = self._count = self._count + 1
        (id_,) = record(self.conn, received(uid, box, raw=raw, received_at=when))
        return self._judge(Arrival(id_, box, uid, when, uidvalidity=77, digest="00"), raw)

    def lose(self, raw: bytes) -> "Arrived":
        """It is judged, and the process dies before the commit: it can be taken in again as the same delivery."""
        crash, out = self.conn.begin_nested(), self.out
        arrived = self.take(raw)
        crash.rollback()
        self.out, self._count = out[: len(out) - len(arrived.mails)], self._count - 1
        return arrived

    def release(self, arrived: "Arrived") -> "Arrived":
        """A person lets it pass."""
        intake.release(self.conn, arrived.arrival.id)
        self.now += MINUTE
        return self._judge(replace(arrived.arrival, released=True, round=arrived.arrival.round + 1), arrived.raw)

    def _judge(self, arrival: Arrival, raw: bytes) -> "Arrived":
        message = parse(raw, self.site.robot.reading)
        asked = pointers(arrival, message, self.site)
        (have,) = known(self.conn, [(arrival, asked)], self.now)
        decision = decide(arrival, message, have, self.policy, self.site, self.now)
        made = press(self.site, {})
        mails = tuple(made.render(draft, self.now) for draft in decision.drafts)
        apply(self.conn, [Judged(arrival, message, asked, have, decision, mails)], self.now)
        self.out += mails
        return Arrived(arrival, raw, decision, mails, message.message_id)

    def ticket(self, number: str) -> Ticket:
        found = listing.find_ticket(self.conn, number)
        assert found, f"there is no ticket {number}"
        return found.ticket

    def close(self, number: str) -> None:
        rewrite(self.conn, [replace(self.ticket(number), status=Status.CLOSED, closed_at=self.now)])


@dataclass(frozen=True, slots=True)
class Arrived:
    """A letter and what came of it."""

    arrival: Arrival
    raw: bytes
    decision: Decision
    mails: tuple[Outgoing, ...]
    message_id: str

    @property
    def outcome(self) -> Outcome:
        return self.decision.outcome

    @property
    def number(self) -> str:
        """Of its ticket; "" where it has none."""
        return self.decision.ticket.number if self.decision.ticket else ""

    @property
    def told(self) -> list[tuple[str, str]]:
        """(template, recipient) of each mail that goes out."""
        return [(mail.template, mail.recipient) for mail in self.mails if not mail.withheld]

    def to(self, recipient: str, template: str = "") -> Outgoing:
        found = [mail for mail in self.mails if mail.recipient == recipient and template in ("", mail.template)]
        assert len(found) == 1, f"{recipient} has {len(found)} mails: {self.told}"
        return found[0]


def read(mail: Outgoing) -> EmailMessage:
    letter = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def words(mails: Iterable[Outgoing]) -> str:
    """Everything that these mails show: header fields and both bodies, decoded."""
    letters = [read(mail) for mail in mails]
    bodies = (str(part.get_content()) for letter in letters for part in letter.walk() if not part.is_multipart())
    fields = (str(value) for letter in letters for value in letter.values())
    return "\n".join((*fields, *bodies)).replace("\r\n", "\n")


def reply(author: str, mail: Outgoing, text: str = "Merci.", **changes: object) -> Letter:
    """As a mail program makes one: to Reply-To, threaded, its subject repeated."""
    answered = read(mail)
    thread = tuple(dict.fromkeys((*str(answered["References"] or "").split(), mail.message_id)))
    plain = Letter(author, text, to=str(answered["Reply-To"]), subject=f"Re: {answered['Subject']}", thread=thread)
    return replace(plain, **changes)  # type: ignore[arg-type]


def reply_all(author: str, mail: Outgoing, text: str = "Merci à tous.") -> Letter:
    """To Reply-To, and in copy to whomever else it shows."""
    answered = read(mail)
    shown = [str(entry.addr_spec) for name in ("To", "Cc") if answered[name] for entry in answered[name].addresses]
    return reply(author, mail, text, cc=", ".join(entry for entry in shown if entry != author))


def customers_mail(mails: Iterable[Outgoing]) -> list[Outgoing]:
    return [mail for mail in mails if mail.purpose in (Purpose.CUSTOMER, Purpose.ANSWER)]
