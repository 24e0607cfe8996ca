"""Configuration rows: tenants, their keys and anchors, sectors, clients and secrets. Off the hot path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import data_keys, resources, schema, signing_keys
from idp.store.data_keys import DataKeyRow
from idp.store.engine import Transaction, values
from idp.store.resources import ResourceRow
from idp.store.signing_keys import SigningKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow:
    """A tenant's own row; `config_version` rises with every change below it."""

    tenant_id: str
    issuer: str
    name_ja: str
    name_en: str
    crest: str
    key_colour: str
    contact: str
    sandbox: bool
    ppid_key_version: int
    state: str
    config_version: int
    created: date
    settings: str = "{}"


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A trust anchor: `kind` user or signature. `mac`: over the others; None in rows of the first schema."""

    spki_sha256: bytes
    kind: str
    der: bytes
    mac: bytes | None = None


@dataclass(frozen=True, slots=True)
class SectorRow:
    """A pseudonym sector and why it exists."""

    sector_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client; `registration` is the JSON of its metadata (RFC 7591 names where they exist)."""

    client_id: str
    service_id: str
    sector_id: str
    state: str
    registration: str


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A client secret: its SHA-256, and when it was made, in seconds since 1970 (0: before that was noted)."""

    digest: bytes
    created: date
    made_at: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything a process needs to know of one tenant before it can serve it."""

    tenant: TenantRow
    data_keys: list[DataKeyRow]
    signing_keys: list[SigningKeyRow]
    anchors: list[AnchorRow]
    sectors: list[SectorRow]
    clients: list[ClientRow]
    secret_digests: dict[str, list[bytes]]
    resources: list[ResourceRow]


def list_tenants(connection: Connection) -> list[TenantRow]:
    """All tenants, by id. Needs no tenant in the transaction."""
    rows = connection.execute(select(schema.tenant).order_by(schema.tenant.c.tenant_id))
    return [TenantRow(**row._mapping) for row in rows]


def load(tx: Transaction) -> Configuration | None:
    """The whole configuration of the transaction's tenant, or None if there is no such tenant."""
    row = tx.connection.execute(select(schema.tenant).where(schema.tenant.c.tenant_id == tx.tenant_id)).first()
    if row is None:
        return None
    secrets: dict[str, list[bytes]] = {}
    for secret in _rows(tx, schema.client_secret, ("client_id", "digest")):
        secrets.setdefault(secret.client_id, []).append(secret.digest)
    return Configuration(
        tenant=TenantRow(**row._mapping),
        data_keys=data_keys.every(tx),
        signing_keys=signing_keys.every(tx),
        anchors=anchors(tx),
        sectors=[SectorRow(**r._mapping) for r in _rows(tx, schema.sector, SectorRow.__slots__)],
        clients=[ClientRow(**r._mapping) for r in _rows(tx, schema.client, ClientRow.__slots__)],
        secret_digests=secrets,
        resources=resources.every(tx),
    )


def _rows(tx: Transaction, table: Table, columns: Sequence[str]) -> Sequence[Row[Any]]:
    statement = select(*(table.c[name] for name in columns)).where(table.c.tenant_id == tx.tenant_id)
    return tx.connection.execute(statement.order_by(*table.primary_key)).all()


def add_tenant(tx: Transaction, row: TenantRow, keys: Sequence[DataKeyRow]) -> bool:
    """Insert a tenant with its wrapped data keys. False when id or issuer is taken: nothing was written."""
    if tx.connection.execute(insert(schema.tenant).on_conflict_do_nothing(), values(tx, row)).rowcount != 1:
        return False
    for key in keys:
        data_keys.add(tx, key)
    return True


def anchors(tx: Transaction) -> list[AnchorRow]:
    """Every stored trust anchor, whether it counts or not."""
    return [AnchorRow(**r._mapping) for r in _rows(tx, schema.trust_anchor, AnchorRow.__slots__)]


def add_anchor(tx: Transaction, row: AnchorRow) -> bool:
    """Insert a trust anchor. False when its key is an anchor's already."""
    statement = insert(schema.trust_anchor).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row)).rowcount == 1


def remove_anchor(tx: Transaction, spki_sha256: bytes) -> bool:
    """Delete a trust anchor. False when there is none with that key."""
    table = schema.trust_anchor
    mine = (table.c.tenant_id == tx.tenant_id, table.c.spki_sha256 == spki_sha256)
    return tx.connection.execute(delete(table).where(*mine)).rowcount == 1


def add_sector(tx: Transaction, row: SectorRow, *, created: date) -> bool:
    """Insert a sector. False when it exists."""
    statement = insert(schema.sector).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def sector_of_host(tx: Transaction, host: str) -> str | None:
    """The sector that is found by a sector_identifier_uri at that host, if there is one."""
    table = schema.sector
    mine = (table.c.tenant_id == tx.tenant_id, table.c.identifier_host == host)
    found: str | None = tx.connection.execute(select(table.c.sector_id).where(*mine)).scalar()
    return found


def set_sector_host(tx: Transaction, sector_id: str, host: str) -> None:
    """Let a sector be found by that host. Raises WriteConflict at the end where another one is."""
    table = schema.sector
    mine = (table.c.tenant_id == tx.tenant_id, table.c.sector_id == sector_id)
    tx.connection.execute(update(table).where(*mine).values(identifier_host=host))


def sector_purpose(tx: Transaction, sector_id: str) -> str:
    """The stated purpose of a sector that exists, or the empty string."""
    table = schema.sector
    mine = (table.c.tenant_id == tx.tenant_id, table.c.sector_id == sector_id)
    return str(tx.connection.execute(select(table.c.purpose).where(*mine)).scalar_one())


def state_sector_purpose(tx: Transaction, sector_id: str, purpose: str) -> None:
    """State why a sector is shared from now on."""
    table = schema.sector
    mine = (table.c.tenant_id == tx.tenant_id, table.c.sector_id == sector_id)
    tx.connection.execute(update(table).where(*mine).values(purpose=purpose))


def add_client(tx: Transaction, row: ClientRow, *, created: date) -> bool:
    """Insert a client. False when its id or its service id is taken at this tenant."""
    statement = insert(schema.client).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def registration(tx: Transaction, client_id: str) -> str:
    """The JSON of a client's metadata, locked until the transaction ends. Raises LookupError."""
    table = schema.client
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id)
    found = tx.connection.execute(select(table.c.registration).where(*mine).with_for_update()).scalar_one_or_none()
    if found is None:
        raise LookupError("there is no such client")
    return str(found)


def set_registration(tx: Transaction, client_id: str, text: str) -> None:
    """Store a client's metadata anew."""
    table = schema.client
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id)
    tx.connection.execute(update(table).where(*mine).values(registration=text))


def set_state(tx: Transaction, client_id: str, state: str) -> None:
    """Store whether a client may be used."""
    table = schema.client
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id)
    tx.connection.execute(update(table).where(*mine).values(state=state))


def state_of(tx: Transaction, client_id: str) -> str:
    """Whether a client may be used. Raises LookupError for a client that is none."""
    table = schema.client
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id)
    found = tx.connection.execute(select(table.c.state).where(*mine)).scalar()
    if found is None:
        raise LookupError("there is no such client")
    return str(found)


def change_sector(tx: Transaction, client_id: str, *, old: str, new: str) -> bool:
    """Let a client be in another sector from now on. False when it is not in the old one."""
    table = schema.client
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id, table.c.sector_id == old)
    return tx.connection.execute(update(table).where(*mine).values(sector_id=new)).rowcount == 1


def client_secrets(tx: Transaction, client_id: str) -> list[SecretRow]:
    """The secrets of a client, the oldest first."""
    table = schema.client_secret
    columns = (table.c[name] for name in SecretRow.__slots__)
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id)
    rows = tx.connection.execute(select(*columns).where(*mine).order_by(table.c.made_at, table.c.digest))
    return [SecretRow(**row._mapping) for row in rows]


def add_client_secret(tx: Transaction, client_id: str, row: SecretRow) -> None:
    """Insert a client secret of 256 random bits."""
    tx.connection.execute(schema.client_secret.insert(), values(tx, row, client_id=client_id))


def remove_client_secret(tx: Transaction, client_id: str, digest: bytes) -> None:
    """Delete a client secret."""
    table = schema.client_secret
    mine = (table.c.tenant_id == tx.tenant_id, table.c.client_id == client_id, table.c.digest == digest)
    tx.connection.execute(delete(table).where(*mine))


def set_settings(tx: Transaction, settings: str) -> None:
    """Store the tenant's settings (`idp/tenants/tenant_settings.py`)."""
    table = schema.tenant
    tx.connection.execute(update(table).where(table.c.tenant_id == tx.tenant_id).values(settings=settings))


def hold(tx: Transaction) -> None:
    """Wait until no other transaction that holds the tenant is open, and keep others waiting."""
    table = schema.tenant
    tx.connection.execute(
        select(table.c.tenant_id).where(table.c.tenant_id == tx.tenant_id).with_for_update()
    ).all()


def ppid_key_version(tx: Transaction) -> int:
    """The version of the PPID key for new pairs; 0 while the tenant waits for its key."""
    table = schema.tenant
    mine = table.c.tenant_id == tx.tenant_id
    return int(tx.connection.execute(select(table.c.ppid_key_version).where(mine)).scalar_one())


def set_ppid_key_version(tx: Transaction, version: int) -> None:
    """From now on new pairs are made under this version of the PPID key."""
    table = schema.tenant
    tx.connection.execute(update(table).where(table.c.tenant_id == tx.tenant_id).values(ppid_key_version=version))


def touch(tx: Transaction) -> None:
    """Raise the tenant's configuration version, so that every process loads it anew."""
    table = schema.tenant
    tx.connection.execute(
        update(table).where(table.c.tenant_id == tx.tenant_id).values(config_version=table.c.config_version + 1)
    )
