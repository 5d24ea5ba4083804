"""What mail to strangers spends, who wrote when, and what is withheld"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("outgoing", sa.Column("charged", sa.String(length=100), nullable=True))
    op.add_column("outgoing", sa.Column("charged_domain", sa.Text(), nullable=True))
    op.create_index(
        "ix_outgoing_charged",
        "outgoing",
        ["created_at", "charged"],
        unique=False,
        postgresql_where=sa.text("charged IS NOT NULL"),
        sqlite_where=sa.text("charged IS NOT NULL"),
    )
    op.create_index(
        "ix_outgoing_charged_domain",
        "outgoing",
        ["charged_domain", "created_at"],
        unique=False,
        postgresql_where=sa.text("charged_domain IS NOT NULL"),
        sqlite_where=sa.text("charged_domain IS NOT NULL"),
    )
    op.create_index(
        "ix_outgoing_withheld",
        "outgoing",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'withheld'"),
        sqlite_where=sa.text("status = 'withheld'"),
    )
    op.create_index("ix_message_author", "message", ["author_key", "received_at"], unique=False)
    op.create_index("ix_alarm_key", "alarm", ["key", "raised_at"], unique=False)
