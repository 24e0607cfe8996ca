"""Keys of a tenant that sign no token, by purpose; private keys are sealed (`idp/keys/tenant_keys.py`)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from idp.store import schema, tenants
from idp.store.engine import Transaction, values

LIVE, RETIRED = "live", "retired"
_k = schema.tenant_key


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantKeyRow:
    """A key. `state`: live or retired; `certificate`: DER, or None; `created`: the day it was made."""

    key_id: str
    purpose: str
    state: str
    certificate: bytes | None
    sealed_private_key: bytes
    created: date


def add(tx: Transaction, row: TenantKeyRow) -> None:
    """Insert a key."""
    tx.connection.execute(_k.insert(), values(tx, row))


def find(tx: Transaction, key_id: str) -> TenantKeyRow | None:
    """The key of that id, live or retired."""
    found = _select(tx, _k.c.key_id == key_id)
    return found[0] if found else None


def live(tx: Transaction, purpose: str) -> list[TenantKeyRow]:
    """The live keys of a purpose, the youngest first."""
    return _select(tx, _k.c.purpose == purpose, _k.c.state == LIVE)


def of_purpose(tx: Transaction, purpose: str) -> list[TenantKeyRow]:
    """All keys of a purpose, the youngest first: retired ones open what was sealed for them."""
    return _select(tx, _k.c.purpose == purpose)


def retire(tx: Transaction, purpose: str) -> int:
    """Retire the live keys of a purpose; how many."""
    mine = (_k.c.tenant_id == tx.tenant_id, _k.c.purpose == purpose, _k.c.state == LIVE)
    return tx.connection.execute(update(_k).where(*mine).values(state=RETIRED)).rowcount


def one_at_a_time(tx: Transaction) -> None:
    """Wait until no other transaction makes keys for this tenant: two would each make the only one."""
    tenants.hold(tx)


def _select(tx: Transaction, *conditions: object) -> list[TenantKeyRow]:
    columns = [_k.c[name] for name in TenantKeyRow.__slots__]
    statement = select(*columns).where(_k.c.tenant_id == tx.tenant_id, *conditions)  # type: ignore[arg-type]
    found = tx.connection.execute(statement.order_by(_k.c.created.desc(), _k.c.key_id))
    return [TenantKeyRow(**row._mapping) for row in found]
