"""`mailbot inspect` shows what is read in a mail: a record of fixed keys for programs, a card for people."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import command_line
import pytest
import site_files

from mailbot.cli import inspection
from mailbot.model import (
    Address,
    Attachment,
    AuthenticationResult,
    Automatic,
    Command,
    Field,
    Language,
    Message,
    Part,
    PartKind,
    Property,
    Report,
    ReportedRecipient,
    Request,
    RequestClass,
    Standing,
)

KEYS = (  # noqa: SIM905
    "file message_id in_reply_to references author to cc subject date language text new_text signature quoted_text "
    "parts attachments automatic report authentication fields commands defects refused intent class severity"
).split()

LETTER = """\
From: Jean Tremblay <jean@acme.test>
To: support@acme.test
Subject: Panne du serveur
Message-ID: <1@acme.test>
Date: Sun, 22 Nov 2026 10:00:00 -0500
Content-Type: text/plain; charset=utf-8

Bonjour,
Mon compte AC-123456 ne répond plus.\x1b[2J
-- \x20
Jean Tremblay
""".encode()

FULL = Message(
    message_id="<2@acme.test>",
    in_reply_to=("<1@acme.test>",),
    references=("<0@acme.test>", "<1@acme.test>"),
    author=Address("jean@acme.test", "Jean Tremblay"),
    author_defect="",
    claimed=("jean@acme.test",),
    to=(Address("support@acme.test"),),
    cc=(Address("anne@acme.test", "Anne"),),
    recipients=("support@acme.test", "anne@acme.test"),
    subject="Panne",
    date=datetime(2026, 11, 22, 10, tzinfo=timezone(timedelta(hours=-5))),
    received_at=datetime(2026, 11, 22, 15, 1, tzinfo=UTC),
    return_path=None,
    language=Language.FR,
    text="Bonjour\n-- \nJean\n> ok\n",
    parts=(Part(PartKind.NEW, 0, 8), Part(PartKind.SIGNATURE, 8, 17), Part(PartKind.QUOTED, 17, 22)),
    attachments=(Attachment("bilan.pdf", "application/pdf", 1234, "ab" * 32),),
    automatic=Automatic.BOUNCE,
    report=Report("<9@acme.test>", (ReportedRecipient("x@acme.test", "failed", "5.1.1"),)),
    authentication=(AuthenticationResult("mx.acme.test", "dmarc", "pass", (Property("header.from", "acme.test"),)),),
    fields=(Field("account", "AC-123456", "AC-123456", "text", 3, 12, "pattern", 0.9, Standing.CONFIRMED),),
    commands=(Command("close", "done"),),
    loops=(),
    content_hash="cd" * 32,
    defects=("a defect",),
    refused=None,
)


def test_the_record_has_the_keys_of_the_contract_and_their_values() -> None:
    record = json.loads(json.dumps(inspection.record("a.eml", FULL, Request("cancel", RequestClass.SENSITIVE))))

    assert list(record) == KEYS
    assert record["author"] == {"address": "jean@acme.test", "name": "Jean Tremblay"}
    assert record["in_reply_to"] == ["<1@acme.test>"]
    assert record["date"] == "2026-11-22T15:00:00+00:00"
    assert (record["new_text"], record["signature"], record["quoted_text"]) == ("Bonjour\n", "-- \nJean\n", "> ok\n")
    assert record["parts"][1] == {"kind": "signature", "start": 8, "end": 17}
    assert record["attachments"] == [
        {"name": "bilan.pdf", "type": "application/pdf", "size": 1234, "sha256": "ab" * 32}
    ]
    assert record["automatic"] == "bounce"
    assert record["report"] == {
        "message_id": "<9@acme.test>",
        "recipients": [{"address": "x@acme.test", "action": "failed", "status": "5.1.1"}],
    }
    assert record["authentication"] == [
        {
            "authserv_id": "mx.acme.test",
            "method": "dmarc",
            "result": "pass",
            "properties": {"header.from": "acme.test"},
        }
    ]
    assert record["fields"] == [
        {
            "name": "account",
            "value": "AC-123456",
            "quote": "AC-123456",
            "source": "text",
            "start": 3,
            "end": 12,
            "method": "pattern",
            "confidence": 0.9,
            "standing": "confirmed",
        }
    ]
    assert record["commands"] == [{"name": "close", "argument": "done"}]
    assert (record["intent"], record["class"], record["severity"]) == ("cancel", "sensitive", None)


def test_a_letter_is_read_without_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.eml").write_bytes(LETTER)

    ran = command_line.mailbot("inspect", "a.eml", "--json")

    record = json.loads(ran.out)
    assert (ran.status, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert (record["file"], record["subject"]) == ("a.eml", "Panne du serveur")
    assert record["author"] == {"address": "jean@acme.test", "name": "Jean Tremblay"}
    assert list(tmp_path.iterdir()) == [tmp_path / "a.eml"]


def test_standard_input_is_a_file_called_minus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ran = command_line.mailbot("inspect", "-", "--json", stdin=LETTER)

    assert json.loads(ran.out)["file"] == "-"


def test_people_see_a_card_that_cannot_touch_their_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ran = command_line.mailbot("inspect", "-", stdin=LETTER)

    assert "Jean Tremblay <jean@acme.test>" in ran.out
    assert "  | Mon compte AC-123456 ne répond plus." in ran.out
    assert "\x1b" not in ran.out


def test_a_missing_file_is_a_sentence_and_the_others_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.eml").write_bytes(LETTER)

    ran = command_line.mailbot("inspect", "nowhere.eml", "a.eml", ".", "--json")

    assert (ran.status, ran.out.count("\n")) == (1, 1)
    assert ran.err.splitlines() == [
        "mailbot: nowhere.eml cannot be read: No such file or directory",
        "mailbot: . cannot be read: Is a directory",
    ]


def test_the_patterns_of_a_site_are_used(tmp_path: Path) -> None:
    site_files.write(tmp_path, ("[smtp]", "account_pattern = ['\\bZZ\\d{4}\\b']\n[smtp]"))

    ran = command_line.mailbot(
        "inspect", "-", "--json", "--site", str(tmp_path), stdin=LETTER.replace(b"AC-123456", b"ZZ4711")
    )

    # The site's key and passwords come from an environment that is not here: no mail needs them to be read.
    assert [field["value"] for field in json.loads(ran.out)["fields"] if field["name"] == "account"] == ["ZZ4711"]


def test_a_site_that_is_named_must_be_one(tmp_path: Path) -> None:
    ran = command_line.mailbot("inspect", "-", "--site", str(tmp_path / "nowhere"), stdin=LETTER)

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("mailbot: mailbot.toml: there is no such file")


def test_bytes_that_are_no_mail_are_shown_as_far_as_they_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ran = command_line.mailbot("inspect", "-", "--json", stdin=b"\xff\x00\r\n\r\n\x80")

    assert ran.status == 0
    assert json.loads(ran.out)["author"] is None
