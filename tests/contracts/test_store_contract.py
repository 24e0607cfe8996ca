"""What the store promises, on SQLite and on a real PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from components.postgres import Postgres
from components.town import town
from sqlalchemy import func, inspect, select

from idp import background
from idp.oversight import audit, trail
from idp.store import audit as rows
from idp.store import migrate, pairs, schema
from idp.store.engine import open_store


def test_every_service_gets_its_number(either):
    """The main job: equal within the shared sector, different elsewhere, stable."""
    services = (either.library, either.childcare, either.school, either.parking)
    subs = [either.sign_in(service)["sub"] for service in services]
    assert subs[1] == subs[2]
    assert len(set(subs)) == 3
    assert subs == [either.sign_in(service)["sub"] for service in services]


def test_parallel_first_logins_are_one_person(either):
    """Twenty at once: one number, one certificate row."""
    with ThreadPoolExecutor(20) as pool:
        subs = set(pool.map(lambda _: either.sign_in(either.library)["sub"], range(20)))
    assert len(subs) == 1
    assert count(either, schema.certificate) == 1


def test_a_pair_made_meanwhile_is_met_and_not_doubled(either):
    """Between looking for a pair and counting generations another login of the person may commit one."""
    claims = either.sign_in(either.library)
    with either.product.store.for_tenant("aoba").write() as tx:
        table = schema.pair
        stored = tx.connection.execute(table.select().where(table.c.tenant_id == "aoba")).one()
        assert pairs.next_generation(tx, stored.pair_index) == 0
        second = pairs.NewPair(
            pair_id=bytes(16),
            sector_id=stored.sector_id,
            pair_index=stored.pair_index,
            generation=1,
            ppid_digest=bytes(32),
            sealed_ppid=b"",
            sealed_handle=b"",
            key_version=1,
        )
        assert pairs.add(tx, second, created=stored.created) is False
    assert either.sign_in(either.library)["sub"] == claims["sub"]


def test_a_code_is_spent_once(either):
    """Fifty redemptions of each of five codes at once: exactly five succeed."""
    codes = [either.code(either.library) for _ in range(5)]
    with ThreadPoolExecutor(50) as pool:
        answers = [list(pool.map(lambda _, c=code: either.redeem(*c).status_code, range(50))) for code in codes]
    assert [statuses.count(200) for statuses in answers] == [1] * 5
    assert {200, 400} == {status for statuses in answers for status in statuses}


def test_a_transaction_is_accepted_once(either):
    """Two proofs of one transaction, both with a good nonce, in parallel: one is accepted."""
    login = either.begin(either.library)
    either.challenge(login)
    first = either.sign(login)
    either.prove(login, {**first, "algorithm": "none"})
    either.challenge(login)
    proofs = [either.sign(login), either.sign(login)]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda proof: either.prove(login, proof).status_code, proofs))
    assert statuses == [200, 409]


def test_the_audit_trail_is_sealed_and_holds(either):
    """Every entry is linked, heads are signed, and the walk finds nothing."""
    either.sign_in(either.library)
    background.seal_all(either.product.store, either.product.directory, either.clock)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        verified = audit.verify(tx, tenant, now=either.clock())
    assert verified.links >= 12
    assert verified.findings == []


def test_sealers_of_the_same_moment_link_every_entry_once(either):
    """Whoever comes second links nothing, and the rest at its next turn: the chain has neither gap nor fork."""
    sealed = (either.product.store, either.product.directory, either.clock)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            either.begin_and_decline()
            list(pool.map(lambda _: background.seal_all(*sealed), range(4)))
    background.seal_all(*sealed)
    with either.product.store.for_tenant("aoba").read() as tx:
        verified = audit.verify(tx, either.product.directory.tenant("aoba"), now=either.clock())
        assert rows.unchained(tx, since=0, count=1) == []
    assert verified.links >= 10
    assert verified.findings == []


def test_the_trail_is_read_by_span_and_event(either):
    """The newest of what is wanted, the oldest first; each with its place in the chain once it is linked."""
    background.seal_all(either.product.store, either.product.directory, either.clock)
    either.sign_in(either.library)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        everything = trail.lines(tx, tenant.keys, count=1000)
        logins = trail.lines(tx, tenant.keys, events=trail.named(["login"]), count=1000)
        newest = trail.lines(tx, tenant.keys, count=2)
        at = datetime.fromtimestamp(newest[0].at_milliseconds / 1000, UTC)
        since, until = (trail.lines(tx, tenant.keys, count=1000, **{end: at}) for end in ("since", "until"))
    assert {line.problem for line in everything} == {""}
    assert [line.sequence for line in everything[:5]] == [1, 2, 3, 4, 5]
    assert [(line.event, line.sequence) for line in logins] == [("login.accepted", None)]
    assert newest == everything[-2:]
    assert until + since == everything
    assert since[0].at_milliseconds == newest[0].at_milliseconds


TAMPERING = {
    "an altered entry": "UPDATE audit_entry SET outcome = 'x' WHERE entry_id = (SELECT entry_id FROM audit_link "
    "WHERE tenant_id = 'aoba' AND sequence = 3)",
    "a deleted entry": "DELETE FROM audit_entry WHERE entry_id = (SELECT entry_id FROM audit_link "
    "WHERE tenant_id = 'aoba' AND sequence = 3)",
    "a deleted link": "DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence = 3",
    "a swapped link": "UPDATE audit_link SET chain = (SELECT chain FROM audit_link "
    "WHERE tenant_id = 'aoba' AND sequence = 4) WHERE tenant_id = 'aoba' AND sequence = 3",
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_with_the_trail_is_found_where_it_is(either, name):
    """The first finding names the place."""
    background.seal_all(either.product.store, either.product.directory, either.clock)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql(TAMPERING[name])
    with either.product.store.for_tenant("aoba").read() as tx:
        findings = audit.verify(tx, tenant, now=either.clock()).findings
    assert findings[0].sequence == 3


def test_a_truncated_trail_does_not_fit_its_signed_head(either):
    """Cutting the newest links off leaves a head that signs more."""
    background.seal_all(either.product.store, either.product.directory, either.clock)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence > 5")
    with either.product.store.for_tenant("aoba").read() as tx:
        findings = audit.verify(tx, tenant, now=either.clock()).findings
    assert [finding.problem for finding in findings] == ["a signed head does not fit the chain"]


def test_a_head_kept_elsewhere_finds_a_trail_cut_off_with_its_heads(either):
    """Whoever may write to the database can cut off the end so that it shows inside in no way."""
    tenant = either.product.directory.tenant("aoba")
    background.seal_all(either.product.store, either.product.directory, either.clock)
    with either.product.store.for_tenant("aoba").read() as tx:
        end = tx.connection.execute(select(func.max(schema.audit_head.c.sequence))).scalar_one()
    either.begin_and_decline()
    background.seal_all(either.product.store, either.product.directory, either.clock)
    with either.product.store.for_tenant("aoba").write() as tx:
        kept = audit.verify(tx, tenant, now=either.clock()).newest
        tx.connection.exec_driver_sql(
            "DELETE FROM audit_entry WHERE entry_id IN "
            f"(SELECT entry_id FROM audit_link WHERE tenant_id = 'aoba' AND sequence > {end})"
        )
        for table in ("audit_link", "audit_head"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table} WHERE tenant_id = 'aoba' AND sequence > {end}")
        assert audit.verify(tx, tenant, now=either.clock()).findings == []
        found = audit.verify(tx, tenant, now=either.clock(), kept=kept).findings
    assert [finding.problem for finding in found] == ["the head kept elsewhere is not in the chain"]


UNSETTLED = {
    "are not linked": "DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence > 5",
    "no head was ever signed": "DELETE FROM audit_head WHERE tenant_id = 'aoba'",
    "was altered": "UPDATE audit_entry SET at_milliseconds = -1 "
    "WHERE tenant_id = 'aoba' AND action = 'tenant.created'",
}


@pytest.mark.parametrize("problem", UNSETTLED)
def test_what_the_sealer_should_have_done_by_now_is_a_finding(either, problem):
    """Minutes later: entries without link, links without head, and values that we never write."""
    background.seal_all(either.product.store, either.product.directory, either.clock)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql(UNSETTLED[problem])
    either.clock.set_offset(300)
    either.begin_and_decline()
    later = either.clock()
    with either.product.store.for_tenant("aoba").read() as tx:
        found = audit.verify(tx, tenant, now=later).findings
    assert any(problem in finding.problem for finding in found)


def test_the_last_second_of_a_stopped_server_is_no_finding(either):
    """It stopped before its sealer came round again: hours later the trail holds all the same."""
    background.seal_all(either.product.store, either.product.directory, either.clock)
    either.begin_and_decline()
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        assert audit.verify(tx, tenant, now=either.clock() + timedelta(hours=3)).findings == []


def test_an_entry_from_the_future_does_not_stop_the_chain(either):
    """After a clock was two hours ahead for a moment, entries at true time are linked all the same."""
    either.clock.set_offset(7200)
    either.begin_and_decline()
    background.seal_all(either.product.store, either.product.directory, either.clock)
    either.clock.set_offset(0)
    either.begin_and_decline()
    background.seal_all(either.product.store, either.product.directory, either.clock)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        verified = audit.verify(tx, tenant, now=either.clock() + timedelta(minutes=5))
    assert verified.links == count(either, schema.audit_entry)
    assert verified.findings == []


def test_an_action_without_audit_does_not_happen(either):
    """When the entry cannot be written, nothing else is."""
    login = either.begin(either.library)
    either.challenge(login)
    proof = either.sign(login)
    either.change("ALTER TABLE audit_entry RENAME TO elsewhere")
    assert either.prove(login, proof).status_code in {500, 503}
    either.change("ALTER TABLE elsewhere RENAME TO audit_entry")
    assert (count(either, schema.acceptance), count(either, schema.certificate)) == (0, 0)


def test_the_schema_is_what_the_migrations_make(either):
    """Every table and column of the metadata is there, and the database says that it is current."""
    inspector = inspect(either.product.store.engine)
    for table in schema.metadata.tables.values():
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert set(table.columns.keys()) == columns, table.name
    assert migrate.is_current(either.product.store)


def test_a_lost_database_is_busy_and_not_broken(tmp_path, founded_world):
    """The server goes away in the middle: 503 with Retry-After, and it works again when it is back."""
    with Postgres() as server:
        database = server.database()
        environment = database.environment
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            login = made.begin(made.library)
            made.challenge(login)
            proof = made.sign(login)
            server.crash()
            answer = made.prove(login, proof)
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
            server.start()
            assert len(made.sign_in(made.library)["sub"]) == 43


def count(made, table) -> int:
    """Rows of aoba."""
    with made.product.store.for_tenant("aoba").read() as tx:
        return len(tx.connection.execute(table.select().where(table.c.tenant_id == "aoba")).all())


def test_postgresql_keeps_tenants_apart_by_itself(postgres, tmp_path, founded_world):
    """Without a tenant no row of any table but `tenant`; with one, its own; foreign rows cannot be written."""
    database = postgres.database()
    environment = database.environment
    with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
        made.sign_in(made.library)
        made.sign_in(made.parking)
        for url in (database.app_url, database.owner_url):
            store = open_store(url)
            for table in schema.metadata.tables.values():
                with store.read_platform() as connection:
                    rows = connection.execute(table.select()).all()
                assert (2 if table.name == "tenant" else 0) == len(rows), table.name
                if table.name == "tenant":
                    continue
                with store.for_tenant("aoba").read() as tx:
                    owners = {row.tenant_id for row in tx.connection.execute(table.select())}
                assert owners <= {"aoba"}, table.name
            with store.for_tenant("aoba").write() as tx:
                moved = tx.connection.exec_driver_sql("UPDATE certificate SET created = created")
                stolen = tx.connection.exec_driver_sql("DELETE FROM pair_grant WHERE tenant_id = 'wakaba'")
            assert (moved.rowcount, stolen.rowcount) == (1, 0)
            store.engine.dispose()
