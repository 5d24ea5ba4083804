"""The state of mailboxes, and what status counts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("box", sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_delivery_received_at", "delivery", ["mailbox", "received_at"], unique=False)
    op.create_index("ix_ticket_status", "ticket", ["status", "opened_at"], unique=False)
