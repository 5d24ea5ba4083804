"""Gmail as its IMAP extensions show it: labels for folders, and one with all mail, drafts and answers included."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ledger import customers, judge
from messages import registered
from servers.lying_imap import CAPABILITIES, Box, LyingImap
from sites import mailbox, site
from sqlalchemy import Connection, select

from mailbot import imap
from mailbot.model import Mailbox, Outcome, Processed, ProcessedMode, Start, StartMode
from mailbot.parsers.message import parse
from mailbot.render import press
from mailbot.store import intake
from mailbot.store.engine import Database
from mailbot.tables import delivery
from mailbot.work.desk import Desk
from mailbot.work.marks import clear_out
from mailbot.work.receive import receive
from mailbot.work.transactions import change, look

SITE = site()
HEADER = b"From: anna@client.example\r\nTo: support@example.com\r\nMessage-ID: <1@client.example>\r\n"
LETTER = HEADER + b"Subject: Panne\r\n\r\nBonjour.\r\n"
ALL = "[Gmail]/Tous les messages"


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap(CAPABILITIES | {"X-GM-EXT-1", "SPECIAL-USE"}) as server:
        server.boxes |= {
            "[Gmail]": Box(attributes=(r"\Noselect", r"\HasChildren")),
            ALL: Box(attributes=(r"\All",)),
            "[Gmail]/Messages envoy&AOk-s": Box(attributes=(r"\Sent",)),
            "Fait": Box(),
        }
        yield server


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, SITE, press(SITE, {}), "one")


def box(server: LyingImap, folder: str, mode: ProcessedMode = ProcessedMode.KEEP, key: str = "support") -> Mailbox:
    plain = mailbox(key, start=Start(StartMode.ALL), processed=Processed(mode, "Fait"))
    return replace(plain, imap=server.settings(folder))


def take_in(desk: Desk, of: Mailbox) -> int:
    with imap.connect(of.imap) as connection:
        return receive(desk, of, connection, lambda: None)


def put(server: LyingImap, folder: str, raw: bytes, *labels: str, flags: str = "") -> int:
    uid = server.deliver(raw, folder)
    letter = server.boxes[folder].letters[-1]
    letter.labels, letter.flags = set(labels), set(flags.split())
    return uid


def outcomes(desk: Desk) -> dict[int, str | None]:
    d = delivery.c
    rows = look(desk.database, lambda conn: conn.execute(select(d.uid, d.outcome).order_by(d.id)).all())
    return {row.uid: row.outcome for row in rows}


@pytest.mark.parametrize("folder", [r"\All", ALL, "Tous les messages"])
def test_of_all_mail_drafts_and_what_people_wrote_are_left_alone(server: LyingImap, desk: Desk, folder: str) -> None:
    came = put(server, ALL, LETTER, r"\Inbox", r"\Important")
    archived = put(server, ALL, LETTER, "Clients")
    written = put(server, ALL, LETTER, r"\Sent")
    draft = put(server, ALL, LETTER, r"\Draft", flags=r"\Draft \Seen")
    to_itself = put(server, ALL, LETTER, r"\Sent", r"\Inbox")
    take_in(desk, box(server, folder))
    assert outcomes(desk) == {came: None, archived: None, written: "own", draft: "own", to_itself: None}
    assert "BODY.PEEK[]" in server.commands[-2]
    assert not {written, draft} & {
        int(uid) for uid in server.arguments("FETCH")[-1].split()[0].split(",") if ":" not in uid
    }


def test_a_label_holds_what_people_wrote_as_well(server: LyingImap, desk: Desk) -> None:
    server.boxes["Clients"] = Box()
    came, written = put(server, "Clients", LETTER), put(server, "Clients", LETTER, r"\Sent")
    take_in(desk, box(server, "Clients"))
    assert outcomes(desk) == {came: None, written: "own"}


@pytest.mark.parametrize("folder", ["INBOX", "[Gmail]/Messages envoy&AOk-s"])
def test_in_the_inbox_and_in_the_sent_folder_nobody_asks_for_labels(server: LyingImap, desk: Desk, folder: str) -> None:
    uid = put(server, folder, LETTER, r"\Sent")
    take_in(desk, box(server, folder.replace("&AOk-", "é")))
    assert outcomes(desk) == {uid: None}
    assert not any("X-GM-LABELS" in command for command in server.commands)


def test_a_server_that_is_not_gmail_is_asked_for_flags_alone() -> None:
    with LyingImap() as server:
        server.boxes["Everything"] = Box(attributes=(r"\All",))
        put(server, "Everything", LETTER, flags=r"\Draft")
        with imap.connect(server.settings(r"\All")) as connection:
            connection.select(readonly=True)
            (listed,) = connection.sizes([1])
        assert listed.marks == {rb"\draft"}
        assert server.arguments("FETCH") == ["1 (UID RFC822.SIZE INTERNALDATE FLAGS)"]


def test_one_mail_in_the_inbox_and_in_all_mail_is_one_ticket(server: LyingImap, desk: Desk) -> None:
    put(server, "INBOX", LETTER)
    put(server, ALL, LETTER, r"\Inbox")
    take_in(desk, box(server, "INBOX"))
    take_in(desk, box(server, r"\All", key="sac"))
    change(desk.database, lambda conn: customers(conn, registered()))

    def judged(place: str) -> Outcome:
        def work(conn: Connection) -> Outcome:
            (claimed,) = intake.claim(conn, place, 1, desk.now(), suspects=True)
            (raw,) = intake.bytes_of(conn, [claimed.arrival.id])
            return judge(conn, claimed.arrival, parse(raw or b"", SITE.robot.reading)).decision.outcome

        return change(desk.database, work)

    assert [judged("support"), judged("sac")] == [Outcome.TICKET_CREATED, Outcome.DUPLICATE]


def test_in_all_mail_what_is_worked_gets_a_label_and_is_never_taken_out(server: LyingImap, desk: Desk) -> None:
    put(server, ALL, LETTER, r"\Inbox")
    of = box(server, r"\All", ProcessedMode.MOVE)
    take_in(desk, of)
    with imap.connect(of.imap) as connection:
        connection.select(readonly=False)
        assert clear_out(desk, of, connection) == 0
    (letter,) = server.boxes[ALL].letters
    assert letter.labels == {r"\Inbox", "Fait"}
    assert server.arguments("STORE") == ['1 +X-GM-LABELS ("Fait")']
    assert not server.arguments("MOVE")


def test_a_label_that_is_not_there_is_not_made(server: LyingImap, desk: Desk) -> None:
    put(server, ALL, LETTER, r"\Inbox")
    of = replace(box(server, r"\All"), processed=Processed(ProcessedMode.MOVE, "Fini"))
    take_in(desk, of)
    assert not server.arguments("STORE")


def test_from_the_inbox_mail_is_moved_to_a_label_as_anywhere(server: LyingImap, desk: Desk) -> None:
    put(server, "INBOX", LETTER)
    take_in(desk, box(server, "INBOX", ProcessedMode.MOVE))
    assert (len(server.boxes["INBOX"].letters), len(server.boxes["Fait"].letters)) == (0, 1)
