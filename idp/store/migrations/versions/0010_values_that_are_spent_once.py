"""Values that are spent once: request URIs."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "one_time_value",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_one_time_value_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "digest", name=op.f("pk_one_time_value")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE one_time_value ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE one_time_value FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON one_time_value USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("one_time_value")
