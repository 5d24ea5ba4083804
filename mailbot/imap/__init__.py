"""The only door to IMAP: which UIDs are new, their octets; marks, after commit. One thread a connection."""

from mailbot.imap.answers import Fetched, Folder, Listed
from mailbot.imap.connection import Connection, connect
from mailbot.imap.errors import (
    Busy,
    CommandRefused,
    ConnectionLost,
    FetchBroken,
    FolderRefused,
    ImapError,
    LoginRefused,
    OversizeClaim,
    SignInNeeded,
    TlsRefused,
    pause,
)
from mailbot.imap.facts import STORAGE, Facts, Probe, Quota
from mailbot.imap.wire import Patience

__all__ = [
    "STORAGE",
    "Busy",
    "CommandRefused",
    "Connection",
    "ConnectionLost",
    "Facts",
    "FetchBroken",
    "Fetched",
    "Folder",
    "FolderRefused",
    "ImapError",
    "Listed",
    "LoginRefused",
    "OversizeClaim",
    "Patience",
    "Probe",
    "Quota",
    "SignInNeeded",
    "TlsRefused",
    "connect",
    "pause",
]
