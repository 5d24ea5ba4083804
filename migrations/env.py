"""Alembic's door to the tables; `mailbot db upgrade` hands it an open connection."""

from alembic import context

from mailbot.tables import metadata

connection = context.config.attributes["connection"]
# render_as_batch: SQLite changes a table by copying it.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
