"""What one rendered mail says to machines: its header, its envelope, its octets."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from drafts import EVERY, NOW, NUMBER, acknowledgement, acknowledgement_unknown, alarm, answer, held, not_sent, notice
from sites import mailbox, site

from mailbot import tokens
from mailbot.model import Draft, Language, Outgoing, Site
from mailbot.render import RenderError, press

PLUS = site(mailboxes=(mailbox("support", subaddress="+"),))


def mail(draft: Draft, where: Site | None = None) -> Outgoing:
    return press(where or site(), {}).render(draft, NOW)


def read(outgoing: Outgoing) -> EmailMessage:
    letter = email.message_from_bytes(outgoing.raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def body(draft: Draft, kind: str = "plain") -> str:
    part = read(mail(draft)).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_same_draft_twice_is_the_same_mail() -> None:
    assert mail(acknowledgement()) == mail(acknowledgement())


def test_the_tag_of_the_message_id_is_that_of_the_outbox_row() -> None:
    outgoing = mail(acknowledgement())
    assert outgoing.tag == tokens.tag(b"k" * 32, "delivery:17", "acknowledgement", "jean.roy@example.net")
    assert outgoing.message_id == f"<mb.{outgoing.tag}@tickets.example.com>"
    assert read(outgoing)["Message-ID"] == outgoing.message_id


def test_an_acknowledgement_answers_the_letter_and_all_before_it() -> None:
    letter = read(mail(acknowledgement()))
    assert letter["In-Reply-To"] == "<letter-2@example.net>"
    assert letter["References"] == "<letter-1@example.net> <letter-2@example.net>"
    assert letter["Auto-Submitted"] == "auto-replied"


def test_a_notice_answers_nothing() -> None:
    letter = read(mail(notice()))
    assert letter["In-Reply-To"] is None
    assert letter["Auto-Submitted"] == "auto-generated"


def test_all_but_the_words_of_an_agent_say_that_they_are_automatic() -> None:
    for draft in EVERY:
        letter = read(mail(draft()))
        automatic = draft is not answer
        assert (letter["Auto-Submitted"] is not None) is automatic
        assert letter["X-Auto-Response-Suppress"] == ("All" if automatic else None)
        assert letter["X-Mailbot-Loop"] == "tickets.example.com"


def test_replies_and_bounces_come_back_by_the_tag_where_subaddresses_work() -> None:
    outgoing = mail(acknowledgement(), PLUS)
    assert outgoing.envelope_from == f"support+{outgoing.tag}@example.com"
    assert read(outgoing)["Reply-To"] == outgoing.envelope_from
    assert read(outgoing)["From"].addresses[0].addr_spec == "support@example.com"


def test_a_mailbox_whose_name_leaves_no_room_for_a_tag_goes_without() -> None:
    address = f"{'s' * 38}@example.com"
    outgoing = mail(acknowledgement(), site(mailboxes=(mailbox("support", address=address, subaddress="+"),)))
    assert outgoing.envelope_from == address


def test_without_subaddresses_they_come_back_to_the_mailbox() -> None:
    outgoing = mail(acknowledgement())
    assert outgoing.envelope_from == read(outgoing)["Reply-To"] == "support@example.com"


def test_the_null_sender_is_only_for_automatic_mail_of_a_site_that_wants_it() -> None:
    wants = site(smtp={"null_sender": True})
    assert mail(acknowledgement(), wants).envelope_from == ""
    assert mail(answer(), wants).envelope_from == "support@example.com"
    assert mail(acknowledgement()).envelope_from == "support@example.com"


def test_a_mail_of_a_mailbox_that_is_gone_goes_from_the_first() -> None:
    assert (
        read(mail(replace(acknowledgement(), mailbox="gone")))["From"].addresses[0].addr_spec == "support@example.com"
    )


def test_the_row_says_what_the_mail_says() -> None:
    outgoing = mail(replace(notice(Language.EN), withheld="over budget"))
    assert (outgoing.template, outgoing.language, outgoing.ticket) == ("notice", Language.EN, NUMBER)
    assert outgoing.recipient == "bob@example.com"
    assert outgoing.subject == read(outgoing)["Subject"] == f"[{NUMBER}] No connection"
    assert outgoing.withheld == "over budget"
    assert mail(alarm()).ticket is None


@pytest.mark.parametrize(
    "subject",
    [
        "Re: panne",
        "RE : panne",
        "Re: Re: panne",
        f"Re: [{NUMBER}] Re: panne",
        f"[{NUMBER}] panne",
        "Réf : panne",
        "panne",
    ],
)
def test_an_answer_has_one_re_and_one_number(subject: str) -> None:
    assert mail(replace(answer(), subject=subject)).subject == f"[{NUMBER}] Re: panne"


def test_words_that_only_begin_like_re_stay() -> None:
    assert mail(replace(answer(), subject="Report: TR: retard")).subject == f"[{NUMBER}] Re: Report: TR: retard"


def test_a_repeated_subject_is_cut_at_150_characters() -> None:
    subject = mail(replace(acknowledgement(), subject="é" * 500)).subject
    assert subject == f"[{NUMBER}] Re: " + "é" * 149 + "…"


@pytest.mark.parametrize(
    "hostile",
    [
        "panne\r\nBcc: victim@example.org",
        "panne\nBcc: victim@example.org",
        "panne\u2028Bcc: victim@example.org",
        "panne\x85Bcc: victim@example.org",
        "=?utf-8?q?panne=0D=0ABcc:_victim@example.org?=",
        "panne\x00",
        "panne\r\n\r\n<script>",
    ],
)
def test_no_subject_adds_a_field(hostile: str) -> None:
    for draft in (replace(acknowledgement(), subject=hostile), replace(answer(), subject=hostile)):
        plain = read(mail(replace(draft, subject="panne")))
        letter = read(mail(draft))
        assert letter.keys() == plain.keys()
        assert letter["Bcc"] is None
        assert body(draft).startswith("Bonjour,\n")


def test_an_encoded_word_in_a_subject_is_text_and_stays_text() -> None:
    subject = "=?utf-8?q?=0D=0ABcc:_x@example.org?="
    assert read(mail(replace(acknowledgement(), subject=subject)))["Subject"] == f"[{NUMBER}] Re: {subject}"


@pytest.mark.parametrize(
    "id_",
    [
        "=?utf-8?q?=3Ca=40b=3E=0D=0ABcc=3A_e=40x?=",
        "<=?utf-8?q?=0A?=@example.net>",
        "<a@b>\r\nBcc: e@x.org",
        "<a b@example.net>",
        "<a@b> <c@d>",
        "<no-at-sign>",
        '<"quoted"@example.net>',
        "<comment(@example.net>",
        "<é@example.net>",
        f"<{'a' * 1000}@example.net>",
        "",
    ],
)
def test_only_what_is_a_message_id_is_ever_echoed(id_: str) -> None:
    letter = read(mail(replace(acknowledgement(), in_reply_to=id_, references=("<ok@example.net>", id_))))
    assert letter["In-Reply-To"] is None
    assert letter["References"] == "<ok@example.net>"
    assert letter["Bcc"] is None


@pytest.mark.parametrize("id_", ["<[AM0PR04@exchange]>", "<[x]@[192.0.2.1]>", "<a:b@example.net>"])
def test_an_id_as_exchange_makes_them_is_echoed_so_that_its_maker_can_thread(id_: str) -> None:
    letter = read(mail(replace(acknowledgement(), in_reply_to=id_, references=(id_,))))
    assert (letter["In-Reply-To"], letter["References"]) == (id_, id_)


def test_a_long_id_is_neither_encoded_nor_split() -> None:
    """Section 2.5 of the reliability notes: of ids beyond 77 characters the standard library encodes four in five."""
    id_ = f"<{'x' * 200}@{'y' * 40}.example.net>"
    outgoing = mail(replace(acknowledgement(), in_reply_to=id_, references=(id_,)))
    assert outgoing.raw.count(id_.encode()) == 2


def test_of_a_long_thread_the_first_id_and_the_last_99_are_kept() -> None:
    ids = tuple(f"<letter-{n}@example.net>" for n in range(300))
    letter = read(mail(replace(acknowledgement(), references=ids, in_reply_to=ids[-1])))
    assert letter["References"].split() == [ids[0], *ids[-99:]]


def test_a_thread_of_long_ids_stays_within_what_relays_take() -> None:
    ids = tuple(f"<{n}-{'x' * 800}@example.net>" for n in range(100))
    found = read(mail(replace(acknowledgement(), references=ids, in_reply_to=ids[-1])))["References"].split()
    assert len(" ".join(found)) < 17 * 1024
    assert (found[0], found[-1]) == (ids[0], ids[-1])


@pytest.mark.parametrize(
    "address", ["a@b.org, victim@example.org", "a@b.org\r\nBcc: v@example.org", "=?utf-8?q?x?=@b.org", "no address", ""]
)
def test_a_mail_to_what_is_no_address_is_withheld(address: str) -> None:
    outgoing = mail(replace(acknowledgement(), recipient=address))
    assert outgoing.withheld == "the address cannot be written into a mail"
    assert read(outgoing)["To"] == "undisclosed-recipients:;"
    assert b"victim" not in outgoing.raw


def test_a_domain_beyond_ascii_goes_as_its_a_label() -> None:
    outgoing = mail(replace(acknowledgement(), recipient="jean@exämple.net"))
    assert read(outgoing)["To"] == "jean@xn--exmple-cua.net"
    assert outgoing.raw.isascii()


def test_a_local_part_beyond_ascii_is_never_mapped() -> None:
    outgoing = mail(replace(acknowledgement(), recipient="josé@example.net"))
    assert "\r\nTo: josé@example.net\r\n".encode() in outgoing.raw
    assert outgoing.withheld is None


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jean Roy", "Jean Roy <alice@example.com>"),
        ("Roy, Jean (N.O.C.)", '"Roy, Jean (N.O.C.)" <alice@example.com>'),
        ("Zoé", "=?utf-8?q?Zo=C3=A9?= <alice@example.com>"),
        ('a" <x@example.org>, "', "=?utf-8?q?a=22_=3Cx=40example=2Eorg=3E=2C_=22?= <alice@example.com>"),
        ("", "alice@example.com"),
    ],
)
def test_a_display_name_never_adds_a_recipient(name: str, written: str) -> None:
    outgoing = mail(replace(notice(), recipient_name=name))
    assert f"\r\nTo: {written}\r\n".encode() in outgoing.raw
    (recipient,) = read(outgoing)["To"].addresses
    assert (recipient.display_name, recipient.addr_spec) == (name, "alice@example.com")


def test_letters_of_every_script_survive() -> None:
    text = "日本語 العربية עברית Ελληνικά 👩🏽‍🚀 e\u0301" * 20
    letter = read(mail(replace(answer(), text=text, subject="日本語 العربية")))
    assert letter["Subject"] == f"[{NUMBER}] Re: 日本語 العربية"
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert plain["Content-Transfer-Encoding"] == "base64"
    assert plain.get_content().startswith(text)


def test_an_override_of_direction_never_reaches_an_agents_screen() -> None:
    draft = replace(notice(), attachments=("photo\u202egpj.exe (application/x-msdownload, 2 KiB)",))
    assert "photogpj.exe" in body(draft)


def test_markup_in_a_customers_text_is_text() -> None:
    html = body(replace(notice(), text="<script>alert(1)</script>{{ 7*7 }}"), "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in html


def test_the_lines_of_a_customers_text_stay_lines() -> None:
    draft = replace(notice(), text="un\r\n  deux\rtrois\u2028quatre\n\n")
    assert "\n\nun\n  deux\ntrois\nquatre\n\n" in body(draft)
    assert "un<br>  deux<br>trois<br>quatre<" in body(draft, "html")


def test_an_endless_letter_is_shortened_for_agents_and_an_agents_words_never() -> None:
    text = "<&> " * 30_000
    assert "(Texte abrégé." in body(replace(notice(), text=text))
    assert body(replace(answer(), text=text)).count("<&>") == 30_000


def test_endless_lists_end() -> None:
    names = tuple(f"{n}.pdf" for n in range(1000))
    assert "- 99.pdf\n- … + 900\n" in body(replace(notice(), attachments=names))


def test_every_line_is_short_and_every_octet_ascii() -> None:
    for draft in EVERY:
        for language in Language:
            raw = mail(draft(language)).raw
            assert raw.isascii()
            assert max(map(len, raw.split(b"\r\n"))) <= 76
            assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")


def test_the_date_is_that_of_the_judgement() -> None:
    later = datetime(2027, 12, 31, 23, 59, 58, tzinfo=UTC)
    letter = email.message_from_bytes(press(site(), {}).render(notice(), later).raw, policy=email.policy.default)
    assert letter["Date"].datetime == later


def test_a_template_that_nobody_wrote_is_a_fault() -> None:
    with pytest.raises(RenderError, match="there is no template nothing"):
        mail(replace(notice(), template="nothing"))


def test_a_press_shows_no_secret() -> None:
    assert "k" * 32 not in repr(press(site(), {}))


def test_mails_of_one_cause_have_tags_of_their_own() -> None:
    made = (mail(notice()), mail(notice(Language.EN)), mail(held()), mail(not_sent()))
    assert len({one.tag for one in (*made, mail(acknowledgement_unknown()))}) == 5
