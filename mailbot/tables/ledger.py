"""What came in, what was read in it, and what goes out."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from mailbot.tables.columns import Id, Utc, metadata

box = Table(
    "box",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    # RFC 9051 section 2.3.1.1: an unsigned 32-bit number. It identifies the folder's numbering, not the folder.
    Column("uidvalidity", BigInteger, nullable=False),
    # Counts the times a server handed out UIDs again without changing UIDVALIDITY.
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("horizon", Utc, nullable=False),
    # UIDs below it stood in the folder when we first connected; 0 once the folder was renumbered.
    Column("boundary", BigInteger, nullable=False, server_default="0"),
    # UIDs below it were given out anew by the last renumbering.
    Column("rescan_below", BigInteger, nullable=False, server_default="0"),
    Column("looked_at", Utc),
    # The folder that is numbered so; "" where it was first read by a version that did not write it down.
    Column("folder", Text, nullable=False, server_default=""),
    # When the present connection had caught up with the folder; NULL where there is none that has.
    Column("connected_at", Utc),
    # After a restore: mail that came in before it may have been answered by the database that was lost.
    Column("doubtful_until", Utc),
)

outage = Table(
    "outage",
    metadata,
    # mailbox:KEY, or relay.
    Column("name", String(120), primary_key=True),
    Column("since", Utc, nullable=False),
    Column("reason", Text, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mailbox", String(100), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("uid", BigInteger, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("size", BigInteger, nullable=False),
    # Too large to be taken in: the bytes kept are those of its header section only.
    Column("oversize", Boolean, nullable=False, server_default=text("false")),
    Column("rescan", Boolean, nullable=False, server_default=text("false")),
    Column("released", Boolean, nullable=False, server_default=text("false")),
    Column("round", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # Deaths of a child that read it, or of a process that judged it alone; and errors that left all alive.
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("claimed", Boolean, nullable=False, server_default=text("false")),
    Column("suspect", Boolean, nullable=False, server_default=text("false")),
    # It flies alone and is being judged: whoever dies now may have died of it.
    Column("judging", Boolean, nullable=False, server_default=text("false")),
    Column("next_attempt_at", Utc),
    Column("outcome", String(20)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("ticket", String(12)),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("judged_at", Utc),
    UniqueConstraint("mailbox", "uidvalidity", "generation", "uid"),
    Index(
        "ix_delivery_waiting",
        "mailbox",
        "id",
        postgresql_where=text("outcome IS NULL"),
        sqlite_where=text("outcome IS NULL"),
    ),
    Index("ix_delivery_ticket", "ticket"),
    Index("ix_delivery_outcome", "outcome", "id"),
    Index("ix_delivery_received_at", "mailbox", "received_at"),
)

raw = Table(
    "raw",
    metadata,
    Column("delivery", Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    Column("zlib", LargeBinary, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("delivery", Id, ForeignKey("delivery.id"), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_key", Text, nullable=False),
    # The addresses in To and Cc, parted by spaces.
    Column("recipients", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False),
    Column("date", Utc),
    Column("received_at", Utc, nullable=False),
    Column("language", String(2)),
    Column("new_text", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("outcome", String(20), nullable=False),
    # It lay in a mailbox's Sent folder: somebody wrote it there, and its recipients have it.
    Column("sent", Boolean, nullable=False, server_default=text("false")),
    Column("ticket", String(12)),
    Index("ix_message_message_id", "message_id"),
    Index("ix_message_ticket", "ticket", "delivery"),
    Index("ix_message_delivery", "delivery"),
    Index("ix_message_author", "author_key", "received_at"),
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", String(100), nullable=False, unique=True),
    Column("tag", String(26), nullable=False, unique=True),
    Column("cause", String(200), nullable=False),
    Column("template", String(40), nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("language", String(2), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    Column("envelope_from", Text, nullable=False),
    Column("ticket", String(12)),
    Column("subject", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("created_at", Utc, nullable=False),
    Column("next_attempt_at", Utc),
    Column("holder", String(40)),
    Column("sent_at", Utc),
    Column("bounced_at", Utc),
    Column("reply", Text, nullable=False, server_default=""),
    # The mailbox and the recipient's domain where it counts against their budgets, which mail to strangers shares.
    Column("charged", String(100)),
    Column("charged_domain", Text),
    Index(
        "ix_outgoing_due",
        "next_attempt_at",
        "id",
        postgresql_where=text("status IN ('queued', 'in-doubt')"),
        sqlite_where=text("status IN ('queued', 'in-doubt')"),
    ),
    Index("ix_outgoing_budget", "recipient_key", "created_at"),
    Index(
        "ix_outgoing_charged",
        "created_at",
        "charged",
        postgresql_where=text("charged IS NOT NULL"),
        sqlite_where=text("charged IS NOT NULL"),
    ),
    Index(
        "ix_outgoing_charged_domain",
        "charged_domain",
        "created_at",
        postgresql_where=text("charged_domain IS NOT NULL"),
        sqlite_where=text("charged_domain IS NOT NULL"),
    ),
    Index(
        "ix_outgoing_withheld",
        "created_at",
        postgresql_where=text("status = 'withheld'"),
        sqlite_where=text("status = 'withheld'"),
    ),
    Index("ix_outgoing_ticket", "ticket", "id"),
    Index("ix_outgoing_status", "status", "id"),
)

# Apart from its row, which is rewritten three times on its way: SQLite would write the whole mail each time.
content = Table(
    "content",
    metadata,
    Column("outgoing", Id, ForeignKey("outgoing.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("octets", LargeBinary, nullable=False),
)
