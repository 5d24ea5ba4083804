"""How much mail in how much time and memory: `mailbot run --once` over a full mailbox, beside the reference pipeline."""

from pathlib import Path

from stand import MAILBOT, POSTGRESQL, PYTHON, one, run, wrong
from rows import Row, Wrong

HERE = Path(__file__).parent
BACKLOGS = (1000, 5000, 20000)
GROWN = (0, 10_000, 100_000)


def once(stand, kind, n, name="mailbot", old=0, **how):
    """One right run over `n` mails in one mailbox; the figures of measure.py."""
    corpus = stand.corpus(n)
    folder, url = stand.site(kind, corpus)
    if old:
        run(PYTHON, HERE / "seed.py", url, old)
    stand.load(corpus)
    figures = stand.measured(f"{name}-{kind}", n, *MAILBOT, "run", "--once", "--site", folder, **how)
    if faults := wrong(stand, url, corpus, old):
        raise Wrong("; ".join(faults))
    return figures


def intake(stand, kind, n):
    """B1 and B1s."""
    ours = once(stand, kind, n)
    reference = stand.ceiling(kind, n, stand.corpus(n))
    yield Row.of("B1" if kind == POSTGRESQL else "B1s", f"{n} mails, {kind}", ours, reference, "0.5 of ceiling")
    # What the server spends on us is ours to keep small as well.
    share = 1000 * ours["cpu_imap_s"] / n
    yield Row("B4", f"IMAP server's CPU, {n} mails", f"{share:.2f} ms/mail", "", "", "0.15 ms")


def slow_flush(stand, kind, n):
    """B2: every flush takes 2 ms, ours and the reference's."""
    quick = once(stand, kind, n)
    if kind == POSTGRESQL:
        with stand.slow_postgresql():
            slow = once(stand, kind, n)
            reference = stand.ceiling(kind, n, stand.corpus(n))
    else:
        preload = {"LD_PRELOAD": stand.slow, "SLOWSYNC_US": "2000"}
        slow = once(stand, kind, n, env=preload)
        reference = stand.ceiling(kind, n, stand.corpus(n), env=preload)
    yield Row.of("B2", f"{n} mails, {kind}, 2 ms a flush", slow, reference, "")
    share = slow["msg_s"] / quick["msg_s"]
    yield Row("B2", f"the same against a free flush, {kind}", f"{slow['msg_s']:.0f}/s", "", f"{share:.2f}", "0.75")


def cores(stand, kind, n):
    """B3: threads and children as designed, on one core and on all."""
    alone = once(stand, kind, n, cpus="0")
    both = once(stand, kind, n)
    gain = both["msg_s"] / alone["msg_s"]
    yield Row("B3", f"{n} mails, {kind}, all cores against one", f"{both['msg_s']:.0f}/s", "", f"{gain:.2f}", "1.4")


def backlog(stand, kind, n):
    """B4: the cost of a mail does not depend on how many lie beside it."""
    for size in BACKLOGS:
        figures = once(stand, kind, size)
        ours, server = figures["cpu_ms_msg"], 1000 * figures["cpu_imap_s"] / size
        yield Row(
            "B4", f"{size} mails in one mailbox, {kind}", f"{ours:.2f} + {server:.2f} ms", "", "", "flat; 0.15 ms"
        )
        yield Row("B11", f"peak memory, {size} mails, {kind}", f"{figures['peak_mib']:.0f} MiB", "", "", "150 MiB")


def growth(stand, kind, n):
    """B5: the cost of a mail does not depend on how many tickets there are. The better of two runs: noise only adds."""
    fresh = None
    for old in GROWN:
        figures = min((once(stand, kind, n, old=old) for _ in range(2)), key=lambda one: one["cpu_ms_msg"])
        fresh = fresh or figures
        ratio = figures["cpu_ms_msg"] / fresh["cpu_ms_msg"]
        text = f"{figures['cpu_ms_msg']:.2f} ms CPU"
        yield Row("B5", f"{n} mails beside {old} old tickets, {kind}", text, "", f"{ratio:.2f}", "1.10 at 100,000")


def replay(stand, kind, n):
    """B9: the same mails a second time."""
    corpus = stand.corpus(n)
    folder, url = stand.site(kind, corpus)
    command = (*MAILBOT, "run", "--once", "--site", folder)
    stand.load(corpus)
    stand.measured("first", n, *command)
    tickets = one(url, "select count(*) from ticket")
    stand.load(corpus, "--all-to", "support", "--keep")
    stand.measured("again", n, *command)
    more = one(url, "select count(*) from ticket") - tickets
    yield Row(
        "B9", f"{n} mails delivered twice, {kind}", f"{more} tickets, {stand.sink()['count']} mails", "", "", "0, 0"
    )
