"""Companies, and accounts of those who sign in for an organization."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLES = ("company", "organization_account")


def upgrade() -> None:
    op.create_table(
        "company",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("company_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_company_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "company_index", name=op.f("pk_company")),
    )
    op.create_table(
        "organization_account",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("account_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organization_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_organization_account_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "account_index", name=op.f("pk_organization_account")),
    )
    op.create_index(
        op.f("ix_organization_account_tenant_id_organization_mark"),
        "organization_account",
        ["tenant_id", "organization_mark"],
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            _secure_rows(table)


def _secure_rows(table: str) -> None:
    """Row-level security as in the first schema."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_rows ON {table} USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
