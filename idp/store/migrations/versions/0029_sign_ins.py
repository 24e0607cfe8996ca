"""Sign-ins as residents see them on their own pages."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"], name=op.f("fk_sign_in_pair")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"], name=op.f("fk_sign_in_client")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_sign_in")),
    )
    op.create_index(
        op.f("ix_sign_in_tenant_id_pair_id_client_id"), "sign_in", ["tenant_id", "pair_id", "client_id"]
    )
    op.create_index(op.f("ix_sign_in_tenant_id_month"), "sign_in", ["tenant_id", "month"])
    op.create_table(
        "own_sign_in",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_own_sign_in_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_own_sign_in")),
    )
    op.create_index(op.f("ix_own_sign_in_tenant_id_person_mark"), "own_sign_in", ["tenant_id", "person_mark"])
    op.create_index(op.f("ix_own_sign_in_tenant_id_month"), "own_sign_in", ["tenant_id", "month"])
    op.create_index(op.f("ix_session_client_tenant_id_pair_id"), "session_client", ["tenant_id", "pair_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in ("sign_in", "own_sign_in"):
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
    op.drop_index(op.f("ix_session_client_tenant_id_pair_id"), "session_client")
    op.drop_table("own_sign_in")
    op.drop_table("sign_in")
