#!/usr/bin/env python3
"""Deterministic corpus of realistic customer e-mails for the mailbot benchmarks.

  gen_mail.py --out DIR --n 1000 [--seed 42] [--customers 2000]

Writes DIR/NNNNNN.eml (CRLF), DIR/manifest.jsonl (one line per message, with the
expected facts), DIR/customers.csv (the registered customers), and the same customers as
mailbot's register: DIR/accounts.csv, addresses.csv, services.csv (the orders that the
letters name; an order number that two accounts name stands under the first only).
Message i depends only on (seed, i): a corpus of 1000 is a prefix of one of 5000.
Standard library only.
"""

import argparse, base64, csv, json, os, quopri, random, time
from email.header import Header
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

TEAMS = ("support", "business", "sac")
SERVICES = [
    "Fibre Pro 1G",
    "SDSL 8M",
    "Hebergement Mutualise",
    "VPS L",
    "Serveur Dedie DX4",
    "Trunk SIP",
    "VPN MPLS",
    "Backup Cloud",
    "DNS Manage",
    "Messagerie Pro",
]
FIRST = [
    "Chloé",
    "Jérôme",
    "Zoë",
    "François",
    "Anaïs",
    "Émilie",
    "John",
    "Mary",
    "Peter",
    "Hélène",
    "Søren",
    "Lucía",
    "Benoît",
    "Agnès",
    "Gaël",
    "Noémie",
    "Walter",
    "Susan",
    "Karim",
    "Inès",
]
LAST = [
    "Lefèvre",
    "Müller",
    "Nuñez",
    "Dupont",
    "Martin",
    "Bézier",
    "Smith",
    "Johnson",
    "O'Neil",
    "Garçon",
    "Benkirane",
    "Traoré",
    "Nguyên",
    "Kowalski",
    "Durand",
    "Pétain-Roux",
    "Brown",
    "Taylor",
    "Haddad",
    "Sørensen",
]
FR = [
    "Depuis ce matin notre connexion est totalement coupée et nos équipes ne peuvent plus travailler.",
    "Nous avons redémarré le routeur à plusieurs reprises, sans aucun résultat.",
    "Le débit constaté est très inférieur à celui prévu au contrat, voir les mesures ci-dessous.",
    "Pourriez-vous ouvrir un ticket et nous préciser le délai de rétablissement prévu ?",
    "Notre prestataire a vérifié le câblage côté client, tout est conforme.",
    "La facture du mois dernier comporte une erreur : le montant hors taxes ne correspond pas au devis.",
    "Merci de bien vouloir résilier l'option « sauvegarde étendue » à compter de la prochaine échéance.",
    "Nous souhaitons ajouter deux lignes supplémentaires à l'offre actuelle, pouvez-vous nous adresser un devis ?",
    "L'anomalie se reproduit toutes les dix minutes environ, avec une perte de paquets de 30 %.",
    "Ce dysfonctionnement est bloquant pour l'activité de notre siège ; nous comptons sur votre réactivité.",
]
EN = [
    "Since this morning our link has been completely down and nobody in the office can work.",
    "We rebooted the router several times without any success.",
    "The throughput we measure is far below the contracted one, see the figures below.",
    "Could you please open a ticket and give us an estimated time of repair?",
    "Our contractor checked the cabling on our side and everything looks fine.",
    "Last month's invoice is wrong: the amount before tax does not match the quote.",
    "Please cancel the extended backup option from the next renewal date.",
    "We would like to add two more lines to our current plan, please send us a quote.",
    "The fault comes back every ten minutes or so, with about 30% packet loss.",
    "This is a blocking issue for our head office, we count on your quick reaction.",
]
SUBJ_FR = [
    "Coupure de service {svc}",
    "Panne générale – {svc}",
    "Débit très dégradé sur {svc}",
    "Demande de devis : {svc}",
    "Erreur de facturation commande #{order}",
    "Résiliation partielle {svc}",
    "Question sur ma commande #{order}",
]
SUBJ_EN = [
    "Outage on {svc}",
    "{svc} is down",
    "Very slow {svc}",
    "Quote request: {svc}",
    "Billing error, order #{order}",
    "Partial cancellation of {svc}",
    "Question about order #{order}",
]
EPOCH = datetime(2025, 3, 3, 8, 0, tzinfo=timezone.utc)
TAIL = "bench.example"


def customers(n, seed):
    out = []
    for i in range(n):
        r = random.Random(f"c{seed}:{i}")
        fn, ln = r.choice(FIRST), r.choice(LAST)
        comp = f"client{i // 4:05d}"
        out.append(
            dict(
                email=f"user{i:05d}@{comp}.example",
                name=f"{fn} {ln}",
                company=comp,
                account=f"C{100000 + i}",
                service=r.choice(SERVICES),
                ipv4=f"203.0.113.{i % 254 + 1}" if i % 3 else f"198.51.100.{i % 254 + 1}",
                ipv6=f"2001:db8:{i:x}::{r.randint(1, 0xFFFF):x}",
                lang=r.choice(("fr", "fr", "fr", "en", "en")),
            )
        )
    return out


def encode_part(text, ctype, r, lang, force=None):
    """-> bytes of one text part, headers included"""
    if lang == "en" and text.isascii():
        cs = r.choice(("us-ascii", "utf-8", "utf-8"))
    else:
        cs = r.choice(("utf-8", "utf-8", "iso-8859-1", "windows-1252"))
        if cs == "iso-8859-1":
            text = text.replace("–", "-").replace("’", "'")
        try:
            text.encode(cs)
        except UnicodeEncodeError:
            cs = "utf-8"
    raw = text.replace("\n", "\r\n").encode(cs)
    cte = force or r.choice(("quoted-printable", "quoted-printable", "base64", "8bit"))
    if cte == "quoted-printable":
        body = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    elif cte == "base64":
        body = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    else:
        cte, body = ("7bit" if raw.isascii() else "8bit"), raw
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    return (f'Content-Type: {ctype}; charset="{cs}"\r\nContent-Transfer-Encoding: {cte}\r\n\r\n').encode() + body


def multipart(sub, parts, b, extra=""):
    out = [f'Content-Type: multipart/{sub}; boundary="{b}"{extra}\r\n\r\n'.encode()]
    for p in parts:
        out += [f"--{b}\r\n".encode(), p, b"\r\n"]
    out.append(f"--{b}--\r\n".encode())
    return b"".join(out)


def html_of(text):
    import html

    rows = "".join(
        f'<p style="margin:0;font-family:Calibri,sans-serif;font-size:11.0pt">{html.escape(l) or "&nbsp;"}</p>\n'
        for l in text.split("\n")
    )
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html"><style>@font-face{font-family:Calibri}'
        'p.MsoNormal{margin:0cm;font-size:11.0pt}</style></head><body lang="FR" link="#0563C1">\n'
        f'<div class="WordSection1">{rows}</div></body></html>\n'
    )


def hdr(name, v):
    return f"{name}: {Header(v, None if v.isascii() else 'utf-8', header_name=name, maxlinelen=76).encode(linesep=chr(13) + chr(10))}\r\n"


def kind_of(i, seed, p_reply=0.15, p_auto=0.03):
    u = random.Random(f"k{seed}:{i}").random()
    if u < p_auto:
        return "bounce" if u < p_auto / 3 else "auto"
    return "reply" if u < p_auto + p_reply and i > 20 else "new"


def mid(i, seed):
    return f"<{seed:x}.{i:07d}.{random.Random(f'm{seed}:{i}').getrandbits(48):012x}@{TAIL}>"


def parent_of(i, seed, r):
    for _ in range(50):
        p = r.randrange(max(0, i - 500), i)
        if kind_of(p, seed) == "new":
            return p
    return 0


def facts(i, seed, cust):
    r = random.Random(f"f{seed}:{i}")
    registered = r.random() < 0.90
    c = cust[r.randrange(len(cust))]
    if not registered:
        c = dict(c, email=f"unknown{i:06d}@elsewhere.example", account="", name=f"{r.choice(FIRST)} {r.choice(LAST)}")
    order = r.randint(100000, 999999)
    lang = c["lang"]
    start = EPOCH + timedelta(minutes=i * 3 - r.randint(5, 300))
    subj = r.choice(SUBJ_FR if lang == "fr" else SUBJ_EN).format(svc=c["service"], order=order)
    return r, registered, c, order, lang, start, subj


def message(i, seed, cust):
    kind = kind_of(i, seed)
    r, registered, c, order, lang, start, subj = facts(i, seed, cust)
    team = r.choices(TEAMS, (70, 20, 10))[0]
    parent = None
    date = EPOCH + timedelta(minutes=3 * i, seconds=r.randint(0, 59))
    h, quoted = "", ""
    if kind == "reply":
        parent = parent_of(i, seed, r)
        _, registered, c, order, lang, start, psubj = facts(parent, seed, cust)
        subj = "Re: " + psubj
        pm = mid(parent, seed)
        h += f"In-Reply-To: {pm}\r\nReferences: {pm}\r\n"
    fr = lang == "fr"
    body = ["Bonjour," if fr else "Hello,", ""]
    body += [" ".join(r.sample(FR if fr else EN, r.randint(2, 5))) for _ in range(r.randint(1, 3))]
    if kind == "new":
        st = start.strftime("%d/%m/%Y %H:%M" if fr else "%Y-%m-%d %H:%M")
        rows = [
            ("Numéro de compte" if fr else "Account number", c["account"] or "-"),
            ("Commande" if fr else "Order", f"#{order}"),
            ("Service", c["service"]),
            ("Adresse IPv4" if fr else "IPv4 address", c["ipv4"]),
            ("IPv6", c["ipv6"]),
            ("Début de l'incident" if fr else "Start time", st),
        ]
        rows = [x for x in rows if r.random() < 0.85]
        body += [""] + [f"{a} : {b}" if fr else f"{a}: {b}" for a, b in rows]
    sign = [
        "",
        "Cordialement," if fr else "Best regards,",
        "-- ",
        c["name"],
        f"{c['company'].upper()} - Tel. +33 1 99 00 {i % 90 + 10} {i % 80 + 10}",
    ]
    if kind == "reply":
        pt = " ".join(r.sample(FR if fr else EN, 5))
        who = f"Support <{team}@{TAIL}>"
        q = (
            f"Le {start:%d/%m/%Y} à {start:%H:%M}, {who} a écrit :"
            if fr
            else f"On {start:%a, %b %d, %Y at %H:%M}, {who} wrote:"
        )
        quoted = "\n\n" + q + "\n" + "\n".join("> " + pt[k : k + 70] for k in range(0, len(pt), 70))
    text = "\n".join(body + sign) + quoted + "\n"
    att = None
    if kind == "auto":
        subj = ("Réponse automatique : " if fr else "Automatic reply: ") + subj
        text = "Je suis absent du bureau jusqu'au 15.\n" if fr else "I am out of the office until the 15th.\n"
        h += r.choice(
            (
                "Auto-Submitted: auto-replied\r\n",
                "Auto-Submitted: auto-replied\r\nX-Autoreply: yes\r\n",
                "Precedence: bulk\r\nX-Auto-Response-Suppress: All\r\nAuto-Submitted: auto-generated\r\n",
            )
        )
        mime = encode_part(text, "text/plain", r, lang)
    elif kind == "bounce":
        subj = "Undelivered Mail Returned to Sender"
        b = f"=_b{i:07d}"
        h += "Auto-Submitted: auto-replied\r\n"
        mime = multipart(
            "report",
            [
                encode_part(
                    "I'm sorry to have to inform you that your message could not be delivered.\n", "text/plain", r, "en"
                ),
                f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.{TAIL}\r\n\r\nFinal-Recipient: rfc822; {c['email']}\r\nAction: failed\r\nStatus: 5.1.1\r\n".encode(),
                f"Content-Type: text/rfc822-headers\r\n\r\nFrom: {team}@{TAIL}\r\nTo: {c['email']}\r\nSubject: [Ticket] ack\r\n".encode(),
            ],
            b,
            "; report-type=delivery-status",
        )
    else:
        shape = r.choices(("plain", "alt", "html"), (40, 50, 10))[0]
        if shape == "plain":
            mime = encode_part(text, "text/plain", r, lang)
        elif shape == "html":
            mime = encode_part(html_of(text), "text/html", r, lang, r.choice(("quoted-printable", "base64")))
        else:
            mime = multipart(
                "alternative",
                [
                    encode_part(text, "text/plain", r, lang),
                    encode_part(html_of(text), "text/html", r, lang, r.choice(("quoted-printable", "base64"))),
                ],
                f"=_a{i:07d}",
            )
        if r.random() < 0.10:
            size = r.randint(50_000, 200_000)
            name, ct = r.choice(
                (
                    ("capture.png", "image/png"),
                    ("facture.pdf", "application/pdf"),
                    ("relevé.log", "text/plain"),
                    ("logs.zip", "application/zip"),
                )
            )
            blob = r.randbytes(size)
            if ct == "text/plain":
                blob = (b"Mar  3 08:12:44 rtr0 kernel: eth0 link down, 30% packet loss\n" * 4000)[:size]
            att = dict(name=name, size=size)
            fn = f'filename="{name}"' if name.isascii() else "filename*=utf-8''relev%C3%A9.log"
            p = (
                f"Content-Type: {ct}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; {fn}\r\n\r\n".encode()
                + base64.encodebytes(blob).replace(b"\n", b"\r\n")
            )
            mime = multipart("mixed", [mime, p], f"=_m{i:07d}")
    sender = c["email"] if kind != "bounce" else f"MAILER-DAEMON@mx.{TAIL}"
    name = c["name"] if kind != "bounce" else "Mail Delivery System"
    rp = "<>" if kind in ("bounce", "auto") else f"<{sender}>"
    head = (
        f"Return-Path: {rp}\r\nReceived: from mx{i % 7}.{c['company']}.example (mx.{c['company']}.example [203.0.113.{i % 254 + 1}])\r\n"
        f"\tby mx.{TAIL} (Postfix) with ESMTPS id {i:010X}\r\n\tfor <{team}@{TAIL}>; {format_datetime(date)}\r\n"
    )
    if kind != "bounce":
        head += (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={c['company']}.example; s=s1;\r\n\th=from:to:subject:date;\r\n\t"
            f"b={base64.b64encode(r.randbytes(192)).decode()[:200]}\r\n"
        )
    fr_name = Header(name, None if name.isascii() else "utf-8").encode()
    head += (
        f"From: {fr_name} <{sender}>\r\nTo: <{team}@{TAIL}>\r\n"
        + hdr("Subject", subj)
        + f"Date: {format_datetime(date)}\r\nMessage-ID: {mid(i, seed)}\r\nMIME-Version: 1.0\r\n"
    )
    head += h + "X-Mailer: Microsoft Outlook 16.0\r\n"
    raw = head.encode() + mime
    rec = dict(
        i=i,
        file=f"{i:06d}.eml",
        msgid=mid(i, seed),
        kind=kind,
        team=team,
        sender=sender,
        registered=registered,
        lang=lang,
        parent=parent,
        size=len(raw),
        attachment=att,
        subject=subj,
        account=c["account"],
        order=order,
        ipv4=c["ipv4"],
        ipv6=c["ipv6"],
        service=c["service"],
        start=start.isoformat(),
    )
    return raw, rec


def table(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f)
        w.writerow(columns.split())
        w.writerows(rows)


def register(out, cust, services):
    table(
        f"{out}/accounts.csv",
        "account name language plan",
        [(c["account"], f"{c['company'].upper()} {c['name']}", c["lang"], "standard") for c in cust],
    )
    table(
        f"{out}/addresses.csv",
        "account email contact notify default",
        [(c["account"], c["email"], c["name"], "support", "yes") for c in cust],
    )
    table(f"{out}/services.csv", "account service order ip", services.values())


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--n", type=int, default=1000)
    a.add_argument("--first", type=int, default=0, help="first message number")
    a.add_argument("--seed", type=int, default=42)
    a.add_argument("--customers", type=int, default=2000)
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    cust = customers(a.customers, a.seed)
    with open(f"{a.out}/customers.csv", "w", newline="") as f:
        w = csv.DictWriter(f, list(cust[0]))
        w.writeheader()
        w.writerows(cust)
    t, kinds, size, services = time.perf_counter(), {}, 0, {}
    with open(f"{a.out}/manifest.jsonl", "w") as m:
        for i in range(a.first, a.first + a.n):
            raw, rec = message(i, a.seed, cust)
            with open(f"{a.out}/{rec['file']}", "wb") as f:
                f.write(raw)
            m.write(json.dumps(rec, ensure_ascii=False) + "\n")
            kinds[rec["kind"]] = kinds.get(rec["kind"], 0) + 1
            size += len(raw)
            if rec["account"]:
                services.setdefault(rec["order"], (rec["account"], rec["service"], f"#{rec['order']}", rec["ipv4"]))
    register(a.out, cust, services)
    print(json.dumps(dict(n=a.n, kinds=kinds, bytes=size, avg=size // a.n, s=round(time.perf_counter() - t, 2))))


if __name__ == "__main__":
    main()
