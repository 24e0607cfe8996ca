"""A service's OCSP front in the whole product: opened, asked, metered, replaced and closed."""

from urllib.parse import urlsplit

import pytest
from components.openssl import openssl
from components.serving import behind_proxy, served
from components.town import BASE_URL, town
from cryptography import x509
from cryptography.x509 import ocsp
from werkzeug.test import Client

from connectors.sandbox.state import Slot
from idp.jpki.ocsp_question import Question
from idp.keys.tenant_keys import KeyPurpose
from idp.store import tenant_keys


@pytest.fixture(scope="module")
def made(tmp_path_factory, founded_world):
    """A town of this module's own."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as running:
        yield running


def tenant_of(made, tenant_id="aoba"):
    """The tenant as it is now."""
    return made.product.directory.tenant(tenant_id)


def opened(made, service, **wishes):
    """A front for a registered service."""
    tenant = tenant_of(made, service.tenant_id)
    return made.product.fronts.open(tenant, tenant.clients[service.client_id], **wishes)


def request_about(made, resident):
    """A request about a resident's certificate."""
    issued = made.world.state.current(resident, Slot.AUTH)
    authority = next(
        a for a in made.world.authorities if (a.kind, a.generation) == (Slot.AUTH.kind, issued.generation)
    )
    anchor = next(a for a in tenant_of(made).anchors if a.key_id == authority.key_id)
    return Question(anchor, issued.serial, bytes(32)).request()


def asked(made, url, resident="hanako"):
    """The HTTP answer of the whole application."""
    return Client(made.product.app.wsgi_app).post(
        urlsplit(url).path,
        base_url=BASE_URL,
        data=request_about(made, resident),
        content_type="application/ocsp-request",
    )


def signer_of(answer):
    """The certificate that came with an answer."""
    return ocsp.load_der_ocsp_response(answer.data).certificates[0]


def test_openssl_is_told_good(made, tmp_path):
    """Over a real socket, with what `open` handed out and nothing else."""
    front = opened(made, made.library)
    (tmp_path / "trusted.pem").write_text(front.certificate)
    (tmp_path / "request").write_bytes(request_about(made, "hanako"))
    with served(behind_proxy(made.product.app.wsgi_app, "localhost:8000")) as url:
        said = openssl(
            *("ocsp", "-url", url + urlsplit(front.url).path, "-reqin", tmp_path / "request"),
            *("-VAfile", tmp_path / "trusted.pem", "-resp_text"),
        )
    assert "Response verify OK" in said.text, said.text
    assert "Cert Status: good" in said.text


def test_the_url_is_a_capability(made):
    """Under the issuer, 128 bits, and only its hash is in the database."""
    front = opened(made, made.library)
    prefix, _, capability = front.url.rpartition("/")
    assert (prefix, len(capability)) == (f"{BASE_URL}/t/aoba/ocsp", 22)
    with made.product.store.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT group_concat(registration) FROM client").scalar_one()
    assert "ocsp_front" in stored
    assert capability not in stored


def test_a_new_front_ends_the_old_one(made):
    """One for each service, under one key for all."""
    first, second, other = opened(made, made.library), opened(made, made.library), opened(made, made.childcare)
    assert [asked(made, front.url).status_code for front in (first, second, other)] == [404, 200, 200]
    assert second.certificate == other.certificate


def test_a_closed_front_is_gone(made):
    """404, as if it had never been."""
    front = opened(made, made.school)
    assert asked(made, front.url).status_code == 200
    tenant = tenant_of(made)
    made.product.fronts.close(tenant, tenant.clients[made.school.client_id])
    assert asked(made, front.url).status_code == 404


def test_a_front_is_its_tenants(made):
    """The same path under another municipality leads nowhere, and its key is another."""
    front, elsewhere = opened(made, made.library), opened(made, made.parking)
    assert asked(made, front.url.replace("/t/aoba/", "/t/wakaba/")).status_code == 404
    assert front.certificate != elsewhere.certificate


def test_a_new_key_signs_from_now_on(made):
    """For fronts opened before as well; the old key stays in the book, retired."""
    front = opened(made, made.library)
    renewed = opened(made, made.childcare, new_key=True)
    assert renewed.certificate != front.certificate
    assert signer_of(asked(made, front.url)) == x509.load_pem_x509_certificate(renewed.certificate.encode())
    with made.product.store.for_tenant("aoba").read() as tx:
        states = [row.state for row in tenant_keys.of_purpose(tx, KeyPurpose.OCSP_RESPONDER)]
    assert sorted(states)[:2] == ["live", "retired"]
    assert states.count("live") == 1


def test_a_suspended_service_has_no_front(aoba):
    """Whoever holds its URL is told nothing."""
    front = opened(aoba, aoba.library)
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    aoba.product.directory.refresh()
    assert asked(aoba, front.url).status_code == 404


def test_what_it_costs_is_on_the_services_account(aoba):
    """One question, for the service, for this purpose."""
    assert asked(aoba, opened(aoba, aoba.library).url).status_code == 200
    with aoba.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT client_id, purpose, method FROM meter").all()
    assert rows == [(aoba.library.client_id, "ocsp-front", "ocsp")]
