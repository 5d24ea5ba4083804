"""Mail that came back, and guesses at what is somebody else's."""

from sqlalchemy import Column, Index, String, Table, Text

from mailbot.tables.columns import Id, Utc, metadata

bounce = Table(
    "bounce",
    metadata,
    Column("id", Id, primary_key=True),
    # Of the mail that came back: each counts once.
    Column("tag", String(26), nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    Column("said", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index("ix_bounce_recipient_key", "recipient_key"),
    Index("ix_bounce_at", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),
    # "" where nobody knows whose account it was, or nothing authenticates the author.
    Column("account", Text, nullable=False),
    Column("author_key", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index("ix_attempt_account", "account", "at"),
    Index("ix_attempt_author_key", "author_key", "at"),
    Index("ix_attempt_at", "at"),
)
