"""A signing key knows since when it is in its state, and an algorithm has one next and one current key."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LIVE = sa.text("state != 'retired'")


def upgrade() -> None:
    op.add_column("signing_key", sa.Column("since", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(
        "uq_signing_key_live",
        "signing_key",
        ["tenant_id", "alg", "state"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_signing_key_live", table_name="signing_key")
    op.drop_column("signing_key", "since")
