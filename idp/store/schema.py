"""The tables. Every one has `tenant_id` first in its primary key; no clear column refers to a person.

Times are whole seconds since 1970 (UTC) unless a name says milliseconds; `created` is a date on purpose, so
that rows of one person cannot be joined by their moment. Blobs named `sealed_*` are AES-256-GCM under the
tenant's data key, bound to tenant, table, row and field.
"""

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
from idp.store.schema_agents import acting_login, representation, representation_code, representation_party
from idp.store.schema_credentials import account_request, passkey, password_account
from idp.store.schema_organizations import company, organization_account
from idp.store.schema_receipts import receipt
from idp.store.schema_sign_ins import own_sign_in, sign_in
from idp.store.schema_signing import signed_statement

__all__ = [
    "account_request",
    "acting_login",
    "company",
    "metadata",
    "organization_account",
    "own_sign_in",
    "passkey",
    "password_account",
    "receipt",
    "representation",
    "representation_code",
    "representation_party",
    "sign_in",
    "signed_statement",
]
"""Of other files: every table is one of `metadata` wherever this one is known."""


def _tenant_id() -> Column[str]:
    return Column("tenant_id", String(64), primary_key=True)


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"])


tenant = Table(
    "tenant",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
    Column("label", String(32), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False, server_default="1"),
    Column("state", String(16), nullable=False, server_default="current"),
    Column("since", BigInteger, nullable=False, server_default="0"),
    Column("wrapped", LargeBinary, nullable=False),
    _of_tenant(),
)
"""`state`: next, current or opening; `since`: when it came to be that. Only the label `seal` has generations."""

signing_key = Table(
    "signing_key",
    metadata,
    _tenant_id(),
    Column("kid", String(64), primary_key=True),
    Column("alg", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    Column("since", BigInteger, nullable=False, server_default="0"),
    _of_tenant(),
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

trust_anchor = Table(
    "trust_anchor",
    metadata,
    _tenant_id(),
    Column("spki_sha256", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("mac", LargeBinary(32)),
    _of_tenant(),
)
"""`mac`: over the anchor, so that a row written into the database is not trusted; the first schema had none."""

sector = Table(
    "sector",
    metadata,
    _tenant_id(),
    Column("sector_id", String(64), primary_key=True),
    Column("purpose", String(400), nullable=False),
    Column("created", Date, nullable=False),
    Column("identifier_host", String(255)),
    _of_tenant(),
)
"""`identifier_host`: of the sector_identifier_uri by which services find it; NULL where none does. The sector's id
says nothing of it: hosts change hands, and numbers stay.
"""
Index("uq_sector_identifier_host", sector.c.tenant_id, sector.c.identifier_host, unique=True)

client = Table(
    "client",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
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
    _tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("created", Date, nullable=False),
    Column("made_at", BigInteger, nullable=False, server_default="0"),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

invitation = Table(
    "invitation",
    metadata,
    _tenant_id(),
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("terms", Text, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("created", Date, nullable=False),
    _of_tenant(),
)
"""Initial access tokens (RFC 7591 section 3), by which services register themselves: on which terms, how often."""

client_error = Table(
    "client_error",
    metadata,
    _tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("endpoint", String(16), nullable=False),
    Column("error", String(64), nullable=False),
    Column("description", String(200), nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)
"""The last error that each service was answered, in our own words."""

certificate = Table(
    "certificate",
    metadata,
    _tenant_id(),
    Column("cert_index", LargeBinary(32), primary_key=True),
    Column("key_index", LargeBinary(32), nullable=False),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    Column("sealed_name", LargeBinary),
    _of_tenant(),
)
"""`key_index` is empty until the certificate's key has signed here: J-LIS has only named it so far.

`sealed_name`: its issuer, serial number and end, by which revocation lists are asked about it.
"""

person = Table(
    "person",
    metadata,
    _tenant_id(),
    Column("person_index", LargeBinary(32), primary_key=True),
    Column("sealed_record", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    _of_tenant(),
)
"""What a person's certificates are, sealed: no other row refers to this one."""

person_reference = Table(
    "person_reference",
    metadata,
    _tenant_id(),
    Column("reference_index", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("origin", String(80), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    _of_tenant(),
)
"""By which officers name a person, or a certificate that is nobody's yet, for a while."""

resident_code = Table(
    "resident_code",
    metadata,
    _tenant_id(),
    Column("code_index", LargeBinary(32), primary_key=True),
    Column("person_mark", LargeBinary(32)),
    Column("sealed_handle", LargeBinary),
    Column("free_on", Date),
    _of_tenant(),
    UniqueConstraint("tenant_id", "person_mark"),
)
"""Codes that residents chose. One that was given up is nobody's until `free_on`."""

transfer_code = Table(
    "transfer_code",
    metadata,
    _tenant_id(),
    Column("code_index", LargeBinary(32), primary_key=True),
    Column("sealed_handle", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    _of_tenant(),
)

pair_generation = Table(
    "pair_generation",
    metadata,
    _tenant_id(),
    Column("pair_index", LargeBinary(32), primary_key=True),
    Column("generation", BigInteger, nullable=False),
    _of_tenant(),
)
"""The generation of the next pair of a person in a sector, where one ended."""

pair = Table(
    "pair",
    metadata,
    _tenant_id(),
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

grant = Table(
    "pair_grant",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
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
    _tenant_id(),
    Column("transaction_id", String(64), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("acr", String(16), nullable=False),
    Column("amr", String(64), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    _of_tenant(),
)
"""`ended_at`: its session and all its tokens are over since about then (15 minutes); null while they are not."""

released_attribute = Table(
    "released_attribute",
    metadata,
    _tenant_id(),
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

session = Table(
    "session",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
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
    _tenant_id(),
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("spent_ms", Integer, nullable=False, server_default="0"),
    _of_tenant(),
)

access_token = Table(
    "access_token",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
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

audit_entry = Table(
    "audit_entry",
    metadata,
    _tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("at_milliseconds", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    _of_tenant(),
    Index(None, "tenant_id", "at_milliseconds"),
)

audit_link = Table(
    "audit_link",
    metadata,
    _tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", LargeBinary(16), nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    UniqueConstraint("tenant_id", "entry_id"),
    _of_tenant(),
)

audit_head = Table(
    "audit_head",
    metadata,
    _tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    _of_tenant(),
)

migration = Table(
    "migration",
    metadata,
    _tenant_id(),
    Column("migration_id", String(32), primary_key=True),
    Column("plan", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", LargeBinary(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("moved", BigInteger, nullable=False),
    _of_tenant(),
)
"""Changes of numbers as two officers approved them (`idp/continuity`), and how far each is."""

migration_service = Table(
    "migration_service",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
    Column("former_index", LargeBinary(32), primary_key=True),
    Column("sealed_record", LargeBinary, nullable=False),
    _of_tenant(),
)
"""Numbers that merges of people replaced, for a while. No row refers to one, and one names nothing in clear."""

moved_grant = Table(
    "moved_grant",
    metadata,
    _tenant_id(),
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

ledger = Table(
    "ledger",
    metadata,
    _tenant_id(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("sealed_details", LargeBinary),
    Column("mac", LargeBinary(32), nullable=False),
    _of_tenant(),
)
"""What was done to people's numbers. `mac`: over the row and the one before."""

outbox = Table(
    "outbox",
    metadata,
    _tenant_id(),
    Column("job_id", LargeBinary(16), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("lease", LargeBinary(16)),
    Column("lease_until", BigInteger, nullable=False),
    Column("problem", String(200), nullable=False),
    Column("sealed_payload", LargeBinary, nullable=False),
    _of_tenant(),
    Index(None, "state", "run_at"),
)
"""What is done later, written in the transaction that makes it necessary. A job that is done is deleted."""

batch = Table(
    "batch",
    metadata,
    _tenant_id(),
    Column("batch_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

batch_part = Table(
    "batch_part",
    metadata,
    _tenant_id(),
    Column("batch_id", LargeBinary(16), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("done", BigInteger, nullable=False),
    Column("sealed_questions", LargeBinary, nullable=False),
    Column("sealed_answers", LargeBinary),
    ForeignKeyConstraint(["tenant_id", "batch_id"], ["batch.tenant_id", "batch.batch_id"]),
)
"""`done`: how many questions of the part have their answer, 0 until the whole part has."""

one_time_value = Table(
    "one_time_value",
    metadata,
    _tenant_id(),
    Column("purpose", String(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    _of_tenant(),
)

idempotency = Table(
    "idempotency",
    metadata,
    _tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("key_digest", LargeBinary(32), primary_key=True),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("sealed_answer", LargeBinary),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)

user_number = Table(
    "user_number",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("sealed_record", LargeBinary, nullable=False),
    Column("forget_on", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "client_id", "number_index"),
)
"""Links that ended, for a year."""

signature_watch = Table(
    "signature_watch",
    metadata,
    _tenant_id(),
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

meter = Table(
    "meter",
    metadata,
    _tenant_id(),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("day", Date, nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("method", String(16), nullable=False),
    Column("remembered", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    _of_tenant(),
    Index(None, "tenant_id", "day"),
)
"""Revocation checks, appended so that no login waits for a hot row; days that are over are added up."""

officer = Table(
    "officer",
    metadata,
    _tenant_id(),
    Column("officer_id", String(64), primary_key=True),
    Column("token_digest", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", Date, nullable=False),
    UniqueConstraint("tenant_id", "token_digest"),
    _of_tenant(),
)

proposal = Table(
    "proposal",
    metadata,
    _tenant_id(),
    Column("proposal_id", String(32), primary_key=True),
    Column("action", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    _of_tenant(),
)

approval = Table(
    "approval",
    metadata,
    _tenant_id(),
    Column("proposal_id", String(32), primary_key=True),
    Column("officer_id", String(64), primary_key=True),
    Column("approved_at", BigInteger, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    ForeignKeyConstraint(["tenant_id", "proposal_id"], ["proposal.tenant_id", "proposal.proposal_id"]),
    ForeignKeyConstraint(["tenant_id", "officer_id"], ["officer.tenant_id", "officer.officer_id"]),
)
"""`mac`: over proposal and officer, so that a row written into the database approves nothing."""

trust_store = Table(
    "trust_store",
    metadata,
    _tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("policy", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    _of_tenant(),
)

trust_certificate = Table(
    "trust_certificate",
    metadata,
    _tenant_id(),
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
    _tenant_id(),
    Column("purpose", String(32), primary_key=True),
    Column("list_key", LargeBinary(32), primary_key=True),
    Column("this_update", BigInteger, nullable=False),
    Column("der", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "purpose"], ["trust_store.tenant_id", "trust_store.purpose"]),
)
"""The newest revocation list of each authority in a multi-tier store; `list_key`: its issuer and scope."""

tenant_key = Table(
    "tenant_key",
    metadata,
    _tenant_id(),
    Column("key_id", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("certificate", LargeBinary),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    _of_tenant(),
)
"""Keys that sign no token: the responder of the tenant's OCSP front, the collection key of its shelters."""

terminal = Table(
    "terminal",
    metadata,
    _tenant_id(),
    Column("terminal_id", String(64), primary_key=True),
    Column("place", String(200), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("client_ids", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("created", Date, nullable=False),
    Column("user_numbers", Boolean, nullable=False, server_default=false()),
    _of_tenant(),
)
"""Counter terminals. `public_key`: SubjectPublicKeyInfo; `client_ids`: whom it serves, separated by spaces;
`user_numbers`: whether it may learn and link the user number of a login that it took part in.
"""
