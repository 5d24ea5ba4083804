"""What every benchmark stands on: a private Dovecot, the sink, a database, a site; and whether a run was right."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from write_site import write as write_site

HERE = Path(__file__).parent
PYTHON = sys.executable
MAILBOT = (PYTHON, "-m", "mailbot")
SQLITE, POSTGRESQL = "sqlite", "postgresql"

# The tests' own server: durable, private, on a free port.
sys.path.append(str(HERE.parent / "tests"))


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


def until(condition, seconds, what):
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            sys.exit(f"after {seconds} s: {what}")
        time.sleep(0.02)


@dataclass
class Stand:
    """Servers for one run of the suite; `slow` is a preloaded library that makes each flush take 2 ms."""

    folder: Path
    imap_pid: int
    stack: ExitStack
    sink_process: subprocess.Popen = None
    postgresql: object = None
    corpora: dict = field(default_factory=dict)

    @property
    def acks(self):
        return self.folder / "acks.csv"

    def corpus(self, n, first=0):
        if (n, first) not in self.corpora:
            made = self.folder / f"corpus-{n}-{first}"
            run(PYTHON, HERE / "gen_mail.py", "--out", made, "--n", n, "--first", first)
            self.corpora[n, first] = made
        return self.corpora[n, first]

    def url(self, kind, name):
        """Of an empty database."""
        if kind == SQLITE:
            path = self.folder / f"{name}.db"
            for file in self.folder.glob(f"{name}.db*"):
                file.unlink()
            return f"sqlite:///{path}"
        if self.postgresql is None:
            from servers.postgresql import PostgreSQL

            self.postgresql = self.stack.enter_context(PostgreSQL())
        return self.postgresql.fresh_database()

    @contextmanager
    def slow_postgresql(self):
        """Another server, whose flushes are slow: the benchmarks within use it."""
        from servers.postgresql import PostgreSQL

        usual, os.environ["LD_PRELOAD"] = self.postgresql, str(self.slow)
        os.environ["SLOWSYNC_US"] = "2000"
        try:
            with PostgreSQL() as self.postgresql:
                del os.environ["LD_PRELOAD"], os.environ["SLOWSYNC_US"]
                yield
        finally:
            self.postgresql = usual

    @property
    def slow(self):
        made = self.folder / "slowsync.so"
        if not made.exists():
            run("gcc", "-O2", "-shared", "-fPIC", "-o", made, HERE / "slowsync.c", "-ldl")
        return made

    def site(self, kind, corpus, **different):
        """A new site over an empty database with the corpus' register; its folder, and the database's URL."""
        folder = self.folder / "site"
        shutil.rmtree(folder, ignore_errors=True)
        url = self.url(kind, "mailbot")
        write_site(folder, corpus, url, int(os.environ["IMAP_PORT"]), int(os.environ["SMTP_PORT"]), **different)
        run(*MAILBOT, "db", "upgrade", "--site", folder)
        run(*MAILBOT, "customers", "import", folder / "register", "--site", folder)
        return folder, url

    def load(self, corpus, *options):
        run(PYTHON, HERE / "load_mailbox.py", corpus, *(options or ("--all-to", "support")))

    def measured(self, name, n, *command, env=None, cpus=None):
        """One whole process under measure.py: a line of figures."""
        pids = {"imap": self.imap_pid} | ({"db": self.postgresql.pid} if self.postgresql else {})
        labels = [x for label, pid in pids.items() for x in ("--pid", f"{label}={pid}")]
        preload = ("env", *(f"{k}={v}" for k, v in env.items())) if env else ()
        pin = ("taskset", "-c", cpus) if cpus else ()
        log = self.folder / f"{name}.log"
        asked = (*pin, PYTHON, HERE / "measure.py", "--n", n, "--name", name, "--log", log, *labels, "--")
        done = subprocess.run([str(c) for c in (*asked, *preload, *command)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}{log.read_text()[-3000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def ceiling(self, kind, n, corpus, commit="each", **how):
        self.load(corpus)
        url = self.url(kind, "ceiling")
        command = (PYTHON, HERE / "ceiling.py", "--db", url, "--reset", "--commit", commit)
        return self.measured(f"ceiling-{kind}", n, *command, **how)

    @contextmanager
    def daemon(self, folder):
        """`mailbot run`, from when it is connected to its three mailboxes until it is told to end."""
        log = self.folder / "daemon.log"
        with open(log, "w") as out:
            process = subprocess.Popen([*MAILBOT, "run", "--site", str(folder)], stdout=out, stderr=out)
        try:
            until(lambda: log.read_text().count(": connected") >= 3, 30, f"no daemon: {log.read_text()[-2000:]}")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def start_sink(self, delay=0.0):
        command = [PYTHON, HERE / "smtp_sink.py", "--log", self.acks, "--delay", str(delay)]
        self.sink_process = subprocess.Popen(command)
        until(self._sink_answers, 10, "the sink does not start")

    def stop_sink(self):
        self.sink_process.terminate()
        self.sink_process.wait()

    def _sink_answers(self):
        try:
            self.sink()
        except OSError:
            return False
        return True

    def sink(self, order=b"stat\n"):
        """What the sink has counted; what it took stands in its log then."""
        with socket.create_connection(("127.0.0.1", int(os.environ["SMTP_PORT"]) + 1), 5) as s:
            s.sendall(order)
            answer = b""
            while got := s.recv(65536):
                answer += got
        return json.loads(answer)


@contextmanager
def stand():
    """Servers are found by the environment: BENCH_DIR, IMAP_PORT, SMTP_PORT."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailbot-bench-")))
        folder.chmod(0o755)
        os.environ.update(BENCH_DIR=str(folder), IMAP_PORT=str(free_port()), SMTP_PORT=str(free_port(pair=True)))
        run("bash", HERE / "imap_server.sh", "start")
        stack.callback(run, "bash", HERE / "imap_server.sh", "stop")
        made = Stand(folder, int((folder / "run/master.pid").read_text()), stack)
        made.start_sink()
        stack.callback(made.stop_sink)
        yield made


def one(url, question):
    engine = sa.create_engine(url)
    with engine.connect() as c:
        found = c.exec_driver_sql(question).scalar_one()
    engine.dispose()
    return found


def manifest(corpus):
    return [json.loads(line) for line in open(corpus / "manifest.jsonl")]


def wrong(stand, url, corpus, old=0):
    """Sentences about every count that is not what the manifest says; an empty list is a correct run."""
    letters = manifest(corpus)
    kinds = Counter(r["kind"] for r in letters)
    engine = sa.create_engine(url)
    with engine.connect() as c:
        tickets = c.exec_driver_sql("select count(*) from ticket").scalar_one() - old
        counted = "select outcome, count(*) from delivery where mailbox <> 'old' group by outcome"
        outcomes = dict(c.exec_driver_sql(counted).all())
        threads = {m: t for m, t in c.exec_driver_sql("select message_id, ticket from message")}
    engine.dispose()
    answered = answers(stand)
    expected = {r["msgid"] for r in letters if r["kind"] == "new"}
    parent = {r["msgid"]: letters[r["parent"]]["msgid"] for r in letters if r["kind"] == "reply"}
    strays = [reply for reply, letter in parent.items() if threads.get(reply) != threads.get(letter)]
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
    # A reply changes a request that waits for its confirmation, so that is asked for again.
    lost, extra = expected - set(answered), set(answered) - expected - set(parent)
    if lost or extra or any(count > 1 for count in answered.values()):
        twice = sum(v - 1 for v in answered.values())
        said.append(f"acknowledgements: {len(lost)} lost, {len(extra)} unasked for, {twice} twice")
    if strays:
        said.append(f"{len(strays)} replies not on the ticket of their parent")
    return said


def answers(stand):
    """How many acknowledgements came for each letter, by its Message-ID."""
    stand.sink()
    found = Counter()
    for line in open(stand.acks):
        _, rcpt, _, in_reply_to, _ = line.rstrip("\n").split(",", 4)
        # What answers no letter is the question to the holder of an account that a stranger named.
        if in_reply_to and not rcpt.endswith("@agents.bench.example"):
            found[in_reply_to] += 1
    return found
