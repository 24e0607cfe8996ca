"""Services' own user numbers, and terminals that may learn them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("terminal", sa.Column("user_numbers", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "user_number",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("number_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_number", sa.LargeBinary(), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16)),
        sa.Column("claim_mac", sa.LargeBinary(length=32)),
        sa.Column("claim_tries", sa.Integer(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_user_number_client"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id", "client_id"],
            ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
            name=op.f("fk_user_number_pair_grant"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number_id", name=op.f("pk_user_number")),
        sa.UniqueConstraint(
            "tenant_id",
            "client_id",
            "number_index",
            name=op.f("uq_user_number_tenant_id_client_id_number_index"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "client_id", "pair_id", name=op.f("uq_user_number_tenant_id_client_id_pair_id")
        ),
    )
    op.create_table(
        "user_number_history",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_user_number_history_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_user_number_history")),
    )
    op.create_index(
        op.f("ix_user_number_history_tenant_id_client_id_number_index"),
        "user_number_history",
        ["tenant_id", "client_id", "number_index"],
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("user_number", "user_number_history"):
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
    op.drop_table("user_number_history")
    op.drop_table("user_number")
    op.drop_column("terminal", "user_numbers")
