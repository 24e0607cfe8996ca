"""Tokens that are bound to a key of their service."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("access_token", "refresh_family"):
        op.add_column(table, sa.Column("binding", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    for table in ("access_token", "refresh_family"):
        op.drop_column(table, "binding")
