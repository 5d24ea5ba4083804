"""Whatever is wrong in the settings is one sentence each: file, line, section, key, and what to do."""

from pathlib import Path

import pytest
import site_files

ROBOT = 'domain = "tickets.acme.test"'
SMTP = 'host = "smtp.acme.test"'
IMAP = 'username = "support"'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "organisation",
            "organisatoin",
            "mailbot.toml:2: [robot] organisatoin: unknown key; did you mean organisation?",
        ),
        (SMTP, f'{SMTP}\nsecurity = "ssl"', 'mailbot.toml:9: [smtp] security: "ssl" is not one of tls, starttls, none'),
        (SMTP, f"{SMTP}\nport = 0", "mailbot.toml:9: [smtp] port: 0 is too small: 1 is the least"),
        (SMTP, f'{SMTP}\nport = "25"', 'mailbot.toml:9: [smtp] port: "25" is not a whole number'),
        (SMTP, f"{SMTP}\nport = true", "mailbot.toml:9: [smtp] port: true is not a whole number"),
        (SMTP, f"{SMTP}\nnull_sender = 1", "mailbot.toml:9: [smtp] null_sender: 1 is not true or false"),
        (SMTP, "host = 5", "mailbot.toml:8: [smtp] host: 5 is not text: put it in quotes"),
        (SMTP, 'host = "relay_1"', 'mailbot.toml:8: [smtp] host: "relay_1" is not a host name'),
        (SMTP, "", "mailbot.toml:7: [smtp] host: this key is missing"),
        (
            SMTP,
            f'{SMTP}\npoll_interval = "5s"',
            "mailbot.toml:9: [smtp] poll_interval: unknown key; it belongs in [mailboxes.NAME.imap]",
        ),
        (SMTP, f"{SMTP}\n[sntp]", "mailbot.toml:9: [sntp]: unknown section; did you mean smtp?"),
        ("[smtp]", "[[smtp]]", "mailbot.toml:7: [smtp]: a list is not a section of keys"),
        (
            "[robot]",
            "domain = 1\n[robot]",
            "mailbot.toml:1: domain: stands outside of every section; it belongs in [robot]",
        ),
        ("fr-CA", "de", 'mailbot.toml:3: [robot] language: "de" is not fr or en, alone or with a region such as fr-CA'),
        (
            "America/Toronto",
            "America/Torono",
            'mailbot.toml:4: [robot] timezone: "America/Torono" is not an IANA time zone; '
            "did you mean America/Toronto?",
        ),
        (
            "America/Toronto",
            "/etc/passwd",
            'mailbot.toml:4: [robot] timezone: "/etc/passwd" is not an IANA time zone, such as America/Toronto',
        ),
        (
            "tickets.acme.test",
            "réseau.test",
            'mailbot.toml:5: [robot] domain: "réseau.test" is not ASCII: write the name in its xn-- form',
        ),
        (
            "admin@acme.test",
            "Admin <admin@acme.test>",
            'mailbot.toml:6: [robot] admin: "Admin <admin@acme.test>" is not an address such as support@example.com: '
            "its local part is malformed",
        ),
        (
            "admin@acme.test",
            "support@acme.test",
            "mailbot.toml:6: [robot] admin: is the address of [mailboxes.support]: "
            "what goes to the admin would come back as a customer's mail",
        ),
        (
            ROBOT,
            f"{ROBOT}\naccount_pattern = ['C(\\d+']",
            'mailbot.toml:6: [robot] account_pattern item 1: "C(\\d+" is not a pattern of RE2: missing ): C(\\d+',
        ),
        (
            ROBOT,
            f"{ROBOT}\norder_pattern = ['#1', '\\d*']",
            'mailbot.toml:6: [robot] order_pattern item 2: "\\d*" matches the empty text, so it would match everywhere',
        ),
        (
            ROBOT,
            f'{ROBOT}\norder_pattern = "#1"',
            'mailbot.toml:6: [robot] order_pattern: "#1" is not a list: put it in [ ]',
        ),
        (
            ROBOT,
            f'{ROBOT}\nrequest_word = "dossier"',
            'mailbot.toml:6: [robot] request_word: "dossier" is not one of demande, billet, ticket, requête',
        ),
        (
            ROBOT,
            f'{ROBOT}\nreopen_window = "two weeks"',
            'mailbot.toml:6: [robot] reopen_window: "two weeks" is not a duration: '
            'write a number and s, m, h or d, such as "30s" or "7d"',
        ),
        (
            ROBOT,
            f'{ROBOT}\nemergency_note = {{ de = "x" }}',
            "mailbot.toml:6: [robot] emergency_note.de: unknown key",
        ),
        (
            "[smtp]",
            '[limits]\nmessage = "50 Mo"\n[smtp]',
            'mailbot.toml:8: [limits] message: "50 Mo" is not a size: '
            'write a number and KiB, MiB or GiB, such as "25 MiB"',
        ),
        (
            "[smtp]",
            '[limits]\nmessage = "51 MiB"\n[smtp]',
            "mailbot.toml:8: [limits] message: must lie between 64 KiB and 50 MiB",
        ),
        (
            "[smtp]",
            '[retention]\nraw = "1h"\n[smtp]',
            "mailbot.toml:8: [retention] raw: is too short: 1d is the least",
        ),
        (
            SMTP,
            f'{SMTP}\nsecurity = "none"',
            'mailbot.toml:9: [smtp] security: "none" is for a server on this machine only: '
            "smtp.acme.test is not on loopback, use tls or starttls",
        ),
        (
            IMAP,
            f'{IMAP}\nstart = "yesterday"',
            'mailbot.toml:18: [mailboxes.support.imap] start: "yesterday" is not new, all or a date such as 2026-11-22',
        ),
        (
            IMAP,
            f'{IMAP}\nstart = "2026-02-30"',
            'mailbot.toml:18: [mailboxes.support.imap] start: "2026-02-30" is not a day of the calendar',
        ),
        (
            IMAP,
            f'{IMAP}\nprocessed = "delete-after:23h"',
            'mailbot.toml:18: [mailboxes.support.imap] processed: "delete-after:23h": '
            "mail is deleted after 24h at the earliest",
        ),
        (
            IMAP,
            f'{IMAP}\nprocessed = "delete"',
            'mailbot.toml:18: [mailboxes.support.imap] processed: "delete" is not one of '
            "keep, seen, move:FOLDER, delete-after:30d",
        ),
        (
            IMAP,
            f'{IMAP}\nprocessed = "move:INBOX"',
            'mailbot.toml:18: [mailboxes.support.imap] processed: moves mail from "INBOX" into itself',
        ),
        (
            IMAP,
            f'{IMAP}\nfolder = "IN\\r\\nX1 LOGOUT"',
            "mailbot.toml:18: [mailboxes.support.imap] folder: names a folder with a control character in it",
        ),
        (
            IMAP,
            f'{IMAP}\npoll_interval = "0.01s"',
            "mailbot.toml:18: [mailboxes.support.imap] poll_interval: is too short: 0.1s is the least",
        ),
        (
            IMAP,
            f'{IMAP}\nca_file = "nowhere.pem"',
            "mailbot.toml:18: [mailboxes.support.imap] ca_file: there is no file {site}/nowhere.pem",
        ),
        (
            '"technical"\n',
            '"Technical"\n',
            'mailbot.toml:14: [mailboxes.support] department: "Technical" is not a plain word: '
            "small letters and hyphens",
        ),
        (
            "[mailboxes.sac]",
            "[mailboxes.SAC]",
            'mailbot.toml:19: [mailboxes.SAC]: "SAC" is no name for a section: '
            "small letters, digits, and . _ -, a letter first",
        ),
        (
            "[mailboxes.sac]",
            f"[mailboxes.{'s' * 51}]",
            f'mailbot.toml:19: [mailboxes.{"s" * 51}]: "{"s" * 51}" is no name for a section: '
            "50 characters are the most",
        ),
        (
            '"technical"\n',
            f'"{"t" * 51}"\n',
            f'mailbot.toml:14: [mailboxes.support] department: "{"t" * 51}" is too long: 50 characters are the most',
        ),
        (
            ROBOT,
            f'domain = "{"a" * 60}.acme.test"',
            "mailbot.toml:5: [robot] domain: is too long for our Message-IDs: 68 characters are the most",
        ),
        (
            "sac@acme.test",
            "Support@ACME.test",
            "mailbot.toml:20: [mailboxes.sac] address: is the address of [mailboxes.support] as well",
        ),
        (
            IMAP,
            f'{IMAP}\nfolder = "Envoyés"\nsent_folder = "Envoyés"',
            "mailbot.toml:19: [mailboxes.support.imap] sent_folder: is the folder that customers' mail is read from",
        ),
        (
            IMAP,
            f'{IMAP}\nsent_folder = "Envoyés"\nprocessed = "move:Envoyés"',
            "mailbot.toml:19: [mailboxes.support.imap] processed: moves customers' mail into the sent_folder",
        ),
        (
            'username = "sac"',
            'username = "support"\nfolder = "Sac"\nsent_folder = "INBOX"',
            "mailbot.toml:26: [mailboxes.sac.imap] sent_folder: is the folder that [mailboxes.support.imap] reads",
        ),
        (
            IMAP,
            f'{IMAP}\nsent_folder = "a\\u0007b"',
            "mailbot.toml:18: [mailboxes.support.imap] sent_folder: names a folder with a control character in it",
        ),
        (
            IMAP,
            f"{IMAP}\nsent_folder = true",
            "mailbot.toml:18: [mailboxes.support.imap] sent_folder: true is not text: put it in quotes",
        ),
        (
            'username = "sac"',
            'username = "support"',
            "mailbot.toml:22: [mailboxes.sac.imap] folder: is the folder that [mailboxes.support.imap] reads as well",
        ),
        (
            "alice@acme.test",
            "support@acme.test",
            "agents.toml:3: [alice] email: is the address of [mailboxes.support]: an agent needs one of his own",
        ),
        (
            "[alice]",
            '[bob]\nname="B"\nemail="Alice@acme.test"\ndepartments=["technical"]\n[alice]',
            "agents.toml:7: [alice] email: is the address of [bob] as well",
        ),
        (
            '["technical", "customer-care"]',
            "[]",
            "agents.toml:4: [alice] departments: names nothing: name at least one",
        ),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    found = site_files.faults(tmp_path, (old, new))

    assert sentence.replace("{site}", str(tmp_path)) in found
    assert all("\n" not in fault and fault.startswith(("mailbot.toml:", "agents.toml:")) for fault in found)
