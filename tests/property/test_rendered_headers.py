"""SC-10: whatever strangers write, the header that goes out is the one that was meant."""

import email
import email.policy
import os
from dataclasses import replace
from email.headerregistry import AddressHeader
from email.parser import HeaderParser

from drafts import NOW, acknowledgement, answer, notice, ticket
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import mailbox, site

from mailbot.model import Draft, Fact
from mailbot.render import RenderError, press
from mailbot.render.encoded_word import words
from mailbot.render.headers import Header, plain
from mailbot.render.lines import one_line
from mailbot.render.proof import proofread

EXAMPLES = 1000 if os.environ.get("CI") else 200
PRESS = press(site(mailboxes=(mailbox("support", subaddress="+"),)), {})
FIELDS = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Reply-To",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Mailbot-Loop",
    "X-Mailbot-Proof",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]

HOSTILE = st.sampled_from(
    [
        "\r\nBcc: victim@example.org",
        "\nBcc: victim@example.org",
        "\rBcc: victim@example.org",
        "\x00",
        "\u2028Bcc: victim@example.org",
        "\x85\x0b\x0c",
        "=?utf-8?q?=0D=0ABcc:_victim@example.org?=",
        "=?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
        "=?",
        "?=",
        '"',
        "\\",
        ", victim@example.org",
        "<victim@example.org>",
        "x" * 1200,
        "é" * 1200,
        "👩🏽‍🚀",
        "\u202eשלום\u202c",
        " ",
        "\t",
        "\r\n\r\n",
        "Re: ",
        "[MB-7K3F-9XWM] ",
        "{{ 7*7 }}{% raw %}",
        "--=_mb.",
        "\r\n.\r\n",
    ]
)
TEXT = st.lists(HOSTILE | st.text(max_size=15), max_size=4).map("".join)
IDS = (
    st.from_regex(r"<[a-z=?]{1,9}@[a-z.]{1,9}>", fullmatch=True) | TEXT | TEXT.map(lambda text: f"<{text}@example.org>")
)
ADDRESSES = st.just("jean@example.net") | TEXT | TEXT.map(lambda text: f"{text}@example.net")
FACTS = st.builds(Fact, TEXT, TEXT, TEXT)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    basis = draw(st.sampled_from([acknowledgement(), answer(), notice()]))
    return replace(
        basis,
        recipient=draw(ADDRESSES),
        recipient_name=draw(TEXT),
        cc=tuple(draw(st.lists(ADDRESSES, max_size=2))),
        subject=draw(TEXT),
        in_reply_to=draw(IDS),
        references=tuple(draw(st.lists(IDS, max_size=5))),
        text=draw(TEXT),
        reason=draw(TEXT),
        facts=tuple(draw(st.lists(FACTS, max_size=3))),
        attachments=tuple(draw(st.lists(TEXT, max_size=3))),
        ticket=replace(ticket(), requester=draw(TEXT), predecessor=draw(st.none() | TEXT)),
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(drafts())
def test_the_header_is_the_one_that_was_meant_and_no_recipient_is_added(draft: Draft) -> None:
    outgoing = PRESS.render(draft, NOW)
    letter = email.message_from_bytes(outgoing.raw, policy=email.policy.default)
    assert letter.keys() == [name for name in FIELDS if name in letter]
    assert not letter.defects
    assert letter["Subject"] == outgoing.subject == one_line(outgoing.subject)
    assert letter["Message-ID"] == outgoing.message_id
    assert addresses(letter["From"]) == ["support@example.com"]
    assert addresses(letter["To"]) == ([] if outgoing.withheld else [draft.recipient])
    assert set(addresses(letter["Cc"]) if letter["Cc"] else []) <= set(draft.cc)
    assert set(letter.get("In-Reply-To", "").split()) <= {draft.in_reply_to}
    assert set(letter.get("References", "").split()) <= {*draft.references, draft.in_reply_to}


def addresses(header: AddressHeader) -> list[str]:
    """RFC 6532 allows UTF-8 in a header; the standard library hands its octets on as surrogates."""
    return [address.addr_spec.encode("ascii", "surrogateescape").decode() for address in header.addresses]


BESIDE = st.sampled_from(["\r\n ", "\r\n", "\r\n \r\n", "\x1c", "\x1e", "\x1d", "\u2029", ":", ": ", "\xa0", "From "])


@st.composite
def blocks(draw: st.DrawFn) -> tuple[str, list[Header]]:
    """Fields that hold anything at all, as a builder without any care would write them, perhaps damaged on the way."""
    values = draw(st.lists(TEXT | BESIDE | st.just("today"), min_size=1, max_size=3))
    meant = [plain(f"X-{n}", value) for n, value in enumerate(values)]
    block = "".join(f"{field}\r\n" for field in meant) + "\r\n"
    place = draw(st.integers(0, len(block)))
    damage = draw(st.just("") | HOSTILE | BESIDE)
    return block[:place] + damage + block[place:], meant


@settings(max_examples=EXAMPLES, deadline=None)
@given(blocks())
def test_what_passes_the_last_look_the_standard_library_reads_as_it_was_meant(
    written: tuple[str, list[Header]],
) -> None:
    block, meant = written
    try:
        proofread(block, meant)
    except RenderError:
        return
    letter = HeaderParser().parsestr(block)
    read = [(name, raw.replace("\r\n", "")) for name, raw in letter.raw_items()]
    assert read == [(field.name, field.value) for field in meant]
    assert (letter.defects, letter.get_payload()) == ([], "")


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(drafts())
def test_every_relay_can_take_it(draft: Draft) -> None:
    """RFC 5321 section 4.5.3.1.6 and RFC 5322 section 2.1.1; ASCII wherever the address does not forbid it."""
    raw = PRESS.render(draft, NOW).raw
    header, _, content = raw.partition(b"\r\n\r\n")
    assert max(map(len, header.split(b"\r\n"))) <= 998
    assert max(map(len, content.split(b"\r\n"))) <= 76
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert content.isascii()
    assert b"\x00" not in raw
    assert raw.isascii() or not draft.recipient.isascii()


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(drafts())
def test_both_bodies_are_there_whatever_the_text(draft: Draft) -> None:
    letter = email.message_from_bytes(PRESS.render(draft, NOW).raw, policy=email.policy.default)
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert not any(part.defects for part in letter.walk())


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(TEXT.map(one_line))
def test_encoded_words_are_short_and_give_the_text_back(text: str) -> None:
    written = words(text)
    assert all(len(word) <= 60 and word.isascii() for word in written)
    header = email.message_from_string(f"Subject: {' '.join(written)}\n\n", policy=email.policy.default)
    assert header["Subject"] == text
