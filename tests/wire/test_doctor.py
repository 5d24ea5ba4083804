"""Doctor at servers that lack, refuse, lie or say nothing: a finding each, in time, and nothing changed."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers.faulty_smtp import FaultyRelay
from servers.lying_imap import LyingImap
from servers.lying_imap.lies import Lie
from servers.process import free_port
from servers.smtp_script import Moment, Say
from sites import mailbox, site

from mailbot.model import Outcome, Processed, ProcessedMode, Site
from mailbot.store import intake
from mailbot.store.engine import Database
from mailbot.store.intake import Box, Received
from mailbot.work.doctor import Finding, Instruments, Verdict, examine
from mailbot.work.doctor import mailbox as boxes
from mailbot.work.opening import open_database
from mailbot.work.transactions import change

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
LETTER = b"Received: from a by mx.example.com\r\nSubject: Panne\r\nTo: support@example.com\r\n\r\nBonjour"
# What may be said to a server by one who only looks.
LOOKING = {"CAPABILITY", "LOGIN", "EXAMINE", "ID", "GETQUOTAROOT", "SEARCH", "FETCH", "LIST", "LOGOUT"}


@pytest.fixture
def server() -> Iterator[LyingImap]:
    with LyingImap() as server:
        yield server


@pytest.fixture
def relay() -> Iterator[FaultyRelay]:
    with FaultyRelay(("8BITMIME", "SIZE 52428800")) as relay:
        yield relay


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'mailbot.db'}", make=True)
    yield database
    database.engine.dispose()


@pytest.fixture
def there(server: LyingImap, relay: FaultyRelay, database: Database) -> Site:
    """A site with one mailbox at the lying server."""
    return site(
        smtp={"port": relay.port},
        mailboxes=(mailbox(imap={"port": server.port, "password": "s3cret"}),),
        database=str(database.engine.url),
    )


def examined(there: Site, seconds: float = 10.0, **tools: object) -> list[Finding]:
    instruments = Instruments(now=lambda: NOW, resolve=lambda host: ("127.0.0.1",), seconds=seconds)
    return list(examine(there, replace(instruments, **tools)))  # type: ignore[arg-type]


def named(found: Sequence[Finding], about: str, check: str) -> Finding:
    (finding,) = (finding for finding in found if (finding.about, finding.check) == (about, check))
    return finding


def support(found: Sequence[Finding], check: str) -> Finding:
    return named(found, "mailbox:support", check)


def known(database: Database, *uids: int, looked_at: datetime = NOW, came: datetime = NOW) -> None:
    """Recorded as the daemon does; the folder was first read a day ago."""
    rows = [Received("support", 4126609463, 0, uid, came, 9, None, outcome=Outcome.OVERSIZE) for uid in uids]
    change(database, lambda conn: intake.save_box(conn, Box("support", 4126609463, 0, NOW - DAY, looked_at=looked_at)))
    change(database, lambda conn: intake.record(conn, rows, came))


def test_a_server_without_any_extension_is_in_order(server: LyingImap, there: Site, database: Database) -> None:
    server.capabilities = frozenset({"IMAP4REV1"})
    server.deliver(LETTER, internaldate=NOW)
    known(database, 1)
    found = [finding for finding in examined(there) if finding.about == "mailbox:support"]
    assert [finding.check for finding in found] == [
        *("login", "folder", "TLS", "IDLE", "MOVE", "UIDPLUS", "quota", "lag", "subaddress", "authentication"),
    ]
    assert [finding for finding in found if finding.verdict is Verdict.PROBLEM] == []
    assert support(found, "MOVE").says == "not offered"


def test_it_only_looks(server: LyingImap, there: Site, database: Database) -> None:
    server.capabilities |= {"ID", "QUOTA"}
    for _ in range(3):
        server.deliver(LETTER, internaldate=NOW)
    known(database, 1)
    before = database.engine.url.database, Path(str(database.engine.url.database)).read_bytes()
    examined(there)
    said = {line.removeprefix("UID ").partition(" ")[0] for line in server.commands}
    assert {"EXAMINE", "FETCH", "GETQUOTAROOT", "ID"} <= said <= LOOKING
    assert not [line for line in server.commands if "FETCH" in line and "BODY[" in line]
    assert before == (database.engine.url.database, Path(str(database.engine.url.database)).read_bytes())


def test_a_server_tells_its_quota_and_its_version(server: LyingImap, there: Site) -> None:
    server.capabilities |= {"ID", "QUOTA"}
    server.told = {
        "ID": '* ID ("name" "Dovecot" "version" "2.3.19.1")',
        "GETQUOTAROOT": '* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 95 100 MESSAGE 3 1000)',
    }
    found = examined(there)
    percents = [(finding.value, finding.verdict) for finding in found if finding.check == "quota"]
    assert percents == [(95, Verdict.WARNING), (0, Verdict.OK)]
    assert support(found, "version").says.startswith("Dovecot 2.3.19.1: a mail with very many addresses keeps it busy")


@pytest.mark.parametrize(
    "line",
    ['* QUOTA "" (STORAGE 95)', '* QUOTA "" (STORAGE x y)', '* QUOTA "" (STORAGE 1 0)', "* QUOTA (((", "* QUOTA"],
)
def test_a_quota_that_makes_no_sense_is_none(server: LyingImap, there: Site, line: str) -> None:
    server.capabilities |= {"QUOTA"}
    server.told = {"GETQUOTAROOT": line}
    assert support(examined(there), "quota").says == "the server tells of none"


def test_what_a_server_announces_and_does_not_know_costs_no_other_finding(server: LyingImap, there: Site) -> None:
    server.capabilities |= {"ID", "QUOTA"}
    found = examined(there)
    assert support(found, "quota").verdict is Verdict.OK
    assert support(found, "authentication")


@pytest.mark.parametrize(
    ("lie", "at"), [(Lie.CLOSE, "GETQUOTAROOT"), (Lie.BYE, "SEARCH"), (Lie.CLOSE, "FETCH"), (Lie.RESET, "EXAMINE")]
)
def test_a_connection_that_breaks_is_a_problem_and_keeps_what_was_found(
    server: LyingImap, there: Site, database: Database, lie: Lie, at: str
) -> None:
    server.capabilities |= {"QUOTA"}
    server.deliver(LETTER, internaldate=NOW)
    known(database, 1)
    server.lie(lie, at=at)
    found = [finding for finding in examined(there) if finding.about == "mailbox:support"]
    assert (found[0].check, found[0].verdict) == ("login", Verdict.OK)
    assert [finding.verdict for finding in found].count(Verdict.PROBLEM) == 1


def test_a_server_that_says_nothing_holds_up_no_other(server: LyingImap, there: Site) -> None:
    with LyingImap() as silent:
        silent.lie(Lie.HANG, at="GREETING")
        other = mailbox("sac", imap={"port": silent.port})
        found = examined(replace(there, mailboxes=(other, *there.mailboxes)), seconds=1.0)
    (hung,) = (finding for finding in found if finding.about == "mailbox:sac")
    assert (hung.check, hung.verdict) == ("time", Verdict.PROBLEM)
    assert hung.says == "no answer within 1 s; nothing more was looked at"
    assert support(found, "authentication")
    assert named(found, "relay", "login").verdict is Verdict.OK


def test_login_refused_and_a_folder_that_is_gone_say_what_to_do(server: LyingImap, there: Site) -> None:
    box = there.mailboxes[0]
    refused = replace(box, imap=replace(box.imap, password="wrong"))
    gone = mailbox("sac", imap={"port": server.port, "password": "s3cret", "folder": "Gone"})
    found = examined(replace(there, mailboxes=(refused, gone)))
    login, folder = support(found, "login"), named(found, "mailbox:sac", "folder")
    assert (login.verdict, folder.verdict) == (Verdict.PROBLEM, Verdict.PROBLEM)
    assert "check username and password" in login.says
    assert "there is no folder 'Gone'; the nearest are 'INBOX'" in folder.says


def test_every_folder_that_the_settings_name_is_looked_for(server: LyingImap, there: Site) -> None:
    moving = Processed(ProcessedMode.MOVE, folder="Traités")
    imap = {"port": server.port, "password": "s3cret", "sent_folder": "Envoyés"}
    found = examined(replace(there, mailboxes=(mailbox(imap=imap, processed=moving),)))
    folders = [(finding.verdict, finding.says.partition(":")[0]) for finding in found if finding.check == "folder"]
    assert folders[1:] == [
        (Verdict.PROBLEM, "processed = move"),
        (Verdict.PROBLEM, "sent_folder = Envoyés"),
    ]


def test_only_the_last_mails_are_looked_at(server: LyingImap, there: Site) -> None:
    for _ in range(boxes.LAST + 10):
        server.deliver(LETTER, internaldate=NOW)
    found = examined(there)
    assert support(found, "authentication").says == f"no Authentication-Results in the last {boxes.LAST} mails"
    (fetched,) = (line for line in server.commands if "HEADER" in line)
    assert fetched.startswith("UID FETCH 11:60 ")


def test_mail_that_nobody_took_in_is_a_problem_after_a_while(
    server: LyingImap, there: Site, database: Database
) -> None:
    for _ in range(3):
        server.deliver(LETTER, internaldate=NOW - 20 * MINUTE)
    known(database, 1, looked_at=NOW - HOUR)
    lag = support(examined(there), "lag")
    assert (lag.verdict, lag.value) == (Verdict.PROBLEM, 2)
    assert lag.says == "2 mails not recorded yet, the oldest for 20 min"


def test_mail_that_was_shown_late_is_told(server: LyingImap, there: Site, database: Database) -> None:
    for _ in range(3):
        server.deliver(LETTER, internaldate=NOW)
    known(database, 1, 3)
    assert support(examined(there), "lag").says == (
        "shown only after younger mail, and not recorded yet: 1 mail (UID 2)"
    )


def test_a_folder_that_was_never_read_or_is_numbered_anew_has_no_lag(
    server: LyingImap, there: Site, database: Database
) -> None:
    server.deliver(LETTER, internaldate=NOW)
    assert support(examined(there), "lag").says == "nothing of it is recorded yet (1 mail)"
    known(database, 1)
    server.boxes["INBOX"].uidvalidity = 7
    assert "numbered the folder anew" in support(examined(there), "lag").says


def test_a_server_whose_clock_is_wrong_is_told(server: LyingImap, there: Site, database: Database) -> None:
    server.deliver(LETTER, internaldate=NOW + 2 * HOUR)
    known(database, 1)
    clock = support(examined(there), "clock")
    assert (clock.verdict, clock.says) == (Verdict.WARNING, "our clock is 2 h behind the server's")


def test_our_own_clock_may_be_the_wrong_one(server: LyingImap, there: Site, database: Database) -> None:
    for uid in range(1, 7):
        server.deliver(LETTER, internaldate=NOW - HOUR)
        known(database, uid, came=NOW - HOUR + 40 * MINUTE)
    clock = support(examined(there), "clock")
    assert clock.says == "our clock is 40 min ahead of the server's, or mail is recorded as late as that"


def test_a_forged_authentication_result_in_the_folder_is_a_problem(server: LyingImap, there: Site) -> None:
    forged = b"Authentication-Results: mx.example.com; dmarc=pass header.from=forged.invalid\r\n"
    server.deliver(LETTER.replace(b"Subject", forged + b"Subject"))
    assert support(examined(there), "forgery").verdict is Verdict.PROBLEM


def test_the_relay_tells_how_large_a_mail_may_be_and_what_time_it_is(there: Site, relay: FaultyRelay) -> None:
    relay.on(Moment.CONNECT, Say(b"220 relay ESMTP Exim 4.98 Tue, 10 Mar 2026 12:00:00 +0000\r\n", encrypt=True))
    found = examined(there, now=lambda: datetime(2026, 3, 10, 12, 1, 30, tzinfo=UTC))
    assert named(found, "relay", "size").says == "it takes mails of up to 50.0 MiB"
    assert named(found, "relay", "clock").says == "our clock is 90 s ahead of the relay's"
    assert relay.seen("MAIL") == []


def test_a_relay_that_takes_small_mails_only_is_told(there: Site, relay: FaultyRelay) -> None:
    relay.extensions = ("SIZE 70000",)
    assert named(examined(there), "relay", "size").verdict is Verdict.WARNING


@pytest.mark.parametrize("wrong", ["closed", "login", "unknown host"])
def test_a_relay_that_is_of_no_use_is_a_problem_and_keeps_no_mailbox_waiting(
    there: Site, relay: FaultyRelay, wrong: str
) -> None:
    relay.extensions = ("AUTH PLAIN",)
    smtp = {
        "closed": replace(there.smtp, port=free_port()),
        "login": replace(there.smtp, username="robot", password="wrong"),
        "unknown host": replace(there.smtp, host="relay.invalid"),
    }[wrong]
    found = examined(replace(there, smtp=smtp), resolve=_only_addresses)
    login = named(found, "relay", "login")
    assert login.verdict is Verdict.PROBLEM
    assert {"closed": "refused", "login": "535", "unknown host": "not known"}[wrong] in login.says
    assert support(found, "authentication")


def _only_addresses(host: str) -> tuple[str, ...]:
    if host.endswith(".invalid") or host.endswith(".example.com"):
        raise OSError(-2, "Name or service not known")
    return ("127.0.0.1",)


def test_a_name_that_is_not_found_is_a_problem(there: Site) -> None:
    there = replace(there, mailboxes=(mailbox(imap={"host": "imap.invalid"}),))
    found = examined(there, resolve=_only_addresses)
    assert named(found, "dns", "imap.invalid").says == "not found: Name or service not known"
    assert named(found, "dns", "tickets.example.com").verdict is Verdict.OK
    assert "127.0.0.1" not in {finding.check for finding in found}


def test_a_resolver_that_hangs_holds_up_nobody(there: Site, server: LyingImap) -> None:
    never = threading.Event()

    def hangs(host: str) -> tuple[str, ...]:
        never.wait(10)
        return ()

    found = examined(there, seconds=1.0, resolve=hangs)
    never.set()
    assert named(found, "relay", "time").verdict is Verdict.PROBLEM
    assert support(found, "authentication")


def test_each_thing_is_told_as_soon_as_it_is_known(there: Site) -> None:
    finding = next(examine(there, Instruments(resolve=lambda host: ())))
    assert (finding.about, finding.check) == ("mailbox:support", "login")
