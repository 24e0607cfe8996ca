"""Whose certificates count: anchors, stores by purpose, lists of revocation."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, LargeBinary, String, Table, Text

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

trust_anchor = Table(
    "trust_anchor",
    metadata,
    tenant_id(),
    Column("spki_sha256", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("mac", LargeBinary(32)),
    of_tenant(),
)
"""`mac`: over the anchor, so that a row written into the database is not trusted; the first schema had none."""

trust_store = Table(
    "trust_store",
    metadata,
    tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("policy", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    of_tenant(),
)

trust_certificate = Table(
    "trust_certificate",
    metadata,
    tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("certificate_sha256", LargeBinary(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    ForeignKeyConstraint(["tenant_id", "purpose"], ["trust_store.tenant_id", "trust_store.purpose"]),
)

trust_list = Table(
    "trust_list",
    metadata,
    tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("list_key", LargeBinary(32), primary_key=True),
    Column("this_update", BigInteger, nullable=False),
    Column("der", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "purpose"], ["trust_store.tenant_id", "trust_store.purpose"]),
)
"""The newest revocation list of each authority in a multi-tier store; `list_key`: its issuer and scope."""
