"""The tables. A ticket's number and a message's key are natural keys: they follow from the cause, before any insert."""

from mailbot.tables.columns import Utc, metadata
from mailbot.tables.desk import (
    account,
    alarm,
    challenge,
    event,
    lease,
    registered_address,
    service,
    ticket,
    ticket_field,
)
from mailbot.tables.ledger import box, content, delivery, message, outage, outgoing, raw
from mailbot.tables.trouble import attempt, bounce

__all__ = [
    "Utc",
    "account",
    "alarm",
    "attempt",
    "bounce",
    "box",
    "challenge",
    "content",
    "delivery",
    "event",
    "lease",
    "message",
    "metadata",
    "outage",
    "outgoing",
    "raw",
    "registered_address",
    "service",
    "ticket",
    "ticket_field",
]
