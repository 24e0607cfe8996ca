"""Requests for an ID that the staff have yet to look at."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_request",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("request_number", sa.String(length=16), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_account_request_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "request_number", name=op.f("pk_account_request")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE account_request ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE account_request FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON account_request USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("account_request")
