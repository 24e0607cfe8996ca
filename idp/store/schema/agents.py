"""Tables of who may act for whom (`idp/agents`).

A representation names both people in its sealed body alone. Either finds it by a row of their own, whose keyed
mark is like no other of that person and whose reference to the representation is sealed: no clear column joins the
two.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table

from idp.store.metadata import metadata

representation = Table(
    "representation",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("representation_id", LargeBinary(16), primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("created", Date, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
)
"""Who acts for whom, where, since and until when, proven by what: all sealed; the last day may tell a birthday."""

representation_party = Table(
    "representation_party",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("party_id", LargeBinary(16), primary_key=True),
    Column("party_mark", LargeBinary(32), nullable=False),
    Column("sealed_representation", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
    Index(None, "tenant_id", "party_mark"),
)
"""One for each side. `party_mark`: keyed, of the person in that role."""

representation_code = Table(
    "representation_code",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("code_index", LargeBinary(32), primary_key=True),
    Column("sealed_representation", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
)
"""Codes by which an offer is taken up, once."""

acting_login = Table(
    "acting_login",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("transaction_id", String(64), primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "transaction_id"], ["acceptance.tenant_id", "acceptance.transaction_id"]),
)
"""Logins of somebody for another: by which representation, for as long as tokens of theirs may live."""
