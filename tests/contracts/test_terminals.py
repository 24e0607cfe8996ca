"""Rows of counter terminals, on SQLite and on a real PostgreSQL alike."""

import dataclasses
from datetime import date

import pytest
from components.postgres import Postgres

from idp.store import migrate, tenants, terminals
from idp.store.engine import open_store

ROW = terminals.TerminalRow(
    terminal_id="mado-2",
    place="本庁舎1階 市民課2番窓口",
    public_key=bytes(91),
    client_ids="a b",
    state=terminals.LIVE,
    expires_at=2_000_000_000,
    created=date(2026, 11, 26),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A migrated database with two tenants."""
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path / 'idp.db'}")
        yield _founded(opened, opened)
        opened.engine.dispose()
        return
    with Postgres() as server:
        database = server.database()
        opened, owner = open_store(database.app_url), open_store(database.owner_url)
        yield _founded(opened, owner)
        opened.engine.dispose()
        owner.engine.dispose()


def _founded(opened, owner):
    migrate.upgrade(owner)
    for tenant_id in ("aoba", "wakaba"):
        row = tenants.TenantRow(
            tenant_id=tenant_id, issuer=f"https://{tenant_id}.example", name_ja="市", name_en="City", crest="市",
            key_colour="#0017c1", contact="", sandbox=False, ppid_key_version=1, state="active",
            config_version=1, created=date(2026, 11, 26),
        )  # fmt: skip
        with opened.for_tenant(tenant_id).write() as tx:
            tenants.add_tenant(tx, row, {})
    return opened


def test_a_terminal_is_its_tenants_alone(store):
    """Stored as given, once; another tenant neither sees nor revokes it; revoked once."""
    aoba, wakaba = store.for_tenant("aoba"), store.for_tenant("wakaba")
    with aoba.write() as tx:
        assert terminals.add(tx, ROW)
        assert not terminals.add(tx, dataclasses.replace(ROW, place="elsewhere"))
        assert terminals.find(tx, "mado-2") == ROW
    with wakaba.write() as tx:
        assert terminals.find(tx, "mado-2") is None
        assert terminals.all_of(tx) == []
        assert not terminals.revoke(tx, "mado-2")
        assert terminals.add(tx, ROW)
    with aoba.write() as tx:
        assert terminals.revoke(tx, "mado-2")
        assert not terminals.revoke(tx, "mado-2")
        assert [row.state for row in terminals.all_of(tx)] == [terminals.REVOKED]
    with wakaba.read() as tx:
        assert [row.state for row in terminals.all_of(tx)] == [terminals.LIVE]
