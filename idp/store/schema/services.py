"""Services, what belongs to them, and the counters' terminals."""

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
    false,
)

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

sector = Table(
    "sector",
    metadata,
    tenant_id(),
    Column("sector_id", String(64), primary_key=True),
    Column("purpose", String(400), nullable=False),
    Column("created", Date, nullable=False),
    Column("identifier_host", String(255)),
    of_tenant(),
)
"""`identifier_host`: of the sector_identifier_uri by which services find it; NULL where none does. The sector's id
says nothing of it: hosts change hands, and numbers stay.
"""

Index("uq_sector_identifier_host", sector.c.tenant_id, sector.c.identifier_host, unique=True)

client = Table(
    "client",
    metadata,
    tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("service_id", String(64), nullable=False),
    Column("sector_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("registration", Text, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "sector_id"], ["sector.tenant_id", "sector.sector_id"]),
    UniqueConstraint("tenant_id", "service_id"),
)

resource = Table(
    "resource",
    metadata,
    tenant_id(),
    Column("identifier", String(255), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("registration", Text, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)
"""Interfaces of services, for which access tokens are signed. `client_id`: of the service that runs it."""

client_secret = Table(
    "client_secret",
    metadata,
    tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("created", Date, nullable=False),
    Column("made_at", BigInteger, nullable=False, server_default="0"),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

invitation = Table(
    "invitation",
    metadata,
    tenant_id(),
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("terms", Text, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("created", Date, nullable=False),
    of_tenant(),
)
"""Initial access tokens (RFC 7591 section 3), by which services register themselves: on which terms, how often."""

client_error = Table(
    "client_error",
    metadata,
    tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("endpoint", String(16), nullable=False),
    Column("error", String(64), nullable=False),
    Column("description", String(200), nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)
"""The last error that each service was answered, in our own words."""

terminal = Table(
    "terminal",
    metadata,
    tenant_id(),
    Column("terminal_id", String(64), primary_key=True),
    Column("place", String(200), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("client_ids", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("created", Date, nullable=False),
    Column("user_numbers", Boolean, nullable=False, server_default=false()),
    of_tenant(),
)
"""Counter terminals. `public_key`: SubjectPublicKeyInfo; `client_ids`: whom it serves, separated by spaces;
`user_numbers`: whether it may learn and link the user number of a login that it took part in.
"""
