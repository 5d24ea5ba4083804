"""The kinds of values that stand in `oauth2`: what goes into addresses and requests of an authorization server."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from mailbot.settings.values import is_loopback
from mailbot.written.faults import shown


def tenant(value: str) -> str:
    """It becomes part of a path."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", value):
        raise ValueError(f"{shown(value)} is not the id or the domain of a directory, such as example.onmicrosoft.com")
    return value


def scope(value: str) -> str:
    """RFC 6749 section 3.3."""
    if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*", value):
        raise ValueError(f"{shown(value)} is not a list of scopes with one space between them")
    return value


def endpoint(value: str) -> str:
    """RFC 6749 sections 3.1 and 3.2: TLS, no fragment."""
    try:
        parts = urlsplit(value)
        # urlsplit looks at the port only when it is asked for it.
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not re.fullmatch(r"[\x21-\x7e]{1,500}", value) or parts.fragment or parts.username is not None:
        raise ValueError(f"{shown(value)} is not an address such as https://login.example.com/token")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{shown(value)} is not safe: https is needed, but for a server on this machine")
    return value


Tenant = Annotated[str, AfterValidator(tenant)]
Scope = Annotated[str, AfterValidator(scope)]
Endpoint = Annotated[str, AfterValidator(endpoint)]
