"""Any octets give a Message that keeps its promises, and the same one each time.

With MAILS naming a folder of *.jsonl files of letters, those are mutated as well, read in place.
"""

import base64
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from soundness import faults

from mailbot.model import Reading
from mailbot.parsers.message import attachment_contents, parse

READING = Reading(domain="tickets.example.com")
LETTERS = Path(__file__).parent.parent / "golden"
MUTANTS = 10_000
LONGEST = 60_000
PIECES = (
    *(b"\n", b"\r\n", b"\r", b"\n\n", b"\0", b" ", b"\t", b":", b";", b'"', b"'", b"<", b">", b"@", b"=", b"(", b"\\"),
    *(
        b"\xe9",
        b"\xc3\xa9",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"+2AA-",
        b"=?utf-8?b?",
        b"=?utf-7?q?+2AA-?=",
        b"?=",
        b"&#0;",
    ),
    *(b"--m", b"\n--m--\n", b"\n--m\n", b"boundary=m", b"Content-Type: multipart/mixed; boundary=m\n\n--m\n"),
    *(b"\nContent-Type: message/rfc822\n\n", b"\nContent-Type: text/html; charset=utf-7\n", b"\nContent-Type: /\n"),
    *(b"\nContent-Transfer-Encoding: base64\n", b"\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n"),
    *(b"\nContent-Transfer-Encoding: quoted-printable\n", b"; filename*1*=x''%ff", b"; name*=utf-8''%00%0a"),
    *(b"\nFrom: x@y.example\n", b"\nDate: 31 Feb 0000 99:99:99 +9999\n", b"\nSubject:\n", b"\nReferences: <a@b\n"),
    *(
        b"\nContent-Type: text/plain; charset=utf-16; format=flowed\n",
        b"\nContent-Type: multipart/report; boundary=m\n",
    ),
    *(b"<!--", b"<table><td>", b"</", b"<blockquote>", b'<p style="display:none">', b"<script>", b"<a href='mailto:"),
    *(b"MIME-Version: 1.0", b"\nAuthentication-Results: a; dmarc=pass (", b"\nReceived: ;", b"From \xe9\n", b"%00"),
)


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_any_octets_give_a_sound_message(raw: bytes) -> None:
    assert faults(parse(raw, READING)) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=60).map(b"".join))
def test_pieces_of_mail_in_any_order_give_a_sound_message(raw: bytes) -> None:
    assert faults(parse(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=m" + raw, READING)) == []


def test_ten_thousand_mutants_give_sound_messages() -> None:
    chance = random.Random(20261103)
    letters = sorted(letter for letter in _letters() if len(letter) < LONGEST)

    broken = []
    for number in range(MUTANTS):
        mutant = _mutated(letters[number % len(letters)], letters, chance)
        message = parse(mutant, READING)
        listed = tuple(attachment for attachment, _ in attachment_contents(mutant)) if message.attachments else ()
        read_again = parse(mutant, READING) if number % 50 == 0 else message
        if faults(message) or message.attachments != listed or read_again != message:
            broken.append((faults(message), mutant))
        elif message.refused is not None and message.refused.startswith("it could not be read"):
            broken.append(([message.refused], mutant))

    assert broken == []


def _letters() -> Iterator[bytes]:
    for path in LETTERS.glob("*.eml"):
        yield path.read_bytes()
    if "MAILS" in os.environ:
        for path in Path(os.environ["MAILS"]).glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                case = json.loads(line)
                if case["kind"] == "eml":
                    yield base64.b64decode(case["base64"]) if "base64" in case else case["text"].encode()


def _mutated(letter: bytes, letters: list[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        place, end = sorted(chance.choices(range(len(letter) + 1), k=2))
        end = min(end, place + chance.choice((1, 10, 500)))
        match chance.randrange(6):
            case 0:
                letter = letter[:place] + bytes([chance.randrange(256)]) + letter[place + 1 :]
            case 1:
                letter = letter[:place] + letter[end:]
            case 2:
                letter = letter[:end] + letter[place:]
            case 3 | 4:
                letter = letter[:place] + chance.choice(PIECES) + letter[place:]
            case _:
                letter = letter[:place] + chance.choice(letters)[place : place + 2_000]
    return letter
