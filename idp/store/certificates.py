"""Certificates that have signed in: a keyed index that finds the sealed handle of a person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction

_t = schema.certificate
_FIND = select(_t.c.key_index, _t.c.sealed_handle).where(
    _t.c.tenant_id == bindparam("tenant"), _t.c.cert_index == bindparam("index")
)
_ADD = insert(_t).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """What is kept of a certificate: an HMAC of its public key, and its person's handle, sealed."""

    key_index: bytes
    sealed_handle: bytes


def find(tx: Transaction, cert_index: bytes) -> CertificateRow | None:
    """The row of that index (32 bytes), if this certificate has signed in before."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "index": cert_index}).first()
    return CertificateRow(row.key_index, row.sealed_handle) if row else None


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
