"""Resources, for which access tokens are signed."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resource",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("identifier", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_resource_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "identifier", name=op.f("pk_resource")),
    )
    op.add_column("access_token", sa.Column("resource", sa.String(length=255), server_default="", nullable=False))
    op.add_column("refresh_family", sa.Column("targets", sa.Text(), server_default="", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE resource ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE resource FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON resource USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_column("refresh_family", "targets")
    op.drop_column("access_token", "resource")
    op.drop_table("resource")
