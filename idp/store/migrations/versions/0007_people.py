"""People: their certificates, references by which officers name them, transfer codes, generations of pairs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT_TABLES = ("person", "person_reference", "transfer_code", "pair_generation")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_person_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "person_index", name=op.f("pk_person")),
    )
    op.create_table(
        "person_reference",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("reference_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_person_reference_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "reference_index", name=op.f("pk_person_reference")),
    )
    op.create_table(
        "transfer_code",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("code_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_handle", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_transfer_code_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "code_index", name=op.f("pk_transfer_code")),
    )
    op.create_table(
        "pair_generation",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("pair_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_pair_generation_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "pair_index", name=op.f("pk_pair_generation")),
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
