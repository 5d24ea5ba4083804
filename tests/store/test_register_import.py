"""The register: what the files say becomes true, whole or not at all; a second time nothing changes."""

from dataclasses import replace

import pytest
from ledger import address_of, register
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mailbot.model import Language, Service
from mailbot.register import Register
from mailbot.store.engine import Database
from mailbot.store.register import count, find_accounts, import_register
from mailbot.work.customers import import_customers, show_customers
from mailbot.work.desk import Refused
from mailbot.work.transactions import change, look

ACME, BELL, CAFE = "AC-100001", "AC-100002", "AC-100003"
LINE = Service(ACME, "fibre", "#123456", "203.0.113.7")


def many(number: int) -> Register:
    return register(*(f"AC-{n:06}" for n in range(number)))


def closed(database: Database) -> list[bool]:
    return [entry.account.closed for number in (ACME, BELL) for entry in show_customers(database, number)]


def test_a_second_import_changes_nothing(conn: Connection) -> None:
    files = register(ACME, BELL, services=(LINE,))
    first, second = import_register(conn, files), import_register(conn, files)
    assert (first.added, first.addresses_added, first.services_added, first.nothing) == ((ACME, BELL), 2, 1, False)
    assert second.nothing
    assert second.open_before == 2
    assert count(conn) == (2, 2, 1)


def test_what_changed_in_the_files_changes_in_the_store(conn: Connection) -> None:
    import_register(conn, register(ACME, BELL, services=(LINE,)))
    files = register(ACME, BELL, services=(replace(LINE, ip="203.0.113.9"),))
    renamed = replace(files.accounts[0], name="Acme SARL", language=Language.EN)
    moved = replace(files.addresses[1], contact="Bo", notify=("billing", "abuse"), default=False)
    done = import_register(
        conn, replace(files, accounts=(renamed, files.accounts[1]), addresses=(files.addresses[0], moved))
    )
    assert (done.added, done.changed, done.closed) == ((), (ACME,), ())
    assert (done.addresses_added, done.addresses_removed) == (1, 1)
    assert (done.services_added, done.services_removed) == (1, 1)
    (acme,), (bell,) = find_accounts(conn, ACME), find_accounts(conn, BELL)
    assert (acme.account.name, acme.account.language) == ("Acme SARL", Language.EN)
    assert [service.ip for service in acme.services] == ["203.0.113.9"]
    assert [(entry.contact, entry.notify, entry.default) for entry in bell.account.addresses] == [
        ("Bo", ("billing", "abuse"), False)
    ]


def test_an_account_missing_from_the_files_is_closed_and_keeps_what_it_had(conn: Connection) -> None:
    import_register(conn, register(ACME, BELL))
    done = import_register(conn, register(ACME))
    assert (done.closed, done.addresses_removed) == ((BELL,), 0)
    (bell,) = find_accounts(conn, BELL)
    assert bell.account.closed
    assert len(bell.account.addresses) == 1
    assert import_register(conn, register(ACME)).nothing


def test_an_account_that_comes_back_is_open_again(conn: Connection) -> None:
    import_register(conn, register(ACME, BELL))
    import_register(conn, register(ACME))
    assert import_register(conn, register(ACME, BELL)).changed == (BELL,)
    (bell,) = find_accounts(conn, BELL)
    assert not bell.account.closed


def test_an_import_that_would_close_more_than_five_in_a_hundred_is_refused_whole(database: Database) -> None:
    import_customers(database, many(100), close_missing=False)
    before = look(database, count)
    with pytest.raises(Refused, match=r"lack 6 of 100 open accounts.*--close-missing"):
        import_customers(database, many(94), close_missing=False)
    assert look(database, count) == before
    assert len(import_customers(database, many(95), close_missing=False).closed) == 5
    assert len(import_customers(database, many(50), close_missing=True).closed) == 45


def test_a_first_import_has_nothing_to_close(database: Database) -> None:
    assert import_customers(database, register(ACME), close_missing=False).closed == ()


def test_a_fault_in_the_middle_leaves_nothing(database: Database) -> None:
    files = register(ACME)
    stray = replace(files, addresses=(*files.addresses, address_of(CAFE)))
    with pytest.raises(IntegrityError):
        change(database, lambda conn: import_register(conn, stray))
    assert look(database, count) == (0, 0, 0)


def test_customers_are_found_by_number_and_by_address_however_it_is_written(database: Database) -> None:
    files = register(ACME, BELL)
    shared = address_of(BELL, files.addresses[0].email.upper())
    import_customers(database, replace(files, addresses=(files.addresses[0], shared)), close_missing=False)
    assert [entry.account.number for entry in show_customers(database, BELL)] == [BELL]
    found = show_customers(database, files.addresses[0].email.title())
    assert [entry.account.number for entry in found] == [ACME, BELL]
    assert show_customers(database, "AC-999999") == show_customers(database, "nobody@nowhere.example") == ()


def test_thousands_of_rows_are_imported_in_portions(conn: Connection) -> None:
    done = import_register(conn, many(6001))
    assert (len(done.added), done.addresses_added) == (6001, 6001)
    assert import_register(conn, many(6001)).nothing
