"""SC-01: a mail causes what its level may cause, and nothing else (the matrix of reliability 5.3, as design 1.5 says).

Read TABLE beside reliability 5.3: a row is what is asked for, a column who asks. A cell is what becomes of the mail,
the state of its ticket then, and the mails that go out. Nobody is confirmed, or an agent, but in the very mail that
shows it: in the other rows these columns have somebody who was so a minute ago, and who is now like anybody.
"""

from collections import Counter
from dataclasses import replace

import pytest
from correspondence import ALICE, ANNA, BRUNO, CAROL, EVE, Arrived, Letter, Office, read, reply, words
from sensitive import ENGLISH, FRENCH, challenge, code, plain, with_rules
from sqlalchemy import Connection, select

from mailbot.model import Language, Outgoing
from mailbot.tables import metadata

LEVELS = (
    "machine", "suspect", "unknown", "registered", "authenticated", "confirmed", "agent", "agent-confirmed",
)  # fmt: skip
# fmt: off
TABLE = {
    "general": (
        "automatic -", "ticket-created new notice", "ticket-created new fixed notice",
        "ticket-created new ack notice", "ticket-created new ack notice", "ticket-created new ack notice",
        "ticket-created new fixed notice", "ticket-created new fixed notice",
    ),
    "acknowledgement": (
        "automatic -", "ticket-created new notice", "ticket-created new fixed notice",
        "ticket-created new ack notice", "ticket-created new ack notice", "ticket-created new ack notice",
        "ticket-created new fixed notice", "ticket-created new fixed notice",
    ),
    "account-specific": (
        "automatic -", "ticket-created new notice", "ticket-created new fixed notice",
        "ticket-created new ack notice", "ticket-created new ack notice", "ticket-created new ack notice",
        "ticket-created new fixed notice", "ticket-created new fixed notice",
    ),
    "append": (
        "automatic new", "appended new notice", "held new held",
        "appended new notice", "appended new notice", "appended new notice",
        "appended new notice", "appended new notice",
    ),
    "sensitive": (
        "automatic -", "ticket-created held notice", "ticket-created held fixed challenge notice",
        "ticket-created held challenge notice", "ticket-created held challenge notice", "challenge new receipt notice",
        "ticket-created held fixed challenge notice", "ticket-created held fixed challenge notice",
    ),
    "answer": (
        "automatic new", "appended new notice", "held new held",
        "appended new notice", "appended new notice", "appended new notice",
        "answered pending words", "answered pending words",
    ),
    # No command of this kind is taken yet: it reaches nobody, and changes nothing.
    "manage": (
        "automatic new", "appended new notice", "held new held",
        "appended new notice", "appended new notice", "appended new notice",
        "command new refusal", "command new refusal",
    ),
    "release": (
        "automatic held", "held held held", "held held held",
        "appended held challenge notice", "appended held challenge notice", "appended held challenge notice",
        "command held code", "command new notice",
    ),
}
# fmt: on
TEMPLATES = {
    "notice": "notice",
    "fixed": "acknowledgement-unknown",
    "ack": "acknowledgement",
    "held": "held",
    "challenge": "challenge",
    "receipt": "challenge-received",
    "words": "answer",
    "refusal": "not-sent",
    "code": "release",
}
# A sentence of each, and what none of the letter's words may add to it.
SENTENCES = {
    "fixed": ("nous ne\nparlons d’un compte qu’avec ses adresses enregistrées", "only with its registered addresses"),
    "ack": ("Nous avons bien reçu votre message", "We have received your message"),
    "challenge": ("répondez à ce message en commençant par", "reply to this message and begin with"),
    "receipt": ("Nous avons bien reçu votre réponse", "We have received your reply"),
    "words": ("Le technicien passe demain.", "The technician comes tomorrow."),
}
SILENT = ("fixed", "challenge", "receipt")
TEXTS = {
    "general": ("Êtes-vous ouverts le samedi ?", "Are you open on Saturdays?"),
    "acknowledgement": ("Notre lien est coupé.", "Our link is down."),
    "account-specific": ("Quel est le solde de la facture du compte {} ?", "What is owed on account {}?"),
    "append": ("Toujours rien.", "Still nothing."),
    "sensitive": ("Changez l’adresse du compte {}, svp.", "Please change the address of account {}."),
    "answer": ("Le technicien passe demain.", "The technician comes tomorrow."),
    "manage": ("/close", "/close"),
    "release": ("/release", "/release"),
}
SUBJECT = "Girafe"
# What each mail that comes in adds to; none of these rows ever changes afterwards.
LEDGER = {"delivery", "raw", "message", "event", "ticket_field", "attempt"}


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


def holder(language: Language) -> tuple[str, str]:
    return (ANNA, FRENCH) if language is Language.FR else (BRUNO, ENGLISH)


def of(language: Language, pair: tuple[str, str]) -> str:
    return pair[0 if language is Language.FR else 1]


def author(level: str, language: Language) -> tuple[str, dict[str, object]]:
    own, _ = holder(language)
    domain = own.rpartition("@")[2]
    forged = ("Authentication-Results", f"mx.example.com; dmarc=fail header.from={domain}")
    match level:
        case "machine":
            return own, {"headers": (("Auto-Submitted", "auto-replied"),)}
        case "suspect":
            return own, {"authenticated": False, "headers": (forged,)}
        case "unknown":
            return EVE, {}
        case "registered":
            return own, {"authenticated": False}
        case "agent" | "agent-confirmed":
            return ALICE, {}
        case _:
            return own, {}


def confirm(desk: Office, language: Language) -> None:
    """Something else, a minute ago."""
    own, number = holder(language)
    before = desk.arrive(Letter(own, of(language, TEXTS["sensitive"]).format(number), subject="Zèbre"))
    asked = challenge(before, own)
    desk.arrive(reply(own, asked, f"OUI {code(asked)}"))


def caused(desk: Office, act: str, level: str, language: Language) -> tuple[Letter, dict[str, Counter[object]]]:
    """The letter, and the database as it is when it comes."""
    own, number = holder(language)
    who, how = author(level, language)
    text = of(language, TEXTS[act]).format(number)
    if level == "confirmed" and act != "sensitive":
        confirm(desk, language)
    if act in ("general", "acknowledgement", "account-specific") or (act == "sensitive" and level != "confirmed"):
        letter = Letter(who, text, subject=SUBJECT)
    else:
        first = of(language, TEXTS["sensitive" if act in ("sensitive", "release") else "acknowledgement"])
        opened = desk.arrive(Letter(own, first.format(number), subject=SUBJECT))
        letter = answering(desk, act, level, opened, text)
    return replace(letter, author=who, **how), rows(desk.conn)  # type: ignore[arg-type]


def answering(desk: Office, act: str, level: str, opened: Arrived, text: str) -> Letter:
    if act == "append":
        return Letter(ANNA, text, subject=f"Re: {SUBJECT}", thread=(opened.message_id,))
    if act == "sensitive":
        asked = opened.mails[0]
        return reply(ANNA, asked, f"OUI {code(asked)}")
    notice = opened.to(ALICE, "notice")
    if act == "release" and level == "agent-confirmed":
        mail = desk.arrive(reply(ALICE, notice, text)).to(ALICE, "release")
        return reply(ALICE, mail, f"OUI {code(mail)}")
    return reply(ANNA, notice, text)


def rows(conn: Connection) -> dict[str, Counter[object]]:
    return {table.name: Counter(tuple(row) for row in conn.execute(select(table))) for table in metadata.sorted_tables}


CELLS = [(act, level, language) for act in TABLE for level in LEVELS for language in Language]


@pytest.mark.parametrize(("act", "level", "language"), CELLS)
def test_sc_01_a_mail_causes_what_its_level_may_cause_and_nothing_else(
    desk: Office, act: str, level: str, language: Language
) -> None:
    letter, before = caused(desk, act, level, language)
    arrived = desk.arrive(letter)
    outcome, state, *mails = TABLE[act][LEVELS.index(level)].split()
    assert arrived.outcome == outcome
    assert (desk.ticket(arrived.number).status.value if arrived.number else "-") == state
    assert sorted(set(arrived.told)) == sorted(arrived.told) == sorted(expected(mails, letter, language, act, level))
    for kind in mails:
        reads(arrived, kind, letter, language)
    changed_only_what_it_may(before, rows(desk.conn), arrived, mails)


def expected(mails: list[str], letter: Letter, language: Language, act: str, level: str) -> list[tuple[str, str]]:
    """(template, recipient), where notices go to all agents of the department but the one who wrote."""
    own, _ = holder(language)
    found = []
    for kind in mails:
        # What he released he is told of like the others.
        agents = [
            one for one in (ALICE, CAROL) if one != letter.author or (act, level) == ("release", "agent-confirmed")
        ]
        to = {"notice": agents, "held": agents, "challenge": [own], "words": [own]}.get(kind, [letter.author])
        found += [(TEMPLATES[kind], one) for one in to]
    return found


def reads(arrived: Arrived, kind: str, letter: Letter, language: Language) -> None:
    mine = [mail for mail in arrived.mails if mail.template == TEMPLATES[kind]]
    if kind in SENTENCES:
        assert [mail.language for mail in mine] == [language]
        assert of(language, SENTENCES[kind]) in plain(mine[0])
    if kind in SILENT:
        says_nothing_of_it(mine[0], letter)


def says_nothing_of_it(mail: Outgoing, letter: Letter) -> None:
    shown = words([mail])
    assert SUBJECT not in shown
    assert FRENCH not in shown
    assert ENGLISH not in shown
    assert letter.text not in shown
    assert [str(entry.addr_spec) for entry in read(mail)["To"].addresses] == [mail.recipient]
    assert read(mail)["Cc"] is None


def changed_only_what_it_may(
    before: dict[str, Counter[object]], after: dict[str, Counter[object]], arrived: Arrived, mails: list[str]
) -> None:
    changed = {name for name in after if after[name] != before[name]}
    for name in LEDGER | {"outgoing", "content"}:
        assert not before[name] - after[name], f"rows of {name} changed"
    ticket = {"ticket"} if arrived.decision.ticket != arrived.decision.before else set()
    sent = {"outgoing", "content"} if mails else set()
    asked = {"challenge"} if arrived.decision.challenges else set()
    assert changed - LEDGER == ticket | sent | asked
    assert {"delivery", "raw", "message", "event"} <= changed
    assert bool(asked) == bool({"challenge", "receipt", "code"} & set(mails) or arrived.decision.challenges)
    assert len(after["ticket"]) - len(before["ticket"]) == (1 if arrived.outcome == "ticket-created" else 0)
