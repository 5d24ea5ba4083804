"""What can go wrong on the way to a mailbox: each error is one sentence for the operator, and says how long to wait."""

import imaplib
import re
import ssl
from typing import ClassVar

from imapclient.exceptions import ProtocolError

from mailbot import oauth2

# RFC 5530 response codes. The rest of a refusal's text is not shown: it may hold addresses.
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]{1,40})")
_BUSY_CODES = {"UNAVAILABLE", "LIMIT", "OVERQUOTA", "INUSE", "SERVERBUG"}


class ImapError(Exception):
    """Its text is one sentence that names host and port and what to do, never a secret or an address."""

    first_pause: ClassVar[float] = 5.0
    longest_pause: ClassVar[float] = 300.0


class ConnectionLost(ImapError):
    """Not reachable, closed, silent beyond its deadline, or garbled: a new connection is needed."""


class TooLong(ConnectionLost):
    """The server announced or sent more octets than one answer may have; what was announced was not read."""


class FetchBroken(ConnectionLost):
    """While mail was fetched; `uid` is that of the mail if it was one alone, else 0."""

    def __init__(self, sentence: str, uid: int) -> None:
        super().__init__(sentence)
        self.uid = uid


class Busy(ImapError):
    """The server asks to come back later: too many connections, over quota, maintenance. The connection is closed."""


class TlsRefused(ImapError):
    """No connection that is safe enough; no credentials were sent."""


class LoginRefused(ImapError):
    """Asking again soon could lock the account."""

    first_pause = 60.0
    longest_pause = 900.0


class SignInNeeded(ImapError):
    """A person must sign in, or correct a file: nobody was asked, so looking again costs little."""

    longest_pause = 60.0


class FolderRefused(ImapError):
    """The folder does not exist, may not be opened, or cannot be worked with. The connection stays usable."""


class CommandRefused(ImapError):
    """One command was refused: a mark or a move, which is no more than a warning. The connection stays usable."""


class OversizeClaim(ImapError):
    """An answer was too long where mail was fetched, so one of those mails is why. The connection is closed."""


def pause(error: type[ImapError], failures: int, jitter: float) -> float:
    """Seconds to wait after so many failures in a row (1 or more); `jitter` in 0..1 takes up to a quarter off.

    >>> pause(ConnectionLost, 1, 0), pause(ConnectionLost, 3, 0), pause(LoginRefused, 1, 0), pause(LoginRefused, 9, 1)
    (5.0, 20.0, 60.0, 675.0)
    """
    doubled = error.first_pause * 2.0 ** min(failures - 1, 10)
    return min(doubled, error.longest_pause) * (1 - 0.25 * jitter)


def explained(error: Exception, server: str, act: str, refused: type[ImapError] = CommandRefused) -> ImapError:
    """The library's exception as ours: `act` is what was being done to `server`, `refused` what a clean NO means."""
    match error:
        case ImapError():
            return error
        case oauth2.SignInNeeded():
            return SignInNeeded(f"{error}.")
        case oauth2.Refused():
            return LoginRefused(f"{error}.")
        case oauth2.SignInError():
            return ConnectionLost(f"{error}; mailbot keeps trying.")
        case ssl.SSLCertVerificationError():
            return TlsRefused(
                f"{server}: the server's certificate was refused ({error.verify_message.rstrip('.')}): "
                "correct host or ca_file, or have the certificate renewed."
            )
        case TimeoutError():
            return ConnectionLost(f"{server}: no answer in time ({act}); mailbot keeps trying.")
        case ssl.SSLError(reason=str(reason)) if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            reason = reason.replace("_", " ").lower()
            return TlsRefused(f"{server}: no safe TLS connection ({reason}): check port and security.")
        case imaplib.IMAP4.abort() | ProtocolError() | OSError() | ValueError():
            return _lost(error, server, act)
        case _:
            return _refusal(str(error), server, act, refused)


def _lost(error: Exception, server: str, act: str) -> ImapError:
    """A BYE arrives as an abort with the server's text (RFC 9051 section 7.1.5)."""
    if is_busy(str(error)):
        return _busy(str(error), server, act)
    match error:
        case OSError(strerror=str(reason)) if reason:
            return ConnectionLost(f"{server}: {reason} ({act}): check host, port and network; mailbot keeps trying.")
        case _:
            return ConnectionLost(f"{server}: the connection broke or made no sense ({act}); mailbot keeps trying.")


def _refusal(text: str, server: str, act: str, refused: type[ImapError]) -> ImapError:
    if refused is not CommandRefused and is_busy(text):
        return _busy(text, server, act)
    return refused(f"{server}: the server refused{_coded(text)} ({act}){_ADVICE.get(refused, '.')}")


_ADVICE = {
    LoginRefused: ": check username and password, and that the account may use IMAP.",
    FolderRefused: ": check that the account may read the folder.",
}


def _busy(text: str, server: str, act: str) -> Busy:
    return Busy(f"{server}: the server has no room for us now{_coded(text)} ({act}); mailbot tries again later.")


def is_busy(text: str) -> bool:
    """The server said so: to ask again for anything else now makes it worse."""
    return not _BUSY_CODES.isdisjoint(_CODE.findall(text)) or "too many" in text.lower()


def _coded(text: str) -> str:
    found = _CODE.search(text)
    return f" [{found[1]}]" if found else ""
