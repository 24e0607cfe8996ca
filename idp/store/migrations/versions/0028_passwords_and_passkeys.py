"""IDs with passwords, and passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TABLES = ("password_account", "passkey")


def upgrade() -> None:
    op.create_table(
        "password_account",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("account_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_password_account_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "account_index", name=op.f("pk_password_account")),
        sa.UniqueConstraint("tenant_id", "person_mark", name=op.f("uq_password_account_tenant_id_person_mark")),
    )
    op.create_table(
        "passkey",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("credential_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_passkey_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "credential_index", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_tenant_id_person_mark"), "passkey", ["tenant_id", "person_mark"])
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
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
    for table in _TABLES:
        op.drop_table(table)
