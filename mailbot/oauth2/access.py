"""An access token whenever a connection is opened: kept, refreshed, or the reason why there is none."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.model import Flow, OAuth2
from mailbot.oauth2 import faults, keeping, request, token_file
from mailbot.oauth2.answer import Grant, Refusal, granted
from mailbot.oauth2.exchange import post
from mailbot.oauth2.faults import Refused, SignInError, SignInNeeded, Unavailable
from mailbot.oauth2.keeping import clock
from mailbot.oauth2.request import Request
from mailbot.oauth2.token_file import Kept

# A token must outlive the way to the server and its login.
_EARLY = timedelta(minutes=2)
# A refresh token that was refused may be good again (a policy was corrected), but hardly within minutes.
_ASK_AGAIN = timedelta(minutes=15)
_DAILY = timedelta(days=1)
# RFC 6749 section 5.2, and what OpenID Connect adds for a server that wants to see the person again.
_ENDED = {"invalid_grant", "interaction_required", "login_required", "consent_required"}


@dataclass(frozen=True, slots=True)
class Standing:
    """As far as is known without asking anybody. `trouble` is a sentence, or ""; `expires` None where nothing ends.

    `by_disuse`: only if nobody uses it until then.
    """

    trouble: str = ""
    expires: datetime | None = None
    by_disuse: bool = False


def access_token(client: OAuth2, refused: str = "") -> str:
    """One that is good for a login now, and not the one that the mail server `refused`. Raises SignInError."""
    kept = keeping.kept(client)
    if not _serves(kept, refused):
        with _alone(client) as writable:
            kept = keeping.kept(client)
            if not _serves(kept, refused):
                kept = _renewed(client, kept, writable)
    return kept.access_token if kept else ""


def keep_alive(client: OAuth2) -> None:
    """Uses the refresh token at least daily: unused it would end. Raises SignInError."""
    if client.is_signed_in_by_a_person and _rests(keeping.kept(client)):
        with _alone(client) as writable:
            kept = keeping.kept(client)
            if _rests(kept):
                _renewed(client, kept, writable)


def standing(client: OAuth2) -> Standing:
    if not client.is_signed_in_by_a_person:
        return Standing()
    try:
        kept = keeping.kept(client)
    except SignInError as error:
        return Standing(str(error))
    if kept is None:
        return Standing(faults.not_signed_in(client))
    if kept.refused:
        return Standing(faults.ended(client, kept.refused))
    if kept.refresh_token_expires is None and client.unused_after and kept.used_at:
        return Standing(expires=kept.used_at + client.unused_after, by_disuse=True)
    return Standing(expires=kept.refresh_token_expires)


@contextmanager
def _alone(client: OAuth2) -> Iterator[bool]:
    """While others that want a token of this client wait. False where nothing can be written.

    That is a fault only where a new refresh token may come, and the operator brought none to begin with again.
    """
    writable = True
    with ExitStack() as stack:
        try:
            stack.enter_context(token_file.locked(Path(client.tokens)))
        except OSError as error:
            if client.is_signed_in_by_a_person and not client.refresh_token:
                raise Unavailable(f"tokens cannot be kept in {Path(client.tokens).parent}: {error.strerror}") from None
            writable = False
        yield writable


def _renewed(client: OAuth2, kept: Kept | None, writable: bool) -> Kept:
    now = clock()
    answer = post(_request(client, kept, now), client.ca_file)
    match granted(answer):
        case Grant() as grant:
            renewed = keeping.after(client, kept or Kept(), grant, now)
        case Refusal() as refusal:
            raise _ended(client, kept, refusal, now, writable)
        case None:
            raise faults.nonsense(client, answer.status)
    is_kept = writable and _written(client, renewed)
    if writable and not is_kept and kept and renewed.refresh_token != kept.refresh_token:
        raise Unavailable(f"tokens cannot be kept in {Path(client.tokens).parent}: make room there")
    return renewed


def _ended(client: OAuth2, kept: Kept | None, refusal: Refusal, now: datetime, writable: bool) -> SignInError:
    """An end is written down, so that the same token is not offered again and again."""
    if kept is None or not client.is_signed_in_by_a_person or refusal.error not in _ENDED:
        return faults.refused(client, refusal, now.date())
    says = faults.ended(client, refusal.detail)
    ended = replace(kept, access_token="", refused=refusal.detail, refused_at=now)
    return SignInNeeded(says) if writable and _written(client, ended) else Refused(says)


def _request(client: OAuth2, kept: Kept | None, now: datetime) -> Request:
    """Raises SignInNeeded."""
    if client.flow is Flow.CLIENT_CREDENTIALS:
        return request.client_credentials(client)
    if kept is None:
        raise SignInNeeded(faults.not_signed_in(client))
    if kept.refused_at and kept.refused_at <= now < kept.refused_at + _ASK_AGAIN:
        raise SignInNeeded(faults.ended(client, kept.refused))
    return request.refresh(client, kept.refresh_token)


def _written(client: OAuth2, kept: Kept) -> bool:
    try:
        token_file.write(Path(client.tokens), kept)
    except OSError:
        return False
    return True


def _serves(kept: Kept | None, refused: str) -> bool:
    if kept is None or kept.access_token in ("", refused) or kept.access_token_expires is None:
        return False
    return clock() < kept.access_token_expires - _EARLY


def _rests(kept: Kept | None) -> bool:
    """Nobody has used its refresh token for a day."""
    # It may have been used by a clock that was far ahead.
    return kept is None or kept.used_at is None or abs(clock() - kept.used_at) > _DAILY
