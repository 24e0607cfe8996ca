"""Sessions of browsers, and the tokens that services hold."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

session = Table(
    "session",
    metadata,
    tenant_id(),
    Column("session_digest", LargeBinary(32), primary_key=True),
    Column("transaction_id", String(64), nullable=False),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("sector_id", String(64), nullable=False, server_default=""),
    Column("idle_until", BigInteger, nullable=False, server_default="0"),
    Column("sealed_certificate", LargeBinary),
    ForeignKeyConstraint(["tenant_id", "transaction_id"], ["acceptance.tenant_id", "acceptance.transaction_id"]),
    Index(None, "tenant_id", "transaction_id"),
)
"""`idle_until`: until when it is continued without a new proof, 0 for never; `sector_id`: as far as it reaches."""

session_client = Table(
    "session_client",
    metadata,
    tenant_id(),
    Column("transaction_id", String(64), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("pair_id", LargeBinary(16), nullable=False),
    Column("sid", String(64), nullable=False),
    Column("told", String(16), nullable=False),
    Column("told_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("problem", String(200), nullable=False),
    ForeignKeyConstraint(["tenant_id", "transaction_id"], ["acceptance.tenant_id", "acceptance.transaction_id"]),
    ForeignKeyConstraint(["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"]),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "pair_id"),
)
"""The services that received tokens in a session, and how far each was told that it is over."""

code_redemption = Table(
    "code_redemption",
    metadata,
    tenant_id(),
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("spent_ms", Integer, nullable=False, server_default="0"),
    of_tenant(),
)

access_token = Table(
    "access_token",
    metadata,
    tenant_id(),
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("pair_id", LargeBinary(16), nullable=False),
    Column("transaction_id", String(64), nullable=False),
    Column("code_digest", LargeBinary(32), nullable=False),
    Column("scope", String(400), nullable=False),
    Column("claims", Text, nullable=False, server_default=""),
    Column("binding", String(64), nullable=False, server_default=""),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("resource", String(255), nullable=False, server_default=""),
    ForeignKeyConstraint(["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"]),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "code_digest"),
)

refresh_family = Table(
    "refresh_family",
    metadata,
    tenant_id(),
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("token_digest", LargeBinary(32), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("pair_id", LargeBinary(16), nullable=False),
    Column("transaction_id", String(64), nullable=False),
    Column("scope", String(400), nullable=False),
    Column("claims", Text, nullable=False),
    Column("acr", String(16), nullable=False),
    Column("auth_time", BigInteger),
    Column("sid", String(64), nullable=False),
    Column("told", Boolean, nullable=False),
    Column("sealed_certificate", LargeBinary),
    Column("binding", String(64), nullable=False, server_default=""),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("targets", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["tenant_id", "pair_id", "client_id"],
        ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
    ),
    ForeignKeyConstraint(["tenant_id", "transaction_id"], ["acceptance.tenant_id", "acceptance.transaction_id"]),
    Index(None, "tenant_id", "pair_id", "client_id"),
)
"""All refresh tokens that came of one code: the one that counts, and whom to ask about at every use of it.
`told`: its ID tokens say how the certificate was found good.
"""
