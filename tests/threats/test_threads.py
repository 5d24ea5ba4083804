"""Threats of reliability.md 3.1 and faults F-033 to F-044: what points to a ticket says which one, and never who."""

from dataclasses import replace
from datetime import timedelta

import messages
import pytest
from correspondence import (
    ALICE,
    ANNA,
    ANTOINE,
    BRUNO,
    DAY,
    EVE,
    MINUTE,
    REGISTER,
    SUPPORT,
    Arrived,
    Letter,
    Office,
    customers_mail,
    read,
    reply,
    words,
)
from sites import POLICY, site

from mailbot import tokens
from mailbot.decide import decide
from mailbot.model import Address, Level, Outcome, Outgoing, Status
from mailbot.store import listing

SECRET = "Le mot de passe du modem est tournesol."


def opened(office: Office, author: str = ANNA) -> Arrived:
    arrived = office.arrive(Letter(author, SECRET))
    assert arrived.outcome is Outcome.TICKET_CREATED
    return arrived


def acknowledged(office: Office, author: str = ANNA) -> Outgoing:
    return opened(office, author).to(author)


def answered(office: Office) -> Outgoing:
    """What Anna got from Alice."""
    arrived = office.arrive(reply(ALICE, opened(office).to(ALICE), "Nous y travaillons."))
    assert arrived.outcome is Outcome.ANSWERED
    return arrived.to(ANNA)


def is_held(arrived: Arrived, number: str) -> bool:
    """Noted on the ticket, told to its agents, and to nobody else."""
    told = {template for template, _ in arrived.told}
    return (arrived.outcome, arrived.number, told) == (Outcome.HELD, number, {"held"})


# T-01 … T-07, T-19, T-26


def test_t_01_a_verification_mail_to_a_reply_address_is_held_and_shown_to_no_requester(office: Office) -> None:
    """Ticket Trick: the attacker has a ticket, and has another service write to its reply address."""
    mine = acknowledged(office, EVE)
    code = Letter("accounts@chat.example", "Your code is 482913.", to=str(read(mine)["Reply-To"]), subject="Confirm")
    arrived = office.arrive(code)
    assert is_held(arrived, mine.ticket or "")
    assert "482913" not in words(customers_mail(office.out))


def test_t_01_what_is_held_is_quoted_in_no_later_answer(office: Office) -> None:
    notice = (ticket := opened(office, EVE)).to(ALICE)
    to = str(read(ticket.to(EVE))["Reply-To"])
    office.arrive(Letter("accounts@chat.example", "Your code is 482913.", to=to, subject="Confirm"))
    office.arrive(reply(ALICE, notice, "Nous regardons."))
    assert "482913" not in words(customers_mail(office.out))


def test_t_02_a_spoofed_reply_with_somebody_in_copy_shows_him_nothing(office: Office) -> None:
    """Zendesk, CVE-2024-49193: the requester's From, a guessed ticket, the attacker in Cc."""
    ticket = opened(office)
    spoofed = Letter(ANNA, "Ajoutez ma collègue.", cc=EVE, subject=f"Re: [{ticket.number}]", authenticated=False)
    office.arrive(spoofed)
    office.arrive(reply(ALICE, ticket.to(ALICE), "Voici."))
    assert EVE not in {mail.recipient for mail in office.out}
    assert EVE not in words(customers_mail(office.out))


def test_t_03_a_forged_agent_writes_to_no_customer(office: Office) -> None:
    """FreeScout, CVE-2026-47123: the Message-ID of a notice was enough."""
    ticket = opened(office)
    forged = reply(ALICE, ticket.to(ALICE), "Payez ici.", authenticated=False)
    made_up = f"<mb.{'0' * 26}@tickets.example.com>"
    for letter in (forged, replace(forged, to=SUPPORT, thread=(made_up,), authenticated=True)):
        arrived = office.arrive(letter)
        assert not customers_mail(mail for mail in arrived.mails if mail.recipient == ANNA)
    assert "Payez ici." not in words(customers_mail(office.out))


@pytest.mark.parametrize(
    "unsigned",
    ["<{number}@tickets.example.com>", "<mb.{number}@tickets.example.com>", "<{cause}@tickets.example.com>"],
    ids=["the anchor of the notices", "a number for a tag", "a cause"],
)
def test_t_04_an_id_without_a_tag_of_ours_leads_nowhere(office: Office, unsigned: str) -> None:
    ticket = opened(office)
    named = unsigned.format(number=ticket.number.lower(), cause=ticket.arrival.cause)
    arrived = office.arrive(Letter(EVE, "Bonjour", thread=(named,)))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert arrived.number != ticket.number


def test_t_05_an_agent_who_lost_access_cannot_answer_by_an_old_notice(office: Office) -> None:
    notice = opened(office).to(ALICE)
    office.staff(*(entry for entry in office.site.agents if entry.key != "alice"))
    arrived = office.arrive(reply(ALICE, notice, "Payez ici."))
    assert is_held(arrived, notice.ticket or "")
    assert "Payez ici." not in words(customers_mail(office.out))


def test_t_05_an_address_that_left_the_register_is_no_party_any_more(office: Office) -> None:
    mail = answered(office)
    office.register(*(entry for entry in REGISTER if entry.email != ANNA))
    arrived = office.arrive(reply(ANNA, mail))
    assert is_held(arrived, mail.ticket or "")
    assert "n’est plus inscrit au compte AC-100200" in words(arrived.mails)


def test_t_06_whoever_replies_the_requester_stays(office: Office) -> None:
    """FreeScout GHSA-j49f-9g94-3wh4: a reply from a new address made the conversation its own."""
    mail = answered(office)
    number = mail.ticket or ""
    by_party = office.arrive(reply(ANTOINE, mail))
    by_stranger = office.arrive(reply(EVE, mail))
    released = office.release(by_stranger)
    assert (by_party.outcome, by_stranger.outcome) == (Outcome.APPENDED, Outcome.HELD)
    assert (released.outcome, released.number) == (Outcome.APPENDED, number)
    assert office.ticket(number).requester == ANNA


CONTROL = (
    ("X-Mailbot-Ticket", "{number}"),
    ("X-Mailbot-Level", "agent"),
    ("X-Mailbot-Recipient", EVE),
    ("RT-Send-Cc", EVE),
    ("RT-Ticket", "{number}"),
    ("X-Ticket-ID", "{number}"),
    ("Reply-To", EVE),
    ("Sender", ALICE),
    ("Bcc", EVE),
    ("Resent-From", ALICE),
)


def test_t_07_control_fields_in_a_letter_change_nothing(office: Office) -> None:
    """RT, CVE-2023-41259."""
    number = opened(office).number
    named = tuple((name, value.format(number=number)) for name, value in CONTROL)
    plain, laden = (office.arrive(Letter(BRUNO, headers=headers)) for headers in ((), named))
    assert laden.outcome is plain.outcome is Outcome.TICKET_CREATED
    assert laden.told == plain.told
    assert laden.decision.sender == plain.decision.sender
    assert {office.ticket(entry.number).department for entry in (plain, laden)} == {"technical"}


@pytest.mark.parametrize("author", [ANNA, BRUNO, EVE])
def test_t_07_no_answer_differs_by_whether_a_ticket_exists(author: str) -> None:
    """RT, CVE-2023-41260. The drafts are the same, so the bytes are; only the guess is counted (design 1.5.8)."""
    number = tokens.ticket_number(b"key", "somebody's letter", 0)
    anothers = messages.ticket(number=number, requester="bo@firm.example", account=None)
    letter = messages.message(author=Address(author), subject=f"Re: [{number}] Panne")
    there, nowhere = (
        decide(messages.arrival(), letter, messages.known(tickets=tickets), POLICY, site(), messages.NOW)
        for tickets in ((anothers,), ())
    )
    assert replace(there, attempts=()) == replace(nowhere, attempts=())


def test_t_19_what_goes_to_one_who_must_be_verified_goes_to_him_alone(office: Office) -> None:
    """Jira, CVE-2023-22501: sign-up tokens were mailed to addresses that others could read. Only answers have a Cc."""
    arrived = office.arrive(Letter(ANNA, SECRET, cc=f"{ANTOINE}, {EVE}"))
    office.arrive(reply(ALICE, arrived.to(ALICE), "Voici."))
    with_cc = {mail.template for mail in office.out if read(mail)["Cc"]}
    assert with_cc == {"answer"}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "=0A", "=?utf-8?q?=0D=0A?=", "\u2028", "\x85", "\x00"])
def test_t_26_no_line_end_in_a_letter_adds_a_recipient(office: Office, end: str) -> None:
    """Laravel GHSA-5vg9-5847-vvmq, CVE-2026-1299: the 5,000 of SC-10 are in tests/property/test_injections.py."""
    hostile = f"Panne{end}Bcc: {EVE}"
    arrived = office.arrive(Letter(ANNA, hostile, subject=hostile, headers=(("X-Note", hostile),)))
    for mail in arrived.mails:
        assert read(mail)["Bcc"] is None
        assert mail.recipient != EVE


# F-033 … F-044


@pytest.mark.parametrize("author", [EVE, BRUNO])
def test_f_033_the_number_of_anothers_ticket_opens_a_new_one_and_shows_nothing(office: Office, author: str) -> None:
    number = opened(office).number
    arrived = office.arrive(Letter(author, "Et alors ?", subject=f"Re: [{number}] Panne de fibre"))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert arrived.number != number
    assert "tournesol" not in words(arrived.mails)
    assert office.ticket(number).status is Status.NEW


@pytest.mark.parametrize("author", [EVE, BRUNO])
def test_f_034_a_valid_tag_of_one_who_is_no_party_is_held(office: Office, author: str) -> None:
    mail = answered(office)
    arrived = office.arrive(reply(author, mail))
    assert is_held(arrived, mail.ticket or "")
    assert not customers_mail(arrived.mails)


@pytest.mark.parametrize("place", range(tokens.TAG_LENGTH))
def test_f_035_a_tag_with_one_wrong_character_matches_nothing(office: Office, place: int) -> None:
    mail = acknowledged(office)
    other = "z" if mail.tag[place] != "z" else "0"
    wrong = mail.tag[:place] + other + mail.tag[place + 1 :]
    arrived = office.arrive(Letter(ANNA, to=f"support+{wrong}@example.com", thread=(id_of(wrong),)))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert arrived.number != mail.ticket


def id_of(tag: str) -> str:
    return tokens.message_id(tag, "tickets.example.com")


def test_f_036_a_tag_in_upper_case_is_read_and_a_damaged_one_is_not(office: Office) -> None:
    mail = acknowledged(office)
    address = f"support+{mail.tag}@example.com"
    assert office.arrive(Letter(ANNA, to=address.upper())).number == mail.ticket
    for damaged in (address.replace("+", "=2B"), address.replace("+", "+=\r\n "), address.replace("@", "=40", 1)):
        arrived = office.arrive(Letter(ANNA, to=f"{damaged}, support@example.com"))
        assert arrived.outcome is Outcome.TICKET_CREATED
    for start in ("3D", "=3D", "="):
        assert office.arrive(Letter(ANNA, to=f"support+{start}{mail.tag}@example.com")).number != mail.ticket


def test_f_037_the_tag_of_one_mailbox_is_none_at_another(office: Office) -> None:
    mail = acknowledged(office)
    arrived = office.arrive(Letter(ANNA, to=f"sac+{mail.tag}@example.com"), box="sac")
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert office.ticket(arrived.number).department == "customer-care"
    assert office.arrive(Letter(ANNA, to=f"support+{mail.tag}@example.com")).number == mail.ticket


@pytest.mark.parametrize("idle", [179, 180])
def test_f_038_a_reply_after_half_a_year_of_silence_opens_one_that_names_the_old(office: Office, idle: int) -> None:
    mail = answered(office)
    office.now += timedelta(days=idle)
    arrived = office.arrive(reply(ANNA, mail))
    if idle < 180:
        assert (arrived.outcome, arrived.number) == (Outcome.APPENDED, mail.ticket)
        return
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert office.ticket(arrived.number).predecessor == mail.ticket
    assert f"{mail.ticket}, which it answers, had no event for 180 days" in explained(arrived)
    assert office.ticket(mail.ticket or "").status is Status.PENDING


def test_f_038_any_event_on_the_ticket_keeps_its_tags_alive(office: Office) -> None:
    mail = answered(office)
    for _ in range(5):
        office.now += 100 * DAY
        assert office.arrive(reply(ANNA, mail)).number == mail.ticket


def test_f_038_a_reply_to_what_was_closed_long_ago_opens_a_ticket_that_names_the_old(office: Office) -> None:
    mail = answered(office)
    office.close(mail.ticket or "")
    office.now += 31 * DAY
    arrived = office.arrive(reply(ANNA, mail))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert office.ticket(arrived.number).predecessor == mail.ticket
    assert "was closed too long ago to reopen" in explained(arrived)


def test_f_038_the_old_number_that_the_new_tickets_mails_repeat_is_no_disagreement(office: Office) -> None:
    mail = answered(office)
    office.close(mail.ticket or "")
    office.now += 31 * DAY
    successor = office.arrive(reply(ANNA, mail))
    again = office.arrive(reply(ANNA, successor.to(ANNA)))
    agents = office.arrive(reply(ALICE, successor.to(ALICE), "Nous y revoilà."))
    assert (again.number, agents.outcome) == (successor.number, Outcome.ANSWERED)
    assert "as well" not in explained(again)


def explained(arrived: Arrived) -> str:
    return "\n".join(why.sentence for why in arrived.decision.because)


def test_f_039_the_message_id_of_a_letter_is_checked_like_any_pointer(office: Office) -> None:
    letter = opened(office)
    by_stranger = office.arrive(Letter(EVE, thread=(letter.message_id,)))
    by_party = office.arrive(Letter(ANTOINE, thread=(letter.message_id,)))
    assert is_held(by_stranger, letter.number)
    assert (by_party.outcome, by_party.number) == (Outcome.APPENDED, letter.number)


def test_f_040_where_pointers_disagree_the_tag_decides_for_a_party_and_everybody_is_told(office: Office) -> None:
    first, second, third = (opened(office) for _ in range(3))
    arrived = office.arrive(
        Letter(
            ANNA,
            to=str(read(first.to(ANNA))["Reply-To"]),
            thread=(second.to(ANNA).message_id,),
            subject=f"Re: [{third.number}] Panne",
        )
    )
    assert (arrived.outcome, arrived.number) == (Outcome.APPENDED, first.number)
    both = f"{second.number}, {third.number}"
    assert f"it points to {both} as well" in explained(arrived)
    assert f"Désigne aussi le billet\u00a0: {both}" in words([arrived.to(ALICE)])


@pytest.mark.parametrize("author", [EVE, BRUNO])
def test_f_040_one_who_is_no_party_of_what_the_tag_says_is_held_whatever_else_he_points_to(
    office: Office, author: str
) -> None:
    annas, others = opened(office), opened(office, author)
    pointing = Letter(author, to=str(read(annas.to(ANNA))["Reply-To"]), thread=(others.to(author).message_id,))
    assert is_held(office.arrive(pointing), annas.number)


def test_f_040_what_a_letter_only_refers_to_from_long_ago_is_no_disagreement(office: Office) -> None:
    first, second = opened(office).to(ANNA), opened(office).to(ANNA)
    arrived = office.arrive(reply(ANNA, second, thread=(first.message_id, second.message_id)))
    assert arrived.number == second.ticket
    assert "as well" not in explained(arrived)


def test_f_041_a_new_matter_in_reply_to_an_old_mail_is_added_and_never_lost(office: Office) -> None:
    mail = answered(office)
    arrived = office.arrive(reply(ANNA, mail, "Et ma facture ?", subject="Facture de mars"))
    assert (arrived.outcome, arrived.number) == (Outcome.APPENDED, mail.ticket)
    notice = words([arrived.to(ALICE)])
    assert "Et ma facture\u00a0?" in notice or "Et ma facture ?" in notice


@pytest.mark.parametrize("service", ["feedback@chat.example", "appleid@id.phone.example", "alerts@bank.example"])
def test_f_042_a_third_partys_verification_mail_is_held_and_reaches_no_requester(office: Office, service: str) -> None:
    mail = acknowledged(office)
    code = Letter(service, "Votre code : 482913", to=str(read(mail)["Reply-To"]), subject="Confirmez 482913")
    arrived = office.arrive(code)
    assert is_held(arrived, mail.ticket or "")
    assert "482913" not in words(customers_mail(office.out))


def test_f_042_one_that_a_machine_signs_as_such_is_noted_and_reaches_no_requester(office: Office) -> None:
    mail = acknowledged(office)
    automatic = (("Auto-Submitted", "auto-generated"),)
    code = Letter("accounts@chat.example", "482913", to=str(read(mail)["Reply-To"]), headers=automatic)
    arrived = office.arrive(code)
    assert (arrived.outcome, arrived.mails) == (Outcome.AUTOMATIC, ())


def test_f_043_somebody_whom_the_requester_put_in_copy_is_no_party(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA, cc=EVE))
    answer = office.arrive(reply(ALICE, ticket.to(ALICE), "Voici."))
    to_all = reply(EVE, answer.to(ANNA))
    assert is_held(office.arrive(to_all), ticket.number)
    assert is_held(office.arrive(Letter(EVE, "+1", thread=(ticket.message_id,))), ticket.number)


def test_f_044_two_replies_within_a_second_are_both_there_in_the_order_in_which_they_came(office: Office) -> None:
    mail = answered(office)
    moment = office.now + MINUTE
    later = office.arrive(reply(ANNA, mail, "Deux."), at=moment)
    sooner = office.arrive(reply(ANNA, mail, "Un."), at=moment - timedelta(milliseconds=400))
    assert {later.outcome, sooner.outcome} == {Outcome.APPENDED}
    said = listing.messages(office.conn, mail.ticket or "")
    assert [entry.new_text.strip() for entry in said][-2:] == ["Un.", "Deux."]
    kinds = [event.kind for event in listing.events(office.conn, number=mail.ticket)]
    assert kinds.count(Outcome.APPENDED) == 2


def test_a_suspected_forgery_of_a_party_joins_and_is_badged(office: Office) -> None:
    """Design 1.5.1: the level never decides whether agents see a letter."""
    mail = answered(office)
    failed = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=client.example"),)
    arrived = office.arrive(reply(ANNA, mail, authenticated=False, headers=failed))
    assert (arrived.outcome, arrived.decision.sender.level) == (Outcome.APPENDED, Level.SUSPECT)
    assert "peut-être un faux" in words([arrived.to(ALICE)])
