"""mailbot.toml and agents.toml become plain values."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import site_files

from mailbot import settings
from mailbot.model import Language, Processed, ProcessedMode, Start, StartMode, Transport


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    site = site_files.load(tmp_path).site

    support = site.mailboxes[0]
    assert site.database == f"sqlite:///{tmp_path}/mailbot.db"
    assert (site.smtp.port, site.smtp.security, site.smtp.username) == (465, Transport.TLS, "")
    assert (support.imap.port, support.imap.security, support.imap.folder) == (993, Transport.TLS, "INBOX")
    assert (support.start, support.processed) == (Start(StartMode.NEW), Processed(ProcessedMode.KEEP))
    assert (support.poll_interval, support.subaddress) == (timedelta(seconds=60), "")
    assert (site.budget.registered, site.budget.others, site.limits.message) == (20, 1, 25 * 1024 * 1024)
    assert site.robot.acknowledge_within == timedelta(days=7)
    assert site.robot.reading.account_patterns == (r"AC-\d{6}",)


def test_a_sound_site_has_no_warnings(tmp_path: Path) -> None:
    assert site_files.load(tmp_path).warnings == ()


def test_the_port_follows_the_security(tmp_path: Path) -> None:
    starttls = ('host = "smtp.acme.test"', 'host = "smtp.acme.test"\nsecurity = "starttls"')
    imap = ('username = "support"', 'username = "support"\nsecurity = "starttls"')

    site = site_files.load(tmp_path, starttls, imap).site

    assert (site.smtp.port, site.mailboxes[0].imap.port) == (587, 143)


@pytest.mark.parametrize(
    ("written", "language", "locale"),
    [("fr-CA", Language.FR, "fr_CA"), ("fr", Language.FR, "fr"), ("en-gb", Language.EN, "en_GB")],
)
def test_a_language_may_have_a_region(tmp_path: Path, written: str, language: Language, locale: str) -> None:
    robot = site_files.load(tmp_path, ("fr-CA", written)).site.robot

    assert (robot.language, robot.locale) == (language, locale)


def test_an_agent_without_a_language_has_the_sites(tmp_path: Path) -> None:
    (agent,) = site_files.load(tmp_path, ("fr-CA", "en-CA")).site.agents

    assert (agent.key, agent.language, agent.departments) == ("alice", Language.EN, ("technical", "customer-care"))


def test_the_agent_of_the_contract_is_read(tmp_path: Path) -> None:
    more = 'language = "fr"\ncalendar = "business"\nmay = ["announce", "export"]\ndepartments ='

    (agent,) = site_files.load(tmp_path, ("departments =", more)).site.agents

    assert (agent.language, agent.calendar, agent.may) == (Language.FR, "business", ("announce", "export"))


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ('"new"', Start(StartMode.NEW)),
        ('"all"', Start(StartMode.ALL)),
        ("2026-11-01", Start(StartMode.DATE, date(2026, 11, 1))),
        ('"2026-11-01"', Start(StartMode.DATE, date(2026, 11, 1))),
    ],
)
def test_a_mailbox_begins_at_new_mail_all_mail_or_a_date(tmp_path: Path, written: str, start: Start) -> None:
    site = site_files.load(tmp_path, ('username = "support"', f'username = "support"\nstart = {written}')).site

    assert site.mailboxes[0].start == start


@pytest.mark.parametrize(
    ("written", "folder"), [("", ""), ("auto", r"\Sent"), ("Éléments envoyés", "Éléments envoyés"), ("Auto", "Auto")]
)
def test_where_the_answers_of_people_are_kept(tmp_path: Path, written: str, folder: str) -> None:
    site = site_files.load(tmp_path, ('username = "support"', f'username = "support"\nsent_folder = "{written}"')).site
    own, other = site.mailboxes
    assert (own.imap.sent_folder, own.imap.sent_written) == (folder, written)
    assert other.sent is None
    assert (own.sent.imap.folder if own.sent else "") == folder


@pytest.mark.parametrize(
    ("written", "processed"),
    [
        ("seen", Processed(ProcessedMode.SEEN)),
        ("move:Done/2026", Processed(ProcessedMode.MOVE, folder="Done/2026")),
        ("delete-after:30d", Processed(ProcessedMode.DELETE_AFTER, after=timedelta(days=30))),
    ],
)
def test_what_becomes_of_a_processed_mail(tmp_path: Path, written: str, processed: Processed) -> None:
    site = site_files.load(tmp_path, ('username = "support"', f'username = "support"\nprocessed = "{written}"')).site

    assert site.mailboxes[0].processed == processed


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("0.1s", timedelta(seconds=0.1)),
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("8h", timedelta(hours=8)),
        ("7d", timedelta(days=7)),
    ],
)
def test_durations_are_a_number_and_a_unit(tmp_path: Path, written: str, span: timedelta) -> None:
    poll = ('username = "support"', f'username = "support"\npoll_interval = "{written}"')

    assert site_files.load(tmp_path, poll).site.mailboxes[0].poll_interval == span


def test_limits_are_kept_in_octets_and_seconds(tmp_path: Path) -> None:
    limits = ("[smtp]", '[limits]\nmessage = "10 MiB"\nworker_cpu = "5s"\nworker_memory = "1 GiB"\n[smtp]')

    site = site_files.load(tmp_path, limits).site

    assert (site.limits.message, site.limits.worker_cpu, site.limits.worker_memory) == (10 * 1024**2, 5, 1024**3)


def test_a_note_has_the_languages_that_are_filled(tmp_path: Path) -> None:
    note = ("[smtp]", 'emergency_note = { fr = "Des frais s’appliquent." }\n[smtp]')

    assert site_files.load(tmp_path, note).site.robot.emergency_note == ((Language.FR, "Des frais s’appliquent."),)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    site_files.write(tmp_path)
    (tmp_path / "mailbot.toml").write_bytes(b"\xef\xbb\xbf" + site_files.MAIN.replace("\n", "\r\n").encode())

    assert settings.load(tmp_path, site_files.ENVIRON).site.robot.organisation == "Exemple Télécom"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_plain_transport_is_for_loopback(tmp_path: Path, host: str) -> None:
    smtp = site_files.load(tmp_path, ('"smtp.acme.test"', f'"{host}"\nsecurity = "none"\nport = 2525')).site.smtp

    assert (smtp.security, smtp.port) == (Transport.NONE, 2525)


def test_a_department_without_an_agent_is_a_warning(tmp_path: Path) -> None:
    warnings = site_files.load(tmp_path, (', "customer-care"', "")).warnings

    assert warnings == (
        'mailbot.toml:21: [mailboxes.sac] department: no agent is in "customer-care": '
        "its notices go to admin@acme.test",
    )


def test_an_agent_of_a_department_that_no_mailbox_has_is_a_warning(tmp_path: Path) -> None:
    warnings = site_files.load(tmp_path, ('"technical", ', '"technical", "tecnical", ')).warnings

    assert warnings == (
        'agents.toml:4: [alice] departments: "tecnical" is the department of no mailbox; did you mean technical?',
    )


def test_a_site_that_trusts_no_mail_server_is_warned(tmp_path: Path) -> None:
    warnings = site_files.load(tmp_path, ('["mx.acme.test"]', "[]")).warnings

    assert len(warnings) == 1
    assert warnings[0].startswith("mailbot.toml:11: [security] trusted_authserv_ids: is empty")


def test_names_of_example_com_are_placeholders(tmp_path: Path) -> None:
    warnings = site_files.load(tmp_path, ('"imap.acme.test"', '"imap.example.com"')).warnings

    assert warnings == ("mailbot.toml: names of example.com stand for yours still: [mailboxes.support.imap] host",)
