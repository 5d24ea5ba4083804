"""SC-07: Cc, To and Reply-To never add rights or recipients; and parties in copy stay in copy."""

from dataclasses import replace

import pytest
from correspondence import (
    AGENTS,
    ALICE,
    ANNA,
    ANTOINE,
    BILLING,
    BOB,
    BRUNO,
    CAROL,
    EVE,
    REGISTER,
    SAC,
    SUPPORT,
    Arrived,
    Letter,
    Office,
    customers_mail,
    read,
    registered,
    reply,
    reply_all,
    words,
)
from sites import agent

from mailbot.model import Outcome, Outgoing, Purpose, Sending
from mailbot.store import listing

ADMIN = "admin@example.com"


def answered(office: Office, letter: Letter, text: str = "Nous y travaillons.") -> Arrived:
    """Alice's answer to it."""
    arrived = office.arrive(reply(ALICE, office.arrive(letter).to(ALICE), text))
    assert arrived.outcome is Outcome.ANSWERED
    return arrived


def shown(mail: Outgoing, name: str) -> list[str]:
    field = read(mail)[name]
    return [entry.addr_spec for entry in field.addresses] if field else []


COPIES = [
    ("cc", EVE, []),
    ("to", EVE, []),
    ("cc", ANTOINE, [ANTOINE]),
    ("to", ANTOINE, [ANTOINE]),
    ("cc", ANTOINE.upper(), [ANTOINE]),
    ("cc", f'"{ANTOINE}" <{EVE}>', []),
    ("cc", BILLING, []),
    ("cc", BRUNO, []),
    ("cc", CAROL, []),
    ("cc", BOB, []),
    ("cc", f"{SAC}, support+x@example.com", []),
    ("cc", f"{ANNA}, {ANNA}", []),
    ("cc", ADMIN, []),
    ("cc", f"Groupe: {ANTOINE}, {EVE};", [ANTOINE]),
    ("cc", f"{ANTOINE}, {ANTOINE}, {EVE}", [ANTOINE]),
]


@pytest.mark.parametrize(("field", "written", "copied"), COPIES, ids=[f"{field} {who}" for field, who, _ in COPIES])
def test_sc_07_only_parties_in_copy_get_the_answer(office: Office, field: str, written: str, copied: list[str]) -> None:
    letter = Letter(ANNA, cc=written) if field == "cc" else Letter(ANNA, to=f"{SUPPORT}, {written}")
    answer = answered(office, letter)
    assert [mail.recipient for mail in answer.mails] == [ANNA, *copied]
    for mail in answer.mails:
        assert (shown(mail, "To"), shown(mail, "Cc")) == ([ANNA], copied)
    everybody = {mail.recipient for mail in office.out}
    assert everybody <= {entry.email for entry in REGISTER} | {entry.email for entry in AGENTS} | {ADMIN}


@pytest.mark.parametrize(
    "name", ["Reply-To", "Sender", "Resent-To", "Resent-Cc", "Bcc", "Mail-Followup-To", "Return-Path"]
)
def test_sc_07_no_other_field_adds_a_recipient(office: Office, name: str) -> None:
    plain = answered(office, Letter(ANNA))
    laden = answered(office, Letter(ANNA, headers=((name, EVE if name != "Return-Path" else f"<{EVE}>"),)))
    assert [mail.recipient for mail in laden.mails] == [mail.recipient for mail in plain.mails] == [ANNA]
    assert EVE not in {mail.recipient for mail in office.out}
    assert EVE not in words(customers_mail(office.out))


def test_sc_07_somebody_in_copy_gains_no_right_by_it(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA, cc=f"{EVE}, {BRUNO}"))
    for author in (EVE, BRUNO):
        assert office.arrive(Letter(author, thread=(ticket.message_id,))).outcome is Outcome.HELD


def test_sc_07_copies_open_no_second_ticket_and_acknowledge_nobody_else(office: Office) -> None:
    arrived = office.arrive(Letter(ANNA, cc=f"{ANTOINE}, {EVE}"))
    assert [mail.recipient for mail in customers_mail(arrived.mails)] == [ANNA]
    assert len(listing.tickets(office.conn)) == 1


def test_each_gets_a_mail_of_his_own_with_one_recipient_and_a_tag_of_his_own(office: Office) -> None:
    """RC-07: a refusal of one recipient repeats no mail to another."""
    annas, antoines = answered(office, Letter(ANNA, cc=ANTOINE)).mails
    assert (annas.recipient, antoines.recipient) == (ANNA, ANTOINE)
    assert len({annas.tag, antoines.tag}) == len({annas.message_id, antoines.message_id}) == 2
    for mail in (annas, antoines):
        assert shown(mail, "Reply-To") == [f"support+{mail.tag}@example.com"] == [mail.envelope_from]
        assert (mail.purpose, mail.automatic, mail.withheld) == (Purpose.ANSWER, False, None)
    same = ("Subject", "To", "Cc", "In-Reply-To", "References", "From")
    assert [read(annas)[name] for name in same] == [read(antoines)[name] for name in same]


def test_a_party_in_copy_who_replies_to_all_joins_and_the_next_answer_goes_to_both(office: Office) -> None:
    antoines = answered(office, Letter(ANNA, cc=ANTOINE)).to(ANTOINE)
    joined = office.arrive(reply_all(ANTOINE, antoines))
    assert (joined.outcome, joined.number) == (Outcome.APPENDED, antoines.ticket)
    assert joined.decision.sender.address == ANTOINE
    again = office.arrive(reply(ALICE, joined.to(ALICE), "C’est fait."))
    assert [mail.recipient for mail in again.mails] == [ANNA, ANTOINE]
    assert [shown(mail, "To") for mail in again.mails] == [[ANNA], [ANNA]]


def test_a_party_who_writes_alone_gets_the_answer_beside_the_requester(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA))
    joined = office.arrive(Letter(ANTOINE, thread=(ticket.message_id,)))
    answer = office.arrive(reply(ALICE, joined.to(ALICE), "C’est fait."))
    assert [mail.recipient for mail in answer.mails] == [ANNA, ANTOINE]


def test_the_latest_letter_says_who_is_in_copy(office: Office) -> None:
    first = answered(office, Letter(ANNA, cc=ANTOINE))
    without = office.arrive(reply(ANNA, first.to(ANNA)))
    answer = office.arrive(reply(ALICE, without.to(ALICE), "C’est fait."))
    assert [mail.recipient for mail in answer.mails] == [ANNA]


def test_what_colleagues_and_strangers_add_changes_nobody_in_copy(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA, cc=ANTOINE))
    by_colleague = office.arrive(reply(CAROL, ticket.to(ANNA), "Vu.", cc=EVE))
    by_stranger = office.release(office.arrive(Letter(EVE, thread=(ticket.message_id,), cc=BRUNO)))
    assert by_colleague.outcome is by_stranger.outcome is Outcome.APPENDED
    answer = office.arrive(reply(ALICE, ticket.to(ALICE), "C’est fait."))
    assert [mail.recipient for mail in answer.mails] == [ANNA, ANTOINE]


def test_who_left_the_register_since_is_in_copy_no_more(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA, cc=ANTOINE))
    office.register(*(entry for entry in REGISTER if entry.email != ANTOINE))
    answer = office.arrive(reply(ALICE, ticket.to(ALICE), "C’est fait."))
    assert [(mail.recipient, shown(mail, "Cc")) for mail in answer.mails] == [(ANNA, [])]


def test_a_ticket_without_an_account_has_nobody_in_copy(office: Office) -> None:
    """Its author alone is party."""
    answer = answered(office, Letter(EVE, cc=f"{ANNA}, mallory@elsewhere.example"))
    assert [(mail.recipient, shown(mail, "Cc")) for mail in answer.mails] == [(EVE, [])]


def test_our_own_mailbox_in_the_register_by_mistake_is_never_written_to(office: Office) -> None:
    office.register(*REGISTER, registered(SAC, "AC-100200"))
    answer = answered(office, Letter(ANNA, cc=SAC))
    assert [mail.recipient for mail in answer.mails] == [ANNA]


def test_an_agent_who_is_a_customer_as_well_does_not_get_his_own_answer(office: Office) -> None:
    office.register(*REGISTER, registered(ALICE, "AC-100200"))
    answer = answered(office, Letter(ANNA, cc=f"{ALICE}, {ANTOINE}"))
    assert [mail.recipient for mail in answer.mails] == [ANNA, ANTOINE]


def test_the_budget_does_not_bind_an_agents_words(office: Office) -> None:
    office.site = replace(office.site, budget=replace(office.site.budget, registered=1))
    first = office.arrive(Letter(ANNA, cc=ANTOINE))
    for _ in range(5):
        answer = office.arrive(reply(ALICE, first.to(ALICE), "Encore un mot."))
        assert [(mail.recipient, mail.withheld) for mail in answer.mails] == [(ANNA, None), (ANTOINE, None)]
    queued = listing.mails(office.conn, [Sending.QUEUED], number=first.number)
    assert len([mail for mail in queued if mail.template == "answer"]) == 10


def test_agents_are_told_who_gets_their_answer_and_who_got_nothing_from_us(office: Office) -> None:
    office.staff(agent("alice"), agent("bob", "technical"))
    arrived = office.arrive(Letter(ANNA, cc=f"{ANTOINE}, {EVE}, {BILLING}"))
    french, english = (words([arrived.to(reader)]) for reader in (ALICE, BOB))
    assert f"En copie, recevra aussi votre réponse\u00a0: {ANTOINE}\n" in french
    assert f"En copie, sans rien recevoir de nous\u00a0: {EVE}, {BILLING}\n" in french
    assert f"In copy, gets your answer too: {ANTOINE}\n" in english
    assert f"In copy, gets nothing from us: {EVE}, {BILLING}\n" in english


def test_a_notice_of_a_letter_to_us_alone_speaks_of_no_copy(office: Office) -> None:
    notice = words([office.arrive(Letter(ANNA)).to(ALICE)])
    assert "copie" not in notice


def test_what_is_held_promises_no_answer_to_anybody_in_copy(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA))
    held = office.arrive(Letter(EVE, thread=(ticket.message_id,), cc=f"{ANTOINE}, mallory@elsewhere.example"))
    notice = words([held.to(ALICE)])
    assert "recevra aussi" not in notice
    assert "sans rien recevoir de nous\u00a0: mallory@elsewhere.example" in notice


def test_a_crowd_in_copy_does_not_drown_the_facts(office: Office) -> None:
    crowd = ", ".join(f"p{n}@elsewhere.example" for n in range(60))
    notice = words([office.arrive(Letter(ANNA, cc=crowd)).to(ALICE)])
    assert "p9@elsewhere.example, … + 50" in notice
    assert "p10@" not in notice
