"""Codes that residents chose."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resident_code",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("code_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_mark", sa.LargeBinary(length=32)),
        sa.Column("sealed_handle", sa.LargeBinary()),
        sa.Column("free_on", sa.Date()),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_resident_code_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "code_index", name=op.f("pk_resident_code")),
        sa.UniqueConstraint("tenant_id", "person_mark", name=op.f("uq_resident_code_tenant_id_person_mark")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE resident_code ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE resident_code FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON resident_code USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("resident_code")
