"""Attributes from the card on their way to a service, and the marks by which a change of them is known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released_attribute",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["acceptance.tenant_id", "acceptance.transaction_id"],
            name=op.f("fk_released_attribute_acceptance"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", "name", name=op.f("pk_released_attribute")),
    )
    op.create_index(
        op.f("ix_released_attribute_tenant_id_expires_at"), "released_attribute", ["tenant_id", "expires_at"]
    )
    op.add_column("consent", sa.Column("marks", sa.Text(), server_default="{}", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema."""
    op.execute("ALTER TABLE released_attribute ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE released_attribute FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON released_attribute USING (tenant_id = current_setting('app.tenant', true)) "
        "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
    )


def downgrade() -> None:
    op.drop_column("consent", "marks")
    op.drop_table("released_attribute")
