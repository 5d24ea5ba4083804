"""SC-03: only a configured name counts, where it can be the border's, in the grammar, and for the author's domain."""

from dataclasses import replace

import pytest
from identity import BORDER, DESK, M365, PASS, RECEIVED, TOP, VICTIM, Desk, below

from mailbot.model import Level

AUTHENTICATED, REGISTERED, SUSPECT = Level.AUTHENTICATED, Level.REGISTERED, Level.SUSPECT
FROM = f"From: Ana Roy <{VICTIM}>"
OUTSIDE = "Received: from laptop by mail.good.com; Tue, 10 Mar 2026 14:59:00 +0000"
INSIDE = "Received: by 2002:a05:6a00:1 with SMTP id x; Tue, 10 Mar 2026 15:00:01 +0000"
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=good.com; s=m; h=from:to:subject; b=Ab1xyz"


def said(what: str, by: str = BORDER) -> str:
    return f"Authentication-Results: {by}; {what}"


def judged(*lines: str, desk: Desk = DESK, author: str = FROM) -> Level:
    return desk.identified(*lines, author).level


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        pytest.param(REGISTERED, [RECEIVED], id="no field"),
        pytest.param(AUTHENTICATED, [RECEIVED, PASS], id="the border's own"),
        pytest.param(REGISTERED, [RECEIVED, said("dmarc=pass header.from=good.com", "mx.evil.net")], id="another's"),
        # the name
        pytest.param(AUTHENTICATED, [said("dmarc=pass header.from=good.com", "MX.Example.COM")], id="its case"),
        pytest.param(AUTHENTICATED, [said("dmarc=pass header.from=good.com", '"mx.example.com"')], id="quoted"),
        pytest.param(AUTHENTICATED, [said("dmarc=pass header.from=good.com", "mx.example.com 1")], id="version 1"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "mx.example.com 2")], id="version 2"),
        pytest.param(REGISTERED, [said("dmarc/2=pass header.from=good.com")], id="method version 2"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "mx.example.com.evil.net")], id="suffix"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "evil-mx.example.com")], id="prefix"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "a.mx.example.com")], id="a name below it"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "example.com")], id="a name above it"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "(mx.example.com) x")], id="in a comment"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "x (mx.example.com)")], id="comment behind"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "(x) mx.example.com")], id="comment before"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "mx.example.com evil.net")], id="two words"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "mx.exa\u200bmple.com")], id="zero width"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com", "=?utf-8?q?mx.example.com?=")], id="encoded"),
        pytest.param(REGISTERED, ["Authentication-Results: dmarc=pass header.from=good.com"], id="no name"),
        pytest.param(REGISTERED, [PASS.replace(":", " :", 1)], id="a blank before the colon"),
        pytest.param(REGISTERED, [f"X-Test: 1\r{PASS}"], id="behind a bare CR"),
        pytest.param(REGISTERED, [f"X-{PASS}"], id="another field"),
        # the grammar
        pytest.param(REGISTERED, [said("spf=fail (dmarc=pass header.from=good.com)")], id="pass in a comment"),
        pytest.param(REGISTERED, [said('spf=fail reason="; dmarc=pass header.from=good.com"')], id="pass in a reason"),
        pytest.param(
            REGISTERED,
            [said('spf=fail smtp.mailfrom="a;dmarc=pass header.from=good.com"@evil.net')],
            id="pass in the local part of MAIL FROM",
        ),
        pytest.param(REGISTERED, [said("spf=fail smtp.helo=dmarc=pass")], id="pass in smtp.helo"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com (unclosed")], id="an unclosed comment"),
        pytest.param(REGISTERED, [said('dmarc=pass header.from=good.com; spf=x reason="')], id="an unclosed quote"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=good.com; spf")], id="a method without a result"),
        pytest.param(
            AUTHENTICATED,
            ["Authentication-Results:\r\n mx.example.com\r\n 1;\r\n dmarc=pass\r\n (p=none)\r\n header.from=good.com"],
            id="folded over five lines",
        ),
        pytest.param(REGISTERED, [PASS + " (" + "x" * 65_536 + ")"], id="64 KiB"),
        pytest.param(REGISTERED, [PASS] * 200, id="200 fields"),
        pytest.param(REGISTERED, [PASS, *[said("spf=pass", "x.example")] * 200], id="200 foreign fields below"),
        # the result
        pytest.param(SUSPECT, [said("dmarc=fail header.from=good.com")], id="fail"),
        pytest.param(SUSPECT, [said("dmarc=FAIL header.from=good.com")], id="FAIL"),
        *(
            pytest.param(REGISTERED, [said(f"dmarc={result} header.from=good.com")], id=result)
            for result in ("none", "temperror", "permerror", "bestguesspass", "policy", "neutral", "softfail", "passed")
        ),
        # whose result
        pytest.param(REGISTERED, [said("dmarc=pass")], id="header.from missing"),
        pytest.param(SUSPECT, [said("dmarc=pass header.from=evil.com")], id="header.from another"),
        pytest.param(SUSPECT, [said("dmarc=pass header.from=mail.good.com")], id="header.from below"),
        pytest.param(REGISTERED, [said("dmarc=pass header.from=com")], id="header.from above"),
        pytest.param(SUSPECT, [said("dmarc=pass header.from=g\u043e\u043ed.com")], id="header.from looks alike"),
        pytest.param(AUTHENTICATED, [said("dmarc=pass header.from=GOOD.com.")], id="header.from as DNS writes it"),
        pytest.param(
            REGISTERED, [said("dmarc=pass header.from=good.com header.from=evil.com")], id="header.from stands twice"
        ),
        pytest.param(
            REGISTERED,
            [said("dmarc=pass header.from=good.com; dmarc=pass header.from=good.com")],
            id="two results of DMARC",
        ),
        pytest.param(
            SUSPECT, [said("dmarc=pass header.from=good.com; dmarc=fail header.from=good.com")], id="pass and fail"
        ),
        pytest.param(REGISTERED, [said("spf=pass smtp.mailfrom=good.com")], id="SPF alone"),
        pytest.param(REGISTERED, [said("auth=pass smtp.auth=victim@good.com")], id="a login, which is for agents"),
        pytest.param(
            REGISTERED, [f"ARC-{PASS.replace(': ', ': i=1; ')}", "ARC-Seal: i=1; cv=none; d=example.com"], id="ARC only"
        ),
        # DKIM
        pytest.param(AUTHENTICATED, [said("dkim=pass header.d=good.com"), SIGNED], id="DKIM of this domain"),
        pytest.param(AUTHENTICATED, [said("dkim=pass header.i=@good.com"), SIGNED], id="DKIM by its identity"),
        pytest.param(REGISTERED, [said("dkim=pass header.d=evil.com"), SIGNED], id="DKIM of another"),
        pytest.param(
            REGISTERED,
            [said("dkim=pass header.d=evil.com header.i=@good.com"), SIGNED.replace("d=good", "d=evil")],
            id="DKIM of another in its name",
        ),
        pytest.param(
            REGISTERED,
            [said("dkim=pass header.d=mail.good.com"), SIGNED.replace("d=good", "d=mail.good")],
            id="DKIM of a domain below",
        ),
        pytest.param(REGISTERED, [said("dkim=pass header.d=com"), SIGNED.replace("d=good.com", "d=com")], id="of com"),
        pytest.param(REGISTERED, [said("dkim=pass header.d=good.com"), SIGNED + "; l=0"], id="l="),
        pytest.param(REGISTERED, [said("dkim=pass header.d=good.com")], id="DKIM without a signature in the mail"),
        pytest.param(REGISTERED, [said("dkim=fail header.d=good.com"), SIGNED], id="DKIM that fails"),
        # what stands beside it
        pytest.param(REGISTERED, [PASS, RECEIVED, PASS], id="forged below"),
        pytest.param(REGISTERED, [said("dmarc=none header.from=good.com"), RECEIVED, PASS], id="forged below none"),
        pytest.param(SUSPECT, [said("dmarc=fail header.from=good.com"), RECEIVED, PASS], id="forged below fail"),
        pytest.param(SUSPECT, [PASS, RECEIVED, said("dmarc=fail header.from=good.com")], id="a fail anywhere"),
        pytest.param(REGISTERED, [said("none"), RECEIVED, PASS], id="forged below a field that says nothing"),
        pytest.param(REGISTERED, [said("spf=fail (unclosed"), RECEIVED, PASS], id="forged below an unreadable field"),
        pytest.param(REGISTERED, [said("spf=none"), RECEIVED, PASS], id="forged below one that knows SPF only"),
        pytest.param(
            AUTHENTICATED, [RECEIVED, PASS, said("dmarc=fail header.from=good.com", "x.net")], id="another's fail"
        ),
        pytest.param(
            AUTHENTICATED, [RECEIVED, PASS, said("dkim=none"), said("spf=pass")], id="one field for each filter"
        ),
        pytest.param(
            REGISTERED, [RECEIVED, said("dkim=none"), said("dkim=pass header.d=good.com"), SIGNED], id="twice"
        ),
    ],
)
def test_sc03_who_counts_as_authenticated(expected: Level, lines: list[str]) -> None:
    assert judged(*lines) is expected


GMAIL = replace(DESK, authserv_ids=("mx.google.com",))
GOOGLE = said("dkim=pass header.i=@good.com header.s=m; dmarc=pass header.from=good.com", "mx.google.com")
GOOGLES = RECEIVED.replace("mx.example.com", "mx.google.com")
NOT_THERE = said("spf=pass smtp.mailfrom=good.com", "mx.google.com")
MICROSOFT = "Authentication-Results: spf=pass smtp.mailfrom=good.com; dmarc=pass action=none header.from=good.com"
SEAL = "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass; dmarc=pass action=none header.from=good.com"
MICROSOFTS = "Received: from mail.good.com by AM5.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP Server; x"


@pytest.mark.parametrize(
    ("expected", "desk", "lines"),
    [
        pytest.param(AUTHENTICATED, replace(DESK, profile=TOP), [PASS, RECEIVED], id="top: on top"),
        pytest.param(
            AUTHENTICATED, replace(DESK, profile=TOP), [said("spf=pass"), PASS, RECEIVED], id="top: two there"
        ),
        pytest.param(REGISTERED, replace(DESK, profile=TOP), [RECEIVED, PASS], id="top: a lone forged one"),
        pytest.param(REGISTERED, replace(DESK, profile=TOP), [PASS, RECEIVED, PASS], id="top: and one forged"),
        pytest.param(SUSPECT, replace(DESK, profile=TOP), [RECEIVED, said("dmarc=fail")], id="top: a fail anywhere"),
        pytest.param(
            AUTHENTICATED,
            replace(GMAIL, profile=below(3)),
            [INSIDE, INSIDE, GOOGLES, GOOGLE, SIGNED],
            id="border: Gmail",
        ),
        pytest.param(
            REGISTERED,
            replace(GMAIL, profile=below(2)),
            [INSIDE, INSIDE, GOOGLES, OUTSIDE, GOOGLE, SIGNED],
            id="border: too low",
        ),
        pytest.param(
            REGISTERED, replace(GMAIL, profile=TOP), [INSIDE, GOOGLES, GOOGLE, SIGNED], id="Gmail under another profile"
        ),
        pytest.param(
            AUTHENTICATED,
            replace(GMAIL, profile=below(3)),
            [said("dmarc=fail", "mx.evil.net"), INSIDE, GOOGLES, GOOGLE, SIGNED],
            id="border: another's above",
        ),
        pytest.param(
            REGISTERED,
            replace(GMAIL, profile=below(3)),
            [INSIDE, GOOGLES, NOT_THERE, GOOGLE, SIGNED],
            id="border: forged below SPF only",
        ),
        pytest.param(
            REGISTERED,
            replace(GMAIL, profile=below(3)),
            [INSIDE, GOOGLES, said("none", "mx.google.com"), GOOGLE],
            id="border: forged below nothing",
        ),
        pytest.param(AUTHENTICATED, replace(DESK, profile=M365), [SEAL, INSIDE, MICROSOFT, MICROSOFTS], id="m365"),
        pytest.param(REGISTERED, replace(DESK, profile=M365), [INSIDE, MICROSOFT, MICROSOFTS], id="m365: no ARC"),
        pytest.param(REGISTERED, replace(DESK, profile=M365), [MICROSOFTS, SEAL, MICROSOFT], id="m365: all forged"),
        pytest.param(REGISTERED, replace(DESK, profile=M365), [SEAL, PASS, MICROSOFTS], id="m365: a name of ours"),
        pytest.param(
            SUSPECT,
            replace(DESK, profile=M365),
            [MICROSOFT.replace("dmarc=pass", "dmarc=fail"), MICROSOFTS],
            id="m365: a fail",
        ),
        pytest.param(REGISTERED, DESK, [SEAL, MICROSOFT, MICROSOFTS], id="Microsoft's where another is trusted"),
        pytest.param(REGISTERED, replace(DESK, authserv_ids=()), [PASS], id="nobody is trusted"),
        pytest.param(
            AUTHENTICATED, replace(DESK, authserv_ids=("mx2.example.com", BORDER)), [PASS], id="two names, one speaks"
        ),
        pytest.param(
            REGISTERED,
            replace(DESK, authserv_ids=("mx2.example.com", BORDER)),
            [said("dmarc=none", "mx2.example.com"), RECEIVED, PASS],
            id="two names, the other one forged",
        ),
        pytest.param(
            AUTHENTICATED,
            replace(DESK, security={"sender_authentication": "address"}),
            [RECEIVED],
            id="the address alone",
        ),
        pytest.param(
            SUSPECT,
            replace(DESK, security={"sender_authentication": "address"}),
            [said("dmarc=fail")],
            id="the address alone, never with a fail",
        ),
        pytest.param(
            REGISTERED,
            replace(DESK, security={"sender_authentication": "address"}),
            [PASS, RECEIVED, PASS],
            id="the address alone, never with a forged field",
        ),
    ],
)
def test_sc03_where_a_field_counts_is_the_profiles_to_say(expected: Level, desk: Desk, lines: list[str]) -> None:
    assert judged(*lines, desk=desk) is expected


@pytest.mark.parametrize("stated", ["xn--bcher-kva.example", "b\u00fccher.example", "XN--BCHER-KVA.example"])
@pytest.mark.parametrize("written", ["ana@b\u00fccher.example", "ana@xn--bcher-kva.example"])
def test_sc03_an_international_domain_is_one_in_both_its_forms(stated: str, written: str) -> None:
    desk = DESK.of("ana@b\u00fccher.example")
    assert judged(said(f"dmarc=pass header.from={stated}"), desk=desk, author=f"From: {written}") is AUTHENTICATED


@pytest.mark.parametrize(
    ("email", "signer"),
    [
        ("ana@bank.co.uk", "co.uk"),
        ("ana@shop.hosting.example", "hosting.example"),
        ("ana@team.github.io", "github.io"),
        ("ana@mail.good.com", "good.com"),
    ],
)
def test_sc03_a_domain_above_the_authors_signs_for_more_than_him(email: str, signer: str) -> None:
    """Whether it is a public suffix, or a host that signs what each of its customers writes, the DNS knows."""
    signature = f"DKIM-Signature: d={signer}; h=from; b=x"
    desk = DESK.of(email)
    assert judged(said(f"dkim=pass header.d={signer}"), signature, desk=desk, author=f"From: {email}") is REGISTERED
    # Where the border asked, and found the domain aligned, it says so.
    asked = said(f"dkim=pass header.d={signer}; dmarc=pass header.from={email.partition('@')[2]}")
    assert judged(asked, signature, desk=desk, author=f"From: {email}") is AUTHENTICATED


@pytest.mark.parametrize(
    ("lines", "desk", "says"),
    [
        ([PASS], DESK, "authenticated: dmarc=pass by mx.example.com"),
        ([said("dkim=pass header.d=good.com"), SIGNED], DESK, "authenticated: dkim=pass by mx.example.com"),
        ([said("dmarc=fail")], DESK, "but dmarc=fail by mx.example.com: this may be a forgery"),
        (
            [said("dmarc=pass header.from=evil.com")],
            DESK,
            "but dmarc=pass by mx.example.com for evil.com: this may be a forgery",
        ),
        ([RECEIVED], DESK, "not authenticated: no Authentication-Results of mx.example.com"),
        ([said("dmarc=none")], DESK, "not authenticated: dmarc=none by mx.example.com"),
        ([said("spf=pass")], DESK, "not authenticated: neither DMARC nor DKIM by mx.example.com"),
        (
            [said("dmarc=pass")],
            DESK,
            "not authenticated: dmarc=pass by mx.example.com, which does not name the author's domain",
        ),
        (
            [said("dkim=pass header.d=good.com"), SIGNED + "; l=9"],
            DESK,
            "not authenticated: dkim=pass by mx.example.com, whose signature covers a part of the text only (l=)",
        ),
        (
            [PASS, RECEIVED, PASS],
            DESK,
            "not authenticated: Authentication-Results stand twice under the name mx.example.com, so one may be forged",
        ),
        (
            [RECEIVED, PASS],
            replace(DESK, profile=TOP),
            "not authenticated: the Authentication-Results of mx.example.com stand below 1 Received field, where the "
            "profile top takes none",
        ),
        (
            [RECEIVED, MICROSOFT],
            replace(DESK, profile=M365),
            "not authenticated: no ARC field of Microsoft 365 confirms its Authentication-Results",
        ),
        (
            [PASS],
            replace(DESK, authserv_ids=()),
            "not authenticated: no mail server is trusted to say so (trusted_authserv_ids)",
        ),
        (
            [RECEIVED],
            replace(DESK, security={"sender_authentication": "address"}),
            "and this site trusts the address alone",
        ),
    ],
)
def test_the_evidence_says_what_was_seen(lines: list[str], desk: Desk, says: str) -> None:
    assert desk.identified(*lines, FROM).evidence == f"registered address of account AC-204518, {says}"
