"""`mailbot check` without a wire: settings, templates, database and register."""

from pathlib import Path

import command_line
import pytest
import site_files
from sqlalchemy import text

from mailbot.work.opening import open_database

NOWHERE = "postgresql+psycopg://robot:canary@127.0.0.1:1/mail"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site_files.ENVIRON.items():
        monkeypatch.setenv(name, value)


def check(folder: Path) -> command_line.Ran:
    return command_line.mailbot("check", "--site", str(folder))


def told(ran: command_line.Ran) -> list[str]:
    return [line for line in ran.out.splitlines() if line.startswith(("warning: ", "problem: "))]


def template(folder: Path, name: str, content: bytes) -> None:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / name).write_bytes(content)


def test_it_shows_what_is_configured_and_no_password(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[smtp]", f'[database]\nurl = "{NOWHERE}"\n[smtp]'))
    (tmp_path / "mailbot.toml").chmod(0o600)

    ran = check(tmp_path)

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "database postgresql+psycopg://robot@127.0.0.1:1/mail" in lines
    assert "support support@acme.test technical imap.acme.test:993 (tls) support INBOX new keep" in lines
    assert "customer-care sac Alice Roy" in lines
    assert "canary" not in ran.out + ran.err


def test_it_tells_every_fault_of_the_settings_and_fails(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("organisation", "organisatoin"), ("fr-CA", "de"))

    ran = check(tmp_path)

    assert (ran.status, ran.out) == (1, "")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [
        "mailbot.toml:1",
        "mailbot.toml:2",
        "mailbot.toml:3",
    ]


def test_a_site_without_a_database_is_in_order_and_gets_none(tmp_path: Path) -> None:
    ran = check(site_files.write(tmp_path))

    assert (ran.status, told(ran)) == (0, [])
    assert "none yet: the first `mailbot customers import` or `mailbot run` makes it" in ran.out
    assert not (tmp_path / "mailbot.db").exists()


def test_a_database_out_of_reach_is_a_problem(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[smtp]", f'[database]\nurl = "{NOWHERE}"\n[smtp]'))
    (tmp_path / "mailbot.toml").chmod(0o600)

    ran = check(tmp_path)

    (problem,) = told(ran)
    assert ran.status == 1
    assert problem.startswith("problem: postgresql+psycopg://robot:***@127.0.0.1:1/mail: the database refused: ")


def test_a_register_without_accounts_is_a_warning(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    open_database(f"sqlite:///{tmp_path}/mailbot.db", make=True).engine.dispose()

    ran = check(tmp_path)

    assert ran.status == 0
    assert "0 open accounts, 0 services, 0 addresses" in ran.out
    assert told(ran) == [
        "warning: the register has no open account, so nobody is known: run `mailbot customers import DIR`"
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM alembic_version", "an older one: run `mailbot db upgrade`"),
        ("UPDATE alembic_version SET version_num = '9999'", "a newer mailbot (schema 9999): install that version"),
    ],
)
def test_another_schema_is_a_problem_with_its_remedy(tmp_path: Path, statement: str, problem: str) -> None:
    site_files.write(tmp_path)
    database = open_database(f"sqlite:///{tmp_path}/mailbot.db", make=True)
    with database.engine.begin() as conn:
        conn.execute(text(statement))
    database.engine.dispose()

    ran = check(tmp_path)

    assert ran.status == 1
    assert [line.endswith(problem) for line in told(ran)] == [True]


def test_faults_of_templates_are_told_with_their_line(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    template(tmp_path, "acknowledgement.fr.txt", b"Subject: [{{ number }}]\n\n{{ nummer }}\n")
    template(tmp_path, "answer.fr.txt", "Subject: Réponse\n\nÉté\n".encode("latin-1"))

    ran = check(tmp_path)

    assert ran.status == 1
    assert told(ran) == [
        "problem: templates/answer.fr.txt: line 1 is not UTF-8: save the file in that encoding",
        "problem: templates/acknowledgement.fr.txt:3: nummer is no value of a mail; did you mean number?",
    ]
    assert ran.out.splitlines()[-1] == "2 problems"


def test_a_sound_template_is_no_problem(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    template(tmp_path, "acknowledgement.fr.txt", "Subject: [{{ number }}] Reçu\n\nMerci.\n".encode())

    assert (check(tmp_path).status, told(check(tmp_path))) == (0, [])
