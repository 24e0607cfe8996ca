"""Work that is done later, batches, meters, two-person approval, trust stores of several tiers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "outbox", "batch", "batch_part", "idempotency", "meter", "officer", "proposal", "approval",
    "trust_store", "trust_certificate", "trust_list", "tenant_key",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "meter",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_meter_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_meter")),
    )
    op.create_index(op.f("ix_meter_tenant_id_day"), "meter", ["tenant_id", "day"], unique=False)
    op.create_table(
        "officer",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_officer_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "officer_id", name=op.f("pk_officer")),
        sa.UniqueConstraint("tenant_id", "token_digest", name=op.f("uq_officer_tenant_id_token_digest")),
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("lease", sa.LargeBinary(length=16), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("sealed_payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_outbox_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_state_run_at"), "outbox", ["state", "run_at"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_proposal_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "proposal_id", name=op.f("pk_proposal")),
    )
    op.create_table(
        "tenant_key",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_tenant_key_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", name=op.f("pk_tenant_key")),
    )
    op.create_table(
        "trust_store",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_trust_store_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", name=op.f("pk_trust_store")),
    )
    op.create_table(
        "approval",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "officer_id"],
            ["officer.tenant_id", "officer.officer_id"],
            name=op.f("fk_approval_officer"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposal_id"],
            ["proposal.tenant_id", "proposal.proposal_id"],
            name=op.f("fk_approval_proposal"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "proposal_id", "officer_id", name=op.f("pk_approval")),
    )
    op.create_table(
        "trust_certificate",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("certificate_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purpose"],
            ["trust_store.tenant_id", "trust_store.purpose"],
            name=op.f("fk_trust_certificate_trust_store"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "certificate_sha256", name=op.f("pk_trust_certificate")),
    )
    op.create_table(
        "trust_list",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("list_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("this_update", sa.BigInteger(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purpose"],
            ["trust_store.tenant_id", "trust_store.purpose"],
            name=op.f("fk_trust_list_trust_store"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "list_key", name=op.f("pk_trust_list")),
    )
    op.create_table(
        "batch",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"], name=op.f("fk_batch_client")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", name=op.f("pk_batch")),
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_idempotency_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "key_digest", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "batch_part",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("sealed_questions", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"], ["batch.tenant_id", "batch.batch_id"], name=op.f("fk_batch_part_batch")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", "part", name=op.f("pk_batch_part")),
    )
    op.add_column("tenant", sa.Column("settings", sa.Text(), server_default="{}", nullable=False))
    op.add_column("trust_anchor", sa.Column("mac", sa.LargeBinary(length=32), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security as in the first schema.

    The worker asks, without naming a tenant, who has work that is due: it may read the outbox, whose payloads
    are sealed, and change nothing.
    """
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} USING (tenant_id = current_setting('app.tenant', true)) "
            "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
        )
    op.execute(
        "CREATE POLICY worker_looks ON outbox FOR SELECT "
        "USING (coalesce(current_setting('app.tenant', true), '') = '')"
    )


def downgrade() -> None:
    op.drop_column("trust_anchor", "mac")
    op.drop_column("tenant", "settings")
    op.drop_table("batch_part")
    op.drop_table("idempotency")
    op.drop_table("batch")
    op.drop_table("trust_list")
    op.drop_table("trust_certificate")
    op.drop_table("approval")
    op.drop_table("trust_store")
    op.drop_table("tenant_key")
    op.drop_table("proposal")
    op.drop_index(op.f("ix_outbox_state_run_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("officer")
    op.drop_index(op.f("ix_meter_tenant_id_day"), table_name="meter")
    op.drop_table("meter")
