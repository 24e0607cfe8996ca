"""Refresh tokens, one family for each code that gave one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refresh_family",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("acr", sa.String(length=16), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=True),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("sealed_certificate", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id", "client_id"],
            ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
            name=op.f("fk_refresh_family_pair_grant"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["acceptance.tenant_id", "acceptance.transaction_id"],
            name=op.f("fk_refresh_family_acceptance"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "code_digest", name=op.f("pk_refresh_family")),
    )
    op.create_index(
        op.f("ix_refresh_family_tenant_id_pair_id_client_id"),
        "refresh_family",
        ["tenant_id", "pair_id", "client_id"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE refresh_family ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE refresh_family FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON refresh_family USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("refresh_family")
