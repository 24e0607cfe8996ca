"""People and their certificates: sealed, and found by keyed indexes alone."""

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, LargeBinary, String, Table, UniqueConstraint

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

certificate = Table(
    "certificate",
    metadata,
    tenant_id(),
    Column("cert_index", LargeBinary(32), primary_key=True),
    Column("key_index", LargeBinary(32), nullable=False),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    Column("sealed_name", LargeBinary),
    of_tenant(),
)
"""`key_index` is empty until the certificate's key has signed here: J-LIS has only named it so far.

`sealed_name`: its issuer, serial number and end, by which revocation lists are asked about it.
"""

person = Table(
    "person",
    metadata,
    tenant_id(),
    Column("person_index", LargeBinary(32), primary_key=True),
    Column("sealed_record", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    of_tenant(),
)
"""What a person's certificates are, sealed: no other row refers to this one."""

person_reference = Table(
    "person_reference",
    metadata,
    tenant_id(),
    Column("reference_index", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("origin", String(80), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    of_tenant(),
)
"""By which officers name a person, or a certificate that is nobody's yet, for a while."""

resident_code = Table(
    "resident_code",
    metadata,
    tenant_id(),
    Column("code_index", LargeBinary(32), primary_key=True),
    Column("person_mark", LargeBinary(32)),
    Column("sealed_handle", LargeBinary),
    Column("free_on", Date),
    of_tenant(),
    UniqueConstraint("tenant_id", "person_mark"),
)
"""Codes that residents chose. One that was given up is nobody's until `free_on`."""

transfer_code = Table(
    "transfer_code",
    metadata,
    tenant_id(),
    Column("code_index", LargeBinary(32), primary_key=True),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    of_tenant(),
)

signature_watch = Table(
    "signature_watch",
    metadata,
    tenant_id(),
    Column("watch_id", LargeBinary(16), primary_key=True),
    Column("pair_id", LargeBinary(16), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("sealed_record", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "pair_id", "client_id"],
        ["pair_grant.tenant_id", "pair_grant.pair_id", "pair_grant.client_id"],
    ),
    UniqueConstraint("tenant_id", "pair_id", "client_id"),
)
"""What a service was told of a person's signature certificate, and which one it is."""
