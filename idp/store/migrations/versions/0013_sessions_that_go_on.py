"""Single sign-on in one sector, and signing out of it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("acceptance", sa.Column("ended_at", sa.BigInteger(), nullable=True))
    op.add_column("session", sa.Column("sector_id", sa.String(length=64), server_default="", nullable=False))
    op.add_column("session", sa.Column("idle_until", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("session", sa.Column("sealed_certificate", sa.LargeBinary(), nullable=True))
    op.create_index(
        op.f("ix_session_tenant_id_transaction_id"), "session", ["tenant_id", "transaction_id"], unique=False
    )
    op.create_table(
        "session_client",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("told", sa.String(length=16), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["acceptance.tenant_id", "acceptance.transaction_id"],
            name=op.f("fk_session_client_acceptance"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"], name=op.f("fk_session_client_pair")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_session_client_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", "client_id", name=op.f("pk_session_client")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE session_client ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE session_client FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON session_client USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("session_client")
    op.drop_index(op.f("ix_session_tenant_id_transaction_id"), table_name="session")
    op.drop_column("session", "sealed_certificate")
    op.drop_column("session", "idle_until")
    op.drop_column("session", "sector_id")
    op.drop_column("acceptance", "ended_at")
