"""Consent by item: what was declined, on which terms the rest was agreed to; whose the released items are."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent", sa.Column("declined", sa.Text(), server_default="", nullable=False))
    op.add_column("consent", sa.Column("terms", sa.Text(), server_default="{}", nullable=False))
    op.add_column("released_attribute", sa.Column("pair_id", sa.LargeBinary(length=16), nullable=True))
    with op.batch_alter_table("released_attribute") as table:
        table.alter_column("name", existing_type=sa.String(length=16), type_=sa.String(length=32))


def downgrade() -> None:
    with op.batch_alter_table("released_attribute") as table:
        table.alter_column("name", existing_type=sa.String(length=32), type_=sa.String(length=16))
    op.drop_column("released_attribute", "pair_id")
    op.drop_column("consent", "terms")
    op.drop_column("consent", "declined")
