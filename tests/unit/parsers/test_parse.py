"""parse(): limits, copies of one letter, attachments on demand."""

import base64
from hashlib import sha256

import pytest

from mailbot.model import Address, Message, Reading
from mailbot.parsers import message
from mailbot.parsers.message import attachment_contents, parse

READING = Reading()
HEAD = b"From: Ana <ana@client.example>\nTo: support@example.com\nSubject: Panne\nMessage-ID: <1@client.example>\n"


def read(raw: bytes) -> Message:
    return parse(raw, READING)


def mixed(*parts: bytes) -> bytes:
    body = b"".join(b"--m\n" + part + b"\n" for part in parts)
    return HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n" + body + b"--m--\n"


def nested(depth: int, content_type: bytes) -> bytes:
    level = b"Content-Type: %s; boundary=n%d\n\n--n%d\n"
    return HEAD + b"".join(level % (content_type, n, n) for n in range(depth)) + b"\nau fond\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (HEAD + b"X-Long: " + b"a" * 300_000 + b"\n\nx", "larger than 256 KiB"),
        (HEAD + b"X-Long: " + b"a\n " * 350_000 + b"\n\nx", "larger than 256 KiB"),
        (HEAD + b"X-Long: " + b"a" * 70_000 + b"\n\nx", "field is larger than 64 KiB"),
        (HEAD + b"X: y\n" * 1_000 + b"\nx", "more than 1000 lines"),
        (HEAD + b"X: " + b"=?utf-8?q?a?= " * 1_001 + b"\n\nx", "more than 1000 encoded words"),
        (mixed(*[b"\nx"] * 1_002), "more than 1000 parts"),
        (nested(60, b"multipart/mixed"), "deeper than 50"),
        (mixed(b"\n" + b"--x\n" * 200_001), "look like delimiters"),
    ],
)
def test_a_mail_over_a_limit_is_refused_and_still_has_its_author_and_subject(raw: bytes, why: str) -> None:
    refused = read(raw)

    assert refused.refused is not None
    assert why in refused.refused
    assert refused.text == ""
    assert refused.subject == "Panne"
    assert refused.message_id == "<1@client.example>"
    assert refused.author == Address("ana@client.example", "Ana") or len(raw) > 256 * 1024
    assert attachment_contents(raw) == ()


def test_two_refused_mails_with_other_octets_have_other_hashes() -> None:
    assert read(nested(60, b"multipart/mixed")).content_hash != read(nested(61, b"multipart/mixed")).content_hash


def test_enclosed_messages_are_never_opened_however_deep() -> None:
    letter = read(HEAD + b"Content-Type: message/rfc822\n\n" * 2_000 + b"\nx")

    assert letter.refused is None
    assert [each.type for each in letter.attachments] == ["message/rfc822"]


def test_a_hundred_thousand_continuations_of_a_name_name_nothing_slowly() -> None:
    names = b"".join(b"; filename*%d=x" % n for n in range(8_000))

    assert read(mixed(b"Content-Disposition: attachment" + names + b"\n\nx")).attachments[0].name == "x" * 100


def test_more_than_a_hundred_attachments_are_told() -> None:
    letter = read(mixed(*[b"Content-Type: image/png\n\nx"] * 101))

    assert len(letter.attachments) == 100
    assert "it has more than 100 attachments" in letter.defects


def test_an_attachment_is_byte_exact_whatever_its_encoding() -> None:
    octets = bytes(range(256)) * 3 + b"\r\n\n\r."
    encoded = base64.encodebytes(octets)
    raw = mixed(
        b"\nBonjour.",
        b"Content-Type: application/x-a; name=a\nContent-Transfer-Encoding: base64\n\n" + encoded,
        b"Content-Type: application/x-b; name=b\nContent-Transfer-Encoding: binary\n\n" + octets,
        b"Content-Type: application/x-c; name=c\nContent-Transfer-Encoding: quoted-printable\n\n=00=E9=\nx",
    )

    contents = attachment_contents(raw)

    assert [octets_ for _, octets_ in contents] == [octets, octets, b"\x00\xe9x"]
    assert tuple(attachment for attachment, _ in contents) == read(raw).attachments
    assert all(each.sha256 == sha256(octets_).hexdigest() and each.size == len(octets_) for each, octets_ in contents)


def test_two_copies_of_a_letter_have_one_hash_whatever_relays_wrote_on_them() -> None:
    plain = HEAD + b"Content-Type: text/plain; charset=utf-8\n\nligne un\nligne deux\n"
    traced = b"Received: from a by b; Tue, 3 Nov 2026 14:05:00 +0000\nDelivered-To: sac@example.com\n" + plain
    encoded = HEAD + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    encoded += base64.encodebytes(b"ligne un  \r\nligne deux\r\n\r\n")

    assert len({read(raw).content_hash for raw in (plain, traced, encoded, plain.replace(b"\n", b"\r\n"))}) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"ana@", b"eve@"), (b"Panne", b"panne"), (b"support@", b"sac@"), (b"bonjour", b"au revoir"), (b"AAAA", b"AAAB")],
)
def test_another_letter_has_another_hash(old: bytes, new: bytes) -> None:
    letter = mixed(b"\nbonjour", b"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\nAAAA")

    assert read(letter).content_hash != read(letter.replace(old, new)).content_hash


def test_a_wide_charset_that_is_none_is_read_as_what_it_is() -> None:
    assert read(HEAD + b"Content-Type: text/plain; charset=utf-16\n\nr\xc3\xa9seau").text == "réseau"
    assert read(HEAD + b"Content-Type: text/plain; charset=utf-16\n\n" + "réseau".encode("utf-16")).text == "réseau"


def test_text_longer_than_is_read_is_cut_and_told() -> None:
    letter = read(HEAD + b"\n" + b"mot " * 400_000)

    assert len(letter.text) == 1024 * 1024
    assert letter.defects == ("the text is longer than is read",)


def test_an_alternative_without_words_gives_way_to_the_other() -> None:
    alternative = mixed(b"\n \n", b"Content-Type: text/html\n\n<p>vu</p>").replace(b"mixed", b"alternative")

    assert read(alternative).text == "vu"


def test_a_reader_that_fails_refuses_the_mail_and_keeps_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(message, "content", fail)
    letter = read(HEAD + b"\nBonjour.")
    assert letter.refused == "it could not be read (ArithmeticError)"
    assert letter.subject == "Panne"

    monkeypatch.setattr(message, "_envelope", fail)
    nobody = read(HEAD + b"\nBonjour.")
    assert nobody.refused == "it could not be read (ArithmeticError)"
    assert nobody.author is None
    assert nobody.content_hash != read(HEAD + b"\nBonsoir.").content_hash
