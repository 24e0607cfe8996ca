"""The meter and the tenant's keys, on SQLite and on a real PostgreSQL alike."""

import contextlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from components.scale import scaled

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.keys.sealing import LABELS, SealBroken, TenantKeys
from idp.keys.tenant_keys import KeyPurpose, new_collection_key, open_key, sealed_key
from idp.metering.compaction import compact
from idp.metering.record import MUNICIPALITY, Meters, Purpose
from idp.revocation.tally import Asked
from idp.store import meters, migrate, tenant_keys, tenants
from idp.store.engine import open_store

TODAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 3, tzinfo=UTC)
BY_OCSP = Asked(CertificateKind.USER, Method.OCSP, remembered=False, answered=True)
BY_LIST = Asked(CertificateKind.USER, Method.CRL, remembered=False, answered=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A migrated database with two tenants."""
    if request.param == "sqlite":
        opened = owner = open_store(f"sqlite:///{tmp_path / 'idp.db'}")
    else:
        database = request.getfixturevalue("postgres").database()
        opened, owner = open_store(database.app_url), open_store(database.owner_url)
    migrate.upgrade(owner)
    for tenant_id in ("aoba", "wakaba"):
        with opened.for_tenant(tenant_id).write() as tx:
            tenants.add_tenant(tx, row_of(tenant_id), {})
    yield opened
    opened.engine.dispose()
    owner.engine.dispose()


def row_of(tenant_id):
    """A tenant's row."""
    return tenants.TenantRow(
        tenant_id=tenant_id, issuer=f"https://{tenant_id}.example", name_ja="市", name_en="City", crest="市",
        key_colour="#0017c1", contact="", sandbox=False, ppid_key_version=1, state="active", config_version=1,
        created=TODAY,
    )  # fmt: skip


def meter_at(moment=NOON):
    """A meter whose clock stands still."""
    return Meters(lambda: moment, secrets.token_bytes)


def counts_of(store, tenant_id="aoba"):
    """The sums of a tenant, all days."""
    with store.for_tenant(tenant_id).read() as tx:
        return meters.counts(tx, date(2026, 1, 1), date(2026, 12, 31))


def rows_in(store, tenant_id="aoba"):
    """How many rows lie there."""
    with store.for_tenant(tenant_id).read() as tx:
        table = meters.schema.meter
        return len(tx.connection.execute(table.select().where(table.c.tenant_id == tenant_id)).all())


def test_what_was_asked_is_counted_in_the_callers_transaction(store):
    """It commits with it, and is forgotten with it."""
    with store.for_tenant("aoba").write() as tx:
        meter_at().record(tx, "c1", Purpose.LOGIN, [BY_OCSP, BY_LIST, BY_OCSP])
        meter_at().record(tx, MUNICIPALITY, Purpose.SHELTER, [BY_LIST], count=100_000)
        meter_at().record(tx, "c1", Purpose.LOGIN, [])
    with contextlib.suppress(ZeroDivisionError), store.for_tenant("aoba").write() as tx:
        meter_at().record(tx, "c1", Purpose.LOGIN, [BY_OCSP])
        raise ZeroDivisionError
    found = {(key.client_id, key.purpose, key.method): count for key, count in counts_of(store)}
    assert found == {("c1", "login", "crl"): 1, ("c1", "login", "ocsp"): 2, ("", "shelter", "crl"): 100_000}
    assert counts_of(store, "wakaba") == []


def test_a_day_ends_at_midnight_in_japan(store):
    """15:00 UTC."""
    for moment in (datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, 15, tzinfo=UTC)):
        with store.for_tenant("aoba").write() as tx:
            meter_at(moment).record(tx, "c1", Purpose.LOGIN, [BY_OCSP])
    assert [key.day for key, _ in counts_of(store)] == [date(2026, 11, 30), date(2026, 12, 1)]


def test_adding_up_changes_no_sum_and_leaves_today_alone(store):
    """Days that are over have one row per key; a second time finds nothing to do."""
    for days in (0, 0, 1, 1, 1, 2, 2):
        with store.for_tenant("aoba").write() as tx:
            meter_at(NOON - timedelta(days=days)).record(tx, "c1", Purpose.LOGIN, [BY_OCSP, BY_LIST], count=3)
    before = counts_of(store)
    mine = store.for_tenant("aoba")
    assert compact(mine, lambda: NOON, secrets.token_bytes, some=2) == 6
    assert counts_of(store) == before
    assert rows_in(store) == 8
    assert compact(mine, lambda: NOON, secrets.token_bytes) == 0


def test_many_who_add_up_at_once_count_nothing_twice(store):
    """While the rows of late transactions still come in."""
    yesterday = meter_at(NOON - timedelta(days=1))
    mine, each = store.for_tenant("aoba"), scaled(40, 400)

    def write():
        for _ in range(each):
            with mine.write() as tx:
                yesterday.record(tx, "c1", Purpose.LOGIN, [BY_OCSP])

    def add_up():
        for _ in range(5):
            compact(mine, lambda: NOON, secrets.token_bytes, some=7)

    with ThreadPoolExecutor(4) as pool:
        under_way = [pool.submit(work) for work in (write, write, add_up, add_up)]
        for one in under_way:
            one.result(timeout=120)
    compact(mine, lambda: NOON, secrets.token_bytes)
    assert [count for _, count in counts_of(store)] == [2 * each]
    assert rows_in(store) == 1


def test_a_key_is_found_by_its_purpose_until_it_is_retired(store):
    """And by its id for good: what was sealed for it must still be opened."""
    keys = TenantKeys("aoba", {label: bytes(32) for label in LABELS}, secrets.token_bytes)
    private = new_collection_key()
    row = sealed_key(keys, KeyPurpose.COLLECTION, private, created=TODAY, token_bytes=secrets.token_bytes)
    with store.for_tenant("aoba").write() as tx:
        tenant_keys.one_at_a_time(tx)
        tenant_keys.add(tx, row)
        assert tenant_keys.live(tx, KeyPurpose.COLLECTION) == [row]
        assert tenant_keys.live(tx, KeyPurpose.OCSP_RESPONDER) == []
        assert tenant_keys.retire(tx, KeyPurpose.COLLECTION) == 1
    with store.for_tenant("aoba").read() as tx:
        assert tenant_keys.live(tx, KeyPurpose.COLLECTION) == []
        found = tenant_keys.find(tx, row.key_id)
        assert tenant_keys.of_purpose(tx, KeyPurpose.COLLECTION) == [found]
    opened = open_key(keys, found).private_key
    assert opened.private_numbers() == private.private_numbers()
    with store.for_tenant("wakaba").read() as tx:
        assert tenant_keys.find(tx, row.key_id) is None


def test_a_key_row_that_was_given_another_certificate_does_not_open():
    """The certificate is part of what the seal is bound to."""
    keys = TenantKeys("aoba", {label: bytes(32) for label in LABELS}, secrets.token_bytes)
    row = sealed_key(
        keys, KeyPurpose.OCSP_RESPONDER, new_collection_key(), created=TODAY, token_bytes=secrets.token_bytes,
        certificate=b"mine",
    )  # fmt: skip
    other = tenant_keys.TenantKeyRow(
        key_id=row.key_id, purpose=row.purpose, state=row.state, certificate=b"other",
        sealed_private_key=row.sealed_private_key, created=row.created,
    )  # fmt: skip
    with pytest.raises(SealBroken):
        open_key(keys, other)
