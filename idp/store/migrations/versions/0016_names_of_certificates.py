"""Certificates are named again after their login, sealed, so that revocation lists can be asked about them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("sealed_name", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("certificate", "sealed_name")
