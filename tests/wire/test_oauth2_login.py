"""A person signs in, by device code (RFC 8628) or in a browser (RFC 6749 section 4.1, RFC 7636)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers.authorization import USER_CODE, AuthorizationServer, Consent, Fall, Say, error

from mailbot import oauth2
from mailbot.model import Flow, OAuth2


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


class Patience:
    """In the place of time.sleep: notes how long each wait is, and does what was told to happen meanwhile."""

    def __init__(self, *meanwhile: Callable[[], None]) -> None:
        self.waits: list[float] = []
        self._meanwhile = list(meanwhile)

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self._meanwhile:
            self._meanwhile.pop(0)()


def becomes(server: AuthorizationServer, consent: Consent) -> Callable[[], None]:
    def change() -> None:
        server.consent = consent

    return change


def says(server: AuthorizationServer, *replies: Say | Fall) -> Callable[[], None]:
    return lambda: server.misbehave.extend(replies)


def sign_in(client: OAuth2, patience: Patience) -> oauth2.Standing:
    return oauth2.by_device_code(client, lambda _: None, patience)


def test_a_person_is_shown_where_to_go_with_which_code(server: AuthorizationServer, tmp_path: Path) -> None:
    client = server.client(tmp_path, Flow.DEVICE_CODE)
    shown: list[oauth2.DeviceCode] = []

    standing = oauth2.by_device_code(client, shown.append, Patience())

    assert standing == oauth2.Standing()
    assert [(code.user_code, code.verification_uri, code.expires_in) for code in shown] == [
        (USER_CODE, server.endpoint("verify"), 600)
    ]
    assert oauth2.access_token(client) in server.granted
    assert [form.get("grant_type") for form in server.requests] == [
        None,
        "urn:ietf:params:oauth:grant-type:device_code",
    ]


def test_a_client_without_a_secret_sends_none(server: AuthorizationServer, tmp_path: Path) -> None:
    client = replace(server.client(tmp_path, Flow.DEVICE_CODE), client_secret="")

    sign_in(client, Patience())

    assert not any("client_secret" in form for form in server.requests)


def test_it_asks_as_often_as_the_server_allows(server: AuthorizationServer, tmp_path: Path) -> None:
    server.consent, server.interval = Consent.PENDING, 3
    patience = Patience(
        lambda: None,
        becomes(server, Consent.ASKED_TOO_OFTEN),
        becomes(server, Consent.PENDING),
        says(server, Fall("drops"), Say(503), Say(200, b"rubbish")),
        lambda: None,
        lambda: None,
        becomes(server, Consent.GIVEN),
    )

    sign_in(server.client(tmp_path, Flow.DEVICE_CODE), patience)

    assert patience.waits == [3, 3, 8, 8, 16, 32, 60]


def test_nobody_waits_longer_than_the_code_is_valid(server: AuthorizationServer, tmp_path: Path) -> None:
    server.interval = 10**9
    patience = Patience(lambda: None)

    sign_in(server.client(tmp_path, Flow.DEVICE_CODE), patience)

    (waited,) = patience.waits
    assert waited <= 600


@pytest.mark.parametrize(
    ("consent", "sentence"),
    [
        (Consent.DENIED, "the sign-in of mailbox support was refused in the browser"),
        (
            Consent.TOO_LATE,
            "nobody signed in for mailbox support while the code was valid: run `mailbot login support` again",
        ),
    ],
)
def test_who_refuses_or_comes_too_late_is_not_signed_in(
    server: AuthorizationServer, tmp_path: Path, consent: Consent, sentence: str
) -> None:
    client = server.client(tmp_path, Flow.DEVICE_CODE)
    server.consent = Consent.PENDING

    with pytest.raises(oauth2.SignInError, match=f"^{re.escape(sentence)}$"):
        sign_in(client, Patience(becomes(server, consent)))

    assert oauth2.standing(client).trouble == "nobody has signed in yet: run `mailbot login support`"


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (error("invalid_scope"), "refused the client of mailbox support (invalid_scope): check scope"),
        (error("unauthorized_client"), "(unauthorized_client): allow the client this flow there"),
        (Say(404), "answered 404 and nothing that makes sense"),
        (Say(200, b"[]"), "answered 200 and nothing that makes sense"),
        (
            Say(200, b'{"device_code": "x", "user_code": "\\u001b[2J", "verification_uri": "https://a.example"}'),
            "answered 200 and nothing that makes sense",
        ),
        (
            Say(200, b'{"device_code": "x", "user_code": "y", "verification_uri": "javascript:x"}'),
            "answered 200 and nothing that makes sense",
        ),
    ],
)
def test_where_no_code_is_given_it_says_why(
    server: AuthorizationServer, tmp_path: Path, reply: Say, sentence: str
) -> None:
    server.misbehave.append(reply)

    with pytest.raises(oauth2.SignInError, match=re.escape(sentence)):
        sign_in(server.client(tmp_path, Flow.DEVICE_CODE), Patience())


def test_a_grant_without_a_refresh_token_is_no_sign_in(server: AuthorizationServer, tmp_path: Path) -> None:
    client = server.client(tmp_path, Flow.DEVICE_CODE)
    server.extra = {"refresh_token": ""}

    with pytest.raises(oauth2.Refused, match=r"granted no refresh token for mailbox support: let scope ask for it"):
        sign_in(client, Patience())


def test_nobody_is_asked_to_sign_in_where_it_cannot_be_kept(server: AuthorizationServer, tmp_path: Path) -> None:
    (tmp_path / "tokens").symlink_to("nowhere")

    with pytest.raises(FileNotFoundError):
        sign_in(server.client(tmp_path, Flow.DEVICE_CODE), Patience())
    assert server.requests == []


def test_a_person_signs_in_with_a_browser(server: AuthorizationServer, tmp_path: Path) -> None:
    client = server.client(tmp_path, Flow.AUTHORIZATION_CODE)

    assert oauth2.by_authorization_code(client, server.browse) == oauth2.Standing()
    assert oauth2.access_token(client) in server.granted


def test_who_refuses_in_the_browser_is_not_signed_in(server: AuthorizationServer, tmp_path: Path) -> None:
    server.consent = Consent.DENIED

    with pytest.raises(oauth2.Refused, match="was refused in the browser"):
        oauth2.by_authorization_code(server.client(tmp_path, Flow.AUTHORIZATION_CODE), server.browse)


def test_an_address_that_is_brought_too_late_or_twice_is_no_fault_of_the_client(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    def browse(address: str) -> str:
        server.misbehave.append(error("invalid_grant", words="AADSTS70008: The code of anna@example.com has expired."))
        return server.browse(address)

    says = "was brought too late, or twice (invalid_grant AADSTS70008): run `mailbot login support` again"
    with pytest.raises(oauth2.SignInError, match=re.escape(says)):
        oauth2.by_authorization_code(server.client(tmp_path, Flow.AUTHORIZATION_CODE), browse)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "http://localhost:8765/",
        "http://localhost:8765/?code=stolen&state=x",
        "http://[",
        "?state=&code=a%01b",
    ],
)
def test_an_address_that_is_not_of_this_sign_in_is_refused(
    server: AuthorizationServer, tmp_path: Path, given: str
) -> None:
    with pytest.raises(oauth2.SignInError, match="is not the address at which this sign-in ended"):
        oauth2.by_authorization_code(server.client(tmp_path, Flow.AUTHORIZATION_CODE), lambda _: given)
    assert server.requests == []
