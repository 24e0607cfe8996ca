"""Invitations by which services register themselves, and hosts by which their sectors are found."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_invitation_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "token_digest", name=op.f("pk_invitation")),
    )
    op.add_column("sector", sa.Column("identifier_host", sa.String(length=255), nullable=True))
    op.create_index("uq_sector_identifier_host", "sector", ["tenant_id", "identifier_host"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE invitation ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE invitation FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON invitation USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_index("uq_sector_identifier_host", table_name="sector")
    op.drop_column("sector", "identifier_host")
    op.drop_table("invitation")
