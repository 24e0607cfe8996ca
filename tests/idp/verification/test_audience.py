"""Who asked about a person lately is nobody else's business: remembered answers serve one service each."""

import pytest
from components.town import town
from components.verifier import VERIFIES, Verifier, issuer_of

from idp.jpki.ocsp_question import Question
from idp.login import verify_later


@pytest.fixture
def remembering(tmp_path, founded_world):
    """A town that uses an OCSP answer again for a quarter of an hour."""
    with town(tmp_path, founded_world, environment={"IDP_OCSP_CACHE_SECONDS": "900"}) as made:
        yield made


def asker(made, client_id, tenant_id="aoba"):
    """One more service that verifies."""
    return Verifier(made, made.register(tenant_id, client_id, **VERIFIES))


def by_front(service):
    """A question to the service's own OCSP front about hanako."""
    product = service.town.product
    tenant = product.directory.tenant("aoba")
    url = product.fronts.open(tenant, tenant.clients[service.service.client_id]).url
    certificate = service.certificate("hanako")
    issuer = bytes.fromhex(issuer_of(certificate))
    anchor = next(a for a in product.directory.tenant("aoba").anchors if a.key_id == issuer)
    request = Question(anchor, certificate.serial_number, bytes(32)).request()
    service.town.post(service.town.browser(), url, data=request, content_type="application/ocsp-request")


def questions_of(made, client_id):
    """How many of a service's questions about user certificates were put, and how many answered out of memory."""
    with made.product.store.engine.connect() as connection:
        statement = (
            "SELECT remembered, sum(count) FROM meter WHERE client_id = ? AND kind = 'user' GROUP BY remembered"
        )
        found = dict(connection.exec_driver_sql(statement, (client_id,)).all())
    return found.get(0, 0), found.get(1, 0)


def test_no_service_learns_of_another(remembering):
    """Whichever way it asks, at the same municipality and at another: first a question, then memory."""
    made = remembering
    certificate, number, proof, front = (asker(made, name) for name in ("one", "two", "three", "four"))
    elsewhere = asker(made, "five", "wakaba")
    ways = {
        made.library.client_id: lambda: made.sign_in(made.library, "hanako"),
        made.parking.client_id: lambda: made.sign_in(made.parking, "hanako"),
        certificate.service.client_id: lambda: certificate.check(certificate.certificate_body("hanako")),
        number.service.client_id: lambda: number.check(number.serial_body("hanako", issuer=True)),
        proof.service.client_id: lambda: proof.authenticate("hanako"),
        front.service.client_id: lambda: by_front(front),
        elsewhere.service.client_id: lambda: elsewhere.check(elsewhere.certificate_body("hanako")),
    }
    assert len(ways) == 7
    for expected in ((1, 0), (1, 1)):
        for ask in ways.values():
            ask()
        assert {client_id: questions_of(made, client_id) for client_id in ways} == dict.fromkeys(ways, expected)


def test_verifying_later_tells_no_service_of_another(remembering):
    """Two services let hanako in on leave: each login is made up for by a question of its own."""
    made = remembering
    services = (made.library, made.register("aoba", "second"))
    for service in services:  # known to both: linkage may be out as well
        made.sign_in(service)
    made.control(do="clock", seconds=20 * 60)
    until = int(made.clock().timestamp()) + 3600
    defer = {"until": until, "within_seconds": 24 * 3600}
    made.product.policies.change_tenant(made.product.directory.tenant("aoba"), revocation={"defer": defer})
    made.control(do="ocsp", mode="down")
    made.control(do="crl", mode="stale")
    for service in services:
        made.sign_in(service)
    before = {service.client_id: questions_of(made, service.client_id) for service in services}
    made.control(do="ocsp", mode="up")
    made.control(do="crl", mode="fresh")
    made.control(do="tick")
    made.clock.set_offset(made.clock.offset + verify_later.FIRST_SECONDS + 1)
    made.product.worker.once()
    for client_id, (put, remembered) in before.items():
        assert questions_of(made, client_id) == (put + 1, remembered)
