"""A site for tests: `site(robot={"language": Language.EN})` changes what the test is about, the rest is plausible."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from mailbot.model import (
    Agent,
    Alarm,
    Budget,
    Imap,
    Language,
    Limits,
    Mailbox,
    Policy,
    Processed,
    ProcessedMode,
    Reading,
    Retention,
    Robot,
    Security,
    Site,
    Smtp,
    Start,
    StartMode,
    Transport,
)

T = TypeVar("T", Agent, Imap, Mailbox, Robot, Security, Site, Smtp)


def mailbox(
    key: str = "support", department: str = "technical", imap: Mapping[str, object] | None = None, **changes: object
) -> Mailbox:
    """A mailbox KEY@example.com. `imap` changes attributes of its Imap, `changes` of the mailbox."""
    box = Mailbox(
        key=key,
        address=f"{key}@example.com",
        department=department,
        imap=_changed(Imap("127.0.0.1", 143, Transport.NONE, key, "secret"), imap or {}),
        start=Start(StartMode.NEW),
        processed=Processed(ProcessedMode.KEEP),
    )
    return _changed(box, changes)


def agent(key: str = "alice", department: str = "technical", **changes: object) -> Agent:
    person = Agent(
        key=key,
        name={"alice": "Alice Roy", "bob": "Bob Stone"}.get(key, key.title()),
        email=f"{key}@example.com",
        language=Language.FR if key == "alice" else Language.EN,
        departments=(department,),
        calendar="business",
        may=(),
    )
    return _changed(person, changes)


ROBOT = Robot(
    organisation="Exemple Télécom",
    language=Language.FR,
    locale="fr_CA",
    timezone="America/Toronto",
    domain="tickets.example.com",
    admin="admin@example.com",
    phone="+1 888 555 0100",
    emergency_phone="+1 888 555 0199",
    emergency_note=(
        (Language.FR, "Des frais de service peuvent s’appliquer."),
        (Language.EN, "Service charges may apply."),
    ),
    request_word="demande",
    acknowledge_within=timedelta(days=7),
    reopen_window=timedelta(days=14),
    reading=Reading(domain="tickets.example.com", timezone="America/Toronto"),
)
# No rules: nothing is known of what a letter asks for.
POLICY = Policy()
SMTP = Smtp("127.0.0.1", 25, Transport.NONE, "", "")
SECURITY = Security(key=b"k" * 32, trusted_authserv_ids=("mx.example.com",))


def site(
    robot: Mapping[str, object] | None = None,
    smtp: Mapping[str, object] | None = None,
    security: Mapping[str, object] | None = None,
    **changes: object,
) -> Site:
    """Mailboxes support, business and sac; agents Alice (technical, French) and Bob (customer-care, English).

    `robot`, `smtp` and `security` change attributes of those; `changes` are whole attributes of Site.
    """
    plain = Site(
        directory="/srv/mailbot",
        database="sqlite:///mailbot.db",
        robot=_changed(ROBOT, robot or {}),
        smtp=_changed(SMTP, smtp or {}),
        security=_changed(SECURITY, security or {}),
        mailboxes=(mailbox("support"), mailbox("business", "financial"), mailbox("sac", "customer-care")),
        agents=(agent("alice"), agent("bob", "customer-care")),
        limits=Limits(),
        budget=Budget(),
        retention=Retention(),
        alarm=Alarm(),
    )
    return _changed(plain, changes)


def _changed(value: T, changes: Mapping[str, object]) -> T:
    """An unknown name is a TypeError."""
    return replace(value, **changes)  # type: ignore[arg-type]
