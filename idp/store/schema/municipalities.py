"""Tenants, their keys, and the officers who decide for them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

tenant = Table(
    "tenant",
    metadata,
    tenant_id(),
    Column("issuer", String(255), nullable=False, unique=True),
    Column("name_ja", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("crest", String(4), nullable=False),
    Column("key_colour", String(7), nullable=False),
    Column("contact", String(200), nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("ppid_key_version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("config_version", BigInteger, nullable=False),
    Column("created", Date, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
)

data_key = Table(
    "data_key",
    metadata,
    tenant_id(),
    Column("label", String(32), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False, server_default="1"),
    Column("state", String(16), nullable=False, server_default="current"),
    Column("since", BigInteger, nullable=False, server_default="0"),
    Column("wrapped", LargeBinary, nullable=False),
    of_tenant(),
)
"""`state`: next, current or opening; `since`: when it came to be that. Only the label `seal` has generations."""

signing_key = Table(
    "signing_key",
    metadata,
    tenant_id(),
    Column("kid", String(64), primary_key=True),
    Column("alg", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    Column("since", BigInteger, nullable=False, server_default="0"),
    of_tenant(),
)
"""`since`: when the key came into its state, 0 in rows of the first schema."""

Index(
    "uq_signing_key_live",
    signing_key.c.tenant_id,
    signing_key.c.alg,
    signing_key.c.state,
    unique=True,
    sqlite_where=signing_key.c.state != "retired",
    postgresql_where=signing_key.c.state != "retired",
)

tenant_key = Table(
    "tenant_key",
    metadata,
    tenant_id(),
    Column("key_id", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("certificate", LargeBinary),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    of_tenant(),
)
"""Keys that sign no token: the responder of the tenant's OCSP front, the collection key of its shelters."""

officer = Table(
    "officer",
    metadata,
    tenant_id(),
    Column("officer_id", String(64), primary_key=True),
    Column("token_digest", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", Date, nullable=False),
    UniqueConstraint("tenant_id", "token_digest"),
    of_tenant(),
)

proposal = Table(
    "proposal",
    metadata,
    tenant_id(),
    Column("proposal_id", String(32), primary_key=True),
    Column("action", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    of_tenant(),
)

approval = Table(
    "approval",
    metadata,
    tenant_id(),
    Column("proposal_id", String(32), primary_key=True),
    Column("officer_id", String(64), primary_key=True),
    Column("approved_at", BigInteger, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    ForeignKeyConstraint(["tenant_id", "proposal_id"], ["proposal.tenant_id", "proposal.proposal_id"]),
    ForeignKeyConstraint(["tenant_id", "officer_id"], ["officer.tenant_id", "officer.officer_id"]),
)
"""`mac`: over proposal and officer, so that a row written into the database approves nothing."""
