"""Certificates that have signed in or that J-LIS has named: a keyed index that finds a person's sealed handle."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from msgspec import Struct
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction

_t = schema.certificate
_MINE = _t.c.tenant_id == bindparam("tenant")
_FIND = select(_t.c.key_index, _t.c.sealed_handle, _t.c.sealed_name.is_not(None).label("named")).where(
    _MINE, _t.c.cert_index == bindparam("index")
)
_FIND_ALL = select(_t.c.cert_index, _t.c.key_index, _t.c.sealed_handle, _t.c.created).where(
    _MINE, _t.c.cert_index.in_(bindparam("indexes", expanding=True))
)
_NAMED = select(_t.c.cert_index, _t.c.key_index, _t.c.sealed_handle, _t.c.sealed_name).where(_MINE)
_NAME = (
    update(_t)
    .where(_MINE, _t.c.cert_index == bindparam("index"), _t.c.sealed_name.is_(None))
    .values(sealed_name=bindparam("name"))
)
_ADD = insert(_t).on_conflict_do_nothing()
_BIND = (
    update(_t)
    .where(_MINE, _t.c.cert_index == bindparam("index"), _t.c.key_index == b"")
    .values(key_index=bindparam("key"))
)
_GIVE = update(_t).where(_MINE, _t.c.cert_index == bindparam("index")).values(sealed_handle=bindparam("handle"))


class CertificateRow(Struct, frozen=True):
    """What is kept of a certificate: an HMAC of its public key, empty until it has signed; its person, sealed.

    `named`: its name is kept, too.
    """

    key_index: bytes
    sealed_handle: bytes
    named: bool = False


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A certificate with its sealed name, None where none is kept."""

    cert_index: bytes
    key_index: bytes
    sealed_handle: bytes
    sealed_name: bytes | None


def find(tx: Transaction, cert_index: bytes) -> CertificateRow | None:
    """The row of that index (32 bytes), if this certificate is known."""
    row = tx.run(_FIND, {"tenant": tx.tenant_id, "index": cert_index}).first()
    return CertificateRow(row.key_index, row.sealed_handle, bool(row.named)) if row else None


def find_all(tx: Transaction, indexes: Iterable[bytes]) -> dict[bytes, CertificateRow]:
    """The rows that there are of these indexes, the oldest first, by index."""
    found = tx.connection.execute(_FIND_ALL, {"tenant": tx.tenant_id, "indexes": list(indexes)}).all()
    rows = sorted(found, key=lambda row: (row.created, row.cert_index))
    return {row.cert_index: CertificateRow(row.key_index, row.sealed_handle) for row in rows}


def named(tx: Transaction, *, after: bytes, limit: int) -> list[NamedRow]:
    """Certificates whose names are kept, by index."""
    asked = _NAMED.where(_t.c.sealed_name.is_not(None), _t.c.cert_index > bindparam("after"))
    asked = asked.order_by(_t.c.cert_index).limit(limit)
    return [NamedRow(*row) for row in tx.connection.execute(asked, {"tenant": tx.tenant_id, "after": after})]


def named_among(tx: Transaction, indexes: Iterable[bytes]) -> list[NamedRow]:
    """The certificates that there are of these indexes, with names or without."""
    asked = _NAMED.where(_t.c.cert_index.in_(bindparam("indexes", expanding=True)))
    parameters = {"tenant": tx.tenant_id, "indexes": list(indexes)}
    return [NamedRow(*row) for row in tx.connection.execute(asked, parameters)]


def name(tx: Transaction, cert_index: bytes, sealed_name: bytes) -> None:
    """Keep a certificate's name, unless one is kept."""
    tx.connection.execute(_NAME, {"tenant": tx.tenant_id, "index": cert_index, "name": sealed_name})


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


def remove(tx: Transaction, indexes: Iterable[bytes]) -> None:
    """Delete certificates: nobody is found by them any more."""
    tx.connection.execute(delete(_t).where(_t.c.tenant_id == tx.tenant_id, _t.c.cert_index.in_(list(indexes))))
