"""SC-10: nothing that strangers or settings say adds a header field, a line or a recipient to what we send."""

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage

import messages
import pytest
from drafts import NOW, acknowledgement, answer, notice, ticket
from injections import IN_CI, INJECTIONS, VICTIM, some
from sites import POLICY, agent, mailbox, site

from mailbot.decide import decide
from mailbot.model import Draft, Fact, Known, Outgoing, Site
from mailbot.parsers.message import parse
from mailbot.render import RenderError, press

FIELDS = [
    *("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailbot-Loop", "X-Mailbot-Proof"),
    *("Content-Language", "MIME-Version", "Content-Type"),
]
FIELD = re.compile(r"[!-9;-~]+: [^\r\n]*")
SITE = site(mailboxes=(mailbox("support", subaddress="+"),))
PRESS = press(SITE, {})

# What of a draft can have come from outside, by the name of where it stands.
DRAFTS: dict[str, Callable[[str], Draft]] = {
    "subject of an acknowledgement": lambda text: replace(acknowledgement(), subject=text),
    "subject of an answer": lambda text: replace(answer(), subject=text),
    "subject of a notice": lambda text: replace(notice(), subject=text),
    "display name": lambda text: replace(acknowledgement(), recipient_name=text),
    "recipient": lambda text: replace(acknowledgement(), recipient=text),
    "recipient at a domain": lambda text: replace(acknowledgement(), recipient=f"{text}@example.net"),
    "To": lambda text: replace(answer(), to=text),
    "Cc": lambda text: replace(answer(), cc=("anna@example.net", text, f"{text}@example.net")),
    "In-Reply-To": lambda text: replace(acknowledgement(), in_reply_to=f"<{text}@example.net>"),
    "References": lambda text: replace(acknowledgement(), references=(text, f"<{text}@example.net>", "<a@b>")),
    "text": lambda text: replace(answer(), text=text),
    "reason": lambda text: replace(notice(), reason=text),
    "facts": lambda text: replace(notice(), facts=(Fact(text, text, text),)),
    "file names": lambda text: replace(notice(), attachments=(text,)),
    "ticket": lambda text: replace(
        notice(), ticket=replace(ticket(), number=text, subject=text, requester=text, account=text, predecessor=text)
    ),
}
SETTINGS: dict[str, Callable[[str], Site]] = {
    "organisation": lambda text: replace(SITE, robot=replace(SITE.robot, organisation=text)),
    "phone": lambda text: replace(SITE, robot=replace(SITE.robot, phone=text, emergency_phone=text)),
}

# What of a letter is quoted, repeated or answered: its fields as they come over the wire.
LETTERS: dict[str, Callable[[str], str]] = {
    "Subject": lambda text: f"From: Anna <anna@client.example>\r\nSubject: {text}\r\n",
    "display name": lambda text: f'From: "{text}" <anna@client.example>\r\n',
    "address": lambda text: f"From: {text}@client.example\r\n",
    "To": lambda text: f"From: anna@client.example\r\nTo: {text} <support@example.com>\r\n",
    "Cc": lambda text: f"From: anna@client.example\r\nCc: {text}, <{text}@client.example>\r\n",
    "Message-ID": lambda text: f"From: anna@client.example\r\nMessage-ID: <{text}@client.example>\r\n",
    "References": lambda text: f"From: anna@client.example\r\nReferences: <a@b> <{text}@c>\r\n",
    "In-Reply-To": lambda text: f"From: anna@client.example\r\nIn-Reply-To: <{text}@c> {text}\r\n",
    "file name": lambda text: f'From: anna@client.example\r\nContent-Disposition: attachment; filename="{text}"\r\n',
}


@pytest.mark.parametrize("place", DRAFTS)
def test_sc_10_no_word_of_a_draft_adds_a_field_a_line_or_a_recipient(place: str) -> None:
    for text in some(INJECTIONS):
        draft = DRAFTS[place](text)
        is_whole(PRESS.render(draft, NOW), draft)


@pytest.mark.parametrize("place", SETTINGS)
def test_sc_10_no_setting_adds_a_field_a_line_or_a_recipient(place: str) -> None:
    for text in some(INJECTIONS):
        # A TOML file is UTF-8, so it holds no halves of surrogate pairs.
        text = text.encode(errors="ignore").decode()
        is_whole(press(SETTINGS[place](text), {}).render(acknowledgement(), NOW), acknowledgement())


@pytest.mark.parametrize("place", LETTERS)
def test_sc_10_no_letter_adds_a_field_a_line_or_a_recipient_to_what_answers_it(place: str) -> None:
    for text in some(INJECTIONS):
        for draft in decided(LETTERS[place](text)):
            is_whole(PRESS.render(draft, NOW), draft)
            assert VICTIM not in (draft.recipient, draft.to, *draft.cc)


def test_sc_10_no_name_of_an_agent_adds_a_field() -> None:
    for text in some(INJECTIONS):
        named = replace(SITE, agents=(agent("alice", name=text),))
        for draft in decided("From: anna@client.example\r\n", named):
            is_whole(press(named, {}).render(draft, NOW), draft)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\n\r\n", "\0"])
def test_sc_10_a_domain_with_a_line_end_makes_no_mail_at_all(end: str) -> None:
    """The settings refuse it; were it there all the same, the mail is read before it is queued."""
    broken = replace(SITE, robot=replace(SITE.robot, domain=f"example.com>{end}Bcc: {VICTIM}"))
    with pytest.raises(RenderError):
        press(broken, {}).render(acknowledgement(), NOW)


def test_sc_10_there_are_more_than_5000() -> None:
    """Each fifth in every place here, each as an address and as a folder in tests/wire."""
    places = len(DRAFTS) + len(SETTINGS) + len(LETTERS) + 1
    assert len(INJECTIONS[::IN_CI]) * places + 2 * len(INJECTIONS) > 5000


def decided(head: str, where: Site = SITE) -> Iterator[Draft]:
    raw = (head + "Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour\r\n").encode("utf-8", "surrogatepass")
    known = replace(messages.known(), free=(ticket().number,)) if head else Known()
    said = parse(raw, where.robot.reading)
    yield from decide(messages.arrival(), said, known, POLICY, where, messages.NOW).drafts


def is_whole(mail: Outgoing, draft: Draft) -> None:
    """Read by two who know nothing of how it was made: line by line as RFC 5322 has it, and by the standard library."""
    head, _, body = mail.raw.partition(b"\r\n\r\n")
    text = head.decode("utf-8")
    lines = text.split("\r\n")
    assert all(line == line.strip("\r\n\0") and line.strip() and len(line.encode()) <= 998 for line in lines)
    assert not re.search("[\0-\x08\x0a-\x1f\x7f\x85\u2028\u2029]", "".join(lines))
    names = [unfolded.partition(":")[0] for unfolded in _unfolded(lines)]
    assert names == [name for name in FIELDS if name in names]
    assert b"\n" not in body.replace(b"\r\n", b"")
    _says(mail, draft)


def _unfolded(lines: list[str]) -> list[str]:
    fields: list[str] = []
    for line in lines:
        if line.startswith((" ", "\t")):
            fields[-1] += line
        else:
            fields.append(line)
    assert all(FIELD.fullmatch(field) for field in fields)
    return fields


def _says(mail: Outgoing, draft: Draft) -> None:
    letter = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    assert not letter.defects
    assert letter["Subject"] == mail.subject
    assert letter["Message-ID"] == mail.message_id
    assert _addresses(letter, "Reply-To") == [f"support+{mail.tag}@example.com"]
    assert _addresses(letter, "From") == ["support@example.com"]
    assert set(_addresses(letter, "To")) <= {draft.to, draft.recipient}
    assert set(_addresses(letter, "Cc")) <= {*draft.cc}
    assert VICTIM not in (*_addresses(letter, "To"), *_addresses(letter, "Cc"))


def _addresses(letter: EmailMessage, name: str) -> list[str]:
    """RFC 6532 allows UTF-8 in a header; the standard library hands its octets on as surrogates."""
    found = letter[name].addresses if letter[name] else ()
    return [address.addr_spec.encode("ascii", "surrogateescape").decode() for address in found]
