"""One request to an authorization server and its answer, bounded in time and octets."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from urllib.parse import SplitResult, urlencode, urlsplit

from mailbot.oauth2.answer import Answer
from mailbot.oauth2.faults import Refused, Unavailable
from mailbot.oauth2.request import Request

# Seconds: for silence, and for all of it.
_SILENCE = 15.0
_PATIENCE = 30.0
_LARGEST = 256 * 1024


def post(request: Request, ca_file: str | None = None, patience: float = _PATIENCE) -> Answer:
    """No redirect is followed: the form holds secrets. Raises Unavailable, or Refused where TLS cannot be safe."""
    parts = urlsplit(request.endpoint)
    begun = time.monotonic()
    try:
        with contextlib.closing(_connection(parts, ca_file, min(_SILENCE, patience))) as connection:
            connection.connect()
            with _cut_after(patience, connection.sock):
                connection.request(
                    "POST",
                    f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}",
                    urlencode(request.form).encode(),
                    {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                )
                with contextlib.closing(connection.getresponse()) as response:
                    body = response.read(_LARGEST + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _explained(error, parts, time.monotonic() - begun >= patience) from None
    if len(body) > _LARGEST:
        raise Unavailable(f"{_named(parts)} answered at endless length")
    return Answer(response.status, body)


def _connection(parts: SplitResult, ca_file: str | None, silence: float) -> http.client.HTTPConnection:
    if parts.scheme == "http":
        # The settings allow it on loopback only.
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=silence)
    context = _context(parts, ca_file)
    return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=silence, context=context)


def _context(parts: SplitResult, ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise Refused(f"{_named(parts)}: ca_file {ca_file} of oauth2 holds no readable certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextlib.contextmanager
def _cut_after(patience: float, sock: socket.socket) -> Iterator[None]:
    """A server that sends an octet now and then never falls silent, so another thread cuts the connection.

    What came until then is looked at all the same: it may be the only refresh token.
    """
    done = threading.Event()

    def watch() -> None:
        if not done.wait(patience):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=watch, name="patience", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _explained(error: Exception, parts: SplitResult, late: bool) -> Unavailable | Refused:
    match error:
        case ssl.SSLCertVerificationError(verify_message=reason):
            says = f"the certificate of {_named(parts)} was refused ({reason.rstrip('.')})"
            return Refused(f"{says}: for a private authority set ca_file in oauth2")
        case ssl.SSLError(reason=str(reason)) if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return Refused(f"no safe TLS connection with {_named(parts)} ({reason.replace('_', ' ').lower()})")
        case TimeoutError():
            late = True
        case OSError(strerror=str(reason)) if not late and reason:
            return Unavailable(f"{_named(parts)}: {reason}: check network and endpoints")
    if late:
        return Unavailable(f"{_named(parts)} did not answer in time")
    return Unavailable(f"{_named(parts)} broke the connection or spoke no HTTP")


def _named(parts: SplitResult) -> str:
    return parts.netloc
