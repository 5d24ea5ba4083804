"""From a host name to a logged-in connection: TLS as demanded, and nothing secret said before it stands."""

import imaplib
import ipaddress
import re
import ssl

from mailbot import oauth2
from mailbot.imap.errors import Busy, ImapError, LoginRefused, TlsRefused, explained
from mailbot.imap.wire import Client, Patience
from mailbot.model import Imap, Transport

# imaplib writes the user name bare.
_ATOM = re.compile(r"[A-Za-z0-9@._+=-]+")


def opened(settings: Imap, server: str, patience: Patience) -> Client:
    """Connected and protected as the settings demand; nothing secret was said yet.

    Raises TlsRefused, Busy or ConnectionLost.
    """
    if settings.security is Transport.NONE and not _is_loopback(settings.host):
        raise TlsRefused(f'{server}: without TLS only a server on this machine is allowed: set security = "tls".')
    context = _context(settings, server)
    try:
        implicit = context if settings.security is Transport.TLS else None
        client = Client(settings.host, settings.port, implicit, patience)
        try:
            _protect(client, settings, context, server)
        except BaseException:
            client.wire.shutdown()
            raise
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise explained(error, server, "connecting", Busy) from None
    return client


def _protect(client: Client, settings: Imap, context: ssl.SSLContext | None, server: str) -> None:
    if client.wire.state != "NONAUTH":
        raise TlsRefused(f"{server}: the server lets us in without asking who we are (PREAUTH): check host and port.")
    if settings.security is not Transport.STARTTLS:
        return
    if "STARTTLS" not in client.wire.capabilities:
        raise TlsRefused(f'{server}: the server offers no STARTTLS: use security = "tls", mostly on port 993.')
    client.starttls(context)


def _context(settings: Imap, server: str) -> ssl.SSLContext | None:
    """Chain and name are verified, TLS 1.2 at least."""
    if settings.security is Transport.NONE:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise TlsRefused(f"{server}: ca_file {settings.ca_file} holds no readable certificates.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def password_or_token(settings: Imap, server: str, refused: str = "") -> str:
    """Before the server is troubled: without a token there is nothing to say to it.

    Raises SignInNeeded, LoginRefused or ConnectionLost.
    """
    if settings.oauth2 is None:
        return settings.password
    try:
        return oauth2.access_token(settings.oauth2, refused)
    except oauth2.SignInError as error:
        raise explained(error, server, "signing in") from None


def log_in(client: Client, settings: Imap, secret: str, server: str) -> None:
    """Raises LoginRefused, SignInNeeded, or what imaplib raises."""
    username = one_line(settings.username, LoginRefused(f"{server}: the user name holds a control character."))
    if settings.oauth2 is None:
        _by_password(client, username, secret, server)
        return
    if b"AUTH=XOAUTH2" not in client.capabilities():
        raise LoginRefused(f"{server}: the server takes no token (it offers no AUTH=XOAUTH2): use a password.")
    if not _takes(client, username, secret, server):
        # F-072: it may have been taken back before its time. Once, and never in a row: accounts get locked by that.
        renewed = password_or_token(settings, server, refused=secret)
        if not _takes(client, username, renewed, server):
            raise LoginRefused(
                f"{server}: the server refused the access token: check that username is the account that signed in, "
                "and that the client may use IMAP for it."
            )


def _takes(client: Client, username: str, token: str, server: str) -> bool:
    """XOAUTH2 (developers.google.com/gmail/imap/xoauth2-protocol): an empty line answers the error that precedes NO."""
    words = iter((f"user={username}\1auth=Bearer {token}\1\1".encode(), b""))
    try:
        client.wire.authenticate("XOAUTH2", lambda _: next(words, None))
    except imaplib.IMAP4.error as error:
        if isinstance(refusal := explained(error, server, "logging in", LoginRefused), LoginRefused):
            return False
        raise refusal from None
    return True


def _by_password(client: Client, username: str, password: str, server: str) -> None:
    """LOGIN, or AUTHENTICATE PLAIN where LOGIN is forbidden or could not carry the name or password."""
    password = one_line(password, LoginRefused(f"{server}: the password holds a control character."))
    offered = client.capabilities()
    by_login = b"LOGINDISABLED" not in offered and password.isascii() and _ATOM.fullmatch(username) is not None
    if by_login:
        client.wire.login(username, password)
    elif b"AUTH=PLAIN" in offered:
        client.wire.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
    else:
        raise LoginRefused(f"{server}: the server takes no such user name or password; it offers no AUTH=PLAIN.")


def one_line(text: str, refusal: ImapError) -> str:
    """Text that can stand in a command. The library lets CR LF through, and the server would run what follows."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise refusal
    return text


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
