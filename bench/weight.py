"""How much memory one very large mail takes: in the worker that reads it, and in the daemon after it."""

import base64
import json
import random
import time
from pathlib import Path

from stand import manifest, one, until, wrong
from rows import Row, Wrong

# As large as is read: the limit of 25 MiB, less a header and a letter.
OCTETS = 25 * 1024 * 1024 - 64 * 1024
FIRST = 800_000
SETTLED = 5


def large(stand, kind, n):
    """B11: one mail of 25 MiB after `n` usual ones."""
    usual = stand.corpus(n)
    both = _with_a_large_one(stand, usual)
    folder, url = stand.site(kind, usual)
    stand.load(usual, "--n", "0")
    stand.sink(b"reset\n")
    judged = "select count(*) from delivery where outcome is not null"
    with stand.daemon(folder) as daemon:
        stand.load(usual, "--all-to", "support", "--keep")
        until(lambda: one(url, judged) >= n, 120, "mails are not judged")
        time.sleep(SETTLED)
        before = _pss(daemon.pid)
        heavy, next_ = (str(letter["i"]) for letter in manifest(both)[-2:])
        stand.load(both, "--all-to", "support", "--keep", "--first", heavy, "--n", "1")
        worker, most = _peaks(daemon.pid, lambda: one(url, judged) > n)
        time.sleep(SETTLED)
        after = _pss(daemon.pid)
        # What is freed only when the next mail takes its place would show here alone.
        stand.load(both, "--all-to", "support", "--keep", "--first", next_)
        until(lambda: one(url, judged) > n + 1, 60, "the next mail is not judged")
        time.sleep(SETTLED)
        later = _pss(daemon.pid)
    if faults := wrong(stand, url, both):
        raise Wrong("; ".join(faults))
    yield Row("B11", f"worker that reads a mail of 25 MiB, {kind}", f"{worker:.0f} MiB", "", "", "512 MiB")
    beside = f"{before:.0f} before, {most:.0f} peak"
    yield Row("B11", f"the daemon after it, {kind}", f"{after:.0f} MiB", beside, f"{after / before:.2f}", "1.10")
    yield Row("B11", f"the daemon after the next mail, {kind}", f"{later:.0f} MiB", "", f"{later / before:.2f}", "1.10")


def _with_a_large_one(stand, usual):
    """A corpus' manifest with two letters more: one with an attachment that nothing compresses, and a usual one."""
    made = stand.folder / "large"
    made.mkdir(exist_ok=True)
    spare = stand.corpus(20, first=FIRST)
    letter, usual_one = [r for r in manifest(spare) if r["kind"] == "new" and r["registered"]][:2]
    head, _, body = (spare / letter["file"]).read_bytes().partition(b"\r\n\r\n")
    cut = head.index(b"\r\nContent-Type:")
    outside = b'\r\nContent-Type: multipart/mixed; boundary="large"\r\n\r\n--large'
    noise = base64.encodebytes(random.Random(11).randbytes(OCTETS * 57 // 78)).replace(b"\n", b"\r\n")
    file = b'Content-Type: application/zip; name="large.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + noise
    parts = (head[:cut] + outside + head[cut:], b"", body, b"--large", file + b"--large--", b"")
    (made / "large.eml").write_bytes(b"\r\n".join(parts))
    (made / "usual.eml").write_bytes((spare / usual_one["file"]).read_bytes())
    lines = [*manifest(usual), letter | {"file": "large.eml"}, usual_one | {"file": "usual.eml"}]
    (made / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return made


def _peaks(daemon, done):
    """The most that a process below the daemon and that the daemon itself had, in MiB."""
    worker = most = 0.0
    give_up = time.monotonic() + 120
    while not done():
        if time.monotonic() > give_up:
            raise Wrong("the large mail is not judged")
        worker = max([worker, *map(_pss, _below(daemon))])
        most = max(most, _pss(daemon))
        time.sleep(0.01)
    return worker, most


def _below(daemon):
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found, todo = [], [daemon]
    while todo:
        children = [pid for pid, parent in parents.items() if parent in todo]
        found, todo = found + children, children
    return found


def _parent(stat):
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0) / 1024
    except OSError:
        return 0.0
