"""What was done, tamper-evident, and what was used."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, LargeBinary, String, Table, Text, UniqueConstraint

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

audit_entry = Table(
    "audit_entry",
    metadata,
    tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("at_milliseconds", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    of_tenant(),
    Index(None, "tenant_id", "at_milliseconds"),
)

audit_link = Table(
    "audit_link",
    metadata,
    tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", LargeBinary(16), nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    UniqueConstraint("tenant_id", "entry_id"),
    of_tenant(),
)

audit_head = Table(
    "audit_head",
    metadata,
    tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    of_tenant(),
)

ledger = Table(
    "ledger",
    metadata,
    tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("sealed_details", LargeBinary),
    Column("mac", LargeBinary(32), nullable=False),
    of_tenant(),
)
"""What was done to people's numbers. `mac`: over the row and the one before."""

meter = Table(
    "meter",
    metadata,
    tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("day", Date, nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("method", String(16), nullable=False),
    Column("remembered", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    of_tenant(),
    Index(None, "tenant_id", "day"),
)
"""Revocation checks, appended so that no login waits for a hot row; days that are over are added up."""
