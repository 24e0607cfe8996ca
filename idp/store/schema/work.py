"""Work for later, and values that count once."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table

from idp.store.metadata import metadata
from idp.store.schema.columns import of_tenant, tenant_id

outbox = Table(
    "outbox",
    metadata,
    tenant_id(),
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
    of_tenant(),
    Index(None, "state", "run_at"),
)
"""What is done later, written in the transaction that makes it necessary. A job that is done is deleted."""

batch = Table(
    "batch",
    metadata,
    tenant_id(),
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
    tenant_id(),
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
    tenant_id(),
    Column("purpose", String(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    of_tenant(),
)

idempotency = Table(
    "idempotency",
    metadata,
    tenant_id(),
    Column("client_id", String(64), primary_key=True),
    Column("key_digest", LargeBinary(32), primary_key=True),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("sealed_answer", LargeBinary),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
)
