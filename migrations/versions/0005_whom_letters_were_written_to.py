"""Whom letters were written to"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("message", sa.Column("recipients", sa.Text(), server_default="", nullable=False))
