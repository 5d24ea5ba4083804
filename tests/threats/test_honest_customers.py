"""The other side of every promise: an honest customer, whatever his mail looks like, has a ticket that agents see.

And unless DMARC disowns his mail, he has one that tells him what to do, in his language.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from correspondence import ALICE, ANNA, ANTOINE, CAROL, DAY, EVE, REGISTER, Letter, Office, registered, reply
from sensitive import CHANGE, DENIED, FRENCH, challenge, code, plain, with_rules

from mailbot.model import Outcome, Status

NEW = "anna.neuve@client.example"
LISTED = (("Authentication-Results", "mx.example.com; dmarc=temperror header.from=client.example"),)
SEALED = (("Authentication-Results", "mx.example.com; spf=fail; dkim=fail; dmarc=none header.from=client.example"),)


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


SITUATIONS = {
    "authenticated": (Letter(ANNA), "répondez à ce message"),
    "without DMARC": (Letter(ANNA, authenticated=False), "répondez à ce message"),
    "whose DNS failed": (Letter(ANNA, authenticated=False, headers=LISTED), "répondez à ce message"),
    "through a forwarder that breaks signatures": (
        Letter(ANNA, authenticated=False, headers=SEALED),
        "répondez à ce message",
    ),
    "from a telephone's other address": (
        Letter("anna@mobile.example", f"Panne, compte {FRENCH}."),
        "adresse enregistrée",
    ),
    "from an address registered since": (Letter(NEW), "adresse enregistrée"),
    "with a colleague in copy": (Letter(ANNA, cc=ANTOINE), "répondez à ce message"),
    "with a stranger in copy": (Letter(ANNA, cc=EVE), "répondez à ce message"),
    "to the other mailbox": (Letter(ANNA, to="sac@example.com"), "répondez à ce message"),
    "in English": (Letter(ANNA, "Hello, our link is down.", subject="Outage"), "reply to this message"),
    "with nothing but a subject": (Letter(ANNA, ""), "répondez à ce message"),
    "who asks for something sensitive": (CHANGE, "répondez à ce message en commençant par"),
    "who asks for it from elsewhere": (replace(CHANGE, author="anna@mobile.example"), "adresse enregistrée"),
}


@pytest.mark.parametrize("who", SITUATIONS)
def test_an_honest_customer_has_a_ticket_and_a_mail_that_tells_him_what_to_do(desk: Office, who: str) -> None:
    letter, told = SITUATIONS[who]
    arrived = desk.arrive(letter)
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert "notice" in {template for template, _ in arrived.told}
    assert told in " ".join(plain(arrived.to(letter.author)).split())


def test_one_whose_mail_dmarc_disowns_is_heard_by_agents_and_gets_nothing(desk: Office) -> None:
    arrived = desk.arrive(Letter(ANNA, authenticated=False, headers=DENIED))
    assert arrived.outcome is Outcome.TICKET_CREATED
    assert arrived.told == [("notice", ALICE), ("notice", CAROL)]


def test_one_who_confirms_through_a_forwarder_that_breaks_dmarc_loses_nothing(desk: Office) -> None:
    """Agents read his reply; the same code from his own program still serves."""
    change = desk.arrive(CHANGE)
    said = f"OUI {code(challenge(change))}"
    broken = desk.arrive(reply(ANNA, challenge(change), said, authenticated=False, headers=DENIED))
    assert broken.told == [("notice", ALICE), ("notice", CAROL)]
    desk.arrive(reply(ANNA, challenge(change), said))
    assert desk.ticket(change.number).status is Status.NEW


def test_one_whose_address_changed_last_week_writes_from_the_new_one_as_a_stranger_and_soon_as_himself(
    desk: Office,
) -> None:
    first = desk.arrive(Letter(NEW))
    desk.register(*REGISTER, registered(NEW, FRENCH))
    desk.now += DAY
    second = desk.arrive(Letter(NEW, subject="Encore"))
    assert [first.to(NEW).template, second.to(NEW).template] == ["acknowledgement-unknown", "acknowledgement"]


def test_a_reply_after_eight_months_opens_a_ticket_that_names_the_old_one(desk: Office) -> None:
    first = desk.arrive(Letter(ANNA))
    desk.now += timedelta(days=240)
    again = desk.arrive(reply(ANNA, first.to(ANNA), "La panne est revenue."))
    assert again.outcome is Outcome.TICKET_CREATED
    assert desk.ticket(again.number).predecessor == first.number
    assert first.number in plain(again.to(ANNA))


def test_a_code_that_comes_after_eight_months_opens_a_ticket_that_agents_see(desk: Office) -> None:
    change = desk.arrive(CHANGE)
    desk.now += timedelta(days=240)
    late = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert late.outcome in (Outcome.TICKET_CREATED, Outcome.CHALLENGE)
    assert ("notice", ALICE) in late.told
    assert desk.ticket(change.number).status is Status.HELD


def test_who_types_the_code_wrongly_is_told_how_to_and_can_do_so_at_once(desk: Office) -> None:
    change = desk.arrive(CHANGE)
    wrong = desk.arrive(reply(ANNA, challenge(change), f"Bonjour,\n\nOUI {code(challenge(change))}"))
    assert "en commençant par OUI et ce code" in plain(wrong.to(ANNA))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert desk.ticket(change.number).status is Status.NEW
