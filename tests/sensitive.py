"""What is sensitive, as people ask for it and as they confirm it; the rules are the shipped ones."""

import re

from correspondence import ANNA, BRUNO, EVE, REGISTER, Arrived, Letter, Office, read
from sites import agent
from sqlalchemy import Connection, select

from mailbot.model import Challenge, Language, Level, Outgoing, Status
from mailbot.settings.rules import load
from mailbot.store import challenges
from mailbot.tables import account, registered_address, service

RULES = load(None).policy
# Anna reads French, Bruno English.
FRENCH, ENGLISH = "AC-100200", "AC-100300"
# Alice reads French, Carol English; only Alice may release what is sensitive.
STAFF = (agent("alice", may=("release",)), agent("carol"), agent("bob", "customer-care"))

CHANGE = Letter(ANNA, "Bonjour, merci de changer notre adresse de facturation.", subject="Compte")
CANCEL = Letter(BRUNO, "Hello, please cancel our subscription.", subject="Account")
STOLEN = Letter(EVE, f"Bonjour, merci de changer l’adresse du compte {FRENCH}.", subject="Compte")
DENIED = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=client.example"),)


def with_rules(office: Office) -> Office:
    office.policy = RULES
    office.languages = {ENGLISH: Language.EN}
    office.register(*REGISTER)
    office.staff(*STAFF)
    return office


def code(mail: Outgoing) -> str:
    found = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", plain(mail))
    assert len(found) == 1, f"{mail.template} has {len(found)} codes"
    return str(found[0])


def plain(mail: Outgoing) -> str:
    """Its text, as its reader sees it."""
    body = read(mail).get_body(("plain",))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")


def asked(office: Office, arrived: Arrived) -> tuple[Challenge, ...]:
    return challenges.of_tickets(office.conn, [arrived.number])


def register_rows(conn: Connection) -> list[tuple[object, ...]]:
    """What no mail ever changes."""
    return [tuple(row) for table in (account, registered_address, service) for row in conn.execute(select(table))]


def challenge(arrived: Arrived, to: str = ANNA) -> Outgoing:
    return arrived.to(to, "challenge")


def stays_held(office: Office, arrived: Arrived) -> None:
    after = office.ticket(arrived.number)
    assert after.status is Status.HELD
    assert after.level is not Level.CONFIRMED
