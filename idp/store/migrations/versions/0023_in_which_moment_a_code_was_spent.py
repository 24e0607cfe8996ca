"""In which millisecond of its second a code was spent: a retry is told from a replay a second later."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_redemption", sa.Column("spent_ms", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("code_redemption", "spent_ms")
