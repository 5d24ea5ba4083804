"""Guesses: counted against the account and the authenticated author, told to the admin, seen by nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger import DAY, PRESS, SITE, address_of, arrive, customers, judge
from messages import ACCOUNT, ANNA, NOW, account, arrival, authenticated, field, known, message, sent, ticket
from sites import POLICY, site
from sqlalchemy import Connection, func, select

from mailbot.decide import decide
from mailbot.decide import pointers as pointers_of
from mailbot.decide.asking import ask
from mailbot.decide.attempts import PER_ACCOUNT, PER_AUTHOR, Counts, concerns, counted
from mailbot.decide.case import Case
from mailbot.decide.pointers import named
from mailbot.model import (
    Address,
    Arrival,
    Attempt,
    AttemptKind,
    Automatic,
    Challenge,
    Decision,
    Known,
    Level,
    Message,
    Outcome,
    Purpose,
    RequestClass,
    Sender,
    Tried,
)
from mailbot.store import alarms, attempts
from mailbot.store.engine import Database
from mailbot.store.known import known as asked
from mailbot.tables import attempt
from mailbot.work.desk import Desk
from mailbot.work.health import health
from mailbot.work.tidy import tidy
from mailbot.work.transactions import change, look

EVE = "eve@elsewhere.example"
NEVER_OURS = "<mb.0123456789abcdefghjkmnpqrs@tickets.example.com>"
TAG = "zyxwvtsrqpnmkjhgfedcba9876"
NOTHING = named(message(), SITE)


def from_eve(**changes: object) -> Message:
    return replace(message(author=Address(EVE), claimed=(EVE,)), **changes)  # type: ignore[arg-type]


def attempted(said: Message, have: Known, by: Arrival | None = None) -> tuple[Attempt, ...]:
    return decide(by or arrival(), said, have, POLICY, SITE, NOW).attempts


OTHERS = replace(ticket(number="MB-0000-0000"), requester=ANNA)


def about(**changes: object) -> Known:
    return replace(known(accounts=(account(),), tickets=(OTHERS,)), **changes)  # type: ignore[arg-type]


def test_an_invalid_tag_in_an_address_or_a_message_id_is_an_attempt() -> None:
    assert attempted(from_eve(in_reply_to=(NEVER_OURS,)), known(accounts=())) == (Attempt(AttemptKind.TAG),)
    boxes = tuple(replace(box, subaddress="+") for box in SITE.mailboxes)
    said = from_eve(recipients=(f"support+{TAG}@example.com",))
    guessed = decide(arrival(), said, known(accounts=()), POLICY, site(mailboxes=boxes), NOW)
    assert guessed.attempts == (Attempt(AttemptKind.TAG),)


def test_the_number_of_anothers_ticket_in_the_subject_counts_against_its_account() -> None:
    said = from_eve(subject="Re: [MB-0000-0000] Panne")
    assert attempted(said, about()) == (Attempt(AttemptKind.TICKET, ACCOUNT),)


def test_a_reply_to_anothers_notice_counts_against_the_tickets_account() -> None:
    notice = sent(TAG, Purpose.NOTICE, "alice@example.com", OTHERS.number)
    said = from_eve(in_reply_to=(notice.message_id,))
    assert attempted(said, about(sent=(notice,))) == (Attempt(AttemptKind.NOTICE, ACCOUNT),)


def test_an_agent_who_answers_his_own_notice_guesses_at_nothing() -> None:
    notice = sent(TAG, Purpose.NOTICE, "alice@example.com", OTHERS.number)
    # As the parser makes it: nothing is only claimed where the author is plain.
    said = message(
        author=Address("alice@example.com"),
        claimed=(),
        in_reply_to=(notice.message_id,),
        authentication=(authenticated("example.com"),),
        fields=(field("account", ACCOUNT),),
    )
    theirs = replace(OTHERS, klass=RequestClass.SENSITIVE)
    decision = decide(arrival(), said, about(sent=(notice,), tickets=(theirs,)), POLICY, SITE, NOW)
    assert decision.sender.level is Level.AGENT
    assert decision.attempts == ()


def test_anothers_account_in_a_sensitive_request_counts_and_in_another_one_does_not() -> None:
    said = message(fields=(field("account", "AC-999999"), field("account", ACCOUNT)))
    sender = Sender(ANNA, Level.REGISTERED, "registered", (ACCOUNT,))
    case = Case(arrival(), said, sender, known(), POLICY, SITE, NOW, named(said, SITE))

    def judged(klass: str) -> tuple[Attempt, ...]:
        decision = Decision(Outcome.TICKET_CREATED, "", sender, ticket(klass=klass))
        return counted(case, None, decision).attempts

    assert judged("sensitive") == (Attempt(AttemptKind.ACCOUNT, "AC-999999"),)
    assert judged("account") == ()


def test_a_wrong_code_counts_against_the_account_that_was_asked() -> None:
    asked_ = Challenge(TAG, OTHERS.number, ACCOUNT, ANNA, NOW)
    sender = Sender(ANNA, Level.AUTHENTICATED, "authenticated", (ACCOUNT,))
    case = Case(arrival(), message(), sender, known(challenges=(asked_,)), POLICY, SITE, NOW, NOTHING)
    decision = Decision(Outcome.CHALLENGE, "", sender, challenges=(replace(asked_, tries=1),))
    assert counted(case, None, decision).attempts == (Attempt(AttemptKind.CODE, ACCOUNT, ANNA),)
    assert counted(case, None, replace(decision, challenges=(asked_,))).attempts == ()


def test_more_than_five_guesses_a_day_end_the_challenges_of_the_account_for_that_day() -> None:
    sender = Sender(ANNA, Level.REGISTERED, "registered", (ACCOUNT,))

    def asks(guesses: int) -> bool:
        have = known(attempts=(Tried(ACCOUNT, guesses),))
        case = Case(arrival(), message(), sender, have, POLICY, SITE, NOW, NOTHING)
        return ask(case, ticket()).draft is not None

    assert (asks(PER_ACCOUNT), asks(PER_ACCOUNT + 1)) == (True, False)


@pytest.mark.parametrize(
    "said",
    [
        message(),
        message(subject="Re: [MB-0000-0000] Panne"),
        message(subject="[MB-0000-0000]", author=Address("alice@example.com"), claimed=("alice@example.com",)),
        from_eve(subject="[MB-7K3F-9XWM] nobody's"),
        from_eve(subject="Re: [MB-0000-0000] absent", automatic=Automatic.AUTO_REPLIED),
        from_eve(in_reply_to=(NEVER_OURS,), automatic=Automatic.OWN),
    ],
    ids=["a letter", "a party", "an agent", "no ticket's number", "a machine", "our own mail"],
)
def test_honest_mail_is_no_attempt(said: Message) -> None:
    assert attempted(said, about()) == ()


def test_what_a_person_let_pass_is_no_attempt() -> None:
    assert attempted(from_eve(in_reply_to=(NEVER_OURS,)), known(accounts=()), arrival(released=True, round=1)) == ()


def test_only_an_authenticated_author_has_it_counted_against_him() -> None:
    """Else whoever forges his address could spend his name."""
    shown = message(in_reply_to=(NEVER_OURS,), authentication=(authenticated("client.example"),))
    assert attempted(shown, known()) == (Attempt(AttemptKind.TAG, "", ANNA),)
    assert attempted(message(in_reply_to=(NEVER_OURS,)), known()) == (Attempt(AttemptKind.TAG),)


def test_nothing_that_the_author_can_see_depends_on_attempts() -> None:
    """No oracle: a guess that finds a ticket and one that finds none bring the same mails, byte for byte."""
    wrong = from_eve(subject="Re: [MB-0000-0000] Panne")
    hit = decide(arrival(), wrong, about(attempts=(Tried(ACCOUNT, 99),)), POLICY, SITE, NOW)
    miss = decide(arrival(), wrong, known(accounts=()), POLICY, SITE, NOW)
    assert hit.attempts
    assert not miss.attempts
    rendered = [
        [PRESS.render(draft, NOW).raw for draft in decision.drafts if draft.recipient == EVE]
        for decision in (hit, miss)
    ]
    assert rendered[0] == rendered[1] != []


def test_the_admin_is_told_beyond_each_limit_and_not_at_it() -> None:
    at_the_limits = Counts(((ACCOUNT, PER_ACCOUNT),), ((ANNA, PER_AUTHOR),), 20)
    beyond = Counts(((ACCOUNT, PER_ACCOUNT + 1),), ((ANNA, PER_AUTHOR + 1),), 21)
    assert list(concerns(at_the_limits)) == []
    assert [entry.key for entry in concerns(beyond)] == [
        f"attempts:account:{ACCOUNT}",
        f"attempts:author:{ANNA}",
        "attempts:all",
    ]


def guesses(conn: Connection, count: int) -> None:
    customers(conn, address_of(ACCOUNT, ANNA))
    opened = judge(conn, arrive(conn, 1), message()).decision.ticket
    assert opened
    for uid in range(2, count + 2):
        said = from_eve(
            message_id=f"<{uid}@elsewhere.example>", content_hash=f"{uid}", subject=f"Re: [{opened.number}] Panne"
        )
        judge(conn, arrive(conn, uid), said)


def test_six_guesses_at_an_account_in_a_day_are_told_once_and_stand_in_status(database: Database) -> None:
    change(database, lambda conn: guesses(conn, 8))
    raised = look(database, lambda conn: [entry.key for entry in alarms.standing(conn)])
    assert raised == [f"attempts:account:{ACCOUNT}"]
    assert health(database, SITE, NOW).attempts == (("ticket", 8),)
    assert health(database, SITE, NOW + DAY).attempts == ()


def test_whoever_challenges_can_ask_how_many_guesses_there_were_at_an_account_today(conn: Connection) -> None:
    guesses(conn, 3)
    said = message(message_id="<next@client.example>", content_hash="next")
    (found,) = asked(conn, [(arrival(id=10**6), pointers_of(arrival(), said, SITE))], NOW)
    sender = judge(conn, arrive(conn, 99), said).decision.sender
    case = Case(arrival(), said, sender, found, POLICY, SITE, NOW, named(said, SITE))
    assert (case.attempts(ACCOUNT), case.attempts("AC-999999")) == (3, 0)
    (later,) = asked(conn, [(arrival(id=10**6), pointers_of(arrival(), said, SITE))], NOW + DAY)
    assert later.attempts == ()


def test_attempts_are_kept_for_ninety_days(database: Database) -> None:
    change(database, lambda conn: attempts.record(conn, [Attempt(AttemptKind.CODE, ACCOUNT, ANNA)], NOW))
    for days, left in ((89, 1), (91, 0)):
        tidy(Desk(database, SITE, PRESS, "one", lambda days=days: NOW + timedelta(days=days)))  # type: ignore[misc]
        assert look(database, lambda conn: conn.scalar(select(func.count()).select_from(attempt))) == left
