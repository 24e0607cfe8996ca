"""Tables of what residents sign in with beside a certificate.

A row is found by a keyed index of what is typed or shown; `person_mark`, keyed too, finds a person's own and is
like no mark of any other table.
"""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table, UniqueConstraint

from idp.store.metadata import metadata

password_account = Table(
    "password_account",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("account_index", LargeBinary(32), primary_key=True),
    Column("person_mark", LargeBinary(32), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
    UniqueConstraint("tenant_id", "person_mark"),
)
"""IDs with their passwords' verifiers, one a person."""

account_request = Table(
    "account_request",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("request_number", String(16), primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("expires_on", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
)
"""Requests for an ID that the staff have yet to look at; the number is random and no secret."""

passkey = Table(
    "passkey",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("credential_index", LargeBinary(32), primary_key=True),
    Column("person_mark", LargeBinary(32), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
    Index(None, "tenant_id", "person_mark"),
)
"""Passkeys, a few a person."""
