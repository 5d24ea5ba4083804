"""Which folder is read, and what people wrote from the mailbox itself"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("box", sa.Column("folder", sa.Text(), server_default="", nullable=False))
    op.add_column("message", sa.Column("sent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
