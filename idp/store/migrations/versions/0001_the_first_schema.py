"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "tenant", "data_key", "signing_key", "trust_anchor", "sector", "client", "client_secret", "certificate",
    "pair", "pair_grant", "consent", "acceptance", "session", "code_redemption", "access_token",
    "audit_entry", "audit_link", "audit_head",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("name_ja", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("crest", sa.String(length=4), nullable=False),
        sa.Column("key_colour", sa.String(length=7), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("ppid_key_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("config_version", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("issuer", name=op.f("uq_tenant_issuer")),
    )
    op.create_table(
        "acceptance",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("acr", sa.String(length=16), nullable=False),
        sa.Column("amr", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_acceptance_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", name=op.f("pk_acceptance")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at_milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_audit_entry_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_tenant_id_at_milliseconds"),
        "audit_entry",
        ["tenant_id", "at_milliseconds"],
        unique=False,
    )
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_audit_head_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "sequence", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_link",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_audit_link_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "sequence", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_audit_link_tenant_id_entry_id")),
    )
    op.create_table(
        "certificate",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("cert_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_handle", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_certificate_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "cert_index", name=op.f("pk_certificate")),
    )
    op.create_table(
        "code_redemption",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_code_redemption_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "code_digest", name=op.f("pk_code_redemption")),
    )
    op.create_table(
        "data_key",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_data_key_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "label", name=op.f("pk_data_key")),
    )
    op.create_table(
        "sector",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("sector_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=400), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_sector_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "sector_id", name=op.f("pk_sector")),
    )
    op.create_table(
        "signing_key",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("alg", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_signing_key_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "trust_anchor",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("spki_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"], name=op.f("fk_trust_anchor_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "spki_sha256", name=op.f("pk_trust_anchor")),
    )
    op.create_table(
        "client",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=64), nullable=False),
        sa.Column("sector_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sector_id"], ["sector.tenant_id", "sector.sector_id"], name=op.f("fk_client_sector")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", name=op.f("pk_client")),
        sa.UniqueConstraint("tenant_id", "service_id", name=op.f("uq_client_tenant_id_service_id")),
    )
    op.create_table(
        "pair",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sector_id", sa.String(length=64), nullable=False),
        sa.Column("pair_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("ppid_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_ppid", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_handle", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sector_id"], ["sector.tenant_id", "sector.sector_id"], name=op.f("fk_pair_sector")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "pair_id", name=op.f("pk_pair")),
        sa.UniqueConstraint(
            "tenant_id", "pair_index", "generation", name=op.f("uq_pair_tenant_id_pair_index_generation")
        ),
        sa.UniqueConstraint("tenant_id", "ppid_digest", name=op.f("uq_pair_tenant_id_ppid_digest")),
    )
    op.create_index(
        "uq_pair_live",
        "pair",
        ["tenant_id", "pair_index"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "session",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("session_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_handle", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["acceptance.tenant_id", "acceptance.transaction_id"],
            name=op.f("fk_session_acceptance"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "session_digest", name=op.f("pk_session")),
    )
    op.create_table(
        "access_token",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_access_token_client"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"], name=op.f("fk_access_token_pair")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_digest", name=op.f("pk_access_token")),
    )
    op.create_index(
        op.f("ix_access_token_tenant_id_code_digest"), "access_token", ["tenant_id", "code_digest"], unique=False
    )
    op.create_table(
        "client_secret",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["client.tenant_id", "client.client_id"],
            name=op.f("fk_client_secret_client"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "digest", name=op.f("pk_client_secret")),
    )
    op.create_table(
        "pair_grant",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"], name=op.f("fk_pair_grant_client")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"], name=op.f("fk_pair_grant_pair")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "pair_id", "client_id", name=op.f("pk_pair_grant")),
    )
    op.create_table(
        "consent",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("pair_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("released", sa.Text(), nullable=False),
        sa.Column("purpose_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pair_id", "client_id"],
            ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
            name=op.f("fk_consent_pair_grant"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "pair_id", "client_id", name=op.f("pk_consent")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _secure_rows()


def _secure_rows() -> None:
    """Row-level security: a transaction sees the tenant that it named, and its owner is no exception.

    The table of tenants may be read without naming one, because the issuer of a request tells the tenant.
    """
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} USING (tenant_id = current_setting('app.tenant', true)) "
            "WITH CHECK (tenant_id = current_setting('app.tenant', true))"
        )
    op.execute("CREATE POLICY everybody_reads ON tenant FOR SELECT USING (true)")


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("pair_grant")
    op.drop_table("client_secret")
    op.drop_index(op.f("ix_access_token_tenant_id_code_digest"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("session")
    op.drop_table("pair")
    op.drop_table("client")
    op.drop_table("trust_anchor")
    op.drop_table("signing_key")
    op.drop_table("sector")
    op.drop_table("data_key")
    op.drop_table("code_redemption")
    op.drop_table("certificate")
    op.drop_table("audit_link")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_tenant_id_at_milliseconds"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("acceptance")
    op.drop_table("tenant")
