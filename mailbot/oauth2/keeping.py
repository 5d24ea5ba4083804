"""What is kept for one client, whether it still belongs to that, and what a grant makes of it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailbot.model import OAuth2
from mailbot.oauth2 import token_file
from mailbot.oauth2.answer import Grant
from mailbot.oauth2.faults import SignInNeeded
from mailbot.oauth2.token_file import Kept


def kept(client: OAuth2) -> Kept | None:
    """None where nothing was granted yet. Raises SignInNeeded."""
    found = _read(client)
    belongs = found is not None and found.client == _fingerprint(client)
    if client.refresh_token and not (found and belongs and found.seed == _seed(client)):
        return replace(anew(client), refresh_token=client.refresh_token)
    if found and not belongs and client.is_signed_in_by_a_person:
        raise SignInNeeded(f"the sign-in of {client.what} is for another client or scope: run `{client.login}`")
    return found if belongs else None


def _read(client: OAuth2) -> Kept | None:
    """A client that acts for itself does without what it cannot read."""
    path = Path(client.tokens)
    try:
        return token_file.read(path)
    except ValueError:
        says = f"{token_file.named(path)} is no file of mailbot's tokens: run `{client.login}`"
    except SignInNeeded as error:
        says = str(error)
    if client.is_signed_in_by_a_person:
        raise SignInNeeded(says)
    return None


def anew(client: OAuth2) -> Kept:
    """What a sign-in begins with."""
    return Kept(client=_fingerprint(client), seed=_seed(client))


def after(client: OAuth2, before: Kept, grant: Grant, now: datetime) -> Kept:
    """Where no new refresh token comes, the old one stays, and so does its end (RFC 6749 section 6)."""
    expires = now + grant.refresh_lifetime if grant.refresh_lifetime else None
    is_new = grant.refresh_token not in ("", before.refresh_token)
    return Kept(
        client=_fingerprint(client),
        access_token=grant.access_token,
        access_token_expires=now + grant.lifetime,
        refresh_token=grant.refresh_token or before.refresh_token,
        refresh_token_expires=expires if is_new or expires else before.refresh_token_expires,
        used_at=now,
        seed=before.seed,
    )


def clock() -> datetime:
    """By this machine's clock: a connection is opened where no desk is."""
    return datetime.now(UTC)


def _seed(client: OAuth2) -> str:
    return hashlib.sha256(client.refresh_token.encode()).hexdigest() if client.refresh_token else ""


def _fingerprint(client: OAuth2) -> str:
    parts = (client.flow, client.client_id, client.token_endpoint, client.scope)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
