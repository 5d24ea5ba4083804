"""The register's three CSV files: read whole or refused whole, every fault with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailbot import register
from mailbot.model import Language, RegisteredAddress, Service
from mailbot.register import AccountRow, RegisterError, table
from mailbot.settings import starting

ACCOUNTS = "account,name,language,plan\nAC-1,Boulangerie Tremblay,fr,premium\nAC-2,Maple Dental,en,\nAC-3,Zeta,,\n"
ADDRESSES = """\
account,email,contact,notify,default
AC-1,jean@acme.test,Jean Tremblay,billing support,yes
AC-2,jean@acme.test,Jean Tremblay,,no
AC-2,office@maple.test,,abuse,yes
"""
SERVICES = "account,service,order,ip\nAC-1,fibre-500,#200001,203.0.113.10\nAC-1,fibre-500,#200001,2001:DB8::/32\n"


def write(folder: Path, accounts: str = ACCOUNTS, addresses: str = ADDRESSES, services: str = SERVICES) -> Path:
    for name, text in (("accounts", accounts), ("addresses", addresses), ("services", services)):
        (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


def refusal(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RegisterError) as caught:
        register.read(folder)
    return caught.value.faults


def test_the_three_files_become_the_register(tmp_path: Path) -> None:
    found = register.read(write(tmp_path))

    assert found.accounts == (
        AccountRow("AC-1", "Boulangerie Tremblay", Language.FR, "premium"),
        AccountRow("AC-2", "Maple Dental", Language.EN, ""),
        AccountRow("AC-3", "Zeta", None, ""),
    )
    assert found.addresses == (
        RegisteredAddress("AC-1", "jean@acme.test", "Jean Tremblay", ("support", "billing"), True),
        RegisteredAddress("AC-2", "jean@acme.test", "Jean Tremblay", (), False),
        RegisteredAddress("AC-2", "office@maple.test", "", ("abuse",), True),
    )
    assert found.services == (
        Service("AC-1", "fibre-500", "#200001", "203.0.113.10"),
        Service("AC-1", "fibre-500", "#200001", "2001:db8::/32"),
    )


def test_the_register_of_a_fresh_site_is_sound(tmp_path: Path) -> None:
    starting.begin(tmp_path)

    assert len(register.read(tmp_path / "register").accounts) == 2


def test_columns_may_stand_in_any_order_with_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    accounts = '\ufeffname;plan;language;account\r\n"Tremblay, Roy; fils";;fr; AC-1 \r\n\r\n'

    found = register.read(write(tmp_path, accounts, ADDRESSES[: ADDRESSES.index("AC-1")], SERVICES[:25]))

    assert found.accounts == (AccountRow("AC-1", "Tremblay, Roy; fils", Language.FR, ""),)


def test_a_service_that_stands_twice_is_one(tmp_path: Path) -> None:
    twice = SERVICES + SERVICES.splitlines()[1] + "\n"

    assert len(register.read(write(tmp_path, services=twice)).services) == 2


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",Nobody,fr,", "account is empty"),
        ("AC-1,Again,fr,", 'account "AC-1" stands in line 2 already'),
        ("AC-9,Neun,de,", 'language "de" is not fr or en, nor empty'),
        ("AC-9,Neuf", "has 2 values for 4 columns (a value that holds the separator stands in quotes)"),
        ("AC-9,a\x00b,fr,", '"a�b" holds a control character or a line break (is a quotation mark left open?)'),
        ('AC-9,"a\nb",fr,', '"a�b" holds a control character or a line break (is a quotation mark left open?)'),
        ("AC-9,a\u2028b,fr,", '"a�b" holds a control character or a line break (is a quotation mark left open?)'),
        ("AC-9," + "x" * 201 + ",fr,", f'"{"x" * 57}…" is longer than 200 characters'),
        ("A" * 101 + ",Long,fr,", f'account "{"A" * 57}…" is longer than 100 characters'),
        ('AC-9,"Open,fr,', "is not CSV: unexpected end of data (is a quotation mark left open?)"),
        ('AC-9,"a"b,fr,', "is not CSV: ',' expected after '\"' (is a quotation mark left open?)"),
    ],
)
def test_a_faulty_account_is_told_with_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    found = refusal(write(tmp_path, f"{ACCOUNTS}{row}\n"))

    assert found == (f"accounts.csv:5: {sentence}",)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",new@acme.test,,,no", "account is empty"),
        ("AC-9,new@acme.test,,,no", 'account "AC-9" is not in accounts.csv'),
        ("AC-1,new acme.test,,,no", '"new acme.test" is not a plain e-mail address: it is not an address'),
        ("AC-1,,,,no", '"" is not a plain e-mail address: it is not an address'),
        ("AC-1,Jean@Acme.test,,,no", '"Jean@Acme.test" stands in line 2 already, for the same account'),
        ("AC-1,new@acme.test,,support sales,no", 'notify "sales" is not one of support, billing, abuse'),
        ("AC-1,new@acme.test,,,true", 'default "true" is not yes or no'),
        (
            "AC-3,JEAN@acme.test,,,yes",
            '"JEAN@acme.test" has its default in line 2 already: it can mean one account only',
        ),
    ],
)
def test_a_faulty_address_is_told_with_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    found = refusal(write(tmp_path, addresses=f"{ADDRESSES}{row}\n"))

    assert found == (f"addresses.csv:5: {sentence}",)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("AC-9,vps,,", 'account "AC-9" is not in accounts.csv'),
        ("AC-1,vps,,203.0.113.256", '"203.0.113.256" is not an IPv4 or IPv6 address or prefix'),
        ("AC-1,vps,,203.0.113.10/24", '"203.0.113.10/24" is not an IPv4 or IPv6 address or prefix'),
        ("AC-1,vps,,10.0.0.0/33", '"10.0.0.0/33" is not an IPv4 or IPv6 address or prefix'),
        ("AC-1,vps,,fe80::1%eth0", '"fe80::1%eth0" is not an IPv4 or IPv6 address or prefix'),
        ("AC-1,vps," + "9" * 101 + ",", f'order "{"9" * 57}…" is longer than 100 characters'),
    ],
)
def test_a_faulty_service_is_told_with_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    found = refusal(write(tmp_path, services=f"{SERVICES}{row}\n"))

    assert found == (f"services.csv:4: {sentence}",)


@pytest.mark.parametrize(
    ("header", "sentences"),
    [
        (
            "acount,name,language,plan",
            (
                'accounts.csv:1: unknown column "acount"; did you mean account?',
                "accounts.csv:1: missing: account; the header line names account,name,language,plan",
            ),
        ),
        ("account,name,language,plan,phone", ('accounts.csv:1: unknown column "phone"',)),
        ("account,name,name,language,plan", ("accounts.csv:1: column name stands twice",)),
        (
            "account,name",
            ("accounts.csv:1: missing: language, plan; the header line names account,name,language,plan",),
        ),
        (
            "",
            (
                "accounts.csv:1: missing: account, name, language, plan; "
                "the header line names account,name,language,plan",
            ),
        ),
    ],
)
def test_a_header_that_is_wrong_is_the_only_fault_of_its_file(
    tmp_path: Path, header: str, sentences: tuple[str, ...]
) -> None:
    assert refusal(write(tmp_path, header and f"{header}\nAC-1,A,fr,\n")) == sentences


def test_a_row_with_a_line_break_in_it_is_told_by_its_first_line_and_the_next_by_its_own(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, ACCOUNTS + 'AC-9,"a\nb",fr,\nAC-10,Ten,de,\n'))

    assert [fault.split(": ")[0] for fault in found] == ["accounts.csv:5", "accounts.csv:7"]


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, ACCOUNTS + "AC-9,,de,\n", ADDRESSES + "AC-1,x,,,no\n", SERVICES + "AC-7,,,\n"))

    assert [fault.split(": ")[0] for fault in found] == ["accounts.csv:5", "addresses.csv:5", "services.csv:4"]


def test_lines_that_could_not_be_read_cause_no_second_fault(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, ACCOUNTS.replace("AC-1,Boulangerie Tremblay,fr,premium", "AC-1")))

    assert [fault.split(": ")[0] for fault in found] == ["accounts.csv:2"]


def test_after_fifty_faults_the_rest_are_counted(tmp_path: Path) -> None:
    found = refusal(write(tmp_path, ACCOUNTS + "AC-9,,de,\n" * 40))

    assert len(found) == 51
    assert found[-1] == "and 29 more"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "services.csv").unlink()

    assert refusal(tmp_path) == (f"services.csv: there is no such file in {tmp_path}",)


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "services.csv").unlink()
    (tmp_path / "services.csv").mkdir()

    assert refusal(tmp_path) == ("services.csv: cannot be read: Is a directory",)


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "accounts.csv").write_bytes(f"{ACCOUNTS}AC-4,Médard,fr,\n".encode("latin-1"))

    assert refusal(tmp_path) == ("accounts.csv:5: is not UTF-8: export the file in that encoding",)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "accounts.csv").open("wb") as stream:
        stream.truncate(table.LARGEST + 1)

    assert refusal(tmp_path) == ("accounts.csv: is larger than 64 MiB",)


@given(some.text(alphabet=some.sampled_from('a,;"\r\n\x00 é'), max_size=60))
def test_any_text_gives_rows_or_faults_on_lines_that_exist(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(f"a,b\n{text}".encode())

    found = table.read(path, ("a", "b"))

    lines = text.count("\n") + text.count("\r") + 2
    assert all(1 <= fault.line <= lines for fault in found.faults)
    assert all(len(row.values) == 2 for row in found.rows)
