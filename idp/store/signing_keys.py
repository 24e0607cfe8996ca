"""Rows of the keys that sign a tenant's tokens and open requests to it: the ring of `idp/custody/ring.py`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, delete, select, update

from idp.store import schema
from idp.store.engine import Transaction

NEXT, CURRENT, RETIRED = "next", "current", "retired"
"""A key is first published, then signs, then only verifies. An algorithm has one of each of the first two."""
_k = schema.signing_key


@dataclass(frozen=True, slots=True)
class SigningKeyRow:
    """A key. `since`: when it came into its state, seconds since 1970.

    `sealed_private_key`: PKCS#8 DER, sealed; of a retired key that signed, SubjectPublicKeyInfo and no more.
    """

    kid: str
    alg: str
    state: str
    sealed_private_key: bytes
    since: int


def every(tx: Transaction) -> list[SigningKeyRow]:
    """All of the tenant, by id. Of rows of the first schema nothing but the day is known."""
    statement = select(_k).where(_k.c.tenant_id == tx.tenant_id).order_by(_k.c.kid)
    return [
        SigningKeyRow(row.kid, row.alg, row.state, row.sealed_private_key, row.since or _midnight(row.created))
        for row in tx.connection.execute(statement)
    ]


def add(tx: Transaction, row: SigningKeyRow) -> None:
    """Insert a key. Raises WriteConflict when its algorithm has one in that state already."""
    tx.connection.execute(
        _k.insert(),
        {
            "tenant_id": tx.tenant_id,
            "kid": row.kid,
            "alg": row.alg,
            "state": row.state,
            "sealed_private_key": row.sealed_private_key,
            "since": row.since,
            "created": datetime.fromtimestamp(row.since, UTC).date(),
        },
    )


def put(tx: Transaction, row: SigningKeyRow) -> None:
    """Bring a key into the state that the row says. Raises WriteConflict as `add`."""
    changed = {"state": row.state, "since": row.since, "sealed_private_key": row.sealed_private_key}
    tx.connection.execute(update(_k).where(*_one(tx, row.kid)).values(changed))


def remove(tx: Transaction, kid: str) -> None:
    """Delete a key: it is published no more, and nothing that it signed is believed."""
    tx.connection.execute(delete(_k).where(*_one(tx, kid)))


def _one(tx: Transaction, kid: str) -> tuple[ColumnElement[bool], ...]:
    return (_k.c.tenant_id == tx.tenant_id, _k.c.kid == kid)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
