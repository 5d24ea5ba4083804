"""SC-02: the author is the single, defect-free mailbox of From, or nobody; addresses that only look alike are two."""

import random
import re

import pytest
from identity import DESK, PASS, VICTIM

from mailbot.model import Level

EVIL = "Authentication-Results: mx.example.com; dmarc=pass header.from=bad.com"
# Table 2.3 of the measurements: what two parsers of the standard library read in two ways.
TABLE = (
    "{v} <evil@bad.com>",
    "{v}; evil@bad.com",
    "=?utf-8?q?victim=40good.com=3C?=evil@bad.com",
    "<=?utf-8?q?victim?=@good.com>",
    "<@evil.com:{v}>",
    "group: {v};",
    "<{v}>, <evil@bad.com>",
    "{v}\r\nFrom: evil@bad.com",
    "{v}.",
    '"victim"@good.com',
    "evil@bad.com <{v}>",
    "<evil@bad.com> {v}",
    "undisclosed-recipients:;",
)
VARIANTS = (
    "{v} evil@bad.com",
    "{v},evil@bad.com",
    "{v}, ",
    ", {v}",
    "{v};",
    "<{v}> <evil@bad.com>",
    "<{v}><evil@bad.com>",
    "<<{v}>>",
    "<{v}",
    "{v}>",
    "<{v}>>",
    "< {v}>",
    "<{v} >",
    "<{v}> x",
    "{v} x",
    "x {v}",
    "({v}) evil@bad.com",
    "(x) {v}",
    "{v} (x (y))",
    "{v} (x) (y)",
    "{v} (evil@bad.com",
    "Ana (x) <{v}>",
    "<{v}> (x)",
    "Ana: <{v}>;",
    "Ana: {v}, evil@bad.com;",
    ":{v}",
    ";{v}",
    "@{v}",
    "<@a,@b:{v}>",
    "<@bad.com,{v}>",
    "{v}@bad.com",
    "evil@bad.com@good.com",
    "{v}\\",
    "\\{v}",
    '"{v}',
    '"Ana <{v}>',
    '"Ana"" <evil@bad.com>" <{v}',
    "Ana\\ <{v}>",
    "[{v}]",
    "<[{v}]>",
    "victim@[good.com]",
    "victim@[127.0.0.1]",
    "victim@good..com",
    "victim@.good.com",
    "victim.@good.com",
    ".victim@good.com",
    "vic..tim@good.com",
    "victim@good.com\x00",
    "vic\x00tim@good.com",
    "victim\t@good.com",
    "vic tim@good.com",
    "victim@good .com",
    "victim@good\u3002com",
    "victim\uff20good.com",
    "victim@\uff27ood.com",
    "victim@go\u00adod.com",
    "vic\u200btim@good.com",
    "\u202evictim@good.com",
    "\u202emoc.doog@mitciv <{v}>",
    "Ana\x07 <{v}>",
    "=?utf-8?q?{v}?=",
    "=?utf-8?q?=3C?={v}=?utf-8?q?=3E?=",
    "<=?utf-8?q?victim=40good.com?=>",
    "{v}\r\nfrom: {v}",
    "{v}\r\nFrom : evil@bad.com",
    "{v}\rFrom: evil@bad.com",
    "{v}\r\nno field at all\r\nFrom: evil@bad.com",
)
assert len(VARIANTS) >= 60


@pytest.mark.parametrize("stamp", [PASS, EVIL], ids=["border says good.com", "border says bad.com"])
@pytest.mark.parametrize("value", TABLE)
def test_sc02_a_from_that_can_be_read_in_two_ways_is_nobodys(value: str, stamp: str) -> None:
    sender = DESK.identified(stamp, f"From: {value.format(v=VICTIM)}")
    assert sender.level is Level.UNKNOWN
    assert sender.evidence.startswith("the author cannot be told: ")


@pytest.mark.parametrize(
    ("registered", "written"),
    [
        ("VICTIM@Good.COM", "victim@good.com"),
        ("victim+shop@good.com", "Victim+Shop@good.com"),
        ("vic.tim@good.com", "vic.tim@GOOD.com"),
    ],
    ids=["in the register's case", "with a plus", "with dots"],
)
@pytest.mark.parametrize("value", VARIANTS)
def test_sc02_nothing_but_a_plain_address_is_the_registered_one(value: str, registered: str, written: str) -> None:
    desk = DESK.of(registered)
    sender = desk.identified(PASS, f"From: {value.format(v=written).replace(VICTIM, written)}")
    assert (sender.level, sender.accounts) == (Level.UNKNOWN, ())
    # And the same register knows the plain form.
    assert desk.identified(PASS, f"From: {written}").level is Level.AUTHENTICATED


@pytest.mark.parametrize(
    "value",
    [
        VICTIM,
        f"<{VICTIM}>",
        f"Ana Roy <{VICTIM}>",
        f'"Roy, Ana" <{VICTIM}>',
        f"=?utf-8?q?L=C3=A9a?= <{VICTIM}>",
        f"Léa d’Entremont <{VICTIM}>",
        f"Exemple inc. <{VICTIM}>",
        f"{VICTIM} (Ana Roy)",
        "VICTIM@GOOD.COM",
        f"Ana\r\n <{VICTIM}>",
    ],
)
def test_an_honest_customer_is_known_however_his_program_writes_his_name(value: str) -> None:
    assert DESK.identified(PASS, f"From: {value}").level is Level.AUTHENTICATED


# What can be in front of, between and behind an address: tokens of RFC 5322, broken ones, and what decodes to them.
PIECES = (
    VICTIM,
    VICTIM,
    "evil@bad.com",
    f"<{VICTIM}>",
    "<evil@bad.com>",
    "Ana",
    '"Ana"',
    "(x)",
    "=?utf-8?q?=3Cvictim=40good.com=3E?=",
    "=?utf-8?b?PHZpY3RpbUBnb29kLmNvbT4=?=",
    "group:",
    *'<>"(),;:@\\. \t\x00\r',
    "\r\n ",
    "\r\nFrom: ",
    "\rFrom: ",
    "\r\nFrom : ",
    "\u200b",
    "\u202e",
    "\uff20",
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SAFE = re.compile(r"[^<>@,;:()\"\[\]\\]*<victim@good\.com>|victim@good\.com(?: \([^()@\\]*\))?")


def is_the_victims(value: str) -> bool:
    """By another road than the parser's: without what is quoted, one plain address stands there and nothing else."""
    if len(re.findall(r"(?:^|[\r\n])from[ \t]*:", f"From: {value}", re.IGNORECASE)) != 1:
        return False
    unfolded = re.sub(r"\r\n(?=[ \t])", "", value).strip(" \t")
    plain = _QUOTED.sub("", unfolded).strip(" \t")
    return "\r" not in plain and "\n" not in plain and bool(_SAFE.fullmatch(re.sub(r"[ \t]+", " ", plain)))


def test_sc02_of_twenty_thousand_generated_from_fields_none_elevates_its_author() -> None:
    chance = random.Random(20_260_310)
    elevated, known = [], 0
    for _ in range(20_000):
        value = "".join(chance.choices(PIECES, k=chance.randint(1, 7)))
        if DESK.identified(PASS, f"From: {value}").accounts:
            known += 1
            elevated += [] if is_the_victims(value) else [value]
    assert elevated == []
    assert known > 100
