"""Which certificate proved the login that made a pair is kept, sealed, so that a split gives it to whose it is."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pair", sa.Column("sealed_proof", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("pair", "sealed_proof")
