"""What services were told of signature certificates, so that a change is known."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signature_watch",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id", "client_id"],
            ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
            name=op.f("fk_signature_watch_pair_grant"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "watch_id", name=op.f("pk_signature_watch")),
        sa.UniqueConstraint(
            "tenant_id", "pair_id", "client_id", name=op.f("uq_signature_watch_tenant_id_pair_id_client_id")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE signature_watch ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signature_watch FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON signature_watch USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("signature_watch")
