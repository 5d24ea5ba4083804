#!/usr/bin/env python3
"""Old tickets in mailbot's database, as intake would have left them, each with one letter and two mails sent.

seed.py URL COUNT
"""

import sys
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from mailbot import tables as t

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
PORTION = 5000


def rows(n):
    at, number, author = BEGAN + timedelta(minutes=n), f"OLD-{n:07}", f"old{n % 5000}@customer.example"
    delivery = dict(
        id=n, mailbox="old", uidvalidity=1, generation=0, uid=n, received_at=at, recorded_at=at, size=3000,
        rescan=False, oversize=False, outcome="ticket-created", reason="", judged_at=at, ticket=number,
    )  # fmt: skip
    message = dict(
        key=f"old-{n}", delivery=n, message_id=f"<{n}@old.example>", author=author, author_key=author,
        subject=f"Panne {n}", date=at, received_at=at, language="fr", new_text="Bonjour, rien ne marche. " * 12,
        level="registered", outcome="ticket-created", ticket=number,
    )  # fmt: skip
    ticket = dict(
        number=number, subject=f"Panne {n}", status="closed" if n % 10 else "open", mailbox="support",
        department="technical", language="fr", requester=author, level="registered", opened_at=at, account=None,
        priority="regular",
    )  # fmt: skip
    mails = [
        dict(
            id=2 * n + side, message_id=f"<old.{n}.{side}@robot.bench.example>", tag=f"old{n}x{side}", cause=f"old:{n}",
            template=("acknowledgement", "notice")[side], purpose=("customer", "notice")[side], language="fr",
            recipient=author, recipient_key=author, envelope_from="support@bench.example", ticket=number,
            subject=f"Panne {n}", automatic=True, status="sent", created_at=at, sent_at=at, reply="250 ok",
        )
        for side in (0, 1)
    ]  # fmt: skip
    return delivery, message, ticket, mails


def main():
    url, count = sys.argv[1], int(sys.argv[2])
    engine = sa.create_engine(url)
    with engine.begin() as c:
        for first in range(1, count + 1, PORTION):
            made = [rows(n) for n in range(first, min(first + PORTION, count + 1))]
            c.execute(sa.insert(t.ticket), [ticket for _, _, ticket, _ in made])
            c.execute(sa.insert(t.delivery), [delivery for delivery, _, _, _ in made])
            c.execute(sa.insert(t.message), [message for _, message, _, _ in made])
            c.execute(sa.insert(t.outgoing), [mail for _, _, _, mails in made for mail in mails])
        if engine.dialect.name == "postgresql":
            for name in ("delivery", "outgoing"):
                c.exec_driver_sql(f"select setval('{name}_id_seq', (select max(id) from {name}))")
            c.exec_driver_sql("analyze")
    engine.dispose()


if __name__ == "__main__":
    main()
