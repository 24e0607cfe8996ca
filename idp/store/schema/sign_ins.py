"""Tables of sign-ins, as residents see them on their own pages (`idp/login/sign_ins.py`).

In clear stands the month alone: days on which somebody came to two services would be alike in both.
"""

from sqlalchemy import Column, Date, ForeignKeyConstraint, Index, LargeBinary, String, Table

from idp.store.metadata import metadata

sign_in = Table(
    "sign_in",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("pair_id", LargeBinary(16), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("month", Date, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "pair_id"], ["pair.tenant_id", "pair.pair_id"]),
    ForeignKeyConstraint(["tenant_id", "client_id"], ["client.tenant_id", "client.client_id"]),
    Index(None, "tenant_id", "pair_id", "client_id"),
    Index(None, "tenant_id", "month"),
)
"""`month`: its first day, in Japan. A code may be redeemed while its grant moves to another pair: hence
no reference to the grant. All bodies of one table are of one length."""

own_sign_in = Table(
    "own_sign_in",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("entry_id", LargeBinary(16), primary_key=True),
    Column("person_mark", LargeBinary(32), nullable=False),
    Column("month", Date, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
    Index(None, "tenant_id", "person_mark"),
    Index(None, "tenant_id", "month"),
)
"""Sign-ins to the resident's own pages. `person_mark`: keyed; it is like no other index of that person."""
