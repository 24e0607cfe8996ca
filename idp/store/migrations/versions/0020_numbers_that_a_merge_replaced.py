"""Numbers that a merge replaced, which services hear for a while beside those that stayed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_number",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("former_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_former_number_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "former_index", name=op.f("pk_former_number")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE former_number ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE former_number FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON former_number USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("former_number")
