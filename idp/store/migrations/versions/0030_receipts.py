"""Receipts of the anonymous way."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("arrival_number", sa.String(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("inquiry_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"], name=op.f("fk_receipt_client")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "arrival_number", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_tenant_id_expires_on"), "receipt", ["tenant_id", "expires_on"])
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE receipt ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE receipt FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON receipt USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("receipt")
