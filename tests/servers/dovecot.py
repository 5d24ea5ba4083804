"""A private Dovecot 2.3: IMAP (plain and STARTTLS on one port, TLS on another) and LMTP, as one unprivileged user."""

import base64
import contextlib
import getpass
import grp
import imaplib
import pwd
import shutil
import smtplib
import time
from typing import Self

from mailbot.model import Imap, Transport
from servers.authorization import KEY
from servers.certificates import Certificate
from servers.process import PATIENCE, Process, free_port, program, temporary_folder, unprivileged

PASSWORD = "s3cret"
USERS = ("support", "business", "sac", "anna", "bruno", "carla", "dave", "alice", "bob", "admin")

# Penalties and delays for wrong passwords are off: tests log in wrongly on purpose and often.
_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap lmtp
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
default_vsz_limit = 512M
mail_location = maildir:{folder}/mail/%n
mail_max_userip_connections = {connections}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_username_format = %Ln
auth_failure_delay = 0
{tls}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%n
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox "Éléments envoyés" {{
    special_use = \\Sent
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@example.com
}}
service auth {{
  inet_listener {{
    port = {sasl}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service stats {{
  chroot =
}}
{quota}
"""

_QUOTA = """\
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = maildir:User
  quota_rule = *:storage={quota}K
}}
imap_id_send = name * version *
"""


_ACL = """\
mail_plugins = acl
plugin {{
  acl = vfile:{folder}/rights
}}
"""
_TLS = """\
ssl = yes
ssl_min_protocol = TLSv1.2
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/certificate.key
"""


_OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""


class Dovecot:
    """Started by entering it. Every user of USERS has PASSWORD; mail to user+anything@anywhere lands in his INBOX.

    `certificate` switches TLS on: implicit on port `imaps`, STARTTLS on port `imap`, where plain stays allowed.
    `quota` in KiB is the room of each user; with 0 nobody counts.
    `prefix` stands before every folder but INBOX; `capability` is announced in place of what it can do; `rights` are
    those of every user in his INBOX (RFC 4314 section 2.1). It takes passwords and the tokens of any
    AuthorizationServer, and tells others on port `sasl` whom it would let in.
    """

    def __init__(
        self,
        certificate: Certificate | None = None,
        separator: str = ".",
        connections: int = 50,
        prefix: str = "",
        capability: str = "",
        rights: str = "",
        quota: int = 0,
    ) -> None:
        self._program = program("dovecot")
        self._user = unprivileged("dovecot")
        self._settings = {"separator": separator, "connections": connections, "prefix": prefix}
        self._more = (f"imap_capability = {capability}\n" if capability else "") + (_ACL if rights else "")
        self._rights = rights
        self._certificate = certificate
        self._quota = quota
        self.imap, self.imaps, self.lmtp, self.sasl = free_port(), free_port(), free_port(), free_port()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(temporary_folder("dovecot"))
            self.log = self.folder / "log"
            self._fill_folder()
            self._process = Process([self._program, "-F", "-c", self.folder / "dovecot.conf"], self.log, self._user)
            stack.callback(self._process.stop)
            self._process.wait_for(self.imap, self.lmtp, *([self.imaps] if self._certificate else []))
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def settings(self, folder: str = "INBOX", user: str = "support") -> Imap:
        """Plain text on loopback; with a certificate use `dataclasses.replace` and port `imaps`."""
        return Imap("localhost", self.imap, Transport.NONE, user, PASSWORD, folder=folder)

    def deliver(self, raw: bytes, recipient: str, sender: str = "sender@example.org") -> None:
        """Hands one mail over by LMTP, as an MTA does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail(sender, recipient, raw)

    def letters(self, user: str, at_least: int = 0, folder: str = "INBOX") -> list[bytes]:
        """All mails of one folder, oldest first, as soon as there are so many. Raises TimeoutError."""
        give_up = time.monotonic() + PATIENCE
        with imaplib.IMAP4("127.0.0.1", self.imap) as imap:
            imap.login(user, PASSWORD)
            imap.select(folder, readonly=True)
            while len(uids := imap.uid("SEARCH", "ALL")[1][0].split()) < at_least:
                if time.monotonic() > give_up:
                    raise TimeoutError(f"{folder} of {user} holds {len(uids)} mails, not {at_least}")
                time.sleep(0.01)
                imap.noop()
            return [_fetched(imap, uid) for uid in uids]

    def _fill_folder(self) -> None:
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in USERS))
        (self.folder / "dovecot.conf").write_text(self._configuration())
        if self._certificate is not None:
            shutil.copy(self._certificate.file, self.folder / "certificate.pem")
            shutil.copy(self._certificate.key, self.folder / "certificate.key")
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        (self.folder / "rights").write_text(f"INBOX owner {self._rights}\nDone owner lrwstipekxa\n")
        (self.folder / "oauth2").write_text(_OAUTH2.format(folder=self.folder))
        key = self.folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(KEY))
        if self._user is not None:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, self._user, self._user)

    def _configuration(self) -> str:
        user = self._user or getpass.getuser()
        tls = self._certificate is not None
        return _CONFIGURATION.format(
            **self._settings,
            folder=self.folder,
            sasl=self.sasl,
            user=user,
            group=grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name,
            tls=_TLS.format(folder=self.folder) if tls else "ssl = no",
            quota=_QUOTA.format(quota=self._quota) if self._quota else "",
            imap=self.imap,
            imaps=self.imaps if tls else 0,
            lmtp=self.lmtp,
        ) + self._more.format(folder=self.folder)


def _fetched(imap: imaplib.IMAP4, uid: bytes) -> bytes:
    literal = imap.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0]
    assert isinstance(literal, tuple)
    return bytes(literal[1])
