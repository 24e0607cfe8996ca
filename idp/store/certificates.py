"""Certificates that have signed in or that J-LIS has named: a keyed index that finds a person's sealed handle."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction

_t = schema.certificate
_MINE = _t.c.tenant_id == bindparam("tenant")
_FIND = select(_t.c.key_index, _t.c.sealed_handle).where(_MINE, _t.c.cert_index == bindparam("index"))
_FIND_ALL = select(_t.c.cert_index, _t.c.key_index, _t.c.sealed_handle, _t.c.created).where(
    _MINE, _t.c.cert_index.in_(bindparam("indexes", expanding=True))
)
_ADD = insert(_t).on_conflict_do_nothing()
_BIND = (
    update(_t)
    .where(_MINE, _t.c.cert_index == bindparam("index"), _t.c.key_index == b"")
    .values(key_index=bindparam("key"))
)
_GIVE = update(_t).where(_MINE, _t.c.cert_index == bindparam("index")).values(sealed_handle=bindparam("handle"))


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """What is kept of a certificate: an HMAC of its public key, empty until it has signed; its person, sealed."""

    key_index: bytes
    sealed_handle: bytes


def find(tx: Transaction, cert_index: bytes) -> CertificateRow | None:
    """The row of that index (32 bytes), if this certificate is known."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "index": cert_index}).first()
    return CertificateRow(row.key_index, row.sealed_handle) if row else None


def find_all(tx: Transaction, indexes: Iterable[bytes]) -> dict[bytes, CertificateRow]:
    """The rows that there are of these indexes, the oldest first, by index."""
    found = tx.connection.execute(_FIND_ALL, {"tenant": tx.tenant_id, "indexes": list(indexes)}).all()
    rows = sorted(found, key=lambda row: (row.created, row.cert_index))
    return {row.cert_index: CertificateRow(row.key_index, row.sealed_handle) for row in rows}


def add(tx: Transaction, cert_index: bytes, row: CertificateRow, *, created: date) -> bool:
    """Insert if absent. False when another login was first: read again."""
    result = tx.connection.execute(
        _ADD,
        {
            "tenant_id": tx.tenant_id,
            "cert_index": cert_index,
            "key_index": row.key_index,
            "sealed_handle": row.sealed_handle,
            "created": created,
        },
    )
    return result.rowcount == 1


def bind(tx: Transaction, cert_index: bytes, key_index: bytes) -> bool:
    """Store whose key the certificate's is. False when that is known already."""
    parameters = {"tenant": tx.tenant_id, "index": cert_index, "key": key_index}
    return tx.connection.execute(_BIND, parameters).rowcount == 1


def give(tx: Transaction, cert_index: bytes, sealed_handle: bytes) -> None:
    """Let the certificate be another person's."""
    tx.connection.execute(_GIVE, {"tenant": tx.tenant_id, "index": cert_index, "handle": sealed_handle})
