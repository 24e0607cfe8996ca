"""Who acts for whom, and logins of somebody for another."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = ("representation", "representation_party", "representation_code", "acting_login")


def upgrade() -> None:
    op.create_table(
        "representation",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("representation_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_representation_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "representation_id", name=op.f("pk_representation")),
    )
    op.create_table(
        "representation_party",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("party_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("party_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_representation", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_representation_party_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", name=op.f("pk_representation_party")),
    )
    op.create_index(
        op.f("ix_representation_party_tenant_id_party_mark"), "representation_party", ["tenant_id", "party_mark"]
    )
    op.create_table(
        "representation_code",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("code_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_representation", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_representation_code_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "code_index", name=op.f("pk_representation_code")),
    )
    op.create_table(
        "acting_login",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["acceptance.tenant_id", "acceptance.transaction_id"],
            name=op.f("fk_acting_login_acceptance"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", name=op.f("pk_acting_login")),
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
    for table in reversed(_TABLES):
        op.drop_table(table)
