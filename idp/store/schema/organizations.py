"""Tables of companies, and of accounts of those who sign in for an organization.

A row is found by a keyed index of what is typed: a corporate number, an ID.
"""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table

from idp.store.metadata import metadata

company = Table(
    "company",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("company_index", LargeBinary(32), primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
)
"""Companies that are known here, with the handle by which each is one person."""

organization_account = Table(
    "organization_account",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("account_index", LargeBinary(32), primary_key=True),
    Column("organization_mark", LargeBinary(32), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
    Index(None, "tenant_id", "organization_mark"),
)
"""IDs with their passwords' verifiers, many an organization; `organization_mark` finds those of one."""
