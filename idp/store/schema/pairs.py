"""A person at a sector: numbers, what they are linked to, and numbers that change."""

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

pair_generation = Table(
    "pair_generation",
    metadata,
    tenant_id(),
    Column("pair_index", LargeBinary(32), primary_key=True),
    Column("generation", BigInteger, nullable=False),
    of_tenant(),
)
"""The generation of the next pair of a person in a sector, where one ended."""

pair = Table(
    "pair",
    metadata,
    tenant_id(),
    Column("pair_id", LargeBinary(16), primary_key=True),
    Column("sector_id", String(64), nullable=False),
    Column("pair_index", LargeBinary(32), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("ppid_digest", LargeBinary(32), nullable=False),
    Column("sealed_ppid", LargeBinary, nullable=False),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", Date, nullable=False),
    Column("sealed_origin", LargeBinary),
    Column("sealed_proof", LargeBinary),
    ForeignKeyConstraint(["tenant_id", "sector_id"], ["sector.tenant_id", "sector.sector_id"]),
    UniqueConstraint("tenant_id", "pair_index", "generation"),
    UniqueConstraint("tenant_id", "ppid_digest"),
    Index(None, "tenant_id", "sector_id", "pair_id"),
)
"""`sealed_origin`: of a number that another tenant gave, by whose ids it was derived, and who has it here; of one
that a split gave to the other person, who has it now. `sealed_proof`: which certificate proved the login that made
the pair; NULL in rows from before it was kept.
"""

Index(
    "uq_pair_live",
    pair.c.tenant_id,
    pair.c.pair_index,
    unique=True,
    sqlite_where=pair.c.state == "live",
    postgresql_where=pair.c.state == "live",
)

user_number = Table(
    "user_number",
    metadata,
    tenant_id(),
    Column("number_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("sealed_number", LargeBinary, nullable=False),
    Column("pair_id", LargeBinary(16)),
    Column("claim_mac", LargeBinary(32)),
    Column("claim_tries", Integer, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    ForeignKeyConstraint(
        ["tenant_id", "pair_id", "client_id"],
        ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
    ),
    UniqueConstraint("tenant_id", "client_id", "number_index"),
    UniqueConstraint("tenant_id", "client_id", "pair_id"),
)
"""A service's own numbers, each of one pair or nobody's yet (`pair_id` NULL); a pair has one number at most."""

user_number_history = Table(
    "user_number_history",
    metadata,
    tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("sealed_record", LargeBinary, nullable=False),
    Column("forget_on", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "client_id", "number_index"),
)
"""Links that ended, for a year."""

migration = Table(
    "migration",
    metadata,
    tenant_id(),
    Column("migration_id", String(32), primary_key=True),
    Column("plan", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", LargeBinary(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("moved", BigInteger, nullable=False),
    of_tenant(),
)
"""Changes of numbers as two officers approved them (`idp/continuity`), and how far each is."""

migration_service = Table(
    "migration_service",
    metadata,
    tenant_id(),
    Column("migration_id", String(32), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("ends_at", BigInteger, nullable=False),
    Column("mapped_at", BigInteger),
    ForeignKeyConstraint(["tenant_id", "migration_id"], ["migration.tenant_id", "migration.migration_id"]),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

former_number = Table(
    "former_number",
    metadata,
    tenant_id(),
    Column("former_index", LargeBinary(32), primary_key=True),
    Column("sealed_record", LargeBinary, nullable=False),
    of_tenant(),
)
"""Numbers that merges of people replaced, for a while. No row refers to one, and one names nothing in clear."""

moved_grant = Table(
    "moved_grant",
    metadata,
    tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("pair_id", LargeBinary(16), primary_key=True),
    Column("migration_id", String(32), nullable=False),
    Column("former_pair_id", LargeBinary(16)),
    Column("sealed_previous", LargeBinary, nullable=False),
    Column("told", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "migration_id", "client_id"],
        ["migration_service.tenant_id", "migration_service.migration_id", "migration_service.client_id"],
    ),
    ForeignKeyConstraint(["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"]),
    Index(None, "tenant_id", "migration_id", "pair_id"),
)
"""Which grants have moved from one pair to another, until the migration is finished. `told`: the service received
the new number, or is about to.
"""
