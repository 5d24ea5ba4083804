"""The last look at a header before it is queued: what does not read as it was meant does not go out."""

import pytest

from mailbot.render import RenderError
from mailbot.render.headers import Header, Kind, mailbox, plain, text
from mailbot.render.proof import proofread

MEANT = (mailbox("From", "support@example.com", "Zoé"), text("Subject", "déjà vu"), plain("Date", "today"))


def block(*fields: Header) -> str:
    return "\r\n".join(map(str, fields)) + "\r\n\r\n"


def test_what_was_meant_passes() -> None:
    proofread(block(*MEANT), MEANT)


@pytest.mark.parametrize(
    "written",
    [
        block(*MEANT[:2]),
        block(*MEANT, plain("Bcc", "victim@example.org")),
        block(MEANT[1], MEANT[0], MEANT[2]),
        block(*MEANT).replace("today", "today\r\nBcc: victim@example.org"),
        block(*MEANT).replace("today", "today\nBcc: victim@example.org"),
        block(*MEANT).replace("today", "today\rBcc: victim@example.org"),
        block(*MEANT).replace("today", "today\r\n\r\n<html>"),
        block(*MEANT).replace("_vu", "_lu"),
        block(*MEANT).replace("support@", "other@"),
        "no field\r\n" + block(*MEANT),
    ],
)
def test_what_was_not_meant_is_a_fault(written: str) -> None:
    assert written != block(*MEANT)
    with pytest.raises(RenderError):
        proofread(written, MEANT)


def test_an_encoded_word_that_a_reader_would_decode_is_a_fault() -> None:
    """The standard library of Python 3.11 writes such an id as a Bcc field of its own."""
    subject = "=?utf-8?q?x=0D=0ABcc:_victim@example.org?="
    field = Header("Subject", subject, (subject,), Kind.TEXT)
    with pytest.raises(RenderError, match="Subject does not read as it was meant"):
        proofread(block(field), (field,))


def test_a_fault_never_tells_the_value() -> None:
    with pytest.raises(RenderError) as caught:
        proofread(block(plain("To", "secret@example.net")), (plain("To", "other@example.net"),))
    assert "secret" not in str(caught.value)
