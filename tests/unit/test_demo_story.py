"""The demo's letters: proper mail once their blanks are filled, and each blank names a mail that the robot sends."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from importlib import resources

import pytest

from mailbot.demo.border import Envelope
from mailbot.demo.story import Answer, Scene, StoryError, answer, filled, scenes

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ANSWERS = tuple(
    Answer(
        scene,
        template,
        f"box+{scene}@desk.example",
        f"<{scene}.{template}@desk.example>",
        "Re: =?x?=",
        "r@d.example",
        "7K3F9-XWM42",
    )
    for scene in ("01", "02", "04", "07", "09", "11")
    for template in ("acknowledgement", "notice", "answer", "challenge")
)
SCENE = Scene(
    "02", "", "", ("{notice:01:mail-from}",), "From: a\r\nIn-Reply-To: {notice:01:message-id}\r\n\r\n{other:}\r\n"
)


@pytest.fixture(params=scenes(), ids=lambda scene: scene.number)
def envelope(request: pytest.FixtureRequest) -> Envelope:
    return filled(request.param, ANSWERS, NOW)


def test_every_letter_is_in_the_story_and_in_order() -> None:
    files = [entry.name for entry in resources.files("mailbot.demo").joinpath("letters").iterdir()]
    assert [scene.number for scene in scenes()] == sorted(name[:2] for name in files if name.endswith(".eml"))


def test_every_scene_says_what_to_notice() -> None:
    assert all(20 < len(scene.look) < 160 and scene.look.endswith(".") for scene in scenes())


def test_a_letter_is_proper_mail(envelope: Envelope) -> None:
    letter = message_from_bytes(envelope.content)
    assert all(letter.get_all(name) is not None and len(letter.get_all(name, [])) == 1 for name in ("From", "Date"))
    assert letter["Message-ID"].endswith(".example>")
    assert letter["MIME-Version"] == "1.0"
    assert b"\n" not in envelope.content.replace(b"\r\n", b"")
    assert max(map(len, envelope.content.split(b"\r\n"))) < 200


def test_a_letter_has_no_blank_left_and_a_recipient_here(envelope: Envelope) -> None:
    blanks = (b"{date", b":message-id}", b":subject}", b":reply-to}", b":code}")
    assert not [blank for blank in blanks if blank in envelope.content]
    assert all("{" not in recipient and recipient for recipient in envelope.recipients)


def test_declared_text_decodes(envelope: Envelope) -> None:
    text = ""
    for part in message_from_bytes(envelope.content).walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            text += payload.decode(part.get_content_charset("us-ascii"))
    assert len(text.strip()) > 5


def test_a_blank_takes_the_field_of_the_mail_it_names() -> None:
    envelope = filled(SCENE, ANSWERS, NOW)
    assert envelope.recipients == ("box+01@desk.example",)
    assert envelope.content == b"From: a\r\nIn-Reply-To: <01.notice@desk.example>\r\n\r\n{other:}\r\n"


CHALLENGE = """\
From: box+07@desk.example
Message-ID: <07@desk.example>
Subject: ?
Content-Type: text/plain; charset=utf-8

Répondez en commençant par :

    OUI 7K3F9-XWM42

Sinon, répondez NON.
"""


@pytest.mark.parametrize("language", ["OUI", "YES"])
def test_who_confirms_takes_the_code_out_of_the_mail_that_asks(language: str) -> None:
    asked = CHALLENGE.replace("OUI", language).replace("\n", "\r\n").encode()
    assert answer("07", "challenge", Envelope("", (), asked)).code == "7K3F9-XWM42"
    assert answer("07", "notice", Envelope("", (), asked.replace(b"    ", b"Code: "))).code == ""


def test_a_letter_that_answers_what_was_not_sent_says_so() -> None:
    with pytest.raises(StoryError, match="Letter 02 answers the notice to letter 01"):
        filled(SCENE, (), NOW)


def test_times_are_those_of_the_moment_of_posting() -> None:
    scene = replace(SCENE, recipients=(), letter="Date: {date}\r\n\r\nLe {day} à {time}\r\n")
    content = filled(scene, (), NOW).content.decode()
    assert content == "Date: Sun, 22 Nov 2026 09:30:00 +0000\r\n\r\nLe 22/11/2026 à 09:30\r\n"
