"""Bounces and attempts"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bounce",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("tag", sa.String(26), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("recipient_key", sa.Text, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("at", _UTC, nullable=False),
        sa.UniqueConstraint("tag"),
    )
    op.create_index("ix_bounce_recipient_key", "bounce", ["recipient_key"])
    op.create_index("ix_bounce_at", "bounce", ["at"])
    op.create_table(
        "attempt",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("author_key", sa.Text, nullable=False),
        sa.Column("at", _UTC, nullable=False),
    )
    op.create_index("ix_attempt_account", "attempt", ["account", "at"])
    op.create_index("ix_attempt_author_key", "attempt", ["author_key", "at"])
    op.create_index("ix_attempt_at", "attempt", ["at"])
