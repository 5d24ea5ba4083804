"""From the settings to a connection that is greeted, encrypted and logged in, or the reason why there is none."""

import asyncio
import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Callable

import aiosmtplib

from mailbot import oauth2
from mailbot.model import Smtp, Transport
from mailbot.smtp.answer import one_line
from mailbot.smtp.connection import Connection, Timeouts, cut, what


class Unreachable(Exception):
    """No connection could be made now."""


class Blocked(Exception):
    """No connection can be made as configured. The text says what to change."""


class LoginRefused(Blocked):
    """Asking again soon could lock the account."""


def tls_context(settings: Smtp) -> ssl.SSLContext | None:
    """Raises Blocked: for a CA file that cannot be used, and for no TLS to another machine."""
    if settings.security is Transport.NONE:
        if not _loopback(settings.host):
            raise Blocked(
                f'smtp: security = "none" is for loopback only, not for {settings.host}: use "tls" or "starttls"'
            )
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Blocked(one_line(f"smtp: ca_file {settings.ca_file} cannot be used: {error}")) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def connect(settings: Smtp, hello: str, context: ssl.SSLContext | None, timeouts: Timeouts) -> Connection:
    """Raises Unreachable or Blocked."""
    secret = await _password_or_token(settings)
    try:
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=hello,
            timeout=timeouts.command,
            use_tls=settings.security is Transport.TLS,
            start_tls=False,
            tls_context=context,
        )
        return await _opened(client, settings, secret, timeouts)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _refusal(error, settings) from error


async def _opened(client: aiosmtplib.SMTP, settings: Smtp, secret: str, timeouts: Timeouts) -> Connection:
    try:
        greeting = await client.connect(timeout=timeouts.connect)
        await client.ehlo()
        if settings.security is Transport.STARTTLS:
            # RFC 3207 section 4: one who removes the offer must not get our mail in the clear.
            if not client.supports_extension("starttls"):
                raise Blocked(f"{settings.host} offers no STARTTLS, and nothing is sent without TLS")
            await client.starttls(timeout=timeouts.connect)
            await client.ehlo()
        if settings.oauth2:
            await _by_token(client, settings, secret)
        elif settings.username:
            await _by_password(client, settings)
    except BaseException:
        cut(client)
        raise
    return Connection(client, one_line(str(greeting)), timeouts)


async def _by_token(client: aiosmtplib.SMTP, settings: Smtp, token: str) -> None:
    where = f"{settings.host} port {settings.port}"
    if "xoauth2" not in client.server_auth_methods:
        raise Blocked(f"{where} takes no token (it offers no AUTH XOAUTH2): use a password")
    if not await _takes(client, settings, token):
        # F-072: it may have been taken back before its time. Once, and never in a row: accounts get locked by that.
        renewed = await _password_or_token(settings, refused=token)
        if not await _takes(client, settings, renewed):
            raise LoginRefused(
                f"{where} refused the access token: check that username is the account that signed in, and that the "
                "client may send mail for it"
            )


async def _takes(client: aiosmtplib.SMTP, settings: Smtp, token: str) -> bool:
    """Of what a relay says to a token only the code is told on: it may have the token in it."""
    try:
        await client.auth_xoauth2(settings.username, token)
    except aiosmtplib.SMTPResponseException as error:
        if error.code < 500:
            where = f"{settings.host} port {settings.port}"
            raise Unreachable(f"{where} cannot look at our access token now ({error.code})") from None
        return False
    return True


async def _password_or_token(settings: Smtp, refused: str = "") -> str:
    """Before the relay is troubled: without a token there is nothing to say to it. Raises Unreachable or Blocked."""
    client = settings.oauth2
    if client is None:
        return settings.password
    try:
        return await _in_a_thread(lambda: oauth2.access_token(client, refused))
    except oauth2.SignInNeeded as error:
        raise Blocked(str(error)) from None
    except oauth2.Refused as error:
        raise LoginRefused(str(error)) from None
    except oauth2.SignInError as error:
        raise Unreachable(str(error)) from None


async def _in_a_thread(function: Callable[[], str]) -> str:
    """Not one of asyncio's own: those must end before Python does, and RC-15 gives ten seconds for that."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def tell(step: Callable[[], None]) -> None:
        # Nobody may be waiting any more, or the loop be closed.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if answer.done() else step())

    def run() -> None:
        try:
            text = function()
        except oauth2.SignInError as error:
            refusal = error
            tell(lambda: answer.set_exception(refusal))
        else:
            tell(lambda: answer.set_result(text))

    threading.Thread(target=run, name="sign-in", daemon=True).start()
    return await answer


async def _by_password(client: aiosmtplib.SMTP, settings: Smtp) -> None:
    """One method, once: SMTP.login() tries a wrong password with every method, and accounts get locked by that."""
    if "plain" in client.server_auth_methods:
        await client.auth_plain(settings.username, settings.password)
    elif "login" in client.server_auth_methods:
        await client.auth_login(settings.username, settings.password)
    elif "cram-md5" in client.server_auth_methods:
        await client.auth_crammd5(settings.username, settings.password)
    else:
        raise Blocked(f"{settings.host} offers no login (AUTH PLAIN, LOGIN or CRAM-MD5) here, but a username is set")


def _refusal(error: aiosmtplib.SMTPException | OSError | ValueError, settings: Smtp) -> Unreachable | Blocked:
    where = f"{settings.host} port {settings.port}"
    # A failed handshake comes wrapped with implicit TLS and bare with STARTTLS.
    match error.__cause__ if isinstance(error.__cause__, OSError) else error:
        case ssl.SSLCertVerificationError(verify_message=reason):
            sentence = f"the certificate of {where} is not trusted: {reason}; for a private authority set ca_file"
            return Blocked(one_line(sentence))
        case ssl.SSLError(reason=reason):
            return Blocked(one_line(f"no TLS with {where}: {reason}"))
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError() as refused:
            # Here even 5yz speaks of the relay's state, not of a letter (RFC 5321 section 3.1).
            return Unreachable(one_line(f"{where}: {what(refused)}"))
        case aiosmtplib.SMTPAuthenticationError(code=code) as refused if code >= 500:
            return LoginRefused(one_line(f"{where} refused our login: {what(refused)}"))
        case aiosmtplib.SMTPResponseException(code=code) as refused if code >= 500:
            return Blocked(one_line(f"{where} refused TLS: {what(refused)}"))
        case aiosmtplib.SMTPException() | OSError() as broken:
            return Unreachable(one_line(f"{where}: {what(broken)}"))
    return Blocked(one_line(f"smtp: host, port or the robot's domain cannot be used: {error}"))
