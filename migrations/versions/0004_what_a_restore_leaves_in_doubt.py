"""What a restore leaves in doubt"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("box", sa.Column("doubtful_until", sa.DateTime(timezone=True), nullable=True))
