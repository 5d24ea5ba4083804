"""The database's server as it shows itself: its version, and its clock."""

from datetime import datetime

from sqlalchemy import Connection, text


def version(conn: Connection) -> tuple[str, str]:
    """Its name and version, as ("PostgreSQL", "15.18 (Debian 15.18-0+deb12u1)")."""
    if conn.dialect.name == "sqlite":
        return "SQLite", str(conn.execute(text("SELECT sqlite_version()")).scalar_one())
    return "PostgreSQL", str(conn.execute(text("SHOW server_version")).scalar_one())


def clock(conn: Connection) -> datetime | None:
    """Now, by a clock that may be another machine's; None where it is ours."""
    if conn.dialect.name == "sqlite":
        return None
    told: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told
