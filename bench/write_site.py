#!/usr/bin/env python3
"""Write a mailbot site for the benchmarks into a new folder.

  write_site.py DIR CORPUS [--database URL] [--imap PORT] [--smtp PORT]

Mailboxes support, business and sac on imap_server.sh, smtp_sink.py as the relay, the register of CORPUS.
Two things differ from a real site, so that each of the corpus' new letters is acknowledged, as the peers do it:
the budgets are so large that nothing is withheld, and letters of any age are acknowledged.
One agent for each department: so every new letter makes two mails (acknowledgement, notice) and every reply one (notice).
The peers of performance.md send an acknowledgement only; ours do more work for the same count of tickets.
"""

import argparse
import os
import secrets
import shutil
from pathlib import Path

MAIN = """\
[robot]
organisation = "Bench"
language = "fr-FR"
timezone = "Europe/Paris"
domain = "robot.bench.example"
admin = "admin@bench.example"
account_pattern = ['C\\d{6}']
order_pattern = ['#\\d{6}']
acknowledge_within = "36500d"

[database]
url = "%(database)s"

[smtp]
host = "127.0.0.1"
port = %(smtp)s
security = "none"
username = ""

[security]
key_file = "mailbot.key"
trusted_authserv_ids = ["mx.bench.example"]

[budget]
registered = 1000
others = 1000
domain = 1000000
mailbox = 1000000
site = 1000000
"""
MAILBOX = """
[mailboxes.%(name)s]
address = "%(name)s@bench.example"
department = "%(department)s"
[mailboxes.%(name)s.imap]
host = "127.0.0.1"
port = %(imap)s
security = "none"
username = "%(name)s"
password_file = "password"
start = "all"
poll_interval = "%(poll)s"
"""
AGENT = """
[%(name)s]
name = "%(name)s"
email = "%(name)s@agents.bench.example"
language = "fr"
departments = ["%(department)s"]
"""
DEPARTMENTS = {"support": "technical", "business": "financial", "sac": "customer-care"}


def write(directory: Path, corpus: Path, database: str, imap: int, smtp: int, poll: str = "60s") -> None:
    directory.mkdir(parents=True)
    boxes = "".join(MAILBOX % dict(name=n, department=d, imap=imap, poll=poll) for n, d in DEPARTMENTS.items())
    (directory / "mailbot.toml").write_text(MAIN % dict(database=database, smtp=smtp) + boxes)
    agents = "".join(AGENT % dict(name=f"agent-{n}", department=d) for n, d in DEPARTMENTS.items())
    (directory / "agents.toml").write_text(agents)
    for name, secret in (("password", "bench"), ("mailbot.key", secrets.token_hex(32))):
        with open(os.open(directory / name, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(secret + "\n")
    (directory / "register").mkdir()
    for name in ("accounts.csv", "addresses.csv", "services.csv"):
        shutil.copy(corpus / name, directory / "register" / name)


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("directory", type=Path)
    a.add_argument("corpus", type=Path)
    a.add_argument("--database", default="sqlite:///mailbot.db")
    a.add_argument("--imap", type=int, default=int(os.environ.get("IMAP_PORT", 21143)))
    a.add_argument("--smtp", type=int, default=int(os.environ.get("SMTP_PORT", 21025)))
    a = a.parse_args()
    write(a.directory, a.corpus, a.database, a.imap, a.smtp)
