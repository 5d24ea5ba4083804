"""A client of an authorization server (RFC 6749), in the place of a password."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class Flow(StrEnum):
    """How a client is granted its tokens: RFC 6749 sections 4.4 and 4.1, RFC 8628."""

    CLIENT_CREDENTIALS = "client-credentials"
    AUTHORIZATION_CODE = "authorization-code"
    DEVICE_CODE = "device-code"


@dataclass(frozen=True, slots=True)
class OAuth2:
    """One client for one server; `mailbox` is the key of the mailbox that it opens, "" for the relay.

    `refresh_token` was brought by the operator, or is ""; what is granted is kept in the file `tokens`. `unused_after`:
    a refresh token that was not used for so long has ended, where the server does not say so itself.
    """

    mailbox: str
    flow: Flow
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str
    token_endpoint: str
    device_endpoint: str = ""
    authorization_endpoint: str = ""
    tokens: str = ""
    ca_file: str | None = None
    unused_after: timedelta | None = None
    client_secret_expires: date | None = None

    @property
    def what(self) -> str:
        """In words: mailbox support, the relay."""
        return f"mailbox {self.mailbox}" if self.mailbox else "the relay"

    @property
    def login(self) -> str:
        """The command by which a person signs in."""
        return f"mailbot login {self.mailbox or '--relay'}"

    @property
    def is_signed_in_by_a_person(self) -> bool:
        return self.flow is not Flow.CLIENT_CREDENTIALS
