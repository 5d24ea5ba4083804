"""An OAuth2 client as an operator writes it: what its provider fills in, and what cannot be so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mailbot import model
from mailbot.model import Flow
from mailbot.settings import keys
from mailbot.settings.secret import forms
from mailbot.settings.unlocked import Login

_MISSING = "this key is missing: "
# https://learn.microsoft.com/entra/identity-platform/v2-protocols: these stand for many directories.
_NO_TENANTS = ("common", "organizations", "consumers")


@dataclass(frozen=True, slots=True)
class Provider:
    """`imap` and `smtp` are the scopes of a person's mailbox, `application` that of a client that acts for itself.

    `unused_after` as in model.OAuth2. {tenant} stands in the endpoints where there is one.
    """

    token_endpoint: str = ""
    device_endpoint: str = ""
    authorization_endpoint: str = ""
    imap: str = ""
    smtp: str = ""
    application: str = ""
    unused_after: timedelta | None = None


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_PROVIDERS = {
    "microsoft": Provider(
        token_endpoint=f"{_MICROSOFT}/token",
        device_endpoint=f"{_MICROSOFT}/devicecode",
        authorization_endpoint=f"{_MICROSOFT}/authorize",
        imap="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        smtp="https://outlook.office.com/SMTP.Send offline_access",
        application="https://outlook.office365.com/.default",
        # https://learn.microsoft.com/entra/identity-platform/refresh-tokens
        unused_after=timedelta(days=90),
    ),
    "google": Provider(
        token_endpoint="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        device_endpoint="https://oauth2.googleapis.com/device/code",
        # Only so does Google give a refresh token, and a new one at every sign-in.
        authorization_endpoint="https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
        imap="https://mail.google.com/",
        smtp="https://mail.google.com/",
        # https://developers.google.com/identity/protocols/oauth2: six months.
        unused_after=timedelta(days=180),
    ),
    "other": Provider(),
}


def faults(written: keys.OAuth2) -> Iterator[tuple[str, str]]:
    """A key and what is wrong with it, for each."""
    yield from _tenant(written)
    if written.provider == "google" and written.flow is Flow.CLIENT_CREDENTIALS:
        says = "Google's service accounts sign with a key of their own, which mailbot does not"
        yield "flow", f'{says}: use flow = "authorization-code" and `mailbot login`'
    yield from _endpoints(written)
    if forms(written, "refresh_token") and written.flow is Flow.CLIENT_CREDENTIALS:
        yield forms(written, "refresh_token")[0], "is of no use with client-credentials: leave it out"
    has_secret = forms(written, "client_secret")
    if not has_secret and (written.provider == "google" or written.flow is Flow.CLIENT_CREDENTIALS):
        yield "client_secret_file", _MISSING + "or write client_secret_credential, client_secret_env or client_secret"
    if not has_secret and written.client_secret_expires:
        yield "client_secret_expires", "is given, but there is no client secret"


def _tenant(written: keys.OAuth2) -> Iterator[tuple[str, str]]:
    own = "the id or the domain of your directory, such as example.onmicrosoft.com"
    if written.provider != "microsoft":
        if written.tenant is not None:
            yield "tenant", 'is for provider = "microsoft": leave it out'
    elif written.tenant is None:
        yield "tenant", _MISSING + own
    elif written.tenant in _NO_TENANTS and written.flow is Flow.CLIENT_CREDENTIALS:
        yield "tenant", f'"{written.tenant}" names no directory, and client-credentials needs one: write {own}'


def _endpoints(written: keys.OAuth2) -> Iterator[tuple[str, str]]:
    if written.provider != "other":
        return
    needed = {"token_endpoint": True, **{key: flow is written.flow for key, flow in _ENDPOINTS.items()}}
    for key, needs in needed.items():
        if needs and getattr(written, key) is None:
            yield key, f'{_MISSING}provider = "other" has none of its own'


_ENDPOINTS = {"device_endpoint": Flow.DEVICE_CODE, "authorization_endpoint": Flow.AUTHORIZATION_CODE}


def warnings(written: keys.OAuth2) -> Iterator[tuple[str, str]]:
    if written.provider == "google" and written.flow is Flow.DEVICE_CODE and written.scope is None:
        says = "Google gives access to mail to no device code, as far as we know"
        yield "flow", f'{says}: if `mailbot login` is refused, use flow = "authorization-code"'


def client(written: keys.OAuth2, mailbox: str, login: Login, directory: Path) -> model.OAuth2:
    """For the mailbox of that key, or "" for the relay."""
    provider = _PROVIDERS[written.provider]
    name = f"mailboxes.{mailbox}.json" if mailbox else "smtp.json"
    personal = provider.imap if mailbox else provider.smtp
    usual = provider.application if written.flow is Flow.CLIENT_CREDENTIALS else personal
    tenant = written.tenant or ""
    return model.OAuth2(
        mailbox=mailbox,
        flow=written.flow,
        client_id=written.client_id,
        client_secret=login.client_secret,
        refresh_token=login.refresh_token,
        scope=usual if written.scope is None else written.scope,
        token_endpoint=written.token_endpoint or provider.token_endpoint.format(tenant=tenant),
        device_endpoint=written.device_endpoint or provider.device_endpoint.format(tenant=tenant),
        authorization_endpoint=written.authorization_endpoint or provider.authorization_endpoint.format(tenant=tenant),
        tokens=str((directory / "tokens" / name).absolute()),
        ca_file=str((directory / written.ca_file).absolute()) if written.ca_file else None,
        unused_after=provider.unused_after,
        client_secret_expires=written.client_secret_expires,
    )
