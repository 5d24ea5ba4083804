"""Authentication-Results by RFC 8601 section 2.2: what stands in comments and quotes is never a result."""

import pytest

from mailbot.model import AuthenticationResult, Property
from mailbot.parsers.authentication import results
from mailbot.parsers.structure import Headers


def read(*values: str) -> tuple[AuthenticationResult, ...]:
    return results(Headers(tuple(("authentication-results", value) for value in values)))


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
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dmarc=pass action=none header.from=x.example",
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


def test_only_the_topmost_twenty_fields_are_read() -> None:
    assert len(read(*["mx.example.com; spf=pass"] * 200)) == 20


def test_below_an_unreadable_field_nobody_speaks_in_its_name() -> None:
    spoiled = "mx.example.com; spf=pass (unclosed"
    forged = "MX.example.com; dmarc=pass header.from=bank.example"
    assert [result.authserv_id for result in read(spoiled, forged, "other.example; spf=pass")] == ["other.example"]
