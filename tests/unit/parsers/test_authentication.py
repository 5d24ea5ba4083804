"""Authentication-Results by RFC 8601 section 2.2: what stands in comments and quotes is never a result."""

import pytest

from mailbot.model import AuthenticationResult, Property
from mailbot.parsers.authentication import results
from mailbot.parsers.headers import section


def of(head: str) -> tuple[AuthenticationResult, ...]:
    raw = f"{head}\n\n".encode()
    return results(section(raw, 0, len(raw)).fields)


def read(*values: str) -> tuple[AuthenticationResult, ...]:
    """What is said, without what only stands there."""
    found = of("\n".join(f"Authentication-Results: {value}" for value in values))
    return tuple(result for result in found if result.method)


def methods(value: str) -> list[tuple[str, str]]:
    return [(result.method, result.result) for result in read(value)]


def test_a_result_has_authserv_id_method_result_and_properties() -> None:
    assert read("mx.example.com 1; dmarc=pass (p=reject) header.from=client.example policy.dmarc=reject") == (
        AuthenticationResult(
            "mx.example.com",
            "dmarc",
            "pass",
            (Property("header.from", "client.example"), Property("policy.dmarc", "reject")),
        ),
    )


def test_names_are_lower_case_and_values_stay() -> None:
    (result,) = read("MX.Example.COM; DKIM=Pass Header.D=Client.Example")
    assert (result.authserv_id, result.method, result.result) == ("mx.example.com", "dkim", "pass")
    assert result.properties == (Property("header.d", "Client.Example"),)


def test_several_methods_and_fields_come_from_the_top_down() -> None:
    found = read("a.example; spf=fail smtp.mailfrom=x.example; dkim=pass", "b.example; dmarc=none")
    assert [(result.authserv_id, result.method) for result in found] == [
        ("a.example", "spf"),
        ("a.example", "dkim"),
        ("b.example", "dmarc"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.com; spf=fail (dmarc=pass header.from=bank.example) smtp.mailfrom=x.example",
        "mx.example.com; spf=fail (a (b; dmarc=pass) \\) ; dmarc=pass) smtp.mailfrom=x.example",
        'mx.example.com; spf=fail reason="; dmarc=pass header.from=bank.example"',
        'mx.example.com; spf=fail smtp.mailfrom="a;dmarc=pass\\" header.from=bank.example"@x.example',
        "mx.example.com; spf=fail smtp.mailfrom=dmarc=pass",
    ],
)
def test_what_an_author_puts_into_comments_reasons_and_values_is_no_result(value: str) -> None:
    assert methods(value) == [("spf", "fail")]


def test_a_quoted_local_part_is_one_value() -> None:
    (result,) = read('mx.example.com; auth=pass smtp.auth="anne; roy"@client.example')
    assert result.properties == (Property("smtp.auth", "anne; roy@client.example"),)


def test_an_authserv_id_may_be_quoted() -> None:
    assert read('"mx.example.com"; dmarc=pass')[0].authserv_id == "mx.example.com"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "mx.example.com",
        "mx.example.com; none",
        "mx.example.com 2; dmarc=pass",
        "mx.example.com; dmarc/2=pass",
        "mx.example.com other; dmarc=pass",
        "mx.example.com; dmarc",
        "mx.example.com; dmarc=",
        "mx.example.com; " + "a . " * 2000,
        "mx.example.com; dmarc=pass stray header.from=x.example",
        "mx.example.com; dmarc=pass (unclosed",
        'mx.example.com; dmarc=pass reason="unclosed',
        "mx.example.com; dmarc=pass ) header.from=x.example",
        'mx.example.com; "dmarc"=pass',
        "; dmarc=pass",
        "mx.example.com; dmarc=" + "a" * 9000,
        "(" * 5000,
    ],
)
def test_what_breaks_the_grammar_gives_no_result(value: str) -> None:
    assert read(value) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.example.com; dkim=pass header.b=a/b+c=; spf=pass;", [("dkim", "pass"), ("spf", "pass")]),
        ("mx.example.com; spf=pass client-ip=192.0.2.1 (é); dmarc=pass(p=none)", [("spf", "pass"), ("dmarc", "pass")]),
        ("mx.example.com; dkim / 1 = pass header . d = x.example", [("dkim", "pass")]),
        ("mx.example.com (the (inner) border) 1 (old); dkim = pass", [("dkim", "pass")]),
        ("mx.example.com; iprev=pass policy.iprev=2001:db8::1", [("iprev", "pass")]),
    ],
)
def test_what_real_hosts_write_is_read(value: str, expected: list[tuple[str, str]]) -> None:
    assert methods(value) == expected


def test_of_a_mail_with_more_than_twenty_fields_nothing_that_passed_is_given() -> None:
    found = read("mx.example.com; dmarc=fail; spf=pass", *["mx.example.com; spf=pass"] * 200)
    assert [(result.method, result.result) for result in found] == [("dmarc", "fail")]


def test_a_field_that_says_nothing_or_cannot_be_read_stands_there_all_the_same() -> None:
    found = of(
        "Received: from a by b\n"
        "Authentication-Results: MX.example.com; spf=pass (unclosed\n"
        "Authentication-Results: mx.example.com; none\n"
        "Authentication-Results: mx.example.com 2; dmarc=pass\n"
        "Received: from c by a\n"
        "Authentication-Results: other.example; spf=pass"
    )
    assert [(result.authserv_id, result.method, result.field, result.received) for result in found] == [
        ("mx.example.com", "", 0, 1),
        ("mx.example.com", "", 1, 1),
        ("mx.example.com", "", 2, 1),
        ("other.example", "spf", 3, 2),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Authentication-Results : mx.example.com; dmarc=pass",
        "Authentication-Results: (old) mx.example.com; dmarc=pass",
        "Authentication-Results: mx.example.\u200bcom; dmarc=pass",
        "Authentication-Results: mx.example.com\u00a0; dmarc=pass",
        "Authentication-Results: mx.e\x00xample.com; dmarc=pass",
        "Authentication-Results: mx.example.com; dmarc=pass header.from=cl\u202eient.example",
        "Authentication-Results: =?utf-8?q?mx.example.com?=; dmarc=pass",
        "X-Test: 1\rAuthentication-Results: mx.example.com; dmarc=pass",
    ],
)
def test_a_field_in_which_a_border_may_miss_its_own_name_says_nothing(head: str) -> None:
    assert [result for result in of(head) if result.method] == []


def test_no_letter_beyond_ascii_is_taken_for_one_of_a_name() -> None:
    """str.lower() makes a Kelvin sign a k: a border would not know that name for its own, and let it through."""
    assert read("mx.\u212aiosk.example; dmarc=pass")[0].authserv_id != "mx.kiosk.example"


SIGNED = "Authentication-Results: mx.example.com; dkim=pass header.d=client.example header.b=Ab1/\nDKIM-Signature: "


@pytest.mark.parametrize(
    ("signature", "weakness"),
    [
        ("v=1; d=client.example; h=from:to; b=Ab1/xyz", ""),
        ("v=1; d=Client.Example; h=To : From; b=A\n b1/ xyz", ""),
        ("v=1; d=client.example; h=from; l=0; b=Ab1/xyz", "covers a part of the text only (l=)"),
        ("v=1; d=client.example; h=from; l = 1200 ; b=Ab1/xyz", "covers a part of the text only (l=)"),
        ("v=1; d=client.example; h=to:subject; b=Ab1/xyz", "does not cover From"),
        ("v=1; d=client.example; b=Ab1/xyz", "does not cover From"),
        ("v=1; d=other.example; h=from; b=Ab1/xyz", "stands nowhere in the mail"),
        ("v=1; d=client.example; h=from; b=Cd2/xyz", "stands nowhere in the mail"),
        ("v=1; d=client.example; h=from; l=1; b=Cd2/x\nDKIM-Signature: d=client.example; h=from; b=Ab1/y", ""),
        (
            "d=client.example; h=from; b=Ab1/\n" + "DKIM-Signature: d=a.example; h=from; b=x\n" * 20,
            "is one of too many",
        ),
        ("d=client.example; h=from; b=Ab1/" + "x" * 20_000, "stands nowhere in the mail"),
    ],
)
def test_what_a_signature_leaves_open_is_read_in_the_signature(signature: str, weakness: str) -> None:
    (result,) = of(SIGNED + signature)
    assert result.weakness == weakness


def test_a_border_that_states_the_identity_alone_means_the_signature_of_its_domain_or_of_one_above() -> None:
    (result,) = of(
        "Authentication-Results: mx.example.com; dkim=pass header.i=@mail.client.example\n"
        "DKIM-Signature: d=client.example; i=@mail.client.example; h=from; l=5; b=x"
    )
    assert result.weakness == "covers a part of the text only (l=)"
