"""Statements that residents signed with the signature key."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signed_statement",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed_proof", sa.LargeBinary(), nullable=True),
        sa.Column("proof_ends", sa.Date(), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_signed_statement_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", name=op.f("pk_signed_statement")),
    )
    for other in ("proof_ends", "pair_id"):
        op.create_index(op.f(f"ix_signed_statement_tenant_id_{other}"), "signed_statement", ["tenant_id", other])
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE signed_statement ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signed_statement FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON signed_statement USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("signed_statement")
