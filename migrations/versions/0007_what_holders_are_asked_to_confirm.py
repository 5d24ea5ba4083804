"""What holders are asked to confirm"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "challenge",
        sa.Column("tag", sa.String(26), primary_key=True),
        sa.Column("ticket", sa.String(12), sa.ForeignKey("ticket.number"), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ending", sa.String(10), nullable=True),
    )
    op.create_index("ix_challenge_ticket", "challenge", ["ticket"], unique=False)
    op.create_index("ix_challenge_account", "challenge", ["account", "asked_at"], unique=False)
