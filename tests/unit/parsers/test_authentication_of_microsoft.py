"""Microsoft's Authentication-Results name nobody: they are known by their place and by its ARC set."""

import pytest

from mailbot.model import AuthenticationResult
from mailbot.parsers.authentication import results
from mailbot.parsers.headers import section

FOUND = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n"
    " smtp.mailfrom=client.example; dkim=pass (signature was verified)\r\n"
    " header.d=client.example;dmarc=pass action=none\r\n"
    " header.from=client.example;compauth=pass reason=100\r\n"
)
SEAL = (
    "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass (sender ip is\r\n"
    " 192.0.2.1) smtp.rcpttodomain=example.com smtp.mailfrom=client.example;\r\n"
    " dmarc=pass (p=none sp=none pct=100) action=none header.from=client.example;\r\n"
    " dkim=pass (signature was verified) header.d=client.example; arc=none (0)\r\n"
)
INSIDE = "Received: from AM6P.eurprd05.prod.outlook.com (10.0.0.1) by VI1P.eurprd05.prod.outlook.com with HTTPS; x\r\n"
BORDER = (
    "Received: from mail.client.example (192.0.2.1) by\r\n"
    " AM5EUR02FT056.mail.protection.outlook.com (10.152.8.1) with Microsoft SMTP Server; x\r\n"
)
OUTSIDE = "Received: from laptop by mail.client.example with ESMTP; x\r\n"
SIGNATURE = "DKIM-Signature: d=client.example; h=from; b=x\r\n"
LETTER = SIGNATURE + "From: anna@client.example\r\n"


def read(*fields: str) -> tuple[AuthenticationResult, ...]:
    raw = "".join((*fields, LETTER, "\r\n")).replace("\r\n", "\n").encode()
    return results(section(raw, 0, len(raw)).fields)


@pytest.mark.parametrize(
    "fields",
    [
        (SEAL, INSIDE, INSIDE, FOUND, BORDER, OUTSIDE),
        (INSIDE, FOUND, SEAL, BORDER, OUTSIDE),
        (SEAL.replace("i=1", "i=2"), INSIDE, FOUND, BORDER, SEAL.replace("dmarc=pass", "dmarc=none"), OUTSIDE),
    ],
    ids=["above", "below", "the sender's own ARC set below"],
)
def test_what_its_arc_set_confirms_above_its_borders_received_field_is_sealed(fields: tuple[str, ...]) -> None:
    found = read(*fields)
    assert [(result.authserv_id, result.method, result.result, result.sealed) for result in found] == [
        ("", "spf", "pass", True),
        ("", "dkim", "pass", True),
        ("", "dmarc", "pass", True),
        ("", "compauth", "pass", True),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        (INSIDE, FOUND, BORDER),
        (SEAL, INSIDE, BORDER, FOUND, OUTSIDE),
        (SEAL, INSIDE, FOUND, OUTSIDE),
        (INSIDE, FOUND, BORDER, SEAL),
        (SEAL.replace("dmarc=pass", "dmarc=none"), FOUND, BORDER),
        (SEAL.replace("header.from=client.example", "header.from=evil.example"), FOUND, BORDER),
        (SEAL.replace("mx.microsoft.com", "mx.evil.example"), FOUND, BORDER),
        (SEAL.replace("i=1;", ""), FOUND, BORDER),
        (SEAL, FOUND, BORDER, SEAL.replace("i=1", "i=9")),
        (SEAL, FOUND, BORDER.replace("outlook.com", "outlook.com.evil.example")),
        (SEAL, FOUND, BORDER, SEAL * 60),
        (SEAL, FOUND, BORDER, "ARC-Authentication-Results: i=2; (\r\n"),
    ],
    ids=[
        "no ARC",
        "below the border",
        "no border",
        "ARC below the border",
        "another result",
        "another domain",
        "another writer",
        "no instance",
        "a higher instance below",
        "another host's border",
        "too many sets",
        "an unreadable set",
    ],
)
def test_whatever_a_sender_could_have_written_is_not_sealed(fields: tuple[str, ...]) -> None:
    assert not any(result.sealed for result in read(*fields))


def test_only_the_topmost_without_a_name_is_sealed() -> None:
    forged = FOUND.replace("client.example", "bank.example")
    found = read(SEAL, FOUND, BORDER, forged)
    assert {result.field: result.sealed for result in found} == {0: True, 1: False}
