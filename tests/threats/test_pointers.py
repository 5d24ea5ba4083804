"""SC-06: thread pointers never give access."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import messages
import pytest
from correspondence import ANNA, ANTOINE, BRUNO, DAY, EVE, Letter, Office, read, reply, words
from sites import POLICY, site

from mailbot import tokens
from mailbot.decide import decide, pointers
from mailbot.model import Address, Known, Outcome
from mailbot.store.known import known

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
GUESSES = 10**6 if os.environ.get("CI") else 10**5
JUDGED = 2000
SITE = site()


def sound_numbers_of(guesses: int) -> Iterator[str]:
    """Those that have the right check character, of so many numbers that an attacker tries one after the other."""
    step = 34_359_738_337  # a prime below 32 ** 7: every guess is another number
    for n in range(guesses):
        value, eight = n * step, ""
        for _ in range(8):
            value, digit = divmod(value, 32)
            eight += CROCKFORD[digit]
        yield from tokens.ticket_numbers(f"Re: [mb-{eight[:4]}-{eight[4:]}]")


def test_sc_06_a_million_guessed_subject_numbers_have_no_effect() -> None:
    """One in 32 is a number at all. Even where its ticket is there, all is decided as if it were not."""
    found = sorted(set(sound_numbers_of(GUESSES)))
    assert GUESSES / 40 < len(found) < GUESSES / 25
    for number in found[:: max(1, len(found) // JUDGED)]:
        foreign = messages.ticket(number=number)
        have = messages.known(tickets=(foreign,))
        letter = messages.message(subject=f"[{number}]", author=Address(EVE), claimed=(EVE,))
        decision = decide(messages.arrival(), letter, have, POLICY, SITE, messages.NOW)
        assert decision.outcome is Outcome.TICKET_CREATED
        nowhere = decide(messages.arrival(), letter, replace(have, tickets=()), POLICY, SITE, messages.NOW)
        assert replace(decision, attempts=()) == nowhere


def test_sc_06_every_bit_of_a_tag_counts_in_the_message_id_and_in_the_address(office: Office) -> None:
    """26 characters of five bits, all of them the HMAC's: there is no spare bit that could vary."""
    mail = office.arrive(Letter(ANNA)).to(ANNA)
    assert pointed_to(office, mail.tag) == {mail.ticket}
    for place, bit in product(range(tokens.TAG_LENGTH), range(5)):
        flipped = CROCKFORD[CROCKFORD.index(mail.tag[place]) ^ 1 << bit]
        assert pointed_to(office, mail.tag[:place] + flipped + mail.tag[place + 1 :]) == set()


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1), slice(0, 25), slice(5, 20), slice(0, 0)])
def test_sc_06_a_tag_that_is_cut_short_matches_nothing(office: Office, cut: slice) -> None:
    mail = office.arrive(Letter(ANNA)).to(ANNA)
    assert pointed_to(office, mail.tag[cut]) == set()


def test_sc_06_a_tag_with_more_behind_or_before_it_matches_nothing(office: Office) -> None:
    mail = office.arrive(Letter(ANNA)).to(ANNA)
    for more in (*CROCKFORD, ".", "-", "+", "=", "%00"):
        assert pointed_to(office, mail.tag + more) == pointed_to(office, more + mail.tag) == set()


def pointed_to(office: Office, tag: str) -> set[str | None]:
    """The tickets that a letter with this tag, in all the places where tags stand, finds in the store."""
    id_ = f"<mb.{tag}@tickets.example.com>"
    letter = messages.message(
        message_id="<guess@client.example>",
        recipients=(f"support+{tag}@example.com", f"SUPPORT+{tag.upper()}@EXAMPLE.COM"),
        in_reply_to=(id_,),
        references=(id_,),
    )
    arrival = messages.arrival(id=10**6)
    (have,) = known(office.conn, [(arrival, pointers(arrival, letter, office.site))], office.now)
    return {ticket.number for ticket in have.tickets}


@pytest.mark.parametrize("author", [EVE, BRUNO], ids=["a stranger", "another customer"])
@pytest.mark.parametrize("by", ["tag", "message-id", "letter", "subject"])
def test_sc_06_whatever_points_to_a_ticket_shows_nothing_of_it_to_one_who_is_no_party(
    office: Office, author: str, by: str
) -> None:
    opened = office.arrive(Letter(ANNA, "Le mot de passe est tournesol."))
    ours = opened.to(ANNA)
    pointing = {
        "tag": Letter(author, to=str(read(ours)["Reply-To"])),
        "message-id": Letter(author, thread=(ours.message_id,)),
        "letter": Letter(author, thread=(opened.message_id,)),
        "subject": Letter(author, subject=f"[{opened.number}]"),
    }
    before = office.ticket(opened.number)
    arrived = office.arrive(pointing[by])
    assert arrived.outcome is (Outcome.TICKET_CREATED if by == "subject" else Outcome.HELD)
    assert office.ticket(opened.number) == before
    theirs = [mail for mail in arrived.mails if mail.recipient == author]
    assert [mail.template for mail in theirs if by != "subject"] == []
    assert "tournesol" not in words(theirs)
    assert ANNA not in words(theirs)


def test_sc_06_the_same_tag_serves_every_party_for_it_says_which_ticket_and_not_who(office: Office) -> None:
    mail = office.arrive(Letter(ANNA)).to(ANNA)
    by_another = office.arrive(reply(ANTOINE, mail))
    assert (by_another.outcome, by_another.number) == (Outcome.APPENDED, mail.ticket)
    assert by_another.decision.sender.address == ANTOINE


def test_sc_06_an_expired_tag_gives_no_more_than_a_new_ticket(office: Office) -> None:
    mail = office.arrive(Letter(ANNA, "Le mot de passe est tournesol.")).to(ANNA)
    office.now += 181 * DAY
    by_party, by_stranger = office.arrive(reply(ANNA, mail)), office.arrive(reply(EVE, mail))
    assert by_party.outcome is Outcome.TICKET_CREATED
    assert by_party.number != mail.ticket
    assert by_stranger.outcome is Outcome.HELD
    assert "tournesol" not in words((*by_party.mails, *by_stranger.mails))


def test_sc_06_a_tag_that_nobody_made_is_asked_of_no_store_in_vain() -> None:
    """What is no tag by its form does not even become a question."""
    letter = messages.message(
        in_reply_to=("<mb.short@tickets.example.com>",), recipients=("support+short@example.com",)
    )
    assert pointers(messages.arrival(), letter, SITE).tags == ()
    assert decide(messages.arrival(), letter, Known(free=("MB-0000-0000",)), POLICY, SITE, messages.NOW).before is None
