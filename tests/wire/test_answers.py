"""How a Sent folder is read beside its mailbox: only read, after its own numbering, and never at the mailbox's cost."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from servers.lying_imap import CAPABILITIES, Box, Lie, LyingImap
from sites import mailbox, site
from sqlalchemy import select

from mailbot import imap
from mailbot.model import Mailbox, Outcome, Processed, ProcessedMode, Start, StartMode
from mailbot.render import press
from mailbot.store import alarms, intake
from mailbot.store.engine import Database
from mailbot.tables import delivery
from mailbot.work import answers as sent_folder
from mailbot.work.answers import Answers, Interrupted
from mailbot.work.care import CAREFREE
from mailbot.work.desk import Desk
from mailbot.work.marks import clear_out
from mailbot.work.receive import receive
from mailbot.work.transactions import change, look

SITE = site()
LETTER = b"From: anna@client.example\r\nSubject: Panne\r\n\r\nBonjour.\r\n"
ANSWER = b"From: support@example.com\r\nSubject: Re: Panne\r\n\r\nNous y sommes.\r\n"


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap(CAPABILITIES | {"SPECIAL-USE"}) as server:
        server.boxes["Sent"] = Box(attributes=(r"\Sent",))
        yield server


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, SITE, press(SITE, {}), "one")


def box(server: LyingImap, sent_folder: str = "Sent", start: StartMode = StartMode.ALL) -> Mailbox:
    seen = mailbox("support", start=Start(start), processed=Processed(ProcessedMode.SEEN))
    return replace(seen, imap=replace(server.settings(), sent_folder=sent_folder))


def take_in(desk: Desk, of: Mailbox, answers: Answers | None = None) -> int:
    """As the daemon does; how many deliveries were recorded."""
    before = len(ledger(desk))
    with imap.connect(of.imap) as connection:
        (answers or Answers(desk, of)).look(connection, lambda: None, CAREFREE)
    return len(ledger(desk)) - before


def ledger(desk: Desk) -> list[tuple[str, int, str | None]]:
    d = delivery.c
    rows = look(desk.database, lambda conn: conn.execute(select(d.mailbox, d.uid, d.outcome).order_by(d.id)).all())
    return [(row.mailbox, row.uid, row.outcome) for row in rows]


def standing(desk: Desk) -> list[str]:
    return [entry.sentence for entry in look(desk.database, alarms.standing)]


@pytest.mark.parametrize("sent_folder", ["Sent", r"\Sent"], ids=["by name", "auto"])
def test_answers_are_recorded_before_letters_and_each_folder_counts_for_itself(
    server: LyingImap, desk: Desk, sent_folder: str
) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    server.deliver(ANSWER, "Sent")
    of = box(server, sent_folder)
    assert take_in(desk, of) == 3
    assert ledger(desk) == [("support/sent", 1, None), ("support/sent", 2, None), ("support", 1, None)]
    server.deliver(LETTER)
    assert take_in(desk, of) == 1


def test_nothing_is_ever_changed_in_a_sent_folder(server: LyingImap, desk: Desk) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    take_in(desk, of)
    with imap.connect(of.imap) as connection:
        receive(desk, of, connection, lambda: None)
        clear_out(desk, of, connection)
    assert set(server.arguments("EXAMINE")) == {'"Sent"'}
    assert set(server.arguments("SELECT")) == {'"INBOX"'}
    assert [letter.flags for letter in server.boxes["Sent"].letters] == [set()]
    assert [letter.flags for letter in server.boxes["INBOX"].letters] == [{r"\Seen"}]


def test_what_lay_in_the_sent_folder_before_is_left_alone_and_not_fetched(server: LyingImap, desk: Desk) -> None:
    of = box(server, sent_folder="", start=StartMode.NEW)
    take_in(desk, of)
    server.deliver(ANSWER, "Sent")
    with_sent = replace(of, imap=replace(of.imap, sent_folder="Sent"))
    take_in(desk, with_sent)
    server.deliver(ANSWER, "Sent")
    take_in(desk, with_sent)
    assert ledger(desk) == [("support/sent", 1, "before-start"), ("support/sent", 2, None)]


def test_a_look_that_found_answers_is_written_down_at_once_so_that_they_wait_for_nothing(
    server: LyingImap, desk: Desk
) -> None:
    of = box(server)
    take_in(desk, of)
    server.deliver(ANSWER, "Sent")
    take_in(desk, of)
    claimed = change(
        desk.database, lambda conn: intake.claim(conn, "support", 9, desk.now(), suspects=True, answers=True)
    )
    assert [entry.arrival.sent for entry in claimed] == [True]


def test_a_sent_folder_that_is_not_there_is_told_once_and_the_mailbox_is_read(server: LyingImap, desk: Desk) -> None:
    server.deliver(LETTER)
    of = box(server, "Envoyés")
    answers = Answers(desk, of)
    assert take_in(desk, of, answers) == 1
    server.deliver(LETTER)
    assert take_in(desk, of, answers) == 1
    (sentence,) = standing(desk)
    assert sentence == (
        f"the sent_folder of mailbox support cannot be read: 127.0.0.1:{server.port}: there is no folder 'Envoyés';"
        " the nearest are 'INBOX', 'Sent'. What customers write is read all the same."
    )
    assert server.arguments("EXAMINE").count('"Envoy&AOk-s"') == 1
    server.boxes["Envoy&AOk-s"] = Box()
    server.deliver(ANSWER, "Envoy&AOk-s")
    assert take_in(desk, of) == 1
    assert standing(desk) == []


@pytest.mark.parametrize("lie", [Lie.BYE, Lie.CLOSE, Lie.RESET])
def test_a_sent_folder_that_ends_the_connection_is_left_alone_by_the_next(
    server: LyingImap, desk: Desk, lie: Lie
) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    answers = Answers(desk, of)
    server.lie(lie, at="EXAMINE", times=9)
    with pytest.raises(Interrupted):
        take_in(desk, of, answers)
    assert take_in(desk, of, answers) == 1
    assert ledger(desk) == [("support", 1, None)]
    assert "cannot be read" in standing(desk)[0]


def test_a_sent_folder_that_gives_nothing_costs_no_letter(server: LyingImap, desk: Desk) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    answers = Answers(desk, of)
    server.lie(Lie.HOLLOW, at="FETCH")
    with pytest.raises(Interrupted):
        take_in(desk, of, answers)
    assert take_in(desk, of, answers) == 1


def test_an_answer_that_is_announced_too_large_is_found_and_passed_by(server: LyingImap, desk: Desk) -> None:
    server.deliver(ANSWER, "Sent")
    of = box(server)
    answers = Answers(desk, of)
    for _ in range(2):
        server.before("FETCH", lambda: server.lie(Lie.HUGE, at="FETCH"))
        with pytest.raises(Interrupted):
            take_in(desk, of, answers)
    assert take_in(desk, of, answers) == 0
    assert ledger(desk) == [("support/sent", 1, Outcome.QUARANTINED)]


def test_a_sent_folder_of_which_nothing_can_be_listed_is_told_and_left_alone(
    server: LyingImap, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_folder, "PAUSE", 0.0)
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    answers = Answers(desk, of)
    server.breaks_listing = {1}
    for _ in range(2):
        with pytest.raises(Interrupted):
            take_in(desk, of, answers)
    server.breaks_listing = set()
    assert take_in(desk, of, answers) == 1
    assert ledger(desk) == [("support", 1, None)]
    assert "cannot be read" in standing(desk)[0]


@pytest.mark.parametrize("at", ["EXAMINE", "SEARCH"])
def test_a_sent_folder_whose_list_is_announced_too_large_is_told_and_costs_no_letter(
    server: LyingImap, desk: Desk, at: str
) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    answers = Answers(desk, of)
    server.lie(Lie.REMARK, at=at, text="* SEARCH {4294967296}")
    with pytest.raises(Interrupted):
        take_in(desk, of, answers)
    assert take_in(desk, of, answers) == 1
    assert ledger(desk) == [("support", 1, None)]
    assert "cannot be read" in standing(desk)[0]


@pytest.mark.parametrize("name", ["inbox", "Boîte de réception"])
def test_where_customers_write_is_no_sent_folder_whatever_it_is_called(
    server: LyingImap, desk: Desk, name: str
) -> None:
    """There our own From would prove nothing."""
    take_in(desk, box(server, sent_folder=""))
    server.deliver(ANSWER)
    take_in(desk, box(server, name))
    assert ledger(desk) == [("support", 1, None)]
    (sentence,) = standing(desk)
    assert "folder 'INBOX' is the one that customers' mail is read from: name another" in sentence


def test_a_renumbered_sent_folder_is_read_again_and_the_mailbox_is_not(server: LyingImap, desk: Desk) -> None:
    server.deliver(LETTER)
    server.deliver(ANSWER, "Sent")
    of = box(server)
    take_in(desk, of)
    server.boxes["Sent"].uidvalidity += 1
    assert take_in(desk, of) == 1
    assert ledger(desk)[-1] == ("support/sent", 1, None)


def test_another_sent_folder_is_read_from_its_beginning_even_if_it_is_numbered_alike(
    server: LyingImap, desk: Desk
) -> None:
    server.boxes["Sent Items"] = Box()
    server.deliver(ANSWER, "Sent")
    server.deliver(ANSWER, "Sent Items")
    take_in(desk, box(server))
    assert take_in(desk, box(server, "Sent Items")) == 1
    assert take_in(desk, box(server, "Sent Items")) == 0
    assert take_in(desk, box(server)) == 1
