"""The requests of RFC 6749, RFC 7636 and RFC 8628 as values."""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from mailbot.model import OAuth2

# RFC 8252 section 7.3. Nothing listens there: the person copies the address to which the browser was sent.
REDIRECT = "http://localhost:8765"


@dataclass(frozen=True, slots=True)
class Request:
    """A POST of a form."""

    endpoint: str
    form: tuple[tuple[str, str], ...] = field(repr=False)


def client_credentials(client: OAuth2) -> Request:
    """RFC 6749 section 4.4.2."""
    return _token(client, "client_credentials", *_scope(client))


def refresh(client: OAuth2, refresh_token: str) -> Request:
    """RFC 6749 section 6."""
    return _token(client, "refresh_token", ("refresh_token", refresh_token), *_scope(client))


def authorization_code(client: OAuth2, code: str, verifier: str) -> Request:
    """RFC 6749 section 4.1.3, RFC 7636 section 4.5."""
    return _token(client, "authorization_code", ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", verifier))


def device_authorization(client: OAuth2) -> Request:
    """RFC 8628 section 3.1."""
    return Request(client.device_endpoint, (("client_id", client.client_id), *_scope(client)))


def device_code(client: OAuth2, code: str) -> Request:
    """RFC 8628 section 3.4."""
    return _token(client, "urn:ietf:params:oauth:grant-type:device_code", ("device_code", code))


def authorization(client: OAuth2, state: str, verifier: str) -> str:
    """The address that a person opens in a browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = urlencode(
        (
            ("response_type", "code"),
            ("client_id", client.client_id),
            ("redirect_uri", REDIRECT),
            *_scope(client),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        )
    )
    return f"{client.authorization_endpoint}{'&' if '?' in client.authorization_endpoint else '?'}{query}"


def _token(client: OAuth2, grant_type: str, *more: tuple[str, str]) -> Request:
    """The secret goes into the form, where Microsoft and Google want it (RFC 6749 section 2.3.1 allows both ways)."""
    secret = (("client_secret", client.client_secret),) if client.client_secret else ()
    return Request(client.token_endpoint, (("grant_type", grant_type), ("client_id", client.client_id), *secret, *more))


def _scope(client: OAuth2) -> tuple[tuple[str, str], ...]:
    return (("scope", client.scope),) if client.scope else ()
