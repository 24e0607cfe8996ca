"""Statements that residents signed with the signature key."""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table

from idp.store.metadata import metadata

signed_statement = Table(
    "signed_statement",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("transaction_id", String(64), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("day", Date, nullable=False),
    Column("sealed_proof", LargeBinary),
    Column("proof_ends", Date, nullable=False),
    Column("pair_id", LargeBinary(16)),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "proof_ends"),
    Index(None, "tenant_id", "pair_id"),
)
"""One row per transaction. `sealed_proof`: statement, signature and certificate, which names its holder; it is
deleted on `proof_ends`. `day`, in Japan. `pair_id`: whose it is, once the resident let the service know them."""
