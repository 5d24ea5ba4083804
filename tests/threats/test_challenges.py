"""SC-04: what is sensitive needs the word of the registered address, and a change of that address never goes by mail.

A confirmed request is only free for agents to act on: the robot changes no register, whoever confirms what. So the
24 hours' code of design 1.5.3 and the agent besides of reliability 5.4 both hold.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from correspondence import (
    ALICE,
    ANNA,
    ANTOINE,
    BILLING,
    BRUNO,
    CAROL,
    DAY,
    EVE,
    MINUTE,
    REGISTER,
    Arrived,
    Letter,
    Office,
    customers_mail,
    registered,
    reply,
    words,
)
from sensitive import (
    CANCEL,
    CHANGE,
    DENIED,
    ENGLISH,
    FRENCH,
    STOLEN,
    asked,
    challenge,
    code,
    plain,
    register_rows,
    stays_held,
    with_rules,
)

from mailbot.model import Ending, Language, Level, Outcome, Status

HOURS = timedelta(hours=1)


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


@pytest.fixture
def change(desk: Office) -> Arrived:
    return desk.arrive(CHANGE)


def test_sc_04_the_holder_confirms_by_the_code_and_agents_may_act(desk: Office, change: Arrived) -> None:
    assert change.told == [("challenge", ANNA), ("notice", ALICE), ("notice", CAROL)]
    arrived = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    after = desk.ticket(change.number)
    assert (after.status, after.level, after.requester, after.account) == (Status.NEW, Level.CONFIRMED, ANNA, FRENCH)
    assert arrived.told[0] == ("challenge-received", ANNA)
    assert f"from {ANNA}, for account {FRENCH} only" in words([arrived.to(CAROL)])
    assert f"reçue de {ANNA}, pour le compte {FRENCH} seulement" in words([arrived.to(ALICE)])


def test_sc_04_a_confirmed_change_of_address_changes_no_register(desk: Office) -> None:
    before = register_rows(desk.conn)
    change = desk.arrive(replace(CHANGE, text="Changez notre adresse de courriel : voleur@elsewhere.example"))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert desk.ticket(change.number).status is Status.NEW
    assert register_rows(desk.conn) == before
    assert "voleur@elsewhere.example" not in {mail.recipient for mail in desk.out}


def test_sc_04_english_holders_confirm_in_english(desk: Office) -> None:
    cancel = desk.arrive(CANCEL)
    assert "Do not give this code to anybody" in plain(challenge(cancel, BRUNO))
    arrived = desk.arrive(reply(BRUNO, challenge(cancel, BRUNO), f"Yes {code(challenge(cancel, BRUNO))}"))
    assert "We have received your reply" in plain(arrived.to(BRUNO))
    assert desk.ticket(cancel.number).status is Status.NEW


def test_sc_04_of_two_challenges_at_once_each_code_confirms_its_own_request(desk: Office, change: Arrived) -> None:
    other = desk.arrive(replace(CHANGE, text="Merci d’annuler notre abonnement.", subject="Autre"))
    desk.arrive(reply(ANNA, challenge(other), f"OUI {code(challenge(other))}"))
    stays_held(desk, change)
    assert desk.ticket(other.number).status is Status.NEW


def test_sc_04_the_code_of_another_ticket_confirms_neither(desk: Office, change: Arrived) -> None:
    other = desk.arrive(replace(CHANGE, text="Merci d’annuler notre abonnement.", subject="Autre"))
    arrived = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(other))}"))
    stays_held(desk, change)
    stays_held(desk, other)
    assert [entry.tries for entry in asked(desk, change)] == [1]
    assert "confirme rien" in words(arrived.mails)


def test_sc_04_two_codes_in_one_mail_confirm_only_what_was_answered(desk: Office, change: Arrived) -> None:
    other = desk.arrive(replace(CHANGE, text="Merci d’annuler notre abonnement.", subject="Autre"))
    both = f"OUI {code(challenge(other))} et {code(challenge(change))}"
    desk.arrive(reply(ANNA, challenge(change), both))
    assert desk.ticket(change.number).status is Status.NEW
    stays_held(desk, other)


def test_sc_04_a_code_works_once(desk: Office, change: Arrived) -> None:
    yes = reply(ANNA, challenge(change), f"OUI {code(challenge(change))}")
    desk.arrive(yes)
    desk.arrive(reply(ANNA, change.to(ANNA), "Merci de résilier aussi notre ligne."))
    stays_again = desk.ticket(change.number)
    assert stays_again.status is Status.HELD
    again = desk.arrive(yes)
    assert again.outcome is Outcome.APPENDED
    assert desk.ticket(change.number).status is Status.HELD


@pytest.mark.parametrize("jump", [24 * HOURS + MINUTE, 30 * DAY, -24 * HOURS - 3 * MINUTE, -30 * DAY])
def test_sc_04_a_code_lives_a_day_whichever_way_the_clock_jumps(desk: Office, change: Arrived, jump: timedelta) -> None:
    desk.now += jump
    arrived = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)
    assert "after more than 24 hours" in arrived.decision.reason


def test_sc_04_a_reply_that_came_in_time_counts_however_late_it_is_read(desk: Office, change: Arrived) -> None:
    at = desk.now + 23 * HOURS
    desk.now += 40 * HOURS
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"), at=at)
    assert desk.ticket(change.number).status is Status.NEW


@pytest.mark.parametrize("other", [EVE, BRUNO, ANTOINE, BILLING])
def test_sc_04_the_code_from_somebody_in_copy_confirms_nothing(desk: Office, change: Arrived, other: str) -> None:
    """Nor from a colleague at the same account: where he is a party, it is he who is asked anew."""
    said = code(challenge(change))
    arrived = desk.arrive(reply(other, challenge(change), f"OUI {said}", cc=ANNA))
    stays_held(desk, change)
    assert not customers_mail([mail for mail in arrived.mails if mail.recipient not in (ANTOINE, BILLING)])
    assert "challenge-received" not in {template for template, _ in arrived.told}


def test_sc_04_another_text_of_the_request_needs_another_code(desk: Office, change: Arrived) -> None:
    more = desk.arrive(Letter(ANNA, "Plutôt au 12, rue du Port.", thread=(change.message_id,)))
    assert ("challenge", ANNA) in more.told
    arrived = desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)
    assert "void" in arrived.decision.reason
    desk.arrive(reply(ANNA, challenge(more), f"OUI {code(challenge(more))}"))
    assert desk.ticket(change.number).status is Status.NEW


def test_sc_04_an_account_that_was_closed_in_between_confirms_nothing(desk: Office, change: Arrived) -> None:
    desk.register(*(entry for entry in REGISTER if entry.account != FRENCH))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)


def test_sc_04_an_address_that_left_the_register_in_between_confirms_nothing(desk: Office, change: Arrived) -> None:
    desk.register(*(entry for entry in REGISTER if entry.email != ANNA))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)


def test_sc_04_nor_does_one_that_went_to_another_account(desk: Office, change: Arrived) -> None:
    desk.register(*(entry for entry in REGISTER if entry.email != ANNA), registered(ANNA, ENGLISH))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)


def test_sc_04_a_code_of_an_old_key_confirms_nothing(desk: Office, change: Arrived) -> None:
    said = code(challenge(change))
    desk.site = replace(desk.site, security=replace(desk.site.security, key=b"n" * 32))
    desk.arrive(reply(ANNA, challenge(change), f"OUI {said}"))
    stays_held(desk, change)


def test_sc_04_a_reply_that_is_taken_in_twice_confirms_once(desk: Office, change: Arrived) -> None:
    raw = reply(ANNA, challenge(change), f"OUI {code(challenge(change))}").octets("<yes@client.example>")
    assert desk.take(raw).outcome is Outcome.CHALLENGE
    sent = len(desk.out)
    assert desk.take(raw, box="sac").outcome is Outcome.DUPLICATE
    assert len(desk.out) == sent


def test_sc_04_a_crash_before_the_commit_leaves_the_code_good_and_asks_nobody_twice(desk: Office) -> None:
    letter = CHANGE.octets("<change@client.example>")
    lost, again = desk.lose(letter), desk.take(letter)
    assert [mail.message_id for mail in again.mails] == [mail.message_id for mail in lost.mails]
    yes = reply(ANNA, challenge(lost), f"OUI {code(challenge(lost))}").octets("<yes@client.example>")
    desk.lose(yes)
    stays_held(desk, again)
    desk.take(yes)
    assert desk.ticket(again.number).status is Status.NEW


def test_sc_04_no_and_then_yes_is_no(desk: Office, change: Arrived) -> None:
    told = desk.arrive(reply(ANNA, challenge(change), "Non, ce n’est pas moi."))
    assert "n’est pas de lui" in words([told.to(ALICE)])
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)
    assert [entry.ending for entry in asked(desk, change)] == [Ending.DENIED]


def test_sc_04_yes_and_then_no_is_read_by_the_agents(desk: Office, change: Arrived) -> None:
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    arrived = desk.arrive(reply(ANNA, challenge(change), "Non, attendez."))
    assert (arrived.outcome, arrived.to(ALICE).template) == (Outcome.APPENDED, "notice")


def test_sc_04_a_forged_reply_confirms_nothing_ends_nothing_and_is_not_answered(desk: Office, change: Arrived) -> None:
    for said in (f"OUI {code(challenge(change))}", "NON"):
        forged = desk.arrive(reply(ANNA, challenge(change), said, authenticated=False, headers=DENIED))
        stays_held(desk, change)
        assert not customers_mail(forged.mails)
    desk.arrive(reply(ANNA, challenge(change), f"OUI {code(challenge(change))}"))
    assert desk.ticket(change.number).status is Status.NEW


def test_sc_04_all_replies_get_the_same_receipt(desk: Office) -> None:
    receipts = []
    for said in ("OUI {}", "OUI AAAAA-AAAAA", "NON", "Pardon ?"):
        change = desk.arrive(CHANGE)
        arrived = desk.arrive(reply(ANNA, challenge(change), said.format(code(challenge(change)))))
        receipts.append(plain(arrived.to(ANNA)).replace(change.number, "N"))
        desk.now += DAY
    assert len(set(receipts)) == 1


def test_sc_04_a_stranger_never_gets_the_code_and_the_holder_reads_his_own_language(desk: Office) -> None:
    """A letter in French about an account whose holder reads English."""
    stolen = desk.arrive(replace(STOLEN, text=f"Bonjour, merci de changer l’adresse du compte {ENGLISH}."))
    assert stolen.told[:2] == [("acknowledgement-unknown", EVE), ("challenge", BRUNO)]
    assert challenge(stolen, BRUNO).language is Language.EN
    said = code(challenge(stolen, BRUNO))
    assert said not in words([stolen.to(EVE)])
    more = desk.arrive(reply(EVE, stolen.to(EVE), "Bonjour, c’est pressé."))
    assert (challenge(more, BRUNO).language, more.told[0]) == (Language.EN, ("challenge", BRUNO))
    arrived = desk.arrive(reply(BRUNO, challenge(more, BRUNO), f"Yes {code(challenge(more, BRUNO))}"))
    assert arrived.to(BRUNO).language is Language.EN
    after = desk.ticket(stolen.number)
    assert (after.requester, after.account, after.language) == (BRUNO, ENGLISH, Language.EN)


def test_sc_04_a_stranger_cannot_use_up_the_day_of_an_account(desk: Office) -> None:
    told = [desk.arrive(replace(STOLEN, author=f"e{n}@elsewhere.example")).told for n in range(4)]
    assert [("challenge", ANNA) in entry for entry in told] == [True, True, False, False]
    mine = desk.arrive(CHANGE)
    desk.arrive(reply(ANNA, challenge(mine), f"OUI {code(challenge(mine))}"))
    assert desk.ticket(mine.number).status is Status.NEW


def test_sc_04_an_address_that_may_be_asked_no_more_is_told_that_the_request_waits(desk: Office) -> None:
    for _ in range(3):
        desk.arrive(CHANGE)
    fourth = desk.arrive(CHANGE)
    assert "rien ne sera fait avant que nous ayons vérifié" in plain(fourth.to(ANNA, "acknowledgement"))
    assert "assez souvent" in words([fourth.to(ALICE)])
    stays_held(desk, fourth)
    desk.now += DAY
    assert ("challenge", ANNA) in desk.arrive(CHANGE).told


@pytest.mark.parametrize("scope", ["registered", "domain", "mailbox", "site"])
def test_sc_04_what_a_budget_withholds_was_not_asked_and_agents_do_not_read_that_it_was(
    desk: Office, scope: str
) -> None:
    desk.site = replace(desk.site, budget=replace(desk.site.budget, **{scope: 0}))
    stolen = desk.arrive(STOLEN)
    assert challenge(stolen).withheld
    assert asked(desk, stolen) == ()
    assert "asked of" not in words([stolen.to(CAROL)])
    assert "demandée à" not in words([stolen.to(ALICE)])
    stays_held(desk, stolen)


@pytest.mark.parametrize("headers", [(("X-Auto-Response-Suppress", "All"),), (("Received", "by a"),) * 26])
def test_sc_04_what_wants_no_answer_asks_nobody_and_agents_see_it_held(
    desk: Office, headers: tuple[tuple[str, str], ...]
) -> None:
    arrived = desk.arrive(replace(CHANGE, headers=headers))
    assert {mail.template for mail in arrived.mails} == {"notice"}
    stays_held(desk, arrived)


def test_sc_04_who_is_an_agent_too_confirms_what_he_asks_as_a_customer(desk: Office) -> None:
    desk.register(*REGISTER, registered(ALICE, "AC-100400"))
    mine = desk.arrive(replace(CHANGE, author=ALICE))
    desk.arrive(reply(ALICE, challenge(mine, ALICE), f"OUI {code(challenge(mine, ALICE))}"))
    assert (desk.ticket(mine.number).status, desk.ticket(mine.number).level) == (Status.NEW, Level.CONFIRMED)
