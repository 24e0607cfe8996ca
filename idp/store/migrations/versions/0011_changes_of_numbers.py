"""Changes of numbers: what two officers approved, how far each is, and which grants have moved."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TENANT_TABLES = ("migration", "migration_service", "moved_grant")


def upgrade() -> None:
    op.add_column("pair", sa.Column("sealed_origin", sa.LargeBinary(), nullable=True))
    op.create_index(
        op.f("ix_pair_tenant_id_sector_id_pair_id"), "pair", ["tenant_id", "sector_id", "pair_id"], unique=False
    )
    op.create_table(
        "migration",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("migration_id", sa.String(length=32), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cursor", sa.LargeBinary(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_migration_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "migration_id", name=op.f("pk_migration")),
    )
    op.create_table(
        "migration_service",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("migration_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("mapped_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "migration_id"],
            ["migration.tenant_id", "migration.migration_id"],
            name=op.f("fk_migration_service_migration"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_migration_service_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "migration_id", "client_id", name=op.f("pk_migration_service")),
    )
    op.create_table(
        "moved_grant",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("migration_id", sa.String(length=32), nullable=False),
        sa.Column("former_pair_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed_previous", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "migration_id", "client_id"],
            ["migration_service.tenant_id", "migration_service.migration_id", "migration_service.client_id"],
            name=op.f("fk_moved_grant_migration_service"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"], name=op.f("fk_moved_grant_pair")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "pair_id", name=op.f("pk_moved_grant")),
    )
    op.create_index(
        op.f("ix_moved_grant_tenant_id_migration_id_pair_id"),
        "moved_grant",
        ["tenant_id", "migration_id", "pair_id"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} USING (tenant_id = current_setting('app.tenant', true)) "
            "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
        )


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.drop_table(table)
    op.drop_index(op.f("ix_pair_tenant_id_sector_id_pair_id"), "pair")
    op.drop_column("pair", "sealed_origin")
