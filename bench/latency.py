#!/usr/bin/env python3
"""Mail arrival -> acknowledgement latency.

latency.py join ARRIVALS.csv ACKS.csv     arrivals from `load_mailbox.py --rate R` (msgid,time_ns,kind), acks from `smtp_sink.py --log`
                                          (time_ns,rcpt,message-id,in-reply-to,subject); matched on In-Reply-To (or Message-ID)
latency.py floor [--n 20] [--how drop|append] [--mode idle|noop:SECONDS]
                                          the server's own share: message put in the mailbox -> client told (EXISTS), IMAP only
"""

import argparse, json, os, time

ap = argparse.ArgumentParser()
ap.add_argument("what")
ap.add_argument("files", nargs="*")
ap.add_argument("--n", type=int, default=20)
ap.add_argument("--kinds", default="new", help="join: kinds of message that must be acknowledged")
ap.add_argument("--how", default="drop")
ap.add_argument("--mode", default="idle")
ap.add_argument("--dir", default=os.environ.get("BENCH_DIR"))
a = ap.parse_args()


def q(v, p):
    v = sorted(v)
    return v[min(len(v) - 1, int(p * len(v)))]


def show(name, ms, **kw):
    print(
        json.dumps(
            dict(
                name=name,
                n=len(ms),
                p50_ms=round(q(ms, 0.5), 1),
                p95_ms=round(q(ms, 0.95), 1),
                p99_ms=round(q(ms, 0.99), 1),
                max_ms=round(max(ms), 1),
                **kw,
            )
        )
    )


if a.what == "join":
    put = {x[0]: x[1] for x in (l.rstrip("\n").split(",") for l in open(a.files[0])) if x[2] in a.kinds.split(",")}
    got, dup = {}, 0
    for l in open(a.files[1]):
        f = l.rstrip("\n").split(",")
        k = f[3] if f[3] in put else f[2]
        if k in put:
            dup += k in got
            got.setdefault(k, int(f[0]))
    show(
        "arrival to ack",
        [(t - int(put[k])) / 1e6 for k, t in got.items()],
        arrivals=len(put),
        unacked=len(put) - len(got),
        dup_acks=dup,
    )
else:
    import imaplib, pwd, threading
    from imapclient import IMAPClient

    P = int(os.environ.get("IMAP_PORT", 21143))
    c = IMAPClient("127.0.0.1", P, ssl=False)
    c.login("support", "bench")
    c.select_folder("INBOX")
    own = pwd.getpwnam("dovecot")
    raw = b"From: a@b.example\r\nTo: support@bench.example\r\nSubject: x\r\nMessage-ID: <%d@x>\r\n\r\nhello\r\n"
    w = imaplib.IMAP4("127.0.0.1", P)
    w.login("support", "bench")
    ms = []
    for i in range(a.n):
        t = [0]

        def put():
            time.sleep(0.3 + 0.037 * (i % 10))
            t[0] = time.perf_counter()
            if a.how == "append":
                w.append("INBOX", None, None, raw % i)
            else:
                p = f"{a.dir}/mail/support/tmp/{int(time.time())}.M{i:06d}P{os.getpid()}.lat"
                open(p, "wb").write(raw % i)
                os.chown(p, own.pw_uid, own.pw_gid)
                os.rename(
                    p, p.replace("/tmp/", "/new/") if p.count("/tmp/") == 1 else "/new/".join(p.rsplit("/tmp/", 1))
                )

        th = threading.Thread(target=put)
        th.start()
        if a.mode == "idle":
            c.idle()
            while not any(len(x) > 1 and x[1] == b"EXISTS" for x in c.idle_check(30)):
                pass
            ms.append((time.perf_counter() - t[0]) * 1e3)
            c.idle_done()
        else:
            d = float(a.mode.split(":")[1])
            hit = False
            while not hit:
                time.sleep(d)
                r = c.noop()
                hit = any(len(x) > 1 and x[1] == b"EXISTS" for x in r[1] if isinstance(x, tuple))
            ms.append((time.perf_counter() - t[0]) * 1e3)
        th.join()
    show(f"IMAP floor {a.how} {a.mode}", ms)
