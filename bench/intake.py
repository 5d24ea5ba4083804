#!/usr/bin/env python3
"""Intake, end to end: a mailbox full of mail through `mailbot run --once`, beside the reference pipeline in the same run.

  intake.py [--n 1000 5000] [--database URL] [--db-pid PID] [--rounds 1]

Starts its own Dovecot and sink in a temporary folder, on free ports (root, for Dovecot's user). For each size: corpus,
site, register, `mailbot run --once` under measure.py, counts against the corpus' manifest, then ceiling.py --commit each.
All mail lies in one mailbox, as for the peers: replies may come to another mailbox than their parents, and between
mailboxes there is no order. A run with a wrong count is no measurement: it is told, and the exit status is 1.
--database: an empty PostgreSQL database, emptied again between the sizes; --db-pid adds its server's CPU.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from write_site import write as write_site

HERE = Path(__file__).parent
PYTHON = sys.executable


def run(*command, **kw):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **kw)
    if done.returncode:
        sys.exit(
            f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def free_port(pair=False):
    """With `pair`, the next port is free as well: the sink's control port."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                if pair:
                    two.bind(("127.0.0.1", port + 1))
                return port
            except (OSError, OverflowError):
                continue


@contextmanager
def servers(folder):
    """Dovecot and the sink; what they need to be found goes into the environment."""
    folder.chmod(0o755)
    os.environ.update(BENCH_DIR=str(folder), IMAP_PORT=str(free_port()), SMTP_PORT=str(free_port(pair=True)))
    run("bash", HERE / "imap_server.sh", "start")
    sink = subprocess.Popen([PYTHON, HERE / "smtp_sink.py", "--log", folder / "acks.csv"])
    try:
        yield int((folder / "run/master.pid").read_text())
    finally:
        sink.terminate()
        sink.wait()
        run("bash", HERE / "imap_server.sh", "stop")


def measured(name, n, pids, *command):
    labels = [x for label, pid in pids.items() for x in ("--pid", f"{label}={pid}")]
    log = Path(os.environ["BENCH_DIR"]) / f"{name}.log"
    done = subprocess.run(
        [PYTHON, HERE / "measure.py", "--n", str(n), "--name", name, "--log", log, *labels, "--", *map(str, command)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}{log.read_text()[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def load(corpus):
    run(PYTHON, HERE / "load_mailbox.py", corpus, "--all-to", "support")


def sink_flush():
    with socket.create_connection(("127.0.0.1", int(os.environ["SMTP_PORT"]) + 1), 5) as s:
        s.sendall(b"stat\n")
        while s.recv(65536):
            pass


def empty(url):
    if not url.startswith("sqlite"):
        engine = sa.create_engine(url)
        with engine.begin() as c:
            c.exec_driver_sql("drop schema public cascade")
            c.exec_driver_sql("create schema public")
        engine.dispose()


def wrong(url, corpus, acks):
    """Sentences about every count that is not what the manifest says; an empty list is a correct run."""
    manifest = [json.loads(line) for line in open(corpus / "manifest.jsonl")]
    kinds = Counter(r["kind"] for r in manifest)
    engine = sa.create_engine(url)
    with engine.connect() as c:
        tickets = c.exec_driver_sql("select count(*) from ticket").scalar_one()
        outcomes = dict(c.exec_driver_sql("select outcome, count(*) from delivery group by outcome").all())
        threads = {m: t for m, t in c.exec_driver_sql("select message_id, ticket from message")}
    engine.dispose()
    sink_flush()
    answered = Counter()
    for line in open(acks):
        _, rcpt, _, in_reply_to, _ = line.rstrip("\n").split(",", 4)
        if not rcpt.endswith("@agents.bench.example"):
            answered[in_reply_to] += 1
    expected = {r["msgid"] for r in manifest if r["kind"] == "new"}
    strays = [
        r["msgid"]
        for r in manifest
        if r["kind"] == "reply" and threads.get(r["msgid"]) != threads.get(f"{mid(manifest, r)}")
    ]
    found = {
        "ticket-created": kinds["new"],
        "appended": kinds["reply"],
        "automatic": kinds["auto"],
        "bounce": kinds["bounce"],
    }
    said = []
    if tickets != kinds["new"]:
        said.append(f"{tickets} tickets instead of {kinds['new']}")
    if outcomes != found:
        said.append(f"outcomes {outcomes} instead of {found}")
    if set(answered) != expected or sum(answered.values()) != len(expected):
        lost, extra = expected - set(answered), set(answered) - expected
        twice = sum(v - 1 for v in answered.values())
        said.append(f"acknowledgements: {len(lost)} lost, {len(extra)} unasked for, {twice} twice")
    if strays:
        said.append(f"{len(strays)} replies not on the ticket of their parent")
    return said


def mid(manifest, reply):
    return manifest[reply["parent"]]["msgid"]


def round_of(n, a, work, imap_pid):
    corpus, folder = work / f"corpus-{n}", work / f"site-{n}"
    if not corpus.exists():
        run(PYTHON, HERE / "gen_mail.py", "--out", corpus, "--n", n)
    shutil.rmtree(folder, ignore_errors=True)
    url = a.database or f"sqlite:///{folder}/mailbot.db"
    pids = {"imap": imap_pid} | ({"db": a.db_pid} if a.db_pid else {})
    name = "postgresql" if a.database else "sqlite"
    empty(url)
    write_site(folder, corpus, url, int(os.environ["IMAP_PORT"]), int(os.environ["SMTP_PORT"]))
    mailbot = (PYTHON, "-m", "mailbot")
    run(*mailbot, "db", "upgrade", "--site", folder)
    run(*mailbot, "customers", "import", folder / "register", "--site", folder)
    load(corpus)
    ours = measured(f"mailbot-{name}", n, pids, *mailbot, "run", "--once", "--site", folder)
    faults = wrong(url, corpus, work / "acks.csv")
    empty(url)
    load(corpus)
    ceiling_url = a.database or f"sqlite:///{work}/ceiling.db"
    reference = measured(
        f"ceiling-{name}", n, pids, PYTHON, HERE / "ceiling.py", "--db", ceiling_url, "--reset", "--commit", "each"
    )
    empty(url)
    return ours, reference, faults


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--n", type=int, nargs="+", default=[1000, 5000])
    a.add_argument("--rounds", type=int, default=1)
    a.add_argument("--database")
    a.add_argument("--db-pid", type=int)
    a = a.parse_args()
    bad = False
    print(
        f"{'run':22}{'mails':>7}{'msg/s':>9}{'CPU ms/msg':>12}{'peak MiB':>10}{'mails out':>11}{'IMAP ms/msg':>13}{'ratio':>8}"
    )
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailbot-bench-")))
        imap_pid = stack.enter_context(servers(work))
        for n in [n for n in a.n for _ in range(a.rounds)]:
            ours, reference, faults = round_of(n, a, work, imap_pid)
            for r in (ours, reference):
                ratio = f"{r['msg_s'] / reference['msg_s']:.2f}"
                print(
                    f"{r['name']:22}{n:>7}{r['msg_s']:>9.1f}{r['cpu_ms_msg']:>12.2f}{r['peak_mib']:>10.1f}{r['acks']:>11}"
                    f"{1000 * r['cpu_imap_s'] / n:>13.2f}{ratio:>8}",
                    flush=True,
                )
            for fault in faults:
                bad = True
                print(f"  WRONG: {fault}")
            if not faults:
                print("  counts right: tickets, threads, acknowledgements")
    sys.exit(bad)


if __name__ == "__main__":
    main()
