"""The table of receipts (`idp/receipts`)."""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table

from idp.store.metadata import metadata

receipt = Table(
    "receipt",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("arrival_number", String(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("inquiry_index", LargeBinary(32), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("expires_on", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "expires_on"),
)
"""Nobody's: whoever handed something in did not sign in. `inquiry_index`: keyed, of the secret number."""
