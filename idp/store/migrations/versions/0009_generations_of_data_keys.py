"""Data keys have generations."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = ("tenant_id", "label", "generation")


def _added() -> list[sa.Column[Any]]:
    return [
        sa.Column("generation", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("state", sa.String(length=16), nullable=False, server_default="current"),
        sa.Column("since", sa.BigInteger(), nullable=False, server_default="0"),
    ]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake()
        return
    for column in _added():
        op.add_column("data_key", column)
    op.drop_constraint("pk_data_key", "data_key", type_="primary")
    op.create_primary_key("pk_data_key", "data_key", list(_KEY))


def _remake() -> None:
    """SQLite changes no primary key: the table is made anew, and its rows moved."""
    op.create_table(
        "data_key_with_generations",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        *_added(),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_data_key_tenant")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_data_key")),
    )
    op.execute(
        "INSERT INTO data_key_with_generations (tenant_id, label, wrapped) "
        "SELECT tenant_id, label, wrapped FROM data_key"
    )
    op.drop_table("data_key")
    op.rename_table("data_key_with_generations", "data_key")


def downgrade() -> None:
    raise NotImplementedError("a data key of a later generation has no place in the earlier schema")
