"""Multi-tier trust stores: their policy, their certificates, the newest revocation list of each authority."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

ANCHOR, INTERMEDIATE = "anchor", "intermediate"
NOTHING_STATED = "{}"
"""The policy of a purpose that was founded and never stated."""
_s, _c, _l = schema.trust_store, schema.trust_certificate, schema.trust_list


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of one purpose; `role` anchor or intermediate, cross-certificates being intermediates.

    `mac`: over the others.
    """

    purpose: str
    certificate_sha256: bytes
    role: str
    der: bytes
    mac: bytes = b""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """What was stated of a purpose (JSON). `mac`: over the others."""

    purpose: str
    policy: str
    mac: bytes = b""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A revocation list that was verified once. `list_key`: SHA-256 of its issuer and scope; time in seconds."""

    purpose: str
    list_key: bytes
    this_update: int
    der: bytes


def state_policy(tx: Transaction, row: PolicyRow) -> None:
    """Store the policy of a purpose, founding its store on first use."""
    if not found(tx, row):
        mine = (_s.c.tenant_id == tx.tenant_id, _s.c.purpose == row.purpose)
        tx.connection.execute(update(_s).where(*mine).values(policy=row.policy, mac=row.mac))


def found(tx: Transaction, row: PolicyRow) -> bool:
    """Found the store of a purpose. False when it is there already, with whatever was stated of it."""
    return tx.connection.execute(insert(_s).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def policies(tx: Transaction) -> list[PolicyRow]:
    """What was stated of each purpose."""
    statement = select(_s.c.purpose, _s.c.policy, _s.c.mac).where(_s.c.tenant_id == tx.tenant_id)
    return [PolicyRow(**row._mapping) for row in tx.connection.execute(statement)]


def add_certificate(tx: Transaction, row: CertificateRow) -> bool:
    """Insert a certificate. False when the purpose has it already, in whatever role."""
    return tx.connection.execute(insert(_c).on_conflict_do_nothing(), values(tx, row)).rowcount == 1


def remove_certificate(tx: Transaction, purpose: str, certificate_sha256: bytes) -> bool:
    """Delete a certificate. False when the purpose has none of that fingerprint."""
    mine = (
        _c.c.tenant_id == tx.tenant_id,
        _c.c.purpose == purpose,
        _c.c.certificate_sha256 == certificate_sha256,
    )
    return tx.connection.execute(delete(_c).where(*mine)).rowcount == 1


def certificates(tx: Transaction) -> list[CertificateRow]:
    """Those of all purposes, anchors first."""
    columns = (_c.c.purpose, _c.c.certificate_sha256, _c.c.role, _c.c.der, _c.c.mac)
    statement = select(*columns).where(_c.c.tenant_id == tx.tenant_id)
    ordered = statement.order_by(_c.c.purpose, _c.c.role, _c.c.certificate_sha256)
    return [CertificateRow(**row._mapping) for row in tx.connection.execute(ordered)]


def hold(tx: Transaction, purpose: str) -> None:
    """Make other transactions that hold this purpose wait until `tx` ends."""
    mine = (_s.c.tenant_id == tx.tenant_id, _s.c.purpose == purpose)
    tx.connection.execute(select(_s.c.purpose).where(*mine).with_for_update())


def lists(tx: Transaction, purpose: str | None = None) -> list[ListRow]:
    """The lists of one purpose, or of all."""
    columns = (_l.c.purpose, _l.c.list_key, _l.c.this_update, _l.c.der)
    statement = select(*columns).where(_l.c.tenant_id == tx.tenant_id)
    if purpose is not None:
        statement = statement.where(_l.c.purpose == purpose)
    rows = tx.connection.execute(statement.order_by(_l.c.purpose, _l.c.list_key))
    return [ListRow(**row._mapping) for row in rows]


def put_list(tx: Transaction, row: ListRow) -> None:
    """Store a list in place of the one with its key. The caller holds the purpose."""
    mine = (_l.c.tenant_id == tx.tenant_id, _l.c.purpose == row.purpose, _l.c.list_key == row.list_key)
    tx.connection.execute(delete(_l).where(*mine))
    tx.connection.execute(_l.insert(), values(tx, row))
