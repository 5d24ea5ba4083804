"""A private Postfix: smtpd on a free port delivers the test domains by LMTP and relays nothing outside. Root only."""

import contextlib
import os
import re
import shutil
from typing import Self

from servers.process import Process, free_port, impossible, program, temporary_folder

AUTHSERV_ID = "mx.example.com"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {authserv_id}
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 no such user here
default_transport = error:5.4.4 this server sends nothing outside
relay_transport = error:5.4.4 this server sends nothing outside
virtual_mailbox_domains = {domains}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_recipient_limit = 1
recipient_delimiter = +
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_rate_limit = 0
message_size_limit = 67108864
header_checks = regexp:{folder}/header_checks
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_peername_lookup = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_error_sleep_time = 0
biff = no
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{elsewhere} inet n - n - - smtpd
  -o cleanup_service_name=elsewhere
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
elsewhere unix  n - n - 0 cleanup
  -o header_checks=regexp:{folder}/elsewhere_checks
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
showq     unix  n - n - - showq
postlog   unix-dgram n - n - 1 postlogd
"""


_PRIVATE = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
]
_FOLDERS = (
    ("data", 0o755, "postfix"),
    ("queue", 0o755, "root"),
    ("queue/pid", 0o755, "root"),
    ("queue/maildrop", 0o1730, "postdrop"),
    ("queue/public", 0o2710, "postdrop"),
    *((f"queue/{name}", 0o700, "root") for name in _PRIVATE),
)


class Postfix:
    """Started by entering it; `port` takes mail for the `domains`, which all go to the LMTP server at `lmtp`.

    Incoming Authentication-Results fields are taken out. Mail with From in one of the `authenticated` domains gets one
    of AUTHSERV_ID with dmarc=pass, as a border MTA would write it; other mail gets none. Port `elsewhere` is for
    hosts that none of these domains sends from: there the same mail gets dmarc=fail.

    On port `submission` it asks for a login, which the Dovecot at `sasl` judges.
    """

    def __init__(
        self,
        lmtp: int,
        domains: tuple[str, ...] = ("example.com",),
        authenticated: frozenset[str] = frozenset(),
        sasl: int = 0,
    ) -> None:
        if os.geteuid() != 0:
            impossible("only root can start Postfix")
        self._master = program("master", "/usr/lib/postfix/sbin", "/usr/libexec/postfix")
        self._lmtp, self._domains, self._authenticated, self._sasl = lmtp, domains, authenticated, sasl
        self.port, self.elsewhere, self.submission = free_port(), free_port(), free_port()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(temporary_folder("postfix"))
            self.log = self.folder / "log"
            self._make_queue()
            self._configure()
            self._process = Process([self._master, "-c", self.folder, "-s"], self.log)
            stack.callback(self._process.stop)
            self._process.wait_for(self.port)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _make_queue(self) -> None:
        """What `postfix start` makes and then checks for two seconds."""
        for name, mode, group in _FOLDERS:
            folder = self.folder / name
            folder.mkdir()
            shutil.chown(folder, "root" if name in ("queue", "queue/pid") else "postfix", group)
            folder.chmod(mode)

    def _configure(self) -> None:
        domains = ", ".join(self._domains)
        values = {"folder": self.folder, "lmtp": self._lmtp, "sasl": self._sasl, "authserv_id": AUTHSERV_ID}
        self._write("main.cf", _MAIN.format(**values, domains=domains))
        ports = {"port": self.port, "elsewhere": self.elsewhere, "submission": self.submission}
        self._write("master.cf", _MASTER.format(**ports, folder=self.folder))
        self._write("header_checks", _header_checks(self._authenticated, "pass"))
        self._write("elsewhere_checks", _header_checks(self._authenticated, "fail"))

    def _write(self, name: str, text: str) -> None:
        """Dated back: Postfix waits two seconds until a configuration that was written just now holds still."""
        (self.folder / name).write_text(text)
        os.utime(self.folder / name, (0, 0))


def _header_checks(authenticated: frozenset[str], result: str) -> str:
    """RFC 8601 section 5: fields that claim to be ours go. Prepended fields are not checked again."""
    lines = [
        f"/^From:.*@{re.escape(domain)}>?[[:space:]]*$/"
        f" PREPEND Authentication-Results: {AUTHSERV_ID}; dmarc={result} header.from={domain}"
        for domain in sorted(authenticated)
    ]
    return "\n".join(["/^Authentication-Results:/ IGNORE", *lines, ""])
