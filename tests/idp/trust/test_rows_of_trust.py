"""Rows of trust written behind the product's back: none counts, and each is told about."""

import hashlib
import json

import pytest
from components.officers import found_city, production_root
from components.tiers import OUR_POLICY, Authority, sha256
from components.town import town
from components.verifier import VERIFIES
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from connectors.ports import CertificateKind
from idp.doctor import tenants as findings
from idp.doctor.finding import State
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.oversight import authentic
from idp.registration import NotAllowed
from idp.store import tenants
from idp.trust.purposes import PurposePolicy
from idp.verification import purpose


@pytest.fixture(scope="module")
def shared(tmp_path_factory, founded_world):
    """A town for this module: every test founds its own city in it."""
    with town(tmp_path_factory.mktemp("rows"), founded_world) as made:
        yield made


@pytest.fixture
def city(shared):
    """A city with two officers."""
    return found_city(shared)


def spki(der: bytes) -> str:
    """SHA-256 of a certificate's key, in hexadecimal."""
    key = x509.load_der_x509_certificate(der).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def written(city, der: bytes, mac: str = "NULL") -> None:
    """Somebody writes an anchor into the database."""
    city.sql(
        "INSERT INTO trust_anchor (tenant_id, spki_sha256, kind, der, mac) "
        f"VALUES (TENANT, x'{spki(der)}', 'user', x'{der.hex()}', {mac})"
    )
    city.sql("UPDATE tenant SET config_version = config_version + 1 WHERE tenant_id = TENANT")


def strange(city) -> int:
    """How many rows do not count."""
    with city.town.product.store.for_tenant(city.tenant_id).read() as tx:
        return authentic.refused(tx, city.tenant)


@pytest.mark.parametrize("mac", ["NULL", "x''", f"x'{'00' * 32}'", "'text'"])
def test_an_anchor_in_the_database_alone_is_not_trusted(city, mac):
    """With no MAC, and with any that is not ours; the log and the doctor tell."""
    der = production_root()
    with capture_logs() as lines:
        written(city, der, mac)
        assert city.tenant.anchors == ()
    refused = [line for line in lines if line["event"] == "trust.row-refused" and line["tenant"] == city.tenant_id]
    assert {(line["table"], line["row"], line["log_level"]) for line in refused} == {
        ("trust_anchor", spki(der), "error")
    }
    assert strange(city) == 1
    assert findings.rows_of_trust(city.tenant, 1).state is State.FAIL
    assert findings.rows_of_trust(city.tenant, 0).state is State.OK


def test_officers_take_in_an_anchor_of_the_first_schema(city):
    """`idp anchor add` puts it in the place of the row without a MAC."""
    der = production_root()
    written(city, der)
    city.approve(city.trust.anchors.add(city.tenant, CertificateKind.USER, der), confirmation=sha256(der))
    assert [anchor.spki_sha256.hex() for anchor in city.tenant.anchors] == [spki(der)]
    assert strange(city) == 0
    with pytest.raises(NotAllowed, match="loaded already"):
        city.trust.anchors.add(city.tenant, CertificateKind.USER, der)


def test_an_anchor_is_its_own_tenants_and_kinds(shared, city):
    """A row with its MAC means nothing at a neighbour, nor as the other kind."""
    der = production_root()
    city.approve(city.trust.anchors.add(city.tenant, CertificateKind.USER, der), confirmation=sha256(der))
    with shared.product.store.for_tenant(city.tenant_id).read() as tx:
        mac = tx.connection.exec_driver_sql(
            f"SELECT mac FROM trust_anchor WHERE tenant_id = '{city.tenant_id}'"
        ).scalar_one()
    other = found_city(shared)
    written(other, der, f"x'{mac.hex()}'")
    assert other.tenant.anchors == ()
    city.sql("UPDATE trust_anchor SET kind = 'signature' WHERE tenant_id = TENANT")
    city.sql("UPDATE tenant SET config_version = config_version + 1 WHERE tenant_id = TENANT")
    assert city.tenant.anchors == ()


def test_a_sandbox_tenants_anchor_may_lack_a_mac(shared):
    """Whatever the first schema left; a wrong one is refused there as well."""
    sandbox = found_city(shared, "sato", sandbox=True)
    aoba = shared.product.directory.tenant("aoba")
    der = aoba.anchors[0].certificate.public_bytes(Encoding.DER)
    written(sandbox, der)
    assert (len(sandbox.tenant.anchors), strange(sandbox)) == (1, 0)
    sandbox.sql(f"UPDATE trust_anchor SET mac = x'{'00' * 32}' WHERE tenant_id = TENANT")
    sandbox.sql("UPDATE tenant SET config_version = config_version + 1 WHERE tenant_id = TENANT")
    assert (len(sandbox.tenant.anchors), strange(sandbox)) == (0, 1)


@pytest.fixture
def registry(city):
    """A purpose with an anchor and a policy, both by two officers; (city, root, when)."""
    now = city.town.clock().replace(microsecond=0)
    root = Authority("Root", now).root()
    changes = city.trust.changes
    city.approve(changes.add(city.tenant, "accredited", "anchor", root.der), confirmation=sha256(root.der))
    city.approve(changes.state(city.tenant, "accredited", PurposePolicy(user_policies=(OUR_POLICY,), max_depth=2)))
    city.trust.lists.load(city.tenant, "accredited", root.crl())
    city.trust.stores.validate(city.tenant, "accredited", [root.leaf()], now)
    return city, root, now


def judged(city, leaf: bytes, now) -> PathReason:
    """Why the certificate is refused."""
    with pytest.raises(PathRefusal) as refusal:
        city.trust.stores.validate(city.tenant, "accredited", [leaf], now)
    return refusal.value.reason


def test_a_certificate_in_the_database_alone_is_not_trusted(registry):
    """In a purpose that exists, with the MAC of another row; officers can load it all the same."""
    city, _, now = registry
    eve = Authority("Eve", now).root()
    digest = hashlib.sha256(eve.der).hexdigest()
    city.sql(
        "INSERT INTO trust_certificate (tenant_id, purpose, certificate_sha256, role, der, mac) "
        f"SELECT tenant_id, purpose, x'{digest}', role, x'{eve.der.hex()}', mac FROM trust_certificate "
        "WHERE tenant_id = TENANT"
    )
    assert judged(city, eve.leaf(), now) is PathReason.ISSUER_UNKNOWN
    assert (strange(city), len(city.trust.changes.certificates(city.tenant))) == (1, 1)
    city.approve(
        city.trust.changes.add(city.tenant, "accredited", "anchor", eve.der), confirmation=sha256(eve.der)
    )
    assert (strange(city), len(city.trust.changes.certificates(city.tenant))) == (0, 2)


def test_a_policy_in_the_database_alone_demands_nothing_less(registry):
    """A changed policy is none: nothing is accepted until officers state one again."""
    city, root, now = registry
    city.sql(
        "UPDATE trust_store SET policy = replace(policy, '\"crl\"', '\"crl-or-ocsp\"') WHERE tenant_id = TENANT"
    )
    assert judged(city, root.leaf(), now) is PathReason.POLICY_REFUSED
    assert strange(city) == 1
    stated = PurposePolicy(user_policies=(OUR_POLICY,), max_depth=2)
    city.approve(city.trust.changes.state(city.tenant, "accredited", stated))
    city.trust.stores.validate(city.tenant, "accredited", [root.leaf()], now)


def test_a_service_is_not_approved_by_the_database_alone(city):
    """`approved` without the officers' MAC gives no token; with it, it does, for that purpose alone."""
    service = city.town.register(city.tenant_id, "sneaky", redirect_uris=("https://a.example/back",), **VERIFIES)

    def client():
        return city.tenant.clients[service.client_id]

    def registered(**changes) -> None:
        with city.town.product.store.for_tenant(city.tenant_id).write() as tx:
            registration = json.loads(tenants.registration(tx, service.client_id))
            registration["verify"] |= changes
            tenants.set_registration(tx, service.client_id, json.dumps(registration))
            tenants.touch(tx)

    registered(approved=True)
    assert not client().verify_approved
    registered(approved=True, mac="00" * 32)
    assert not client().verify_approved
    registered(approved=False, mac=None)
    city.approve(purpose.propose(city.trust.approvals, city.tenant, service.client_id, VERIFIES["verify_purpose"]))
    assert client().verify_approved
    registered(purpose="something else")
    assert not client().verify_approved
