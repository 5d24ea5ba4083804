"""An authorization server on loopback (RFC 6749, RFC 7636, RFC 8628): it grants as it should, or as it is told.

Its access tokens are JWTs (RFC 7519) signed with HS256, which Dovecot's passdb oauth2 checks by itself.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from mailbot.model import Flow, OAuth2
from servers.certificates import Certificate

CLIENT = "mailbot"
SECRET = "client-secret-of-the-test"
USER_CODE = "WDJB-MJHT"
KEY = b"signs the tokens of every authorization server"

Form = Mapping[str, str]
Answer = tuple[int, bytes]
Table = dict[str, str | int]


class Consent(StrEnum):
    """What the person did who was shown a code."""

    GIVEN = "given"
    PENDING = "authorization_pending"
    ASKED_TOO_OFTEN = "slow_down"
    DENIED = "access_denied"
    TOO_LATE = "expired_token"


@dataclass(frozen=True, slots=True)
class Say:
    """These octets in the place of the usual answer."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Fall:
    """The server "drops" the connection; or is "silent", "dribbles" octets or "dribbles its body" until it closes."""

    how: str


def error(name: str, status: int = 400, words: str = "") -> Say:
    return Say(status, json.dumps({"error": name, "error_description": words}).encode())


class AuthorizationServer:
    """Started by entering it. What a test may change while it runs are its attributes without an underscore.

    `user` is whose tokens it grants, `lifetime` what is told of access tokens, `true_lifetime` what they have;
    `extra` goes into each grant. A refresh token serves once where it `rotates`; `misbehave` is for the next requests.
    """

    def __init__(self, certificate: Certificate | None = None) -> None:
        self.user = "support"
        self.secret = SECRET
        self.lifetime = self.true_lifetime = 3600
        self.rotates = True
        self.consent = Consent.GIVEN
        self.interval = 1
        self.extra: Table = {}
        self.requests: list[Form] = []
        self.granted: list[str] = []
        self.misbehave: list[Say | Fall] = []
        self._refresh_tokens: set[str] = set()
        self._device_codes: set[str] = set()
        self._codes: dict[str, str] = {}
        self._turn = threading.Lock()
        self._asked = threading.Event()
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate.file, certificate.key)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._address = f"{'https' if certificate else 'http'}://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return urlsplit(self._address).netloc

    def endpoint(self, name: str) -> str:
        return f"{self._address}/{name}"

    def client(self, folder: Path, flow: Flow = Flow.CLIENT_CREDENTIALS) -> OAuth2:
        """For the mailbox support of a site in that folder; `dataclasses.replace` makes others."""
        return OAuth2(
            mailbox="support",
            flow=flow,
            client_id=CLIENT,
            client_secret=SECRET,
            refresh_token="",
            scope="mail",
            token_endpoint=self.endpoint("token"),
            device_endpoint=self.endpoint("device"),
            authorization_endpoint=self.endpoint("authorize"),
            tokens=str(folder / "tokens" / "mailboxes.support.json"),
        )

    def asked(self, grant_type: str) -> int:
        return sum(1 for form in self.requests if form.get("grant_type", "").endswith(grant_type))

    def wait_for_request(self) -> None:
        assert self._asked.wait(10), "nobody asked for a token"

    def revoke(self) -> None:
        """An administrator, or a new password, ends every sign-in."""
        with self._turn:
            self._refresh_tokens.clear()

    def browse(self, address: str) -> str:
        """A person opens it, and consents or not; where his browser ends."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        back = {"state": query["state"]}
        if self.consent is Consent.GIVEN:
            back["code"] = self._new("code")
            self._codes[back["code"]] = query["code_challenge"]
        else:
            back["error"] = self.consent
        return f"{query['redirect_uri']}/?{urlencode(back)}"

    def refresh_token(self) -> str:
        """Granted by hand."""
        with self._turn:
            token = self._new("refresh")
            self._refresh_tokens.add(token)
        return token

    def answer(self, path: str, form: Form) -> Answer | Fall:
        with self._turn:
            self.requests.append(form)
            self._asked.set()
            if self.misbehave:
                match self.misbehave.pop(0):
                    case Fall() as fall:
                        return fall
                    case Say(status, body):
                        return status, body
            if form.get("client_id") != CLIENT or form.get("client_secret", self.secret) != self.secret:
                return _refused("invalid_client", "AADSTS7000215: Invalid client secret for app admin@example.com")
            match path:
                case "/device":
                    return self._device()
                case "/token":
                    return self._token(form)
        return 404, b"not here"

    def _device(self) -> Answer:
        code = self._new("device")
        self._device_codes.add(code)
        return _json(
            {
                "device_code": code,
                "user_code": USER_CODE,
                "verification_uri": self.endpoint("verify"),
                "expires_in": 600,
                "interval": self.interval,
            }
        )

    def _token(self, form: Form) -> Answer:
        match form.get("grant_type", "").rpartition(":")[2]:
            case "client_credentials":
                return self._grant(refreshable=False)
            case "refresh_token":
                return self._refreshed(form["refresh_token"])
            case "device_code":
                return self._signed_in(form["device_code"])
            case "authorization_code":
                challenge = self._codes.pop(form["code"], "")
                proven = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
                return self._grant() if challenge == proven.decode().rstrip("=") else _refused("invalid_grant")
        return _refused("unsupported_grant_type")

    def _refreshed(self, token: str) -> Answer:
        if token not in self._refresh_tokens:
            return _refused("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.")
        if self.rotates:
            self._refresh_tokens.remove(token)
        return self._grant(refreshable=self.rotates)

    def _signed_in(self, code: str) -> Answer:
        if code not in self._device_codes:
            return _refused("invalid_grant")
        if self.consent is not Consent.GIVEN:
            return _refused(self.consent)
        self._device_codes.remove(code)
        return self._grant()

    def _grant(self, refreshable: bool = True) -> Answer:
        table: Table = {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": self._access_token()}
        if refreshable:
            table["refresh_token"] = self._new("refresh")
            self._refresh_tokens.add(str(table["refresh_token"]))
        return _json(table | self.extra)

    def _access_token(self) -> str:
        now = int(time.time())
        claims: Table = {"sub": self.user, "iat": now - 60, "exp": now + self.true_lifetime}
        claims["jti"] = secrets.token_hex(8)
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        token = f"{signed}.{_encoded(hmac.digest(KEY, signed.encode(), 'sha256'))}"
        self.granted.append(token)
        return token

    def _new(self, kind: str) -> str:
        token = f"{kind}-{secrets.token_urlsafe(32)}"
        self.granted.append(token)
        return token


def _handler(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            match server.answer(self.path, form):
                case Fall(how):
                    with contextlib.suppress(OSError):
                        self._fall(how)
                case status, body:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.send_header("Location", server.endpoint("elsewhere"))
                    self.end_headers()
                    self.wfile.write(body)

        def _fall(self, how: str) -> None:
            if how == "dribbles its body":
                self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            while how.startswith("dribbles") and not server.closing.wait(0.01):
                self.wfile.write(b"H")
            if how == "silent":
                server.closing.wait()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


def _json(table: Table) -> Answer:
    return 200, json.dumps(table).encode()


def _refused(name: str, words: str = "") -> Answer:
    say = error(name, 401 if name == "invalid_client" else 400, words)
    return say.status, say.body


def _part(table: Table) -> str:
    return _encoded(json.dumps(table).encode())


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
