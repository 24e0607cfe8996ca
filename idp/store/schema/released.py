"""What a person agreed to, and what was handed over."""

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table, Text

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

grant = Table(
    "pair_grant",
    metadata,
    tenant_id(),
    Column("pair_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"]),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

consent = Table(
    "consent",
    metadata,
    tenant_id(),
    Column("pair_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("released", Text, nullable=False),
    Column("purpose_digest", LargeBinary(32), nullable=False),
    Column("created", Date, nullable=False),
    Column("marks", Text, nullable=False, server_default="{}"),
    Column("declined", Text, nullable=False, server_default=""),
    Column("terms", Text, nullable=False, server_default="{}"),
    ForeignKeyConstraint(
        ["tenant_id", "pair_id", "client_id"],
        ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
    ),
)
"""`released`: to what the resident said yes, empty once all of it was withdrawn; `declined`: to which items no.
`marks`: JSON, a keyed digest of each item's value as it was last shown, by which a change is known; `terms`:
JSON, a digest of what the service stated about it then.
"""

acceptance = Table(
    "acceptance",
    metadata,
    tenant_id(),
    Column("transaction_id", String(64), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("acr", String(16), nullable=False),
    Column("amr", String(64), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    of_tenant(),
)
"""`ended_at`: its session and all its tokens are over since about then (15 minutes); null while they are not."""

released_attribute = Table(
    "released_attribute",
    metadata,
    tenant_id(),
    Column("transaction_id", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("sealed_value", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("pair_id", LargeBinary(16)),
    ForeignKeyConstraint(["tenant_id", "transaction_id"], ["acceptance.tenant_id", "acceptance.transaction_id"]),
    Index(None, "tenant_id", "expires_at"),
    Index(None, "tenant_id", "pair_id"),
)
"""What a resident let go to a service in one login, for as long as the tenant says. `pair_id`: of whom; NULL in
rows from before it was kept.
"""
