"""The site of the dialogues as an operator would write it: mailbot.toml, agents.toml, a key, and the register."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from servers.dovecot import PASSWORD
from servers.postfix import AUTHSERV_ID

from robot.post import Post

Value: TypeAlias = str | int | bool | Sequence[str] | None

MAILBOXES = {"support": "technical", "business": "financial", "sac": "customer-care"}
AGENTS = """\
[alice]
name = "Alice Roy"
email = "alice@telecom.example"
language = "fr"
departments = ["technical"]
may = ["release"]
[bob]
name = "Bob Stone"
email = "bob@telecom.example"
language = "en"
departments = ["financial", "customer-care"]
may = ["release"]
"""
ACCOUNTS = """\
account,name,language,plan
AC-100001,Boulangerie Tremblay,fr,
AC-100002,Harbour Dental,en,
"""
ADDRESSES = """\
account,email,contact,notify,default
AC-100001,anna@boulangerie.example,Anna Tremblay,support billing,yes
AC-100001,anna@maison.example,Anna Tremblay,support,no
AC-100001,gone@boulangerie.example,Guy Tremblay,support,no
AC-100002,bruno@harbour.example,Bruno Clarke,support billing,yes
AC-100002,bruno@home.example,Bruno Clarke,support,no
AC-100002,lost@harbour.example,Lou Clarke,support,no
"""
SERVICES = """\
account,service,order,ip
AC-100001,fibre-500,#200001,203.0.113.10
AC-100002,colocation,#200002,203.0.113.11
"""


class Site:
    """A folder. `changes` are keys such as "robot.reopen_window" or "mailboxes.sac.imap.start" and their values.

    None leaves the key out.
    """

    def __init__(self, folder: Path, post: Post, changes: Mapping[str, Value] | None = None) -> None:
        self.folder = folder
        self._keys = {**_usual(post), **(changes or {})}
        folder.mkdir(exist_ok=True)
        self._write("mailbot.key", "0f" * 32, private=True)
        self._write("password", PASSWORD, private=True)
        self._write("agents.toml", AGENTS)
        self._write("mailbot.toml", _toml(self._keys))
        (folder / "register").mkdir(exist_ok=True)
        for name, table in (("accounts", ACCOUNTS), ("addresses", ADDRESSES), ("services", SERVICES)):
            self._write(f"register/{name}.csv", table)

    def change(self, changes: Mapping[str, Value]) -> None:
        """The operator edits mailbot.toml; the robot reads it when it starts."""
        self._keys |= changes
        self._write("mailbot.toml", _toml(self._keys))

    def _write(self, name: str, text: str, *, private: bool = False) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600 if private else 0o644)


def _usual(post: Post) -> dict[str, Value]:
    keys: dict[str, Value] = {
        "robot.organisation": "Exemple Télécom",
        "robot.language": "fr-CA",
        "robot.timezone": "America/Toronto",
        "robot.domain": "tickets.telecom.example",
        "robot.admin": "admin@telecom.example",
        "robot.phone": "+1 888 555 0100",
        "smtp.host": "127.0.0.1",
        "smtp.port": post.postfix.port,
        "smtp.security": "none",
        "security.trusted_authserv_ids": [AUTHSERV_ID],
    }
    for name, department in MAILBOXES.items():
        keys |= {
            f"mailboxes.{name}.address": f"{name}@telecom.example",
            f"mailboxes.{name}.department": department,
            f"mailboxes.{name}.imap.host": "127.0.0.1",
            f"mailboxes.{name}.imap.port": post.dovecot.imap,
            f"mailboxes.{name}.imap.security": "none",
            f"mailboxes.{name}.imap.username": name,
            f"mailboxes.{name}.imap.password_file": "password",
            f"mailboxes.{name}.imap.subaddress": "+",
        }
    return keys


def _toml(keys: Mapping[str, Value]) -> str:
    """A JSON text of these kinds is a TOML value as well."""
    sections: dict[str, list[str]] = {}
    for path, value in keys.items():
        section, _, key = path.rpartition(".")
        if value is None:
            continue
        sections.setdefault(section, []).append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, ""))
