"""Whoever poses as a colleague, a web form, a second copy or the author of a known Message-ID gains nothing by it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from correspondence import ALICE, ANNA, BRUNO, EVE, Letter, Office, reply
from sensitive import CHANGE, DENIED, STOLEN, challenge, code, stays_held, with_rules
from sqlalchemy import update

from mailbot.model import Level, Outcome, Status
from mailbot.tables import outgoing

CANCEL = "Merci de résilier l’abonnement."
UNWANTED = {
    "through a mailing list": b"List-Id: <team.client.example>\r\n",
    "marked by a filter": b"X-Spam-Flag: YES\r\n",
}
FORM = "form@example.com"


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


def reads(desk: Office, **changes: object) -> None:
    robot = desk.site.robot
    desk.site = replace(desk.site, robot=replace(robot, reading=replace(robot.reading, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize("forged", [{"authenticated": False, "headers": DENIED}, {"authenticated": False}])
def test_t_03_a_forged_agent_address_slips_no_sensitive_request_past_the_holder(
    desk: Office, forged: dict[str, object]
) -> None:
    """Who has seen the customer's letter knows its Message-ID, and the agents are parties."""
    ticket = desk.arrive(Letter(ANNA))
    denied = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=example.com"),)
    headers = denied if "headers" in forged else ()
    poser = Letter(ALICE, CANCEL, thread=(ticket.message_id,), authenticated=False, headers=headers)
    arrived = desk.arrive(poser)
    stays_held(desk, ticket)
    assert "A colleague wrote" not in str(arrived.mails[0].raw)
    assert ("notice", ALICE) in arrived.told


def test_sc_04_what_was_confirmed_is_changed_by_nobody_who_is_not_authenticated(desk: Office) -> None:
    change = desk.arrive(CHANGE)
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert desk.ticket(change.number).status is Status.NEW
    more = desk.arrive(Letter(ANNA, CHANGE.text, thread=(change.message_id,), authenticated=False))
    stays_held(desk, change)
    desk.arrive(reply(ANNA, challenge(more), f"OUI {code(challenge(more))}"))
    assert desk.ticket(change.number).status is Status.NEW


def test_sc_04_what_is_held_after_another_request_was_confirmed_does_not_reopen_free(desk: Office) -> None:
    change = desk.arrive(CHANGE)
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    desk.arrive(Letter(ANNA, CANCEL, thread=(change.message_id,)))
    desk.close(change.number)
    desk.arrive(Letter(ANNA, "Alors ?", thread=(change.message_id,)))
    stays_held(desk, change)


@pytest.mark.parametrize("how", UNWANTED)
def test_rc_02_a_letter_is_no_duplicate_of_a_copy_that_opened_nothing(desk: Office, how: str) -> None:
    raw = Letter(ANNA).octets("<one@client.example>")
    reads(desk, spam=("X-Spam-Flag", "YES"))
    first = desk.take(UNWANTED[how] + raw)
    second = desk.take(raw, box="sac")
    assert first.number == ""
    assert second.outcome is Outcome.TICKET_CREATED
    assert desk.take(raw).outcome is Outcome.DUPLICATE


def test_who_reuses_a_message_id_draws_no_follow_up_away_from_its_ticket(desk: Office) -> None:
    ticket = desk.arrive(Letter(ANNA))
    desk.take(Letter(EVE).octets(ticket.message_id))
    more = desk.arrive(Letter(ANNA, "J’oubliais : depuis 8 h.", thread=(ticket.message_id,)))
    assert (more.outcome, more.number) == (Outcome.APPENDED, ticket.number)


def test_who_guessed_a_message_id_draws_no_follow_up_away_from_its_ticket(desk: Office) -> None:
    desk.take(Letter(EVE).octets("<next@client.example>"))
    ticket = desk.take(Letter(ANNA).octets("<next@client.example>"))
    more = desk.arrive(Letter(ANNA, "J’oubliais : depuis 8 h.", thread=(ticket.message_id,)))
    assert (more.outcome, more.number) == (Outcome.APPENDED, ticket.number)


def test_sc_09_a_forged_web_form_writes_to_nobody(desk: Office) -> None:
    reads(desk, forms=frozenset({FORM}))
    denied = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=example.com"), ("Reply-To", BRUNO))
    arrived = desk.arrive(Letter(FORM, authenticated=False, headers=denied))
    assert arrived.decision.sender.level is Level.SUSPECT
    assert {template for template, _ in arrived.told} == {"notice"}


def test_sc_04_a_sensitive_request_that_is_nothing_but_a_quotation_is_held_all_the_same(desk: Office) -> None:
    """Agents read it as the request, for there is nothing else."""
    arrived = desk.arrive(replace(CHANGE, text=f"> {CHANGE.text}", subject="Compte"))
    stays_held(desk, arrived)


def test_guesses_of_others_keep_no_authenticated_holder_from_confirming(desk: Office) -> None:
    for _ in range(6):
        desk.arrive(Letter(BRUNO, STOLEN.text, subject="Compte"))
        desk.now += timedelta(minutes=10)
    assert ("challenge", ANNA) in desk.arrive(CHANGE).told


def test_mail_that_dmarc_disowns_makes_no_robot_of_an_honest_customer(desk: Office) -> None:
    """Each of three letters that get an answer, and at once one in the same name that his domain disowns."""
    for _ in range(3):
        letter = desk.arrive(Letter(ANNA))
        desk.conn.execute(
            update(outgoing).where(outgoing.c.sent_at.is_(None)).values(sent_at=desk.now + timedelta(milliseconds=900))
        )
        assert ("acknowledgement", ANNA) in letter.told
        desk.arrive(Letter(ANNA, authenticated=False, headers=DENIED), at=desk.now + timedelta(seconds=5))
    assert ("acknowledgement", ANNA) in desk.arrive(Letter(ANNA)).told


def test_a_forged_copy_that_came_first_keeps_no_holder_from_confirming(desk: Office) -> None:
    stamped = (
        f"Authentication-Results: mx.example.com; dmarc={said} header.from=client.example\r\n".encode()
        for said in ("fail", "pass", "fail")
    )
    raw = replace(CHANGE, authenticated=False).octets("<one@client.example>")
    forged, genuine, again = (desk.take(stamp + raw) for stamp in stamped)
    assert (forged.told, genuine.number) == ([("notice", ALICE), ("notice", "carol@example.com")], forged.number)
    assert ("challenge", ANNA) in genuine.told
    assert again.outcome is Outcome.DUPLICATE
