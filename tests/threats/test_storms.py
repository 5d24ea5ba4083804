"""SC-09, T-21 to T-25, F-053 to F-059, F-162, F-163: nobody can use the robot against others."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger import DAY, MINUTE, SECOND, address_of
from messages import authenticated
from simulated import Mail, Robot, in_hours, letter, outside, raw_letter
from sites import mailbox, site

from mailbot.model import Address, Automatic, Budget, Language, Message, Outcome, Reading, Status
from mailbot.register import AccountRow, Register
from mailbot.store import listing
from mailbot.store.engine import Database
from mailbot.store.register import import_register
from mailbot.work.by_hand import release_delivery
from mailbot.work.storms import notice_machines
from mailbot.work.transactions import change, look

OTHER, ELSEWHERE = mailbox("support", address="help@other.example"), "tickets.other.example"
HOUR = timedelta(hours=1)
KIB = 1024
LIST = "users@lists.example"
ROBOTS = ("robot@one.example", "robot@two.example")


def batches(letters: Sequence[Message | bytes]) -> Iterable[Sequence[Message | bytes]]:
    return (letters[n : n + 50] for n in range(0, len(letters), 50))


def digests(mails: Iterable[Mail], about: bytes) -> list[Mail]:
    return [mail for mail in mails if mail.template == "alarm" and about in mail.raw]


def said(mail: Mail) -> str:
    """Its text on one line."""
    return " ".join(mail.raw.decode().replace("=\r\n", "").split())


def registered(database: Database, *addresses: str) -> None:
    """Each has an account of his own."""
    rows = [(f"AC-{100_000 + n}", email) for n, email in enumerate(addresses)]
    accounts = tuple(AccountRow(number, "Client", Language.FR, "standard") for number, _ in rows)
    register = Register(accounts, tuple(address_of(*row) for row in rows), ())
    change(database, lambda conn: import_register(conn, register))


def test_sc_09_ten_thousand_forged_mails_naming_a_thousand_victims_bring_each_one_mail_a_day_at_most(
    sqlite: Database,
) -> None:
    """Over a day; the victims are in no account, and live in forty domains."""
    robot = Robot(sqlite, site())
    victims = [f"victim{n}@domain{n % 40}.example" for n in range(1000)]
    mails: list[Mail] = []
    for batch in batches([letter(n, victims[n % 1000]) for n in range(10_000)]):
        robot.gets(*batch)
        robot.tells()
        mails += robot.sends()
        robot.passes(DAY / 200)
    sent = outside(mails)
    assert 0 < max(Counter(mail.recipient for mail in sent).values()) <= 1
    assert in_hours(sent, lambda mail: "") <= 200
    assert in_hours(sent, lambda mail: mail.recipient.rpartition("@")[2]) <= 30
    assert all(len(mail.raw) <= 4 * KIB for mail in sent)
    assert len(robot.deliveries(Outcome.TICKET_CREATED)) == 10_000
    assert robot.withheld() == 10_000 - len(sent)
    assert 1 <= len(digests(mails, b"withheld since")) <= 4


@pytest.mark.parametrize(
    ("budget", "most"),
    [
        (Budget(site=100), 100),
        (Budget(mailbox=50), 3 * 50),
        (Budget(domain=7), 4 * 7),
        (Budget(others=0), 0),
    ],
)
def test_f_059_a_burst_in_three_mailboxes_stays_within_the_budgets_of_domain_mailbox_and_site(
    sqlite: Database, budget: Budget, most: int
) -> None:
    """Four hundred in eight minutes; the victims live in four domains, or each in one of his own."""
    robot = Robot(sqlite, site(budget=budget))
    domains = 4 if budget.domain < 30 else 400
    letters = [letter(n, f"victim{n}@domain{n % domains}.example", to=()) for n in range(400)]
    sent = 0
    for n, batch in enumerate(batches(letters)):
        robot.gets(*batch, mailbox=("support", "business", "sac")[n % 3])
        sent += len(outside(robot.sends()))
        robot.passes(MINUTE)
    assert sent == most
    assert len(robot.tickets()) == 400


def test_four_thousand_honest_customers_in_an_outage_a_third_without_dmarc_all_have_a_ticket_and_an_acknowledgement(
    sqlite: Database,
) -> None:
    """Within an hour, most of them at three large providers, while somebody forges two thousand unknown authors."""
    customers = [f"customer{n}@{('gmail', 'outlook', 'yahoo', f'firm{n}')[n % 4]}.example" for n in range(4000)]
    registered(sqlite, *customers)
    robot = Robot(sqlite, site())
    letters = [_of_a_customer(n, email) for n, email in enumerate(customers)]
    storm = [letter(10_000 + n, f"victim{n}@{('gmail', 'elsewhere')[n % 2]}.example") for n in range(2000)]
    sent: list[Mail] = []
    for honest, forged in zip(batches(letters), [*batches(storm), *[[]] * 40], strict=True):
        robot.gets(*forged)
        robot.gets(*honest)
        sent += outside(robot.sends())
        robot.passes(HOUR / 80)
    tickets = Counter(entry.ticket.requester for entry in robot.tickets())
    answered = Counter(mail.recipient for mail in sent)
    assert [email for email in customers if tickets[email] != 1] == []
    assert [email for email in customers if answered[email] != 1] == []
    assert sum(answered.values()) - 4000 <= 200


def _of_a_customer(n: int, email: str) -> Message | bytes:
    """A third has no DMARC; one in forty is a mail that goes through the parser."""
    domain = email.rpartition("@")[2]
    if n % 40:
        return letter(n, email, authentication=() if n % 3 == 0 else (authenticated(domain),))
    proof = "" if n % 3 == 0 else f"Authentication-Results: mx.example.com; dmarc=pass header.from={domain}\r\n"
    return raw_letter(n, email, proof)


def fight(robot: Robot, robots: Sequence[str], pause: timedelta) -> list[Mail]:
    """Each answers whatever it gets by a new mail to all others, with another subject and without any header.

    For a day, or until we say nothing more and the others have nobody else to answer.
    """
    sent: list[Mail] = []
    waiting, n, end = list(robots), 0, robot.now + DAY
    while waiting and robot.now < end:
        letters = [letter(n + k, email, subject=f"Ticket {n + k}") for k, email in enumerate(waiting)]
        n += len(letters)
        robot.gets(*letters)
        ours = outside(robot.sends())
        sent += ours
        robot.passes(pause)
        waiting = [email for email in robots if len(robots) > 1 or any(mail.recipient == email for mail in ours)]
    return sent


@pytest.mark.parametrize("pause", [SECOND, 30 * SECOND, 59 * SECOND])
def test_f_056_a_robot_without_any_header_that_answers_within_a_minute_gets_five_mails_in_a_day_at_most(
    database: Database, pause: timedelta
) -> None:
    registered(database, ROBOTS[0])
    robot = Robot(database, site())
    assert 1 <= len(fight(robot, ROBOTS[:1], pause)) <= 5
    assert {entry.ticket.status for entry in robot.tickets()} == {Status.NEW}
    held = [mail for mail in look(database, listing.mails) if mail.status == "withheld"]
    assert [mail.reply.partition(",")[0] for mail in held] == ["this address answered our mail within seconds"]


@pytest.mark.parametrize(
    ("pause", "known", "most"), [(2 * MINUTE, True, 20), (HOUR, True, 20), (SECOND, False, 1), (HOUR, False, 1)]
)
def test_sc_09_a_duel_of_two_robots_over_a_day_stays_within_the_budget(
    database: Database, pause: timedelta, known: bool, most: int
) -> None:
    if known:
        registered(database, ROBOTS[0])
    assert 1 <= len(fight(Robot(database, site()), ROBOTS[:1], pause)) <= most


@pytest.mark.parametrize(("known", "most"), [(True, 20), (False, 1)])
def test_sc_09_three_robots_that_never_stop_stay_within_the_budget_for_a_day(
    sqlite: Database, known: bool, most: int
) -> None:
    if known:
        registered(sqlite, *ROBOTS)
    sent = fight(Robot(sqlite, site()), ROBOTS, 15 * MINUTE)
    counts = Counter(mail.recipient for mail in sent)
    assert set(counts) == set(ROBOTS)
    assert max(counts.values()) <= most


def test_sc_09_two_robots_of_our_own_kind_stop_at_the_first_mail(database: Database, sqlite: Database) -> None:
    here = Robot(database, site())
    there = Robot(sqlite, site(robot={"domain": ELSEWHERE, "reading": Reading(domain=ELSEWHERE)}, mailboxes=(OTHER,)))
    here.gets(raw_letter(1, OTHER.address, ""))
    mails = outside(here.sends())
    assert len(mails) == 1
    there.gets(mails[0].raw)
    assert [entry.outcome for entry in there.deliveries()] == [Outcome.AUTOMATIC]
    assert there.sends() == []


def test_f_058_two_mailboxes_that_redirect_to_each_other_make_one_ticket_one_answer_and_an_alarm(
    database: Database,
) -> None:
    """The letter stays the same, and each host that it passes writes a line on top."""
    registered(database, "anna@client.example")
    robot = Robot(database, site())
    mails, raw = [], raw_letter(1, "anna@client.example", "")
    for hop in range(40):
        robot.gets(raw, mailbox=("support", "sac")[hop % 2])
        robot.tells()
        mails += robot.sends()
        robot.passes(20 * SECOND)
        raw = b"Received: from mx%d.example by mx.example; Tue, 10 Mar 2026 15:00:00 +0000\r\n" % hop + raw
    assert Counter(entry.outcome for entry in robot.deliveries()) == {Outcome.TICKET_CREATED: 1, Outcome.DUPLICATE: 39}
    assert len(outside(mails)) == 1
    assert len(digests(mails, b"mail goes in circles")) == 1


def test_f_058_two_mailboxes_whose_rules_forward_as_new_mail_are_held_after_a_while_and_tell_nobody_outside(
    database: Database,
) -> None:
    """Each copy has a Message-ID and a subject of its own, and our address as its author."""
    robot = Robot(database, site())
    mails = []
    for hop in range(120):
        here, there = ("support", "sac") if hop % 2 else ("sac", "support")
        robot.gets(letter(hop, f"{here}@example.com", subject="TR : " * hop), mailbox=there)
        robot.tells()
        mails += robot.sends()
        robot.passes(5 * SECOND)
    assert outside(mails) == []
    assert len(robot.tickets()) <= 2 * 10
    assert len(robot.deliveries(Outcome.HELD)) >= 100
    assert len([mail for mail in mails if mail.template == "notice"]) <= 2 * 10
    assert len(digests(mails, b"may be in a loop")) >= 1


def test_f_162_a_list_that_is_subscribed_to_a_mailbox_is_never_answered_and_told_once_it_floods(
    database: Database,
) -> None:
    robot = Robot(database, site())
    mails: list[Mail] = []
    for n in range(120):
        robot.gets(letter(n, LIST, automatic=Automatic.LIST))
        if n % 10 == 0 or n == 50:
            notice_machines(robot.desk)
            robot.tells()
            mails += robot.sends()
        robot.passes(MINUTE)
    assert {entry.outcome for entry in robot.deliveries()} == {Outcome.AUTOMATIC}
    assert outside(mails) == []
    (told,) = digests(mails, b"machines write to mailbox support")
    assert "51 automatic mails came within an hour, of lists.example (51)" in said(told)


def test_a_few_machines_are_nothing_to_speak_of(database: Database) -> None:
    robot = Robot(database, site())
    robot.gets(*(letter(n, f"news{n}@shop.example", automatic=Automatic.BULK) for n in range(50)))
    assert notice_machines(robot.desk) == 0


@pytest.mark.parametrize(
    ("fields", "outcome", "answered"),
    [
        ("", Outcome.TICKET_CREATED, True),
        ("Auto-Submitted: no", Outcome.TICKET_CREATED, True),
        ("Auto-Submitted: auto-replied", Outcome.AUTOMATIC, False),
        ("Auto-Submitted: (comment) auto-generated; x=1", Outcome.AUTOMATIC, False),
        ("Return-Path: <>", Outcome.AUTOMATIC, False),
        ("Precedence: bulk", Outcome.AUTOMATIC, False),
        ("List-Id: <users.lists.example>", Outcome.AUTOMATIC, False),
        ("X-Autoreply: yes", Outcome.AUTOMATIC, False),
        ("X-Auto-Response-Suppress: OOF", Outcome.TICKET_CREATED, False),
        ("X-Auto-Response-Suppress: All", Outcome.TICKET_CREATED, False),
        ("Reply-To: support@example.com", Outcome.TICKET_CREATED, True),
        ("X-Mailbot-Loop: tickets.example.com;1\r\nX-Mailbot-Loop: tickets.example.com;2", Outcome.OWN, False),
        ("\r\n".join(["Received: by mx.example"] * 26), Outcome.TICKET_CREATED, False),
        ("\r\n".join(["Received: by mx.example"] * 25), Outcome.TICKET_CREATED, True),
    ],
)
def test_f_053_to_f_055_f_057_and_f_163_signs_of_machines_end_as_the_list_says(
    database: Database, fields: str, outcome: Outcome, answered: bool
) -> None:
    registered(database, "anna@client.example")
    robot = Robot(database, site())
    robot.gets(raw_letter(1, "anna@client.example", f"{fields}\r\n" if fields else ""))
    assert [entry.outcome for entry in robot.deliveries()] == [outcome]
    assert bool(outside(robot.sends())) is answered
    assert len(robot.tickets()) == (outcome is Outcome.TICKET_CREATED)


def test_blocked_mail_is_junk_and_a_ticket_once_a_person_releases_it(database: Database) -> None:
    robot = Robot(database, site(security={"blocked": frozenset({"elsewhere.example"})}))
    robot.gets(letter(1, "x@mail.elsewhere.example"))
    (junk,) = robot.deliveries(Outcome.JUNK)
    assert (robot.sends(), robot.tickets()) == ([], ())
    release_delivery(robot.desk, junk.id)
    robot.gets()
    assert [entry.outcome for entry in robot.deliveries()] == [Outcome.TICKET_CREATED]
    assert len(outside(robot.sends())) == 1


def test_t_21_relay_spam_tells_its_victim_nothing_that_the_spammer_wrote_and_no_more_than_once_a_day(
    database: Database,
) -> None:
    """Zendesk, 2025: hundreds of mails to each victim, with subjects of the attacker's choice."""
    robot = Robot(database, site())
    bait = letter(1, "victim@elsewhere.example", subject="You won $5000 at bad.example", text="Claim it: bad.example")
    named = replace(bait, author=Address("victim@elsewhere.example", "Call +1 900 555 0199"))
    robot.gets(*(replace(named, message_id=f"<{n}@relay.example>", content_hash=f"{n}") for n in range(200)))
    (mail,) = outside(robot.sends())
    assert mail.recipient == "victim@elsewhere.example"
    text = said(mail)
    assert [word for word in ("5000", "bad.example", "Claim", "900") if word in text] == []
    assert len(robot.tickets()) == 200


def test_t_22_an_address_of_ours_is_never_written_to_whoever_puts_it_where(database: Database) -> None:
    """Proto, 2023: the address of the cases became a respondent of its own case."""
    registered(database, "sac@example.com")
    robot = Robot(database, site())
    robot.gets(letter(1, "sac@example.com"))
    robot.gets(letter(2, "Support@Example.com", cc=(Address("sac@example.com"),)), mailbox="business")
    assert [mail for mail in robot.sends() if mail.recipient.lower().startswith(("sac@", "support@"))] == []
    assert len(robot.tickets()) == 2


@pytest.mark.parametrize("known", [True, False])
def test_t_23_two_robots_are_parted_though_the_other_sets_no_header_at_all(database: Database, known: bool) -> None:
    """FreeScout #2445, osTicket #1041 and others."""
    if known:
        registered(database, ROBOTS[0])
    robot = Robot(database, site())
    assert len(fight(robot, ROBOTS[:1], 2 * SECOND)) <= 5
    assert len(robot.tickets()) == len(robot.deliveries())


def test_t_24_one_letter_makes_one_mail_however_often_it_is_taken_in_and_judged(database: Database) -> None:
    """GLPI: the same notification six times in one run."""
    registered(database, "anna@client.example")
    robot = Robot(database, site())
    for _ in range(3):
        robot.gets(*[raw_letter(1, "anna@client.example", "")] * 2)
    mails = robot.sends()
    assert len(outside(mails)) == 1
    assert len(mails) == len({mail.message_id for mail in mails}) == 2
    assert robot.sends() == []


@pytest.mark.parametrize(
    "raw",
    [
        raw_letter(1, "victim@elsewhere.example", "X: y\r\n" * 1001),
        raw_letter(1, "victim@elsewhere.example", "From: other@elsewhere.example\r\n"),
        raw_letter(1, "victim@elsewhere.example", "Return-Path: <>\r\n"),
        raw_letter(1, "victim@elsewhere.example", "Received: by mx\r\n" * 26),
        raw_letter(1, "postmaster@elsewhere.example", ""),
        b"",
    ],
)
def test_t_25_what_cannot_be_taken_in_as_it_is_sends_nothing_back_to_whom_it_names(
    database: Database, raw: bytes
) -> None:
    """Backscatter: the From of such mail is more often than not forged."""
    robot = Robot(database, site())
    robot.gets(raw)
    assert outside(robot.sends()) == []
    assert [entry.outcome for entry in robot.deliveries()] != [None]
