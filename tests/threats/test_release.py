"""SC-19 and design 1.5.4: what is held is released by an agent who may, by his own mail, and never by anything else."""

import unicodedata
from dataclasses import replace

import pytest
from correspondence import ALICE, ANNA, BOB, CAROL, DAY, EVE, Arrived, Letter, Office, customers_mail, reply, words
from sensitive import CHANGE, STAFF, asked, challenge, code, stays_held, with_rules
from sites import agent

from mailbot.model import Ending, Level, Outcome, Outgoing, Status

FAILED = (("Authentication-Results", "mx.example.com; dmarc=fail header.from=example.com"),)


@pytest.fixture
def desk(office: Office) -> Office:
    return with_rules(office)


@pytest.fixture
def change(desk: Office) -> Arrived:
    return desk.arrive(CHANGE)


@pytest.fixture
def held_reply(desk: Office, change: Arrived) -> Arrived:
    """Of somebody who is no party."""
    return desk.arrive(Letter(EVE, "Et moi ?", thread=(change.message_id,)))


def asks(desk: Office, change: Arrived) -> Outgoing:
    """The mail with the code that Alice gets for her word."""
    return desk.arrive(reply(ALICE, change.to(ALICE), "/libérer")).to(ALICE, "release")


def not_released(desk: Office, arrived: Arrived, agent_: str = ALICE) -> str:
    """No customer hears of it, and the agent is told: in which words."""
    assert arrived.told == [("not-sent", agent_)]
    assert arrived.decision.releases == ()
    assert arrived.decision.ticket == arrived.decision.before
    return words(arrived.mails)


SAID = ("/release", "/libérer", "/LIBERER", "/Libérer", "/release\n\nEnvoyé de mon iPhone", " /liberer \n\n-- \nAlice")


@pytest.mark.parametrize("said", [*SAID, unicodedata.normalize("NFD", "/libérer")])
def test_an_agents_word_brings_him_a_code_and_the_code_releases(desk: Office, change: Arrived, said: str) -> None:
    word = desk.arrive(reply(ALICE, change.to(ALICE), said))
    assert (word.outcome, word.told) == (Outcome.COMMAND, [("release", ALICE)])
    stays_held(desk, change)
    mail = word.to(ALICE)
    arrived = desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}"))
    assert (arrived.outcome, arrived.told) == (Outcome.COMMAND, [("notice", ALICE), ("notice", CAROL)])
    assert arrived.decision.sender.level is Level.AGENT_CONFIRMED
    after = desk.ticket(change.number)
    assert (after.status, after.requester, after.level) == (Status.NEW, ANNA, Level.AUTHENTICATED)
    assert [entry.ending for entry in asked(desk, change)] == [Ending.VOID, Ending.CONFIRMED]
    assert "libérée par Alice Roy" in words([arrived.to(ALICE)])
    assert "released by Alice Roy" in words([arrived.to(CAROL)])


def test_the_notice_of_what_was_released_is_answered_like_any_other(desk: Office, change: Arrived) -> None:
    mail = asks(desk, change)
    released = desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}"))
    assert desk.arrive(reply(CAROL, released.to(CAROL), "C’est fait.")).told == [("answer", ANNA)]


MORE = (
    "/release Merci",
    "/release MB-0000-0000",
    "/release\n/close",
    "/release\n\nC’est bien lui.",
    "/release.",
    "／release",
)


@pytest.mark.parametrize("said", MORE)
def test_the_word_with_anything_else_releases_nothing_and_goes_to_no_customer(
    desk: Office, change: Arrived, held_reply: Arrived, said: str
) -> None:
    told = not_released(desk, desk.arrive(reply(ALICE, change.to(ALICE), said)))
    assert "/libérer, sans rien d’autre" in told
    not_released(desk, desk.arrive(reply(ALICE, held_reply.to(ALICE), said)))


def test_a_path_at_the_beginning_of_an_answer_is_no_command(desk: Office, change: Arrived) -> None:
    arrived = desk.arrive(reply(ALICE, change.to(ALICE), "/etc/hosts est à corriger."))
    assert arrived.told == [("answer", ANNA)]


def test_a_word_that_is_only_quoted_releases_nothing(desk: Office, change: Arrived) -> None:
    arrived = desk.arrive(reply(ALICE, change.to(ALICE), "Un collègue m’écrit :\n\n> /release"))
    assert arrived.told == [("answer", ANNA)]
    stays_held(desk, change)


def test_the_word_under_a_colleagues_notice_releases_nothing(
    desk: Office, change: Arrived, held_reply: Arrived
) -> None:
    not_released(desk, desk.arrive(reply(ALICE, change.to(CAROL), "/release")))
    not_released(desk, desk.arrive(reply(ALICE, held_reply.to(CAROL), "/release")))


def test_an_agent_of_another_department_releases_nothing(desk: Office, change: Arrived, held_reply: Arrived) -> None:
    not_released(desk, desk.arrive(reply(BOB, change.to(ALICE), "/release")), BOB)
    desk.staff(replace(STAFF[0], departments=("customer-care",)), *STAFF[1:])
    for notice in (change.to(ALICE), held_reply.to(ALICE)):
        assert "dont vous ne faites pas partie" in not_released(desk, desk.arrive(reply(ALICE, notice, "/release")))


def test_an_agent_without_the_right_is_told_who_can_help(desk: Office, change: Arrived) -> None:
    told = not_released(desk, desk.arrive(reply(CAROL, change.to(CAROL), "/release")), CAROL)
    assert "takes the right “release” in agents.toml" in told
    assert "ask a colleague who has that right" in told


def test_a_held_reply_needs_no_such_right(desk: Office, held_reply: Arrived) -> None:
    arrived = desk.arrive(reply(CAROL, held_reply.to(CAROL), "/release"))
    assert arrived.decision.releases == (held_reply.arrival.id,)


@pytest.mark.parametrize("headers", [(), FAILED])
def test_nothing_that_does_not_authenticate_an_agent_releases(
    desk: Office, change: Arrived, held_reply: Arrived, headers: tuple[tuple[str, str], ...]
) -> None:
    mail = asks(desk, change)
    for notice, said in (
        (change.to(ALICE), "/release"),
        (held_reply.to(ALICE), "/release"),
        (mail, f"OUI {code(mail)}"),
    ):
        forged = reply(ALICE, notice, said, authenticated=False, headers=headers)
        not_released(desk, desk.arrive(forged))
    stays_held(desk, change)


@pytest.mark.parametrize("author", [ANNA, EVE, CAROL])
def test_an_agents_code_in_other_hands_releases_nothing(desk: Office, change: Arrived, author: str) -> None:
    mail = asks(desk, change)
    arrived = desk.arrive(reply(author, mail, f"OUI {code(mail)}"))
    stays_held(desk, change)
    assert Ending.CONFIRMED not in [entry.ending for entry in arrived.decision.challenges]


def test_a_holders_code_in_an_agents_hands_releases_nothing(desk: Office, change: Arrived) -> None:
    arrived = desk.arrive(reply(ALICE, challenge(change), f"OUI {code(challenge(change))}"))
    stays_held(desk, change)
    assert not customers_mail(arrived.mails)


def test_the_code_of_another_ticket_releases_neither(desk: Office, change: Arrived) -> None:
    other = desk.arrive(CHANGE)
    mail, of_other = asks(desk, change), asks(desk, other)
    not_released(desk, desk.arrive(reply(ALICE, mail, f"OUI {code(of_other)}")))
    stays_held(desk, change)
    stays_held(desk, other)


def test_a_code_that_is_too_old_releases_nothing_and_another_may_be_asked_for(desk: Office, change: Arrived) -> None:
    mail = asks(desk, change)
    desk.now += DAY
    told = not_released(desk, desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}")))
    assert "répondez /libérer à l’avis pour en avoir un autre" in told
    again = asks(desk, change)
    desk.arrive(reply(ALICE, again, f"OUI {code(again)}"))
    assert desk.ticket(change.number).status is Status.NEW


def test_a_code_releases_once_and_the_second_time_says_so(desk: Office, change: Arrived) -> None:
    mail = asks(desk, change)
    desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}"))
    assert "ou ne l’est plus" in not_released(desk, desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}")))
    assert "ou ne l’est plus" in not_released(desk, desk.arrive(reply(ALICE, change.to(ALICE), "/release")))


def test_rights_are_those_of_the_moment_when_the_code_comes_back(desk: Office, change: Arrived) -> None:
    mail = asks(desk, change)
    desk.staff(agent("alice"), *STAFF[1:])
    not_released(desk, desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}")))
    stays_held(desk, change)


def test_what_the_customer_adds_meanwhile_needs_a_new_code(desk: Office, change: Arrived) -> None:
    mail = asks(desk, change)
    desk.arrive(Letter(ANNA, "Plutôt au 12, rue du Port.", thread=(change.message_id,)))
    not_released(desk, desk.arrive(reply(ALICE, mail, f"OUI {code(mail)}")))
    stays_held(desk, change)


def test_the_word_on_a_ticket_that_is_not_held_says_so(desk: Office) -> None:
    plain_ = desk.arrive(Letter(ANNA))
    assert "Rien n’est retenu ici" in not_released(desk, desk.arrive(reply(ALICE, plain_.to(ALICE), "/release")))


def test_the_word_under_a_held_reply_adds_it_once(desk: Office, change: Arrived, held_reply: Arrived) -> None:
    word = desk.arrive(reply(ALICE, held_reply.to(ALICE), "/libérer"))
    assert (word.outcome, word.told) == (Outcome.COMMAND, [])
    assert word.decision.releases == (held_reply.arrival.id,)
    added = desk.release(held_reply)
    assert (added.outcome, added.number) == (Outcome.APPENDED, change.number)
    again = desk.arrive(reply(CAROL, held_reply.to(CAROL), "/release"))
    assert "or it no longer is" in not_released(desk, again, CAROL)


def test_other_words_under_a_held_reply_go_nowhere_and_the_agent_is_told_what_to_do(
    desk: Office, held_reply: Arrived
) -> None:
    told = not_released(desk, desk.arrive(reply(ALICE, held_reply.to(ALICE), "Bonjour Ève.")))
    assert "pour ajouter cette réponse au dossier" in told


def test_the_word_under_an_old_notice_is_asked_for_again(desk: Office, change: Arrived, held_reply: Arrived) -> None:
    desk.now += 31 * DAY
    old = desk.arrive(reply(ALICE, change.to(ALICE), "/release"))
    assert old.told == [("not-sent", ALICE), ("notice", ALICE)]
    assert desk.arrive(reply(ALICE, old.to(ALICE, "notice"), "/release")).told == [("release", ALICE)]
    told = not_released(desk, desk.arrive(reply(ALICE, held_reply.to(ALICE), "/release")))
    assert f"mailbot deliveries release d{held_reply.arrival.id}" in told


def test_a_word_that_points_to_two_tickets_releases_neither(desk: Office, change: Arrived) -> None:
    other = desk.arrive(CHANGE)
    said = reply(ALICE, change.to(ALICE), "/release", subject=f"Re: [{other.number}]")
    assert "deux billets" in not_released(desk, desk.arrive(said))
