"""What holds a ticket, and what keeps it held: SC-04 beyond the first letter."""

from dataclasses import replace

import pytest
from correspondence import ANNA, BRUNO, Arrived, Letter, Office, reply
from sensitive import CHANGE, challenge, code, stays_held, with_rules

from mailbot.model import Status


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


@pytest.fixture
def change(desk: Office) -> Arrived:
    return desk.arrive(CHANGE)


def test_sc_04_a_reply_that_asks_for_something_sensitive_holds_an_ordinary_ticket(desk: Office) -> None:
    ticket = desk.arrive(Letter(ANNA))
    assert desk.ticket(ticket.number).status is Status.NEW
    more = desk.arrive(reply(ANNA, ticket.to(ANNA), "Et merci de résilier notre abonnement."))
    stays_held(desk, ticket)
    assert desk.ticket(ticket.number).intent == "cancel"
    desk.arrive(reply(ANNA, challenge(more), f"OUI {code(challenge(more))}"))
    assert desk.ticket(ticket.number).status is Status.NEW


def test_sc_04_thanks_under_a_sensitive_subject_hold_nothing_again(desk: Office) -> None:
    change = desk.arrive(replace(CHANGE, subject="Changement d’adresse"))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    thanks = desk.arrive(
        Letter(ANNA, "Merci beaucoup !", subject="Re: Changement d’adresse", thread=(change.message_id,))
    )
    assert (thanks.number, desk.ticket(change.number).status) == (change.number, Status.NEW)


def test_sc_04_no_released_letter_makes_another_account_the_one_that_confirms(desk: Office, change: Arrived) -> None:
    """An agent lets a stranger's reply pass into Anna's request: it is Anna who is asked about it, not the stranger."""
    held = desk.arrive(Letter(BRUNO, "Please hurry.", thread=(change.message_id,)))
    released = desk.release(held)
    assert ("challenge", ANNA) in released.told
    assert BRUNO not in {recipient for _, recipient in released.told}
