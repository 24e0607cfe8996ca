"""What residents handed over is found by whose it is."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_NAME, _TABLE = "ix_released_attribute_tenant_id_pair_id", "released_attribute"


def upgrade() -> None:
    op.create_index(op.f(_NAME), _TABLE, ["tenant_id", "pair_id"])


def downgrade() -> None:
    op.drop_index(op.f(_NAME), table_name=_TABLE)
