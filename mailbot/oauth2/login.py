"""A person signs in: on another device (RFC 8628), or in a browser whose last address comes back here (RFC 8252)."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from mailbot.model import OAuth2
from mailbot.oauth2 import faults, keeping, request, token_file
from mailbot.oauth2.access import Standing, access_token, standing
from mailbot.oauth2.answer import DeviceCode, Grant, Refusal, device, granted, redirected
from mailbot.oauth2.exchange import post
from mailbot.oauth2.faults import Refused, SignInError, Unavailable
from mailbot.oauth2.keeping import clock
from mailbot.oauth2.token_file import Kept

# RFC 8628 section 3.5.
_SLOWER = 5
_SLOWEST = 60


def by_client_credentials(client: OAuth2) -> None:
    """Nobody signs in, but it is tried: even where a token is kept, for the secret may have changed since.

    Raises SignInError.
    """
    kept = keeping.kept(client)
    access_token(client, refused=kept.access_token if kept else "")


def by_device_code(
    client: OAuth2, show: Callable[[DeviceCode], None], wait: Callable[[float], None] = time.sleep
) -> Standing:
    """`show` tells the person where to go with which code; returns when he has. Raises SignInError or OSError."""
    begun = _begun(client)
    answer = post(request.device_authorization(client), client.ca_file)
    match device(answer):
        case DeviceCode() as code:
            show(code)
            return _kept(client, begun, _polled(client, code, wait))
        case Refusal() as refusal:
            raise faults.refused(client, refusal, clock().date())
        case None:
            raise faults.nonsense(client, answer.status)


def _polled(client: OAuth2, code: DeviceCode, wait: Callable[[float], None]) -> Grant:
    interval, until = code.interval, time.monotonic() + code.expires_in
    while (left := until - time.monotonic()) > 0:
        wait(min(interval, left))
        try:
            read = granted(post(request.device_code(client, code.device_code), client.ca_file))
        except Unavailable:
            read = None
        match read:
            case Grant():
                return read
            case Refusal(error="authorization_pending"):
                pass
            case Refusal(error="slow_down"):
                interval += _SLOWER
            case Refusal(error="expired_token"):
                break
            case Refusal():
                raise _denied(client, read)
            case None:
                interval = min(2 * interval, _SLOWEST)
    raise SignInError(f"nobody signed in for {client.what} while the code was valid: run `{client.login}` again")


def by_authorization_code(client: OAuth2, ask: Callable[[str], str]) -> Standing:
    """`ask` shows an address to open, and returns the one at which the browser ended.

    Raises SignInError or OSError.
    """
    begun = _begun(client)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    match redirected(ask(request.authorization(client, state, verifier)), state):
        case str() as code:
            answer = post(request.authorization_code(client, code, verifier), client.ca_file)
        case Refusal() as refusal:
            raise _denied(client, refusal)
        case None:
            says = f"that is not the address at which this sign-in ended; it begins with {request.REDIRECT}"
            raise SignInError(f"{says}: run `{client.login}` again")
    match granted(answer):
        case Grant() as grant:
            return _kept(client, begun, grant)
        case Refusal(error="invalid_grant", detail=detail):
            # Minutes after it was given, and once it was used, a code is no more (RFC 6749 section 4.1.2).
            raise SignInError(f"that address was brought too late, or twice ({detail}): run `{client.login}` again")
        case Refusal() as refusal:
            raise faults.refused(client, refusal, clock().date())
        case None:
            raise faults.nonsense(client, answer.status)


def _begun(client: OAuth2) -> Kept:
    """Before anybody is asked: there must be a place for what he grants. Raises OSError."""
    with token_file.locked(Path(client.tokens)):
        return keeping.anew(client)


def _kept(client: OAuth2, begun: Kept, grant: Grant) -> Standing:
    if not grant.refresh_token:
        raise faults.no_refresh_token(client)
    with token_file.locked(Path(client.tokens)):
        token_file.write(Path(client.tokens), keeping.after(client, begun, grant, clock()))
    return standing(client)


def _denied(client: OAuth2, refusal: Refusal) -> Refused:
    """Microsoft has a word of its own for it."""
    if refusal.error in ("access_denied", "authorization_declined"):
        return Refused(f"the sign-in of {client.what} was refused in the browser")
    return faults.refused(client, refusal, clock().date())
