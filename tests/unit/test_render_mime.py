"""RFC 2045 section 6.7: no line is longer than 76 octets, and each space at the end of one survives."""

import email
import email.policy
from dataclasses import replace

import pytest
from drafts import NOW, notice
from sites import site

from mailbot.model import Fact, Language
from mailbot.render import press
from mailbot.render.mime import alternative


@pytest.mark.parametrize("space", [" ", "\t"])
@pytest.mark.parametrize("before", [73, 74, 75, 149, 150])
def test_a_space_at_the_end_of_a_full_line_goes_to_the_next(before: int, space: str) -> None:
    text = f"{'x' * before}{space}\ny"
    body = alternative(text, text, "=_b")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    raw = b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n' + body
    assert plain(raw).splitlines() == text.splitlines()


def test_a_fact_without_a_value_makes_no_line_too_long() -> None:
    """The space after its colon ends the line."""
    names = ["𝒳" + "x" * n for n in range(50, 70)]
    facts = tuple(Fact(name, "") for name in names)
    for language in Language:
        raw = press(site(), {}).render(replace(notice(language), facts=facts), NOW).raw
        assert max(map(len, raw.split(b"\r\n"))) <= 76
        assert all(name in plain(raw) for name in names)


def plain(raw: bytes) -> str:
    part = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    assert part
    return str(part.get_content())
