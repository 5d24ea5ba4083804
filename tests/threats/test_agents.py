"""SC-05 and F-045 to F-052: an agent's mail is obeyed only as A1, and his rights are those of now."""

from dataclasses import replace

import pytest
from correspondence import (
    ALICE,
    ANNA,
    ANTOINE,
    BOB,
    CAROL,
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
    registered,
    reply,
    words,
)
from sites import agent

from mailbot.model import Level, Outcome, Purpose, Status

WORDS = "Le port est redémarré."
FAILED = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=example.com"),)
ELSEWHERE = (("Authentication-Results", "mx.evil.example; dmarc=pass header.from=example.com"),)


@pytest.fixture
def ticket(office: Office) -> Arrived:
    return office.arrive(Letter(ANNA))


def not_sent(arrived: Arrived, agent_: str = ALICE) -> str:
    """The customer got nothing, and the agent is told: in which words."""
    assert not customers_mail(arrived.mails)
    assert arrived.told == [("not-sent", agent_)]
    assert arrived.outcome in (Outcome.HELD, Outcome.COMMAND)
    return words(arrived.mails)


def test_sc_05_an_authenticated_agents_reply_to_his_own_notice_is_obeyed(office: Office, ticket: Arrived) -> None:
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), WORDS))
    assert (arrived.outcome, arrived.told) == (Outcome.ANSWERED, [("answer", ANNA)])
    assert arrived.decision.sender.level is Level.AGENT


@pytest.mark.parametrize(
    "headers", [(), FAILED, ELSEWHERE], ids=["no DMARC", "DMARC fails", "a foreign border says so"]
)
def test_sc_05_f_045_a_forged_agent_reaches_no_customer_and_the_true_one_is_told(
    office: Office, ticket: Arrived, headers: tuple[tuple[str, str], ...]
) -> None:
    forged = reply(ALICE, ticket.to(ALICE), WORDS, authenticated=False, headers=headers)
    said = not_sent(arrived := office.arrive(forged))
    assert "rien ne prouve qu’elle vient de vous" in said
    assert arrived.decision.sender.level is Level.UNKNOWN
    assert office.ticket(ticket.number) == arrived.decision.before


def test_sc_05_the_notice_of_another_agent_gives_no_authority(office: Office, ticket: Arrived) -> None:
    not_sent(office.arrive(reply(ALICE, ticket.to(CAROL), WORDS)))


def test_sc_05_a_tag_of_another_purpose_gives_no_authority(office: Office, ticket: Arrived) -> None:
    """A customer's mail that came into an agent's hands, and what we told him about a reply of his."""
    by_acknowledgement = office.arrive(reply(ALICE, ticket.to(ANNA), WORDS))
    assert by_acknowledgement.outcome is Outcome.APPENDED
    assert not customers_mail(by_acknowledgement.mails)
    refused = office.arrive(reply(ALICE, ticket.to(ALICE), ""))
    assert refused.to(ALICE).purpose is Purpose.AGENT
    not_sent(office.arrive(reply(ALICE, refused.to(ALICE), WORDS)))


def test_sc_05_his_notice_of_another_ticket_gives_no_authority_here(office: Office, ticket: Arrived) -> None:
    """His own notice of one ticket, and the address of a colleague's notice of another."""
    other = office.arrive(Letter(ANTOINE, subject="Autre panne"))
    to = str(read(other.to(CAROL))["Reply-To"])
    not_sent(office.arrive(reply(ALICE, ticket.to(ALICE), WORDS, to=to)))


def test_sc_05_a_reply_that_points_to_two_tickets_goes_to_neither_customer(office: Office, ticket: Arrived) -> None:
    other = office.arrive(Letter(EVE, subject="Autre panne"))
    to = str(read(other.to(ALICE))["Reply-To"])
    said = not_sent(office.arrive(reply(ALICE, ticket.to(ALICE), WORDS, to=to)))
    assert f"{other.number} et {ticket.number}" in said
    assert "répondez à l’avis du bon billet" in said


def test_sc_05_a_number_in_the_customers_own_subject_stops_no_answer(office: Office, ticket: Arrived) -> None:
    again = office.arrive(Letter(EVE, subject=f"Comme dans [{ticket.number}]"))
    assert office.arrive(reply(ALICE, again.to(ALICE), WORDS)).told == [("answer", EVE)]


def test_sc_05_f_047_an_agent_who_left_a_second_before_is_refused(office: Office, ticket: Arrived) -> None:
    office.staff(agent("carol"), agent("bob", "customer-care"))
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), WORDS))
    assert (arrived.outcome, arrived.told) == (Outcome.HELD, [("held", CAROL)])
    assert "is no party" in arrived.decision.reason


def test_sc_05_f_047_an_agent_who_moved_to_another_department_is_refused_and_told_why(
    office: Office, ticket: Arrived
) -> None:
    office.staff(agent("alice", "customer-care"), agent("carol"))
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), WORDS))
    said = not_sent(arrived)
    assert f"Le billet {ticket.number} relève de « technical », dont vous ne faites pas partie." in said
    assert "demandez à un agent de ce service de répondre" in said
    assert "belongs to “technical”, which you are not part of" in arrived.decision.reason


def test_sc_05_nobody_answers_his_own_ticket_as_an_agent(office: Office) -> None:
    office.register(*REGISTER, registered(ALICE, "AC-100200"))
    mine = office.arrive(Letter(ALICE))
    colleagues = office.arrive(Letter(ANTOINE, thread=(mine.message_id,)))
    arrived = office.arrive(reply(ALICE, colleagues.to(ALICE, "notice"), WORDS))
    assert arrived.outcome is Outcome.APPENDED
    assert not customers_mail(arrived.mails)
    assert office.ticket(mine.number).first_response_at is None


def test_sc_05_a_customer_to_whom_an_agent_forwarded_the_notice_is_added_and_not_obeyed(
    office: Office, ticket: Arrived
) -> None:
    arrived = office.arrive(reply(ANNA, ticket.to(ALICE), "/close\n\nMerci."))
    assert (arrived.outcome, arrived.number) == (Outcome.APPENDED, ticket.number)
    assert arrived.decision.sender.level is Level.AUTHENTICATED
    assert not customers_mail(arrived.mails)
    assert office.ticket(ticket.number).status is Status.NEW


def test_sc_05_a_stranger_to_whom_an_agent_forwarded_the_notice_is_held(office: Office, ticket: Arrived) -> None:
    arrived = office.arrive(reply(EVE, ticket.to(ALICE), WORDS))
    assert arrived.outcome is Outcome.HELD
    assert not customers_mail(arrived.mails)


def test_sc_05_the_answer_goes_to_nobody_who_left_the_register_and_the_agent_is_told_whom_to_write_to(
    office: Office, ticket: Arrived
) -> None:
    office.register(*(entry for entry in REGISTER if entry.email != ANNA))
    said = not_sent(office.arrive(reply(ALICE, ticket.to(ALICE), WORDS)))
    assert f"L’adresse {ANNA} n’est plus inscrite au compte AC-100200" in said
    assert f"depuis la boîte {SUPPORT}, à une adresse inscrite aujourd’hui\u00a0: {ANTOINE}." in said


def test_sc_05_a_customer_whose_account_was_closed_still_hears_the_end_of_his_ticket(
    office: Office, ticket: Arrived
) -> None:
    office.register(*(entry for entry in REGISTER if entry.account != "AC-100200"))
    assert office.arrive(reply(ALICE, ticket.to(ALICE), WORDS)).told == [("answer", ANNA)]
    assert office.arrive(Letter(ANTOINE, thread=(ticket.message_id,))).outcome is Outcome.HELD


def test_sc_05_a_notice_can_be_answered_for_thirty_days_and_then_a_new_one_comes(
    office: Office, ticket: Arrived
) -> None:
    office.now += 30 * DAY - 2 * MINUTE
    assert office.arrive(reply(ALICE, ticket.to(ALICE), WORDS)).outcome is Outcome.ANSWERED
    office.now += 2 * MINUTE
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), WORDS))
    assert arrived.told == [("not-sent", ALICE), ("notice", ALICE)]
    said = words([arrived.to(ALICE, "not-sent")])
    assert "a plus de 30 jours" in said
    assert "Que faire\u00a0: répondez au nouvel avis." in said
    assert WORDS in said
    assert office.arrive(reply(ALICE, arrived.to(ALICE, "notice"), WORDS)).told == [("answer", ANNA)]


def test_sc_05_the_new_notice_tells_who_gets_the_answer(office: Office) -> None:
    ticket = office.arrive(Letter(ANNA, cc=ANTOINE))
    office.now += 40 * DAY
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), WORDS))
    assert f"En copie, recevra aussi votre réponse : {ANTOINE}\n" in words([arrived.to(ALICE, "notice")])
    answer = office.arrive(reply(ALICE, arrived.to(ALICE, "notice"), WORDS))
    assert answer.told == [("answer", ANNA), ("answer", ANTOINE)]


def test_sc_05_a_flood_of_replies_to_an_old_notice_brings_no_flood(office: Office, ticket: Arrived) -> None:
    office.site = replace(office.site, budget=replace(office.site.budget, registered=3))
    office.now += 40 * DAY
    told = [office.arrive(reply(ALICE, ticket.to(ALICE), WORDS)).told for _ in range(6)]
    assert told == [[("not-sent", ALICE), ("notice", ALICE)]] * 3 + [[]] * 3


def test_f_046_an_agent_who_names_a_ticket_without_its_notice_is_asked_to_use_it(
    office: Office, ticket: Arrived
) -> None:
    said = not_sent(office.arrive(Letter(ALICE, WORDS, subject=f"[{ticket.number}] Panne")))
    assert "répondez de nouveau à l’avis" in said


def test_f_046_an_agent_who_names_nothing_opens_a_ticket_like_anybody(office: Office, ticket: Arrived) -> None:
    arrived = office.arrive(Letter(ALICE, WORDS))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert ANNA not in {mail.recipient for mail in arrived.mails}


def test_f_051_neither_the_notice_nor_a_quoted_one_of_another_ticket_goes_to_the_customer(
    office: Office, ticket: Arrived
) -> None:
    """Above the line it goes, below nothing does, whatever the mail program made of it."""
    other = office.arrive(Letter(EVE, "Le mot de passe est tournesol.", subject="Autre"))
    notice = str(read(other.to(ALICE)).get_body(("plain",)).get_content()).replace("\r\n", "\n")  # type: ignore[union-attr]
    quoted = "\n".join(f"> {line}" for line in notice.splitlines())
    arrived = office.arrive(reply(ALICE, ticket.to(ALICE), f"{WORDS}\n\n{quoted}"))
    assert arrived.outcome is Outcome.ANSWERED
    for secret in ("tournesol", other.number, "Identité", "##-"):
        assert secret not in words(arrived.mails)
    bare = notice.partition("-##")[2]
    not_sent(office.arrive(reply(ALICE, ticket.to(ALICE), f"{WORDS}\n{bare}")))


@pytest.mark.parametrize(
    "headers",
    [
        (("Auto-Submitted", "auto-replied"),),
        (("X-Autoreply", "yes"),),
        (("Precedence", "auto_reply"),),
        (("Return-Path", "<>"),),
    ],
)
def test_f_052_an_agents_vacation_reply_to_a_notice_reaches_no_customer(
    office: Office, ticket: Arrived, headers: tuple[tuple[str, str], ...]
) -> None:
    away = reply(ALICE, ticket.to(ALICE), "Je suis en vacances.", headers=headers)
    arrived = office.arrive(away)
    assert (arrived.outcome, arrived.mails) == (Outcome.AUTOMATIC, ())


def test_f_052_one_that_only_its_subject_betrays_reaches_no_customer(office: Office, ticket: Arrived) -> None:
    away = reply(ALICE, ticket.to(ALICE), "Je suis en vacances.", subject="Réponse automatique : [x] Panne")
    assert office.arrive(away).mails == ()


def test_an_agent_of_another_department_does_not_even_get_the_notice(office: Office, ticket: Arrived) -> None:
    assert BOB not in {recipient for _, recipient in ticket.told}


def test_sc_05_the_held_mail_of_another_agent_releases_nothing(office: Office, ticket: Arrived) -> None:
    """Not even beside a notice of his own."""
    held = office.arrive(Letter(EVE, "Ajoutez-moi.", thread=(ticket.message_id,)))
    carols = held.to(CAROL)
    his_own = reply(ALICE, carols, "/libérer", thread=(ticket.to(ALICE).message_id, carols.message_id))
    for letter in (reply(ALICE, carols, "/libérer"), his_own):
        arrived = office.arrive(letter)
        assert arrived.decision.releases == ()
        not_sent(arrived)


def test_sc_05_a_held_mail_of_his_own_releases_what_it_tells_of(office: Office, ticket: Arrived) -> None:
    held = office.arrive(Letter(EVE, "Ajoutez-moi.", thread=(ticket.message_id,)))
    arrived = office.arrive(reply(ALICE, held.to(ALICE), "/libérer"))
    assert arrived.decision.releases == (held.arrival.id,)


def test_sc_05_an_agent_who_moved_releases_nothing(office: Office, ticket: Arrived) -> None:
    held = office.arrive(Letter(EVE, "Ajoutez-moi.", thread=(ticket.message_id,)))
    office.staff(agent("alice", "customer-care"), agent("carol"))
    arrived = office.arrive(reply(ALICE, held.to(ALICE), "/libérer"))
    assert arrived.decision.releases == ()
    not_sent(arrived)
