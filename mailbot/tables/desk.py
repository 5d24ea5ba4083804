"""Tickets and what happened to them; the register; what the admin is told; who works on what."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from mailbot.tables.columns import Id, Utc, metadata

ticket = Table(
    "ticket",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("mailbox", String(100), nullable=False),
    Column("department", String(100), nullable=False),
    Column("language", String(2), nullable=False),
    Column("requester", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("account", String(100)),
    Column("agent", String(100)),
    Column("severity", String(10)),
    Column("priority", String(10), nullable=False),
    Column("klass", String(20)),
    Column("intent", String(40)),
    Column("tags", Text, nullable=False, server_default=""),
    Column("predecessor", String(12)),
    Column("first_response_due", Utc),
    Column("pick_up_due", Utc),
    Column("next_update_due", Utc),
    Column("resolution_due", Utc),
    Column("first_response_at", Utc),
    Column("resolved_at", Utc),
    Column("closed_at", Utc),
    Index("ix_ticket_opened_at", "opened_at"),
    Index("ix_ticket_account", "account", "opened_at"),
    Index("ix_ticket_status", "status", "opened_at"),
)

ticket_field = Table(
    "ticket_field",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", String(12), ForeignKey("ticket.number"), nullable=False),
    Column("delivery", Id, ForeignKey("delivery.id"), nullable=False),
    Column("name", String(40), nullable=False),
    Column("value", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("source", String(40), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("method", String(40), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("standing", String(20)),
    Index("ix_ticket_field_ticket", "ticket"),
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cause", String(200), nullable=False, unique=True),
    Column("at", Utc, nullable=False),
    Column("ticket", String(12)),
    Column("delivery", Id),
    Column("kind", String(20), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # JSON: what changed on the ticket, why, and the facts that the judgement saw.
    Column("changes", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Index("ix_event_ticket", "ticket", "id"),
    Index("ix_event_delivery", "delivery"),
)

# What a registered address, or an agent, was asked to confirm.
challenge = Table(
    "challenge",
    metadata,
    # The mail that asks.
    Column("tag", String(26), primary_key=True),
    Column("ticket", String(12), ForeignKey("ticket.number"), nullable=False),
    Column("account", String(100), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("asked_at", Utc, nullable=False),
    # Wrong codes.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("ending", String(10)),
    Index("ix_challenge_ticket", "ticket"),
    Index("ix_challenge_account", "account", "asked_at"),
)

account = Table(
    "account",
    metadata,
    Column("number", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", String(2)),
    Column("plan", String(100), nullable=False),
    Column("closed", Boolean, nullable=False),
)

registered_address = Table(
    "registered_address",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), ForeignKey("account.number"), nullable=False),
    Column("email", Text, nullable=False),
    # The form in which addresses are compared (parsers.address.key), never one to write to.
    Column("email_key", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("notify", String(40), nullable=False),
    Column("default", Boolean, nullable=False),
    UniqueConstraint("account", "email_key"),
    Index("ix_registered_address_email_key", "email_key"),
)

service = Table(
    "service",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), ForeignKey("account.number"), nullable=False),
    Column("service", Text, nullable=False),
    Column("order", String(100), nullable=False),
    Column("ip", String(50), nullable=False),
    Index("ix_service_account", "account"),
    Index("ix_service_order", "order"),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("raised_at", Utc, nullable=False),
    Column("told_at", Utc),
    Column("over_at", Utc),
    Column("over_told_at", Utc),
    Index("ix_alarm_key", "key", "raised_at"),
    # One alarm of a kind at a time; once over, the same may be raised again.
    Index(
        "uq_alarm_open",
        "key",
        unique=True,
        postgresql_where=text("over_at IS NULL"),
        sqlite_where=text("over_at IS NULL"),
    ),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("until", Utc, nullable=False),
)
