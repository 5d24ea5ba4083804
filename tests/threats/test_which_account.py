"""One address, several accounts: what is named decides, else the default; where two fit, one question and no second."""

import pytest
from correspondence import ALICE, ANNA, BRUNO, Letter, Office, registered, reply
from sensitive import CHANGE, DENIED, asked, challenge, code, plain, stays_held, with_rules

from mailbot.model import Service, Status
from mailbot.register import AccountRow, Register
from mailbot.store.register import import_register

FIRST, SECOND, OTHERS = "AC-100200", "AC-100400", "AC-100300"


@pytest.fixture
def desk(office: Office) -> Office:
    """Anna's address stands under two accounts, neither of them its default."""
    with_rules(office)
    rows(office, registered(ANNA, FIRST), registered(ANNA, SECOND), registered(BRUNO, OTHERS, default=True))
    return office


def rows(office: Office, *addresses: object) -> None:
    accounts = tuple(AccountRow(number, f"Client {number}", None, "standard") for number in (FIRST, SECOND, OTHERS))
    services = (Service(SECOND, "Fibre", "#700100", ""), Service(OTHERS, "Fibre", "#700200", ""))
    import_register(office.conn, Register(accounts, addresses, services))  # type: ignore[arg-type]


NAMED = (f"Où en est le compte {SECOND} ?", "Où en est la commande #700100 ?", f"About {SECOND.lower()}, please.")


@pytest.mark.parametrize("text", NAMED)
def test_the_account_or_order_named_decides_and_nothing_is_asked(desk: Office, text: str) -> None:
    arrived = desk.arrive(Letter(ANNA, text))
    assert desk.ticket(arrived.number).account == SECOND
    assert FIRST not in plain(arrived.to(ANNA))


def test_else_the_default_account_is_meant(desk: Office) -> None:
    rows(desk, registered(ANNA, FIRST), registered(ANNA, SECOND, default=True), registered(BRUNO, OTHERS))
    arrived = desk.arrive(Letter(ANNA))
    assert desk.ticket(arrived.number).account == SECOND
    assert FIRST not in plain(arrived.to(ANNA))


@pytest.mark.parametrize(
    ("text", "question"),
    [("Panne.", "Pour lequel nous écrivez-vous"), ("Down.", "Which of them are you writing about")],
)
def test_where_two_fit_one_question_is_asked_in_the_acknowledgement(desk: Office, text: str, question: str) -> None:
    english = text == "Down."
    said = "Hello, our link is down again." if english else "Bonjour, notre lien est coupé."
    arrived = desk.arrive(Letter(ANNA, said, subject="Link" if english else "Panne"))
    assert desk.ticket(arrived.number).account is None
    shown = plain(arrived.to(ANNA))
    assert question in shown
    assert f"{FIRST}, {SECOND}" in shown
    assert OTHERS not in shown


def test_the_answer_is_kept_for_the_thread_and_there_is_no_second_question(desk: Office) -> None:
    arrived = desk.arrive(Letter(ANNA))
    answer = desk.arrive(reply(ANNA, arrived.to(ANNA), f"C’est le {SECOND}."))
    assert desk.ticket(arrived.number).account == SECOND
    assert {template for template, _ in answer.told} == {"notice"}
    later = desk.arrive(reply(ANNA, arrived.to(ANNA), f"Et le {FIRST} aussi, d’ailleurs."))
    assert desk.ticket(arrived.number).account == SECOND
    assert {template for template, _ in later.told} == {"notice"}


@pytest.mark.parametrize("said", [f"C’est {OTHERS}.", "C’est AC-999999.", f"{FIRST} et {SECOND}.", "Je ne sais pas."])
def test_an_answer_that_names_none_or_two_leaves_it_open_and_is_not_asked_again(desk: Office, said: str) -> None:
    arrived = desk.arrive(Letter(ANNA))
    answer = desk.arrive(reply(ANNA, arrived.to(ANNA), said))
    assert desk.ticket(arrived.number).account is None
    assert {template for template, _ in answer.told} == {"notice"}


def test_the_numbers_that_our_own_question_quotes_answer_nothing(desk: Office) -> None:
    arrived = desk.arrive(Letter(ANNA))
    quoted = "\n".join(f"> {line}" for line in plain(arrived.to(ANNA)).splitlines())
    desk.arrive(reply(ANNA, arrived.to(ANNA), f"Le {SECOND}.\n\nLe 3 août 2026, Exemple a écrit :\n{quoted}"))
    assert desk.ticket(arrived.number).account == SECOND


def test_what_is_sensitive_is_asked_which_account_first_and_then_to_be_confirmed(desk: Office) -> None:
    arrived = desk.arrive(CHANGE)
    assert arrived.told[0] == ("acknowledgement", ANNA)
    assert asked(desk, arrived) == ()
    assert "de quel compte il s’agit" in plain(arrived.to(ALICE))
    answer = desk.arrive(reply(ANNA, arrived.to(ANNA), f"Le {SECOND}."))
    assert [entry.account for entry in asked(desk, arrived)] == [SECOND]
    desk.arrive(reply(ANNA, challenge(answer), f"OUI {code(challenge(answer))}"))
    after = desk.ticket(arrived.number)
    assert (after.status, after.account) == (Status.NEW, SECOND)


@pytest.mark.parametrize(
    "how", [{"headers": DENIED, "authenticated": False}, {"author": "inconnue@elsewhere.example"}], ids=str
)
def test_nobody_is_asked_which_account_who_is_not_known_to_have_any(desk: Office, how: dict[str, object]) -> None:
    arrived = desk.arrive(Letter(**({"author": ANNA} | how)))  # type: ignore[arg-type]
    for mail in arrived.mails:
        if mail.template != "notice":
            assert FIRST not in plain(mail)
            assert SECOND not in plain(mail)


def test_a_forged_answer_chooses_no_account(desk: Office) -> None:
    arrived = desk.arrive(Letter(ANNA))
    desk.arrive(reply(ANNA, arrived.to(ANNA), f"Le {SECOND}.", authenticated=False, headers=DENIED))
    assert desk.ticket(arrived.number).account is None


def test_sc_08_an_answer_that_names_somebody_elses_account_confirms_only_ones_own(desk: Office) -> None:
    arrived = desk.arrive(CHANGE)
    answer = desk.arrive(reply(ANNA, arrived.to(ANNA), f"Le {OTHERS}."))
    assert ("challenge", BRUNO) not in answer.told
    stays_held(desk, arrived)
