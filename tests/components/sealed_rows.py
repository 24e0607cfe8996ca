"""Every kind of sealed row at one tenant, written as the product seals it, and read past the product."""

import secrets
from datetime import date

from components.refreshing import refreshing, signed_in

from idp.custody.sealed_columns import SEALED
from idp.keys.tenant_keys import KeyPurpose, new_collection_key, sealed_key
from idp.store import schema, sealed

_DAY = date(2026, 11, 1)


def fill(town) -> None:
    """Sign people in at every service, then put a row of each other kind beside theirs."""
    for resident in ("hanako", "ichiro"):
        for service in (town.library, town.childcare):
            town.sign_in(service, resident)
    signed_in(town, refreshing(town))
    town.register("aoba", "events", event_endpoint="https://events.example/in", event_bearer="bearer-" + "x" * 40)
    town.product.directory.refresh()
    tenant = town.product.directory.tenant("aoba")
    with town.product.store.for_tenant("aoba").write() as tx:
        key = sealed_key(
            tenant.keys,
            KeyPurpose.OCSP_RESPONDER,
            new_collection_key(),
            created=_DAY,
            token_bytes=secrets.token_bytes,
            certificate=b"a certificate",
        )
        tx.connection.execute(schema.tenant_key.insert(), {"tenant_id": "aoba", **_members(key)})
        for table, column in sorted(SEALED):
            if sealed.count(tx, table, column) == 0:
                _put(tx, tenant, table, column)


def _members(row) -> dict:
    return {name: getattr(row, name) for name in row.__slots__}


def _put(tx, tenant, table_name, column) -> None:
    """A row with something in this column, whatever else it says."""
    table = schema.metadata.tables[table_name]
    with_parents(tx, tenant, table)
    row = {each.name: _anything(each, tenant) for each in table.columns}
    row["tenant_id"] = tenant.tenant_id
    for other_table, other in SEALED:
        if other_table == table_name:
            row[other] = tenant.keys.seal(SEALED[(table_name, other)].place(row), b"sealed content")
    tx.connection.execute(table.insert(), row)


def with_parents(tx, tenant, table) -> None:
    """What `table` refers to beside clients and the tenant."""
    parents = {
        "acting_login": [schema.acceptance],
        "batch_part": [schema.batch],
        "released_attribute": [schema.acceptance],
        "pair": [schema.sector],
        "moved_grant": [schema.migration, schema.migration_service],
    }
    if table.name == "moved_grant":
        _put(tx, tenant, "pair", "sealed_origin")
    for parent in parents.get(table.name, []):
        row = {each.name: _anything(each, tenant) for each in parent.columns}
        same = [each == row[each.name] for each in parent.primary_key]
        if tx.connection.execute(parent.select().where(*same)).first() is None:
            tx.connection.execute(parent.insert(), row)


def _anything(column, tenant):
    if column.name == "tenant_id":
        return tenant.tenant_id
    if column.name == "client_id":
        return next(iter(tenant.clients))
    if column.nullable:
        return None
    kind = column.type.python_type
    if kind is bytes:
        return bytes(range(column.type.length or 16))
    return {int: 7, str: "x", date: _DAY, bool: False}[kind]


def opened(town) -> dict:
    """Every sealed value of the tenant, opened by its present keys: {(table, column, key): plaintext}."""
    tenant = town.product.directory.tenant("aoba")
    found = {}
    with town.product.store.for_tenant("aoba").read() as tx:
        for (table, column), where in SEALED.items():
            for row in sealed.page(tx, table, column, after=None, count=10_000, also=where.also):
                found[(table, column, row.key)] = tenant.keys.open(where.place(row.columns), row.sealed)
    return found


def generations(town) -> dict:
    """How many sealed values name which generation."""
    counted: dict[int, int] = {}
    with town.product.store.for_tenant("aoba").read() as tx:
        for (table, column), where in SEALED.items():
            for row in sealed.page(tx, table, column, after=None, count=10_000, also=where.also):
                named = int.from_bytes(row.sealed[:4], "big")
                counted[named] = counted.get(named, 0) + 1
    return counted
