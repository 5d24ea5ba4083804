"""Why there is no access token: each error is one sentence for the operator, without a token or a secret in it."""

from datetime import date
from urllib.parse import urlsplit

from mailbot.model import OAuth2
from mailbot.oauth2.answer import Refusal

_ADVICE = {
    "invalid_client": "check client_id and the client secret",
    "unauthorized_client": "allow the client this flow there",
    "unsupported_grant_type": "choose another flow",
    "invalid_scope": "check scope",
    "access_denied": "consent was refused",
}


class SignInError(Exception):
    """No access token."""


class Unavailable(SignInError):
    """The authorization server cannot be reached, or its answer makes no sense: later it may."""


class Refused(SignInError):
    """The authorization server refuses this client. Asking again soon helps nobody."""


class SignInNeeded(SignInError):
    """Known without asking anybody: a person must sign in, or correct a file."""


def not_signed_in(client: OAuth2) -> str:
    return f"nobody has signed in yet: run `{client.login}`"


def ended(client: OAuth2, detail: str) -> str:
    return f"the sign-in of {client.what} has ended ({detail}): run `{client.login}`"


def refused(client: OAuth2, refusal: Refusal, today: date) -> Refused:
    """An error of RFC 6749 section 5.2 that is not about a refresh token."""
    advice = _ADVICE.get(refusal.error, "check the client, there and in mailbot.toml")
    end = client.client_secret_expires
    if refusal.error == "invalid_client" and end and end <= today:
        advice = f"its secret ended on {end}, make a new one there"
    return Refused(f"{_server(client)} refused the client of {client.what} ({refusal.detail}): {advice}")


def nonsense(client: OAuth2, status: int) -> Unavailable:
    return Unavailable(f"{_server(client)} answered {status} and nothing that makes sense")


def no_refresh_token(client: OAuth2) -> Refused:
    says = f"{_server(client)} granted no refresh token for {client.what}"
    return Refused(f"{says}: let scope ask for it (offline_access)")


def _server(client: OAuth2) -> str:
    return urlsplit(client.token_endpoint).netloc
