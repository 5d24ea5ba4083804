"""The tables. A ticket's number and a message's key are natural keys: they follow from the cause, before any insert."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key's type is exactly INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC and given back as UTC: SQLite would drop the zone. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
    # Deaths of a process or of its child while this delivery was alone in flight, and errors that left all alive.
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("claimed", Boolean, nullable=False, server_default=text("false")),
    Column("suspect", Boolean, nullable=False, server_default=text("false")),
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
    Column("subject", Text, nullable=False),
    Column("date", Utc),
    Column("received_at", Utc, nullable=False),
    Column("language", String(2)),
    Column("new_text", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("ticket", String(12)),
    Index("ix_message_message_id", "message_id"),
    Index("ix_message_ticket", "ticket", "delivery"),
    Index("ix_message_delivery", "delivery"),
)

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
    Column("raw", LargeBinary, nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("created_at", Utc, nullable=False),
    Column("next_attempt_at", Utc),
    Column("holder", String(40)),
    Column("sent_at", Utc),
    Column("bounced_at", Utc),
    Column("reply", Text, nullable=False, server_default=""),
    Index(
        "ix_outgoing_due",
        "next_attempt_at",
        "id",
        postgresql_where=text("status IN ('queued', 'in-doubt')"),
        sqlite_where=text("status IN ('queued', 'in-doubt')"),
    ),
    Index("ix_outgoing_budget", "recipient_key", "created_at"),
    Index("ix_outgoing_ticket", "ticket", "id"),
    Index("ix_outgoing_status", "status", "id"),
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
