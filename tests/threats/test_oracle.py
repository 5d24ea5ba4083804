"""SC-08: what a mail brings its author says nothing of whether an account exists, is open, or whose it is.

Not shown here: time. The answer leaves by the outbox, after the judgement of whatever came with it.
"""

from dataclasses import replace

import pytest
from correspondence import ANNA, BRUNO, EVE, REGISTER, Letter, Office, registered, words
from sensitive import with_rules

from mailbot.model import Service
from mailbot.register import AccountRow, Register
from mailbot.store.register import import_register

# AC-100200 is Anna's, AC-100300 Bruno's with services, AC-100500 was closed, AC-999999 never was.
OPEN, SERVED, CLOSED, NONE = "AC-100200", "AC-100300", "AC-100500", "AC-999999"
ORDERS = {"#700100": SERVED, "#700200": NONE}
LETTERS = (
    ("Question", "Quel est le solde du compte {} ?"),
    ("Compte {}", "Bonjour, je voudrais savoir où en est ma demande."),
    ("Changement", "Merci de changer l’adresse du compte {}."),
    ("Résiliation", "Je résilie le compte {} dès demain. Merci de confirmer."),
    ("Panne", "Notre lien est coupé, compte {}."),
    ("Mot de passe", "J’ai perdu le mot de passe du compte {}."),
    ("Question", "What is owed on account {}?"),
    ("Account {}", "Hello, I would like to know where my request stands."),
    ("Change", "Please change the address of account {}."),
    ("Cancel", "Please cancel account {} as of tomorrow."),
    ("Outage", "Our link is down, account {}."),
    ("Password", "I have lost the password of account {}."),
)
BY_ORDER = (
    ("Commande", "Où en est la commande {} ?"),
    ("Commande {}", "Merci d’annuler cette commande."),
    ("Order", "Where is order {}?"),
    ("Order {}", "Please cancel this order."),
)
# Who asks, and which of these is not his own.
STRANGERS = tuple(f"e{n}@elsewhere.example" for n in range(3))
PAIRS = [
    (author, subject, text, one, NONE)
    for author in (*STRANGERS[:2], EVE, "nobody@gmail.example")
    for subject, text in LETTERS
    for one in (OPEN, SERVED, CLOSED)
]
PAIRS += [(ANNA, subject, text, one, NONE) for subject, text in LETTERS for one in (SERVED, CLOSED)]
PAIRS += [
    (author, subject, text, "#700100", "#700200") for author in (*STRANGERS, EVE, ANNA) for subject, text in BY_ORDER
]
PAIRS += [(BRUNO, subject, text, one, NONE) for subject, text in LETTERS[:6] for one in (OPEN, CLOSED)]


@pytest.fixture
def desk(office: Office) -> Office:
    with_rules(office)
    former = registered("old@former.example", CLOSED, default=True)
    everybody = (*REGISTER, former)
    office.register(*everybody)
    office.register(*REGISTER)
    accounts = tuple(AccountRow(entry, f"Client {entry}", None, "standard") for entry in (OPEN, SERVED))
    services = (Service(SERVED, "Fibre", "#700100", "192.0.2.1"),)
    import_register(office.conn, Register(accounts, REGISTER, services))
    return office


def got(desk: Office, letter: Letter, named: str) -> list[tuple[str, bytes]]:
    """All that its author gets of a letter, to the byte. The next one comes at the same minute, as the same delivery.

    So even dates, tags and ticket numbers are alike. What he named himself he may read again.
    """
    arrived = desk.lose(letter.octets("<same@elsewhere.example>"))
    mine = (mail for mail in arrived.mails if mail.recipient == letter.author and not mail.withheld)
    return [(mail.envelope_from, mail.raw.replace(named.encode(), b"NAMED")) for mail in mine]


def test_sc_08_there_are_two_hundred_pairs_in_both_languages() -> None:
    assert len(PAIRS) >= 200
    assert len(set(PAIRS)) == len(PAIRS)


def test_sc_08_nobody_learns_from_our_mail_whether_an_account_exists_or_whose_it_is(desk: Office) -> None:
    languages = set()
    for author, subject, text, one, other in PAIRS:
        letters = [Letter(author, text.format(named), subject=subject.format(named)) for named in (one, other)]
        first, second = (got(desk, letter, named) for letter, named in zip(letters, (one, other), strict=True))
        assert first == second, (author, subject, text, one)
        assert len(first) == 1
        languages.add(b"Content-Language: fr" in first[0][1])
    assert languages == {True, False}


def test_sc_08_nor_does_a_stranger_learn_it_once_the_holder_was_asked_often_enough(desk: Office) -> None:
    for n in range(5):
        letters = [Letter(EVE, f"Merci de changer l’adresse du compte {named}.") for named in (OPEN, NONE)]
        first, second = (got(desk, letter, named) for letter, named in zip(letters, (OPEN, NONE), strict=True))
        assert first == second
        desk.arrive(replace(letters[0], author=f"somebody{n}@elsewhere.example"))


@pytest.mark.parametrize("author", [EVE, BRUNO])
def test_sc_08_our_mail_names_nobody_elses_account_or_order(desk: Office, author: str) -> None:
    arrived = desk.arrive(Letter(author, f"Le compte {OPEN} et la commande #700100 ?", subject="Question"))
    shown = words([mail for mail in arrived.mails if mail.recipient == author])
    assert OPEN not in shown
    assert ("#700100" in shown) == (author == BRUNO)
