"""A daemon at work: how soon it answers, and what it bears."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

from stand import MAILBOT, PYTHON, answers, manifest, one, run, until, wrong
from rows import Row, Wrong

HERE = Path(__file__).parent
# Letters a second, and how many.
QUIET, BUSY = (0.5, 30), (50, 1000)
KILLS = 20
ASIDE = 10


def latency(stand, kind, n):
    """B6: from the moment a mail lies in the mailbox to the relay's 250, without the server's own share."""
    for mode, poll in (("idle", "60s"), ("noop:0.1", "0.1s")):
        floor = _figures(run(PYTHON, HERE / "latency.py", "floor", "--n", 30, "--mode", mode))
        for rate, count in (QUIET, BUSY):
            found = _answered_in(stand, kind, poll, rate, count)
            if found["unacked"] or found["dup_acks"]:
                raise Wrong(f"{found['unacked']} letters without answer, {found['dup_acks']} answered twice")
            for part in ("p50_ms", "p99_ms"):
                own, theirs = found[part] - floor[part], floor[part]
                asked = {"p50_ms": "10 ms", "p99_ms": "30 ms"}[part] if rate == QUIET[0] else ""
                yield Row("B6", f"{mode}, {rate}/s, {part[:3]}", f"{own:+.0f} ms", f"{theirs:.0f} ms", "", asked)


def _answered_in(stand, kind, poll, rate, count):
    corpus = stand.corpus(count)
    folder, _ = stand.site(kind, corpus, poll=poll)
    stand.load(corpus, "--n", "0")
    stand.sink(b"reset\n")
    with stand.daemon(folder):
        stand.load(corpus, "--all-to", "support", "--keep", "--rate", str(rate))
        until(_all_answered(stand, corpus), 60, "letters wait for their answer")
    stand.sink()
    return _figures(run(PYTHON, HERE / "latency.py", "join", stand.folder / "mail-arrivals.csv", stand.acks))


def _all_answered(stand, corpus):
    """Every new letter; a reply to what is held brings a mail as well, and does not stand for another's."""
    new = {r["msgid"] for r in manifest(corpus) if r["kind"] == "new"}
    return lambda: new <= answers(stand).keys()


def _figures(printed):
    return json.loads(printed.splitlines()[-1])


def slow_relay(stand, kind, n):
    """B7: intake does not wait for the relay."""
    usual = None
    for delay in (0.0, 0.05, 1.0):
        stand.stop_sink()
        stand.start_sink(delay)
        seconds, _ = _taken_in(stand, kind, n)
        usual = usual or seconds
        ratio = usual / seconds
        yield Row(
            "B7", f"{n} mails, {kind}, relay takes {delay} s", f"{n / seconds:.0f}/s in", "", f"{ratio:.2f}", "0.9"
        )
    stand.stop_sink()
    seconds, url = _taken_in(stand, kind, n)
    yield Row("B7", f"{n} mails, {kind}, relay down", f"{n / seconds:.0f}/s in", "", f"{usual / seconds:.2f}", "0.9")
    stand.start_sink()
    stand.sink(b"reset\n")
    with stand.daemon(stand.folder / "site"):
        until(_all_answered(stand, stand.corpus(n)), 900, "mails wait for their next attempt")
    if faults := wrong(stand, url, stand.corpus(n)):
        raise Wrong("; ".join(faults))


def _taken_in(stand, kind, n):
    corpus = stand.corpus(n)
    folder, url = stand.site(kind, corpus)
    stand.load(corpus, "--n", "0")
    with stand.daemon(folder):
        began = time.monotonic()
        stand.load(corpus, "--all-to", "support", "--keep")
        waiting = "select count(*) from delivery where outcome is not null"
        until(lambda: one(url, waiting) >= n, 600, "mails are not judged")
        return time.monotonic() - began, url


def crash(stand, kind, n):
    """B8: killed at random, again and again."""
    corpus = stand.corpus(n)
    folder, url = stand.site(kind, corpus)
    stand.load(corpus)
    stand.sink(b"reset\n")
    chance = random.Random(8)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [*MAILBOT, "run", "--once", "--site", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.8, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    run(*MAILBOT, "run", "--once", "--site", folder)
    twice = sum(count - 1 for count in answers(stand).values())
    faults = [fault for fault in wrong(stand, url, corpus) if "acknowledgements: 0 lost, 0 unasked" not in fault]
    if faults:
        raise Wrong("; ".join(faults))
    yield Row("B8", f"{n} mails, {KILLS} kills, {kind}", f"0 lost, {twice} again", "", "", f"0 lost, {KILLS} again")


def fairness(stand, kind, n):
    """B12: a few mails in the other mailboxes do not wait behind many in one."""
    corpus, few = stand.corpus(n), stand.corpus(ASIDE, first=900_000)
    folder, url = stand.site(kind, corpus)
    stand.load(corpus)
    stand.sink(b"reset\n")
    with stand.daemon(folder):
        until(lambda: one(url, "select count(*) from ticket") > n // 10, 120, "the backlog is not worked off")
        began = time.monotonic()
        for mailbox in ("business", "sac"):
            stand.load(few, "--all-to", mailbox, "--keep", "--fresh", mailbox)
        asked = "select count(*) from delivery where mailbox <> 'support' and outcome is not null"
        until(lambda: one(url, asked) >= 2 * ASIDE, 120, "the few wait")
        seconds = time.monotonic() - began
        behind = one(url, "select count(*) from delivery where outcome is null")
    name = f"{2 * ASIDE} mails in business and sac behind {n}, {kind}"
    yield Row("B12", name, f"{seconds:.1f} s", f"{behind} still wait", "", "2 s")
