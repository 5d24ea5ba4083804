#!/usr/bin/env python3
"""Physical limits of each stage on this machine: fetch, parse, store, send. Medians over --runs.

  limits.py fetch|parse|store|send|all CORPUS [--runs 5] [--pg postgresql+psycopg://...] [--sqlite PATH] [--out limits.jsonl]
Needs: imapclient mail-parser fast-mail-parser sqlalchemy psycopg[binary] aiosmtplib (each stage only its own).
The mailbox `support` on IMAP_PORT is loaded with CORPUS first for `fetch` (load_mailbox.py --all-to support).
"""

import argparse, asyncio, email, glob, json, os, statistics, time
from email import policy

ap = argparse.ArgumentParser()
ap.add_argument("stage")
ap.add_argument("corpus")
ap.add_argument("--runs", type=int, default=5)
ap.add_argument("--pg")
ap.add_argument("--sqlite", default=os.path.join(os.environ.get("BENCH_DIR", "."), "limits.db"))
ap.add_argument("--out")
ap.add_argument("--n", type=int, default=1000)
ap.add_argument("--only")
A = ap.parse_args()
IMAP, SMTP = int(os.environ.get("IMAP_PORT", 21143)), int(os.environ.get("SMTP_PORT", 21025))
RAW = [open(f, "rb").read() for f in sorted(glob.glob(A.corpus + "/*.eml"))[: A.n]]
N = len(RAW)


def report(name, fn, n=N, setup=None):
    """fn() does n operations; median, best and worst of runs; CPU of this process"""
    if A.only and A.only not in name:
        return
    ws, cs = [], []
    for _ in range(A.runs):
        if setup:
            setup()
        c, w = time.process_time(), time.perf_counter()
        fn()
        ws.append(time.perf_counter() - w)
        cs.append(time.process_time() - c)
    w, c = statistics.median(ws), statistics.median(cs)
    r = dict(
        name=name,
        n=n,
        msg_s=round(n / w),
        us=round(1e6 * w / n, 1),
        cpu_us=round(1e6 * c / n, 1),
        min_msg_s=round(n / max(ws)),
        max_msg_s=round(n / min(ws)),
    )
    print(json.dumps(r), flush=True)
    if A.out:
        open(A.out, "a").write(json.dumps(r) + "\n")
    return r


# ---------------------------------------------------------------- fetch
def fetch():
    import imaplib, socket
    from imapclient import IMAPClient

    def client():
        c = IMAPClient("127.0.0.1", IMAP, ssl=False)
        c.login("support", "bench")
        c.select_folder("INBOX")
        return c

    def batches(size, store=None):
        def f():
            c = client()
            uids = c.search("ALL")[:N]
            for k in range(0, len(uids), size):
                u = uids[k : k + size]
                got = c.fetch(u, ["BODY.PEEK[]"])
                assert len(got) == len(u)
                if store == "seen":
                    c.add_flags(u, [b"\\Seen"], silent=True)
            c.logout()

        return f

    client().logout()
    for s in (1, 10, 50, 200):
        report(f"imapclient fetch batch={s}", batches(s))
    report("imapclient fetch batch=1 + STORE Seen each", batches(1, "seen"), setup=unsee)
    report("imapclient fetch batch=50 + STORE Seen per batch", batches(50, "seen"), setup=unsee)

    def il(size):
        def f():
            c = imaplib.IMAP4("127.0.0.1", IMAP)
            c.login("support", "bench")
            c.select("INBOX")
            for k in range(1, N + 1, size):
                t, d = c.fetch(f"{k}:{min(k + size - 1, N)}", "(UID BODY.PEEK[])")
                assert t == "OK"
            c.logout()

        return f

    report("imaplib fetch batch=50", il(50))

    def rawsock():
        """what the server can deliver: bytes drained from a socket, no client parsing"""
        s = socket.create_connection(("127.0.0.1", IMAP), 20)
        s.recv(4096)

        def cmd(tag, text):
            s.sendall(tag + b" " + text + b"\r\n")
            end = b"\r\n" + tag + b" "
            tail = b""
            while True:
                d = s.recv(1 << 18)
                tail = (tail + d)[-4000:]
                if end in b"\r\n" + tail and tail.endswith(b"\r\n"):
                    return

        cmd(b"a1", b"LOGIN support bench")
        cmd(b"a2", b"SELECT INBOX")
        cmd(b"a3", b"FETCH 1:%d (UID BODY.PEEK[])" % N)
        s.close()

    report("raw socket FETCH 1:* (server limit)", rawsock)

    def idle():
        c = client()
        for _ in range(200):
            c.noop()
        c.logout()

    report("imapclient NOOP round trip", idle, 200)


def unsee():
    from imapclient import IMAPClient

    c = IMAPClient("127.0.0.1", IMAP, ssl=False)
    c.login("support", "bench")
    c.select_folder("INBOX")
    c.remove_flags(c.search("ALL"), [b"\\Seen"], silent=True)
    c.logout()


# ---------------------------------------------------------------- parse
HEADERS = (
    "subject",
    "from",
    "to",
    "cc",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "precedence",
)


def p_stdlib(raw, pol):
    m = email.message_from_bytes(raw, policy=pol)
    from email.header import decode_header, make_header

    if pol is policy.compat32:
        h = {k: str(make_header(decode_header(m.get(k, "")))) for k in HEADERS if m.get(k)}
    else:
        h = {k: str(m.get(k)) for k in HEADERS if m.get(k)}
    text = html = None
    att = []
    for p in m.walk():
        if p.is_multipart():
            continue
        b = p.get_payload(decode=True)
        if p.get_content_disposition() == "attachment":
            att.append((p.get_filename(), p.get_content_type(), len(b)))
        elif p.get_content_type() == "text/plain" and text is None:
            text = b.decode(p.get_content_charset("utf-8"), "replace")
        elif p.get_content_type() == "text/html" and html is None:
            html = b.decode(p.get_content_charset("utf-8"), "replace")
    return h, text, html, att


def p_bytes_headers(raw):
    m = email.message_from_bytes(raw, policy=policy.default)
    return m.get("message-id")


def parse():
    report(
        "parse stdlib compat32 (headers+text+html+attachments decoded)",
        lambda: [p_stdlib(r, policy.compat32) for r in RAW],
    )
    report("parse stdlib policy.default (same)", lambda: [p_stdlib(r, policy.default) for r in RAW])
    report("parse stdlib policy.default, no header but message-id", lambda: [p_bytes_headers(r) for r in RAW])
    from email.parser import BytesHeaderParser

    bp = BytesHeaderParser(policy=policy.compat32)
    report(
        "parse stdlib BytesHeaderParser compat32 (headers only)",
        lambda: [bp.parsebytes(r.split(b"\r\n\r\n", 1)[0])["message-id"] for r in RAW],
    )
    small = [r for r in RAW if len(r) < 30000]
    report(
        "parse stdlib policy.default, messages < 30 kB only",
        lambda: [p_stdlib(r, policy.default) for r in small],
        len(small),
    )
    report(
        "parse stdlib compat32, messages < 30 kB only",
        lambda: [p_stdlib(r, policy.compat32) for r in small],
        len(small),
    )
    try:
        import mailparser, logging

        logging.getLogger("mailparser").setLevel(logging.CRITICAL)

        def mp(r):
            m = mailparser.parse_from_bytes(r)
            return m.subject, m.from_, m.text_plain, m.text_html, m.attachments

        report("parse mail-parser", lambda: [mp(r) for r in RAW])
    except ImportError as e:
        print("mail-parser:", e)
    try:
        from fast_mail_parser import parse_email

        def fp(r):
            m = parse_email(r)
            return m.subject, m.text_plain, m.text_html, m.attachments, m.headers

        report("parse fast-mail-parser (Rust)", lambda: [fp(r) for r in RAW])
    except ImportError as e:
        print("fast-mail-parser:", e)


# ---------------------------------------------------------------- store
def store():
    import sqlalchemy as sa

    md = sa.MetaData()
    T = sa.Table(
        "ticket",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(20), unique=True),
        sa.Column("subject", sa.Text),
        sa.Column("sender", sa.String(200), index=True),
        sa.Column("status", sa.String(20), index=True),
        sa.Column("team", sa.String(20)),
        sa.Column("account", sa.String(20), index=True),
        sa.Column("created", sa.DateTime),
        sa.Column("priority", sa.Integer),
    )
    M = sa.Table(
        "message",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ticket_id", sa.ForeignKey("ticket.id"), index=True),
        sa.Column("msgid", sa.String(200), unique=True),
        sa.Column("body", sa.Text),
        sa.Column("headers", sa.Text),
        sa.Column("created", sa.DateTime),
    )
    O = sa.Table(
        "outbox",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.ForeignKey("message.id")),
        sa.Column("rcpt", sa.String(200)),
        sa.Column("body", sa.Text),
        sa.Column("sent", sa.DateTime, index=True),
    )
    import datetime

    now = datetime.datetime(2025, 3, 3, 8)
    body = "Bonjour, depuis ce matin notre connexion est coupée.\n" * 20
    hdrs = "X-Header: value of a header line\n" * 20
    ctr = [0]

    def rows():
        ctr[0] += 1
        k = ctr[0]
        return (
            dict(
                number=f"T{k:08d}",
                subject="Panne générale",
                sender=f"user{k % 2000}@x.example",
                status="new",
                team="support",
                account=f"C{k % 2000}",
                created=now,
                priority=2,
            ),
            dict(msgid=f"<{k}.{time.time_ns()}@bench.example>", body=body, headers=hdrs, created=now),
            dict(rcpt=f"user{k % 2000}@x.example", body=body[:600], sent=None),
        )

    def one(c, look=False):
        t, m, o = rows()
        if look:  # threading + duplicate look-ups, as a real pipeline has
            c.execute(sa.select(M.c.id).where(M.c.msgid == m["msgid"])).first()
            c.execute(sa.select(M.c.ticket_id).where(M.c.msgid.in_([f"<{ctr[0] - 7}@x>", f"<{ctr[0] - 9}@x>"]))).first()
        tid = c.execute(sa.insert(T), t).inserted_primary_key[0]
        mid = c.execute(sa.insert(M), dict(m, ticket_id=tid)).inserted_primary_key[0]
        c.execute(sa.insert(O), dict(o, message_id=mid))

    def batch_bulk(c, n):
        rs = [rows() for _ in range(n)]
        ids = (
            c.execute(sa.insert(T).returning(T.c.id, sort_by_parameter_order=True), [r[0] for r in rs]).scalars().all()
        )
        mids = (
            c.execute(
                sa.insert(M).returning(M.c.id, sort_by_parameter_order=True),
                [dict(r[1], ticket_id=i) for r, i in zip(rs, ids)],
            )
            .scalars()
            .all()
        )
        c.execute(sa.insert(O), [dict(r[2], message_id=i) for r, i in zip(rs, mids)])

    def run(label, eng, raw=None):
        md.drop_all(eng)
        md.create_all(eng)
        n = 2000

        def per_msg(look=False):
            with eng.connect() as c:
                for _ in range(n):
                    with c.begin():
                        one(c, look)

        def group(size, bulk=False):
            with eng.connect() as c:
                for k in range(0, n, size):
                    with c.begin():
                        if bulk:
                            batch_bulk(c, size)
                        else:
                            for _ in range(size):
                                one(c)

        report(f"{label}: commit per message", per_msg, n)
        report(f"{label}: commit per message + 2 look-ups", lambda: per_msg(True), n)
        report(f"{label}: group commit of 50, row by row", lambda: group(50), n)
        report(f"{label}: group commit of 50, bulk insert", lambda: group(50, True), n)
        eng.dispose()

    for sync in ("FULL",):
        os.makedirs(os.path.dirname(A.sqlite), exist_ok=True)
        for x in ("", "-wal", "-shm"):
            if os.path.exists(A.sqlite + x):
                os.remove(A.sqlite + x)
        eng = sa.create_engine("sqlite:///" + A.sqlite)

        @sa.event.listens_for(eng, "connect")
        def _(d, _r):
            d.isolation_level = None
            c = d.cursor()
            c.execute("PRAGMA journal_mode=WAL")
            c.execute(f"PRAGMA synchronous={sync}")
            c.execute("PRAGMA foreign_keys=ON")

        @sa.event.listens_for(eng, "begin")
        def _(c):
            c.exec_driver_sql("BEGIN IMMEDIATE")

        run(f"SQLAlchemy Core SQLite WAL sync={sync}", eng)
    # bare sqlite3, the floor under SQLAlchemy
    import sqlite3

    p = A.sqlite + ".bare"

    def bare(size):
        for x in ("", "-wal", "-shm"):
            if os.path.exists(p + x):
                os.remove(p + x)
        c = sqlite3.connect(p, isolation_level=None)
        c.execute("PRAGMA journal_mode=WAL")
        c.execute("PRAGMA synchronous=FULL")
        c.executescript(
            "create table ticket(id integer primary key, number text unique, subject text, sender text, status text, team text, account text, created text, priority int);"
            "create index a on ticket(sender); create index b on ticket(status); create index b2 on ticket(account);"
            "create table message(id integer primary key, ticket_id int, msgid text unique, body text, headers text, created text); create index d on message(ticket_id);"
            "create table outbox(id integer primary key, message_id int, rcpt text, body text, sent text); create index e on outbox(sent);"
        )
        for k in range(0, 2000, size):
            c.execute("BEGIN IMMEDIATE")
            for _ in range(size):
                t, m, o = rows()
                i = c.execute(
                    "insert into ticket(number,subject,sender,status,team,account,created,priority) values (?,?,?,?,?,?,?,?)",
                    (t["number"], t["subject"], t["sender"], t["status"], t["team"], t["account"], "2025-03-03", 2),
                ).lastrowid
                j = c.execute(
                    "insert into message(ticket_id,msgid,body,headers,created) values (?,?,?,?,?)",
                    (i, m["msgid"], m["body"], m["headers"], "2025-03-03"),
                ).lastrowid
                c.execute("insert into outbox(message_id,rcpt,body) values (?,?,?)", (j, o["rcpt"], o["body"]))
            c.execute("COMMIT")
        c.close()

    report("bare sqlite3 WAL sync=FULL: commit per message", lambda: bare(1), 2000)
    report("bare sqlite3 WAL sync=FULL: group commit of 50", lambda: bare(50), 2000)
    if A.pg:
        run("SQLAlchemy Core PostgreSQL psycopg3", sa.create_engine(A.pg))


# ---------------------------------------------------------------- send
def send():
    import smtplib
    from email.message import EmailMessage
    import aiosmtplib

    m = EmailMessage(policy=policy.SMTP)
    m["From"] = "support@bench.example"
    m["To"] = "user@client.example"
    m["Subject"] = "[Ticket 20250303-000123] Votre demande a été enregistrée"
    m["Message-ID"] = "<ack.1@bench.example>"
    m["In-Reply-To"] = "<x.1@bench.example>"
    m["References"] = "<x.1@bench.example>"
    m["Auto-Submitted"] = "auto-replied"
    m.set_content(
        "Bonjour,\n\nVotre demande a été enregistrée sous le numéro 20250303-000123.\n\nCordialement,\nLe support\n" * 3
    )
    raw = m.as_bytes()
    n = 2000

    def build():
        for _ in range(n):
            x = EmailMessage(policy=policy.SMTP)
            for k, v in m.items():
                if k.lower() not in ("content-type", "content-transfer-encoding", "mime-version"):
                    x[k] = v
            x.set_content(m.get_content())
            x.as_bytes()

    report("build acknowledgement with EmailMessage + as_bytes", build, n)

    def build_bytes():
        from email.header import Header
        import quopri

        for k in range(n):
            s = Header("[Ticket 20250303-000123] Votre demande a été enregistrée", "utf-8").encode()
            (
                f"From: support@bench.example\r\nTo: user@client.example\r\nSubject: {s}\r\nMessage-ID: <ack.{k}@bench.example>\r\nMIME-Version: 1.0\r\n"
                f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            ).encode() + quopri.encodestring(m.get_content().encode()).replace(b"\n", b"\r\n")

    report("build acknowledgement by template (Header + quopri)", build_bytes, n)

    async def conns(k, body):
        async def w(cnt):
            c = aiosmtplib.SMTP(hostname="127.0.0.1", port=SMTP, start_tls=False)
            await c.connect()
            for _ in range(cnt):
                if body is m:
                    await c.send_message(m)
                else:
                    await c.sendmail("support@bench.example", ["user@client.example"], body)
            await c.quit()

        await asyncio.gather(*[w(n // k) for _ in range(k)])

    for k in (1, 10):
        report(f"aiosmtplib sendmail(bytes), {k} connection(s)", lambda k=k: asyncio.run(conns(k, raw)), n)
    for k in (1, 10):
        report(f"aiosmtplib send_message(EmailMessage), {k} connection(s)", lambda k=k: asyncio.run(conns(k, m)), n)

    def blocking():
        c = smtplib.SMTP("127.0.0.1", SMTP)
        for _ in range(n):
            c.sendmail("support@bench.example", ["user@client.example"], raw)
        c.quit()

    report("smtplib sendmail(bytes), 1 connection", blocking, n)

    def connect_each():
        for _ in range(200):
            c = smtplib.SMTP("127.0.0.1", SMTP)
            c.sendmail("support@bench.example", ["user@client.example"], raw)
            c.quit()

    report("smtplib, new connection per message", connect_each, 200)

    def pipelined():
        """hand-made: one blocking socket, MAIL+RCPT+DATA in one write (PIPELINING)"""
        import socket

        s = socket.create_connection(("127.0.0.1", SMTP))
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"EHLO x\r\n")
        while not f.readline().startswith(b"250 "):
            pass
        for _ in range(n):
            s.sendall(b"MAIL FROM:<support@bench.example>\r\nRCPT TO:<user@client.example>\r\nDATA\r\n")
            f.readline()
            f.readline()
            assert f.readline().startswith(b"354")
            s.sendall(raw + b"\r\n.\r\n")
            assert f.readline().startswith(b"250")
        s.close()

    report("raw socket, PIPELINING, 1 connection", pipelined, n)


if __name__ == "__main__":
    for s in ("fetch", "parse", "store", "send") if A.stage == "all" else [A.stage]:
        globals()[s]()
