"""What may stand in mailbot.toml and agents.toml, section by section; an attribute is a key, its default the key's.

What each means to an operator is said once, in the files that `mailbot init` writes (site/).
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from mailbot import model
from mailbot.model import Flow, ProcessedMode, StartMode, Transport
from mailbot.settings import borders, endpoints, values
from mailbot.written.values import Email, FilledLine, Line, Word, one_of

_SECOND = timedelta(seconds=1)
_LIMITS = model.Limits()
_BUDGET = model.Budget()
_ALARM = model.Alarm()

RequestWord = Annotated[str, BeforeValidator(one_of(("demande", "billet", "ticket", "requête")))]
Right = Annotated[str, BeforeValidator(one_of(("announce", "export", "erase", "release")))]
Patterns = Annotated[list[values.Pattern], Field(max_length=20)]
SenderAuthentication = Annotated[Literal["dmarc", "address"], BeforeValidator(one_of(("dmarc", "address")))]
AgentProof = Annotated[Literal["authenticated", "token"], BeforeValidator(one_of(("authenticated", "token")))]
Provider = Annotated[Literal["microsoft", "google", "other"], BeforeValidator(one_of(("microsoft", "google", "other")))]
Port = Annotated[int, Field(ge=1, le=65535)]


class Note(BaseModel, extra="forbid", strict=True, frozen=True):
    fr: Line = ""
    en: Line = ""


class Robot(BaseModel, extra="forbid", strict=True, frozen=True):
    organisation: FilledLine
    language: values.Locale
    timezone: values.TimeZone
    domain: values.OwnDomain
    admin: Email
    phone: Line = ""
    emergency_phone: Line = ""
    emergency_note: Note = Note()
    request_word: RequestWord = "demande"
    account_pattern: Patterns = list(model.Reading().account_patterns)
    order_pattern: Patterns = list(model.Reading().order_patterns)
    acknowledge_within: values.Duration = timedelta(days=7)
    reopen_window: values.Duration = timedelta(days=14)


class Database(BaseModel, extra="forbid", strict=True, frozen=True):
    url: values.Secret = "sqlite:///mailbot.db"
    password: values.Secret | None = None
    password_env: FilledLine | None = None
    password_credential: FilledLine | None = None
    password_file: FilledLine | None = None


class OAuth2(BaseModel, extra="forbid", strict=True, frozen=True):
    provider: Provider
    flow: Annotated[Flow, BeforeValidator(one_of(Flow))]
    tenant: endpoints.Tenant | None = None
    client_id: FilledLine
    client_secret: values.Secret | None = None
    client_secret_env: FilledLine | None = None
    client_secret_credential: FilledLine | None = None
    client_secret_file: FilledLine | None = None
    client_secret_expires: values.Day | None = None
    refresh_token: values.Secret | None = None
    refresh_token_env: FilledLine | None = None
    refresh_token_credential: FilledLine | None = None
    refresh_token_file: FilledLine | None = None
    scope: endpoints.Scope | None = None
    token_endpoint: endpoints.Endpoint | None = None
    device_endpoint: endpoints.Endpoint | None = None
    authorization_endpoint: endpoints.Endpoint | None = None
    ca_file: FilledLine | None = None


class Smtp(BaseModel, extra="forbid", strict=True, frozen=True):
    host: values.Server
    port: Port | None = None
    security: values.Security = Transport.TLS
    username: Line = ""
    password: values.Secret | None = None
    password_env: FilledLine | None = None
    password_credential: FilledLine | None = None
    password_file: FilledLine | None = None
    oauth2: OAuth2 | None = None
    ca_file: FilledLine | None = None
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    null_sender: bool = False


class Spam(BaseModel, extra="forbid", strict=True, frozen=True):
    header: FilledLine
    value: FilledLine


class Security(BaseModel, extra="forbid", strict=True, frozen=True):
    key_file: FilledLine = "mailbot.key"
    key_env: FilledLine | None = None
    key_credential: FilledLine | None = None
    trusted_authserv_ids: list[borders.AuthservId] = []
    authentication_profile: borders.Place = model.Profile()
    sender_authentication: SenderAuthentication = "dmarc"
    agents: AgentProof = "authenticated"
    forms: list[Email] = []
    blocked: list[values.Unwanted] = []
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
    address: Email
    department: Word
    trusted_authserv_ids: list[borders.AuthservId] | None = None
    authentication_profile: borders.Place | None = None


class Imap(BaseModel, extra="forbid", strict=True, frozen=True):
    host: values.Server
    port: Port | None = None
    security: values.Security = Transport.TLS
    username: FilledLine
    password: values.Secret | None = None
    password_env: FilledLine | None = None
    password_credential: FilledLine | None = None
    password_file: FilledLine | None = None
    oauth2: OAuth2 | None = None
    ca_file: FilledLine | None = None
    folder: values.Folder = "INBOX"
    sent_folder: values.SentFolder = ""
    start: values.Beginning = model.Start(StartMode.NEW)
    processed: values.Afterwards = model.Processed(ProcessedMode.KEEP)
    subaddress: Annotated[str, BeforeValidator(one_of(("", "+", "-", "=")))] = ""
    poll_interval: Annotated[values.Duration, values.at_least("0.1s")] = timedelta(seconds=60)


class Agent(BaseModel, extra="forbid", strict=True, frozen=True):
    name: FilledLine
    email: Email
    language: values.Tongue | None = None
    departments: Annotated[list[Word], Field(min_length=1)]
    calendar: Word = "business"
    may: list[Right] = []
