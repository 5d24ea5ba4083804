"""Rows into the core's types and back."""

from sqlalchemy import Row

from mailbot.model import Language, Level, RequestClass, Status, Ticket
from mailbot.tables import ticket

TICKET = tuple(column.name for column in ticket.columns)


def ticket_of(row: Row[tuple[object, ...]]) -> Ticket:
    values = row._mapping
    return Ticket(
        **{name: values[name] for name in TICKET if name not in _TYPED},
        status=Status(values["status"]),
        language=Language(values["language"]),
        level=Level(values["level"]),
        klass=RequestClass(values["klass"]) if values["klass"] else None,
        tags=tuple(values["tags"].split()),
    )


_TYPED = frozenset({"status", "language", "level", "klass", "tags"})


def ticket_values(entry: Ticket) -> dict[str, object]:
    return {name: getattr(entry, name) for name in TICKET if name != "tags"} | {"tags": " ".join(entry.tags)}
