#!/usr/bin/env python3
"""Put a corpus (gen_mail.py) into the benchmark mailbox(es), replacing what is there.

  load_mailbox.py CORPUS [--n N] [--first I] [--all-to support] [--tag '[issue{n}]'] [--tag-skip auto,bounce]
                  [--tag-base 0] [--append] [--rate R] [--keep]

Default: files dropped straight into the maildirs (fast, no IMAP traffic); --append uses IMAP APPEND;
--rate R drops R messages per second on average, Poisson arrivals (even spacing resonates with the 500 ms debounce of
Dovecot's IDLE and shows latencies that are too good), and writes DIR/mail-arrivals.csv (msgid,time_ns,kind).
--tag adds the peer's ticket tag to the subject of replies, the number being the one the parent's ticket
would get when tickets are numbered in mailbox order (kinds in --tag-skip open no ticket).
--fresh makes Message-IDs unique for this load (suffix), so that one corpus can be loaded again as new mail.
"""

import argparse, json, os, pwd, random, re, shutil, time

a = argparse.ArgumentParser()
a.add_argument("corpus")
a.add_argument("--n", type=int, default=10**9)
a.add_argument("--first", type=int, default=0)
a.add_argument("--dir", default=os.environ.get("BENCH_DIR"), required="BENCH_DIR" not in os.environ)
a.add_argument("--port", type=int, default=int(os.environ.get("IMAP_PORT", 21143)))
a.add_argument("--all-to")
a.add_argument("--tag")
a.add_argument("--tag-skip", default="auto,bounce")
a.add_argument("--tag-base", type=int, default=0)
a.add_argument("--append", action="store_true")
a.add_argument("--rate", type=float)
a.add_argument("--keep", action="store_true")
a.add_argument("--fresh")
a = a.parse_args()
recs = [json.loads(l) for l in open(f"{a.corpus}/manifest.jsonl")]
skip, num, n = set(a.tag_skip.split(",")), {}, a.tag_base
for r in recs:
    if r["kind"] != "reply" and r["kind"] not in skip:
        n += 1
        num[r["i"]] = n
recs = [r for r in recs if r["i"] >= a.first][: a.n]
try:
    own = pwd.getpwnam("dovecot")
except KeyError:
    own = None
boxes = {a.all_to or t for t in ("support", "business", "sac")}
if not a.keep:
    for t in ("support", "business", "sac"):
        d = f"{a.dir}/mail/{t}"
        shutil.rmtree(d, ignore_errors=True)
        for s in ("new", "cur", "tmp"):
            os.makedirs(f"{d}/{s}")
        if own:
            os.system(f"chown -R dovecot:dovecot {d}")
conn = None
if a.append:
    import imaplib

    conn = {}
    for b in boxes:
        conn[b] = imaplib.IMAP4("127.0.0.1", a.port)
        conn[b].login(b, "bench")
gap, due = random.Random(7), 0.0
t0, base = time.time(), int(time.time()) - 3_000_000
log = open(f"{a.dir}/mail-arrivals.csv", "w") if a.rate else None
for k, r in enumerate(recs):
    raw = open(f"{a.corpus}/{r['file']}", "rb").read()
    if a.tag and r["kind"] == "reply" and r["parent"] in num:
        raw = raw.replace(b"\r\nSubject: ", b"\r\nSubject: " + a.tag.format(n=num[r["parent"]]).encode() + b" ", 1)
    if a.fresh:
        h, s, b = raw.partition(b"\r\n\r\n")
        # only ids (Message-ID, In-Reply-To, References), never addresses
        raw = re.sub(rb"(<[0-9a-f]+\.\d{7}\.[0-9a-f]{12})@", rb"\1." + a.fresh.encode() + rb"@", h) + s + b
    box = a.all_to or r["team"]
    if a.rate:
        due += gap.expovariate(a.rate)
        d = t0 + due - time.time()
        if d > 0:
            time.sleep(d)
    if conn:
        conn[box].append("INBOX", None, None, raw)
    else:
        name = f"{(int(time.time()) if a.rate else base + r['i'])}.M{k:06d}P{os.getpid()}.bench,S={len(raw)}"
        p = f"{a.dir}/mail/{box}/tmp/{name}"
        with open(p, "wb") as f:
            f.write(raw)
        if own:
            os.chown(p, own.pw_uid, own.pw_gid)
        if log:
            log.write(f"{r['msgid']},{time.time_ns()},{r['kind']}\n")
        os.rename(p, f"{a.dir}/mail/{box}/new/{name}")
if log:
    log.close()
print(
    json.dumps(
        dict(
            loaded=len(recs),
            s=round(time.time() - t0, 2),
            tickets_expected=sum(1 for r in recs if r["kind"] == "new"),
            replies=sum(r["kind"] == "reply" for r in recs),
            auto=sum(r["kind"] in skip for r in recs),
        )
    )
)
