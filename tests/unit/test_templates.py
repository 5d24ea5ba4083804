"""Every mail in both languages as its reader sees it: read the snapshots. `pytest --accept` rewrites them."""

import email
import email.policy
import re
from dataclasses import replace
from pathlib import Path

import pytest
from drafts import EVERY, NOW, acknowledgement, acknowledgement_unknown, alarm, held, not_sent, notice, undelivered
from sites import site

from mailbot.decide import notices, refusals
from mailbot.decide.labels import LABELS
from mailbot.model import Draft, Language, PartKind, Purpose, Site, Status, Ticket
from mailbot.parsers.quoted import split
from mailbot.render import DELIMITER, press
from mailbot.render.templates import shipped

MISPRINT = re.compile(r"[^\u00a0]:(?!\S)|«(?!\u00a0)|(?<!\u00a0)»|'| [;!?]")
SNAPSHOTS = Path(__file__).parent / "snapshots"
BILLET = site(robot={"request_word": "billet", "phone": "", "emergency_phone": ""})


def following(draft: Draft) -> Ticket:
    assert draft.ticket
    return replace(draft.ticket, predecessor="MB-0D5T-2H8R")


def of_held(draft: Draft) -> Ticket:
    assert draft.ticket
    return replace(draft.ticket, status=Status.HELD)


VARIANTS = {
    "undelivered-and-what-now": replace(undelivered(), lines=("Tant que …, ses messages vont à une autre adresse.",)),
    "acknowledgement-of-a-follower": replace(acknowledgement(), ticket=following(acknowledgement())),
    "acknowledgement-without-subject": replace(acknowledgement(), subject="", facts=()),
    "acknowledgement-of-what-is-held": replace(acknowledgement(), ticket=of_held(acknowledgement())),
    "acknowledgement-that-asks-which-account": replace(acknowledgement(), lines=("AC-123456", "AC-204518"), facts=()),
    "acknowledgement-unknown-of-what-is-held": replace(
        acknowledgement_unknown(), ticket=of_held(acknowledgement_unknown())
    ),
    "notice-of-what-is-held": replace(notice(), ticket=of_held(notice()), reason=notices.HELD[0]),
    "notice-of-a-ticket-handed-over": replace(notice(), text="", attachments=(), reason="Ce billet vous est confié"),
    "notice-to-the-admin": replace(notice(), purpose=Purpose.ADMIN, recipient="admin@example.com", recipient_name=""),
    "notice-to-the-admin-of-what-is-held": replace(
        notice(Language.EN), purpose=Purpose.ADMIN, ticket=of_held(notice(Language.EN)), reason=notices.HELD[1]
    ),
    "held-to-the-admin": replace(held(), purpose=Purpose.ADMIN),
    "not-sent-and-what-now": replace(not_sent(), lines=("répondez au nouvel avis.",)),
    "not-sent-and-what-now.en": replace(not_sent(Language.EN), lines=("answer the new notice.",)),
    "alarm-with-a-subject": replace(alarm(), subject="boîte sac muette depuis 15 minutes", lines=alarm().lines[:1]),
}


def shown(draft: Draft, site_: Site) -> str:
    """The mail with its header and both bodies decoded; tag and proof, which hang on a key, made TAG and PROOF."""
    outgoing = press(site_, {}).render(draft, NOW)
    letter = email.message_from_bytes(outgoing.raw, policy=email.policy.default)
    text, html = (part.get_content() for part in letter.iter_parts())
    header = "".join(f"{name}: {value}\n" for name, value in letter.items())
    whole = f"{header}\n{text}\n{'=' * 20} HTML {'=' * 20}\n{html}"
    whole = whole.replace(letter["X-Mailbot-Proof"], "PROOF")
    return whole.replace(outgoing.tag, "TAG").replace("\r\n", "\n")


def compare(name: str, found: str, request: pytest.FixtureRequest) -> None:
    file = SNAPSHOTS / f"{name}.txt"
    if request.config.getoption("--accept", default=False):
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("draft", EVERY, ids=lambda draft: str(draft.__name__))
def test_every_mail_is_as_its_snapshot(draft: object, language: Language, request: pytest.FixtureRequest) -> None:
    assert callable(draft)
    made = draft(language)
    compare(f"{made.template}.{language}", shown(made, site()), request)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_as_its_snapshot(name: str, request: pytest.FixtureRequest) -> None:
    compare(name, shown(VARIANTS[name], BILLET if "follower" in name else site()), request)


def test_no_snapshot_is_left_over() -> None:
    made = {f"{draft().template}.{language}.txt" for draft in EVERY for language in Language}
    assert {file.name for file in SNAPSHOTS.iterdir()} == made | {f"{name}.txt" for name in VARIANTS}


@pytest.mark.parametrize("draft", [*(made(language) for made in EVERY for language in Language), *VARIANTS.values()])
def test_both_bodies_hold_the_same_words(draft: Draft) -> None:
    """A word of the text that the HTML lacks would be read by some only."""
    letter = email.message_from_bytes(press(site(), {}).render(draft, NOW).raw, policy=email.policy.default)
    text, html = (part.get_content() for part in letter.iter_parts())
    plain = html[html.index("<body") :]
    words = {word.strip("-.,:()«»“”") for word in text.split()} - {""}
    missing = {word for word in words if word not in plain.replace("&lt;", "<").replace("&gt;", ">")}
    assert missing <= {"<jean.roy@example.net>"}


def test_an_unknown_author_gets_none_of_his_words_back() -> None:
    draft = replace(acknowledgement_unknown(), text="secret words", reason="secret words")
    other = replace(draft, text="other words", reason="other words")
    rendered = press(site(), {})
    assert rendered.render(draft, NOW).raw == rendered.render(other, NOW).raw
    assert len(rendered.render(draft, NOW).raw) <= 4096
    assert b"AC-123456" not in rendered.render(draft, NOW).raw


def test_every_word_for_a_request_agrees_with_what_stands_around_it() -> None:
    for word, expected in (("demande", "qui est fermée."), ("ticket", "qui est fermé.")):
        draft = replace(acknowledgement(), ticket=following(acknowledgement()))
        mail = shown(draft, site(robot={"request_word": word}))
        assert f"Le numéro de votre {word} est" in mail
        assert expected in mail


@pytest.mark.parametrize("language", Language)
def test_a_notice_opens_with_the_line_above_which_the_answer_stands(language: Language) -> None:
    letter = email.message_from_bytes(press(site(), {}).render(notice(language), NOW).raw, policy=email.policy.default)
    text, html = (part.get_content() for part in letter.iter_parts())
    assert text.startswith(DELIMITER)
    assert f"<p>{DELIMITER}</p>" in html


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_of_a_reply_to_a_notice_only_the_agents_words_are_new(language: Language, mark: str) -> None:
    letter = email.message_from_bytes(press(site(), {}).render(notice(language), NOW).raw, policy=email.policy.default)
    quoted = "".join(f"{mark}{line}\n" for line in next(letter.iter_parts()).get_content().splitlines())
    reply = f"Bonjour Jean, c’est réparé.\n\n{quoted}"
    new = (reply[part.start : part.end] for part in split(reply) if part.kind is PartKind.NEW)
    assert "".join(new).strip() == "Bonjour Jean, c’est réparé."


def test_french_templates_keep_their_typography() -> None:
    """A no-break space before the colon and inside « », as France and Quebec both want it; no straight apostrophe."""
    for name, source in shipped().items():
        if ".fr." in name:
            words = re.sub(r"\{[%{].*?[}%]\}|<[^>]*>|Subject:|Re:", "", source)
            assert not MISPRINT.search(words), name


def test_french_sentences_for_agents_keep_their_typography() -> None:
    news = (said for name, said in vars(notices).items() if name.isupper() and isinstance(said, tuple))
    for french, _ in (*news, *refusals.WHY.values(), *refusals.ADVICE.values(), *LABELS.values()):
        assert not MISPRINT.search(french), french
