"""What may stand in mailbot.toml and agents.toml, section by section; an attribute is a key, its default the key's.

What each means to an operator is said once, in the files that `mailbot init` writes (site/).
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from mailbot import model
from mailbot.model import Flow, ProcessedMode, StartMode, Transport
from mailbot.settings import endpoints, values

_SECOND = timedelta(seconds=1)
_LIMITS = model.Limits()
_BUDGET = model.Budget()
_ALARM = model.Alarm()

RequestWord = Annotated[str, BeforeValidator(values.one_of(("demande", "billet", "ticket", "requête")))]
Right = Annotated[str, BeforeValidator(values.one_of(("announce", "export", "erase")))]
Patterns = Annotated[list[values.Pattern], Field(max_length=20)]
SenderAuthentication = Annotated[Literal["dmarc", "address"], BeforeValidator(values.one_of(("dmarc", "address")))]
AgentProof = Annotated[Literal["authenticated", "token"], BeforeValidator(values.one_of(("authenticated", "token")))]
Provider = Annotated[
    Literal["microsoft", "google", "other"], BeforeValidator(values.one_of(("microsoft", "google", "other")))
]
Port = Annotated[int, Field(ge=1, le=65535)]


class Note(BaseModel, extra="forbid", strict=True, frozen=True):
    fr: values.Line = ""
    en: values.Line = ""


class Robot(BaseModel, extra="forbid", strict=True, frozen=True):
    organisation: values.FilledLine
    language: values.Locale
    timezone: values.TimeZone
    domain: values.OwnDomain
    admin: values.Email
    phone: values.Line = ""
    emergency_phone: values.Line = ""
    emergency_note: Note = Note()
    request_word: RequestWord = "demande"
    account_pattern: Patterns = list(model.Reading().account_patterns)
    order_pattern: Patterns = list(model.Reading().order_patterns)
    acknowledge_within: values.Duration = timedelta(days=7)
    reopen_window: values.Duration = timedelta(days=14)


class Database(BaseModel, extra="forbid", strict=True, frozen=True):
    url: values.Secret = "sqlite:///mailbot.db"
    password: values.Secret | None = None
    password_env: values.FilledLine | None = None
    password_credential: values.FilledLine | None = None
    password_file: values.FilledLine | None = None


class OAuth2(BaseModel, extra="forbid", strict=True, frozen=True):
    provider: Provider
    flow: Annotated[Flow, BeforeValidator(values.one_of(Flow))]
    tenant: endpoints.Tenant | None = None
    client_id: values.FilledLine
    client_secret: values.Secret | None = None
    client_secret_env: values.FilledLine | None = None
    client_secret_credential: values.FilledLine | None = None
    client_secret_file: values.FilledLine | None = None
    client_secret_expires: values.Day | None = None
    refresh_token: values.Secret | None = None
    refresh_token_env: values.FilledLine | None = None
    refresh_token_credential: values.FilledLine | None = None
    refresh_token_file: values.FilledLine | None = None
    scope: endpoints.Scope | None = None
    token_endpoint: endpoints.Endpoint | None = None
    device_endpoint: endpoints.Endpoint | None = None
    authorization_endpoint: endpoints.Endpoint | None = None
    ca_file: values.FilledLine | None = None


class Smtp(BaseModel, extra="forbid", strict=True, frozen=True):
    host: values.Server
    port: Port | None = None
    security: values.Security = Transport.TLS
    username: values.Line = ""
    password: values.Secret | None = None
    password_env: values.FilledLine | None = None
    password_credential: values.FilledLine | None = None
    password_file: values.FilledLine | None = None
    oauth2: OAuth2 | None = None
    ca_file: values.FilledLine | None = None
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    null_sender: bool = False


class Spam(BaseModel, extra="forbid", strict=True, frozen=True):
    header: values.FilledLine
    value: values.FilledLine


class Security(BaseModel, extra="forbid", strict=True, frozen=True):
    key_file: values.FilledLine = "mailbot.key"
    key_env: values.FilledLine | None = None
    key_credential: values.FilledLine | None = None
    trusted_authserv_ids: list[values.FilledLine] = []
    sender_authentication: SenderAuthentication = "dmarc"
    agents: AgentProof = "authenticated"
    spam: Spam | None = None


class Rules(BaseModel, extra="forbid", strict=True, frozen=True):
    """Of the contract, and without effect until there are rules: `check` says so."""

    activation: Literal["manual", "on-save"] = "manual"


class Limits(BaseModel, extra="forbid", strict=True, frozen=True):
    message: Annotated[values.Size, values.within("64 KiB", "50 MiB")] = _LIMITS.message
    worker_cpu: Annotated[values.Duration, values.at_least("1s")] = _LIMITS.worker_cpu * _SECOND
    worker_wall: Annotated[values.Duration, values.at_least("1s")] = _LIMITS.worker_wall * _SECOND
    worker_memory: Annotated[values.Size, values.within("128 MiB", "64 GiB")] = _LIMITS.worker_memory
    workers: Annotated[int, Field(ge=1, le=64)] = _LIMITS.workers


class Budget(BaseModel, extra="forbid", strict=True, frozen=True):
    registered: Annotated[int, Field(ge=0)] = _BUDGET.registered
    others: Annotated[int, Field(ge=0)] = _BUDGET.others
    domain: Annotated[int, Field(ge=0)] = _BUDGET.domain
    mailbox: Annotated[int, Field(ge=0)] = _BUDGET.mailbox
    site: Annotated[int, Field(ge=0)] = _BUDGET.site


class Retention(BaseModel, extra="forbid", strict=True, frozen=True):
    raw: Annotated[values.Duration, values.at_least("1d")] = model.Retention().raw


class Alarm(BaseModel, extra="forbid", strict=True, frozen=True):
    mailbox_down: Annotated[values.Duration, values.at_least("1s")] = _ALARM.mailbox_down
    mailbox_silent: values.DurationOrNever = _ALARM.mailbox_silent
    digest: Annotated[values.Duration, values.at_least("1s")] = _ALARM.digest


class Mailbox(BaseModel, extra="forbid", strict=True, frozen=True):
    address: values.Email
    department: values.Word


class Imap(BaseModel, extra="forbid", strict=True, frozen=True):
    host: values.Server
    port: Port | None = None
    security: values.Security = Transport.TLS
    username: values.FilledLine
    password: values.Secret | None = None
    password_env: values.FilledLine | None = None
    password_credential: values.FilledLine | None = None
    password_file: values.FilledLine | None = None
    oauth2: OAuth2 | None = None
    ca_file: values.FilledLine | None = None
    folder: values.Folder = "INBOX"
    sent_folder: values.SentFolder = ""
    start: values.Beginning = model.Start(StartMode.NEW)
    processed: values.Afterwards = model.Processed(ProcessedMode.KEEP)
    subaddress: Annotated[str, BeforeValidator(values.one_of(("", "+", "-", "=")))] = ""
    poll_interval: Annotated[values.Duration, values.at_least("0.1s")] = timedelta(seconds=60)


class Agent(BaseModel, extra="forbid", strict=True, frozen=True):
    name: values.FilledLine
    email: values.Email
    language: values.Tongue | None = None
    departments: Annotated[list[values.Word], Field(min_length=1)]
    calendar: values.Word = "business"
    may: list[Right] = []
