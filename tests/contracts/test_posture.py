"""What `idp doctor` asks of PostgreSQL, on a real one: rules forced, the role bound by them, the clock."""

import time

import pytest
from components.officers import found_city, production_root
from components.postgres import Postgres
from components.tiers import OUR_POLICY, Authority, sha256
from components.town import town

from connectors.ports import CertificateKind
from idp.cli.doctor import examination
from idp.doctor.finding import State
from idp.store.engine import open_store
from idp.store.posture import posture
from idp.trust.purposes import PurposePolicy


@pytest.fixture(scope="module")
def server():
    """One server for this module."""
    with Postgres() as running:
        yield running


@pytest.fixture(scope="module")
def database(server):
    """A database of its own."""
    return server.database()


@pytest.fixture(scope="module")
def made(tmp_path_factory, founded_world, database):
    """A town on it."""
    folder = tmp_path_factory.mktemp("posture")
    environment = {**database.environment, "IDP_CRL_DIRECTORY": str(folder / "lists")}
    with town(folder, founded_world, environment=environment, owner_url=database.owner_url) as founded:
        yield founded


def findings(made):
    """State by check."""
    return {finding.check: finding.state for finding in examination(made.product).findings()}


def test_the_service_is_bound_by_forced_rules(made):
    """And its clock is this machine's."""
    with made.product.store.read_platform() as connection:
        found = posture(connection)
    assert (found.open_tables, found.above_rules) == ((), False)
    assert abs(found.seconds - time.time()) < 60
    told = findings(made)
    assert told["row-level security"] is told["clock"] is State.OK


def test_a_superuser_is_told(server, made, database):
    """Whoever is above the rules sees every tenant."""
    url = server.superuser_dsn.replace("postgresql://", "postgresql+psycopg://")
    store = open_store(url.rsplit("/", 1)[0] + "/" + database.owner_url.rsplit("/", 1)[1])
    try:
        with store.read_platform() as connection:
            assert posture(connection).above_rules
    finally:
        store.engine.dispose()


def test_a_table_without_rules_is_named(made, database):
    """Somebody switched them off; they are forced again afterwards."""
    owner = open_store(database.owner_url)
    try:
        for words, expected in (("NO FORCE", ("officer",)), ("FORCE", ())):
            with owner.engine.begin() as connection:
                connection.exec_driver_sql(f"ALTER TABLE officer {words} ROW LEVEL SECURITY")
            with made.product.store.read_platform() as connection:
                assert posture(connection).open_tables == expected
            assert (findings(made)["row-level security"] is State.FAIL) is bool(expected)
    finally:
        owner.engine.dispose()


def test_trust_stores_are_kept_on_postgresql_too(made):
    """Two officers, a list that is replaced, a verdict: the same acts on the other database."""
    city = found_city(made)
    now = made.clock().replace(microsecond=0)
    root = Authority("Root", now).root()
    trust = city.trust
    city.approve(trust.changes.add(city.tenant, "accredited", "anchor", root.der), confirmation=sha256(root.der))
    stated = PurposePolicy(user_policies=(OUR_POLICY,), max_depth=2)
    city.approve(trust.changes.state(city.tenant, "accredited", stated))
    for number in (1, 2):
        trust.lists.load(city.tenant, "accredited", root.crl(number=number))
    leaf = root.leaf()
    assert trust.stores.validate(city.tenant, "accredited", [leaf], now).path == (leaf, root.der)
    (row,) = trust.changes.certificates(city.tenant)
    city.approve(trust.changes.remove(city.tenant, row))
    assert trust.changes.certificates(city.tenant) == []


def test_jpki_anchors_come_and_go_on_postgresql_too(made):
    """By two officers, with the fingerprint; logins of this process see it at once."""
    city, der = found_city(made), production_root()
    anchors = city.trust.anchors
    city.approve(anchors.add(city.tenant, CertificateKind.USER, der), confirmation=sha256(der))
    (anchor,) = made.product.directory.tenant(city.tenant_id).anchors
    city.approve(anchors.remove(city.tenant, anchor))
    assert made.product.directory.tenant(city.tenant_id).anchors == ()
    audited = [action for action, _ in city.audited()]
    assert {"trust.anchor-loaded", "trust.anchor-removed"} < set(audited)
