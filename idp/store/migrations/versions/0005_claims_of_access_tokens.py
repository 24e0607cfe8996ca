"""What UserInfo is asked for by the request parameter `claims`."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_token", sa.Column("claims", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("access_token", "claims")
