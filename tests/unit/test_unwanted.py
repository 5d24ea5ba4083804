"""Junk and web forms: what the operator names in [security], in its settings, in the parser and in the judgement."""

from pathlib import Path

import pytest
import site_files
from messages import ANNA, NOW, account, arrival, authenticated, known, message
from sites import POLICY, site

from mailbot.decide import decide
from mailbot.model import Address, Automatic, Decision, Level, Message, Outcome, Reading, Report
from mailbot.parsers.message import parse

FORM = "no-reply@www.example.com"
READING = Reading(forms=frozenset({FORM}))
TRUSTED = 'trusted_authserv_ids = ["mx.acme.test"]'


def blocking(*names: str) -> Decision:
    return judge(message(), *names)


def judge(said: Message, *names: str) -> Decision:
    guarded = site(security={"blocked": frozenset(names)})
    return decide(arrival(), said, known(), POLICY, guarded, NOW)


@pytest.mark.parametrize("name", [ANNA, "client.example", "example"])
def test_mail_of_a_blocked_address_or_domain_is_junk_without_ticket_or_mail(name: str) -> None:
    decision = blocking(name)
    assert (decision.outcome, decision.ticket, decision.drafts) == (Outcome.JUNK, None, ())
    assert decision.reason.startswith(f"{name} stands in [security] blocked; kept, and let pass by")


@pytest.mark.parametrize("name", ["bo@client.example", "lient.example", "mail.client.example", "anna"])
def test_no_other_mail_is_junk(name: str) -> None:
    assert blocking(name).outcome is Outcome.TICKET_CREATED


@pytest.mark.parametrize("written", ["Anna@Client.Example", "anna@CLIENT.EXAMPLE"])
def test_spelling_hides_nobody_who_is_blocked(written: str) -> None:
    assert judge(message(author=Address(written)), ANNA).outcome is Outcome.JUNK


def test_who_cannot_be_told_is_blocked_by_what_he_claims() -> None:
    two = message(author=None, author_defect="two authors", claimed=("x@elsewhere.example", ANNA))
    assert judge(two, "client.example").outcome is Outcome.JUNK


def test_what_a_machine_writes_there_is_junk_too() -> None:
    assert judge(message(automatic=Automatic.LIST), "client.example").outcome is Outcome.JUNK


def test_releasing_blocked_mail_undoes_it() -> None:
    guarded = site(security={"blocked": frozenset({"client.example"})})
    released = decide(arrival(released=True, round=1), message(), known(), POLICY, guarded, NOW)
    assert released.outcome is Outcome.TICKET_CREATED
    assert released.ticket is not None


def submitted(*fields: str, sender: str = FORM) -> Message:
    head = (f"From: Formulaire <{sender}>", "To: support@example.com", "Message-ID: <1@www.example.com>", *fields)
    return parse("\r\n".join((*head, "", "Bonjour, notre lien est coupé.", "")).encode(), READING)


def test_the_author_of_a_web_form_is_its_reply_to() -> None:
    said = submitted("Reply-To: Anna Roy <anna@client.example>")
    assert (said.author, said.form) == (Address(ANNA, "Anna Roy"), FORM)


@pytest.mark.parametrize(
    ("fields", "defect"),
    [
        ((), "there is no Reply-To field"),
        (("Reply-To: ",), "Reply-To is empty"),
        (("Reply-To: a@x.example, b@y.example",), "Reply-To names several addresses"),
        (("Reply-To: a@x.example", "Reply-To: b@y.example"), "there are several Reply-To fields"),
        (("Reply-To: victim@good.example <evil@bad.example>",), "the name in Reply-To looks like another address"),
        (("Reply-To: group: a@x.example;",), "Reply-To is a group or a list"),
        (("Reply-To: not an address",), "Reply-To is malformed"),
    ],
)
def test_it_is_read_as_strictly_as_from(fields: tuple[str, ...], defect: str) -> None:
    said = submitted(*fields)
    assert said.author is None
    assert said.author_defect == f"{defect} in a mail of the web form {FORM}"
    decision = decide(arrival(), said, known(), POLICY, site(), NOW)
    assert decision.outcome is Outcome.TICKET_CREATED
    assert [draft.template for draft in decision.drafts] == ["notice"]


def test_nobody_elses_reply_to_is_looked_at() -> None:
    said = submitted("Reply-To: anna@client.example", sender="eve@elsewhere.example")
    assert (said.author, said.form) == (Address("eve@elsewhere.example", "Formulaire"), "")


@pytest.mark.parametrize(
    "sign", ["Auto-Submitted: auto-generated", "Return-Path: <>", "Precedence: bulk", "X-Auto-Response-Suppress: All"]
)
def test_a_form_is_a_program_and_its_visitor_a_person(sign: str) -> None:
    said = submitted("Reply-To: anna@client.example", sign)
    assert (said.automatic, said.declines) == (None, False)


def test_a_bounce_in_the_forms_name_is_a_bounce() -> None:
    raw = (
        b"From: <%s>\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
    )
    said = parse(raw % FORM.encode() + b"\r\n--b\r\n\r\nfailed\r\n--b--\r\n", READING)
    assert said.automatic is Automatic.BOUNCE
    assert said.report == Report("", ())


def test_whoever_a_form_names_is_unknown_though_his_address_is_registered_and_the_form_authenticated() -> None:
    proof = (authenticated("www.example.com"),)
    decision = decide(
        arrival(), message(form=FORM, authentication=proof), known(accounts=(account(),)), POLICY, site(), NOW
    )
    assert decision.sender.level is Level.UNKNOWN
    assert decision.sender.accounts == ()
    assert decision.sender.evidence == f"the web form {FORM} names {ANNA} as the author, and nothing proves it"
    assert decision.because[0].sentence == decision.sender.evidence
    assert decision.ticket is not None
    assert decision.ticket.account is None


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            'blocked = "x@bad.test"',
            'mailbot.toml:12: [security] blocked: "x@bad.test" is not a list: put it in [ ]',
        ),
        (
            'blocked = ["*@bad.test"]',
            'mailbot.toml:12: [security] blocked item 1: "*@bad.test": write the domain alone, without *; it stands '
            "for those below it as well",
        ),
        ('blocked = ["test"]', 'mailbot.toml:12: [security] blocked item 1: "test" is a whole top-level domain'),
        (
            'blocked = ["bad..test"]',
            'mailbot.toml:12: [security] blocked item 1: "bad..test" is neither an address nor a domain: '
            "its domain is malformed",
        ),
        (
            'blocked = ["acme.test"]',
            'mailbot.toml:12: [security] blocked: "acme.test" would make junk of mail from the agent [alice]',
        ),
        (
            'blocked = ["www.test"]\nforms = ["form@www.test"]',
            'mailbot.toml:12: [security] blocked: "www.test" would make junk of mail from the web form form@www.test',
        ),
        (
            'forms = ["www.test"]',
            'mailbot.toml:12: [security] forms item 1: "www.test" is not an address such as support@example.com: '
            "it is not an address",
        ),
        (
            'forms = ["support@acme.test"]',
            'mailbot.toml:12: [security] forms: "support@acme.test" is the address of [mailboxes.support]: let the '
            "form send from one of its own",
        ),
        (
            'forms = ["alice@acme.test"]',
            'mailbot.toml:12: [security] forms: "alice@acme.test" is the address of the agent [alice], whose Reply-To '
            "would be believed",
        ),
    ],
)
def test_a_fault_in_them_is_one_sentence(tmp_path: Path, keys: str, sentence: str) -> None:
    assert site_files.faults(tmp_path, (TRUSTED, f"{TRUSTED}\n{keys}"))[:1] == (sentence,)


def test_both_are_read_in_the_form_in_which_addresses_are_compared(tmp_path: Path) -> None:
    keys = 'forms = ["Form@WWW.test"]\nblocked = ["Bad.Test", "@worse.test", "X@y.test"]'
    loaded = site_files.load(tmp_path, (TRUSTED, f"{TRUSTED}\n{keys}")).site
    assert loaded.robot.reading.forms == {"form@www.test"}
    assert loaded.security.blocked == {"bad.test", "worse.test", "x@y.test"}
