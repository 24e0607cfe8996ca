"""A resident moves: from the register to the service that holds the old address, and to the new one.

J-LIS's stand-in and the service's receiver answer on sockets; the service is the product's own sample.
"""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from components.events import delivery
from components.jobs import jobs, pass_time
from components.signatures import SCOPE, happens, status_of, sweep
from components.signing import ALL, at_statement, proof, to_consent, told
from components.town import Quiet
from flask import Flask
from joserfc.jwk import KeySet
from werkzeug.serving import make_server

from idp.developer.sample.receiver import Receiver

DAY = 24 * 3600


@pytest.fixture
def site(aoba):
    """The sample service's receiver of the library's events, where they are pushed to."""
    library = aoba.library
    published = aoba.browser().get("/t/aoba/jwks", base_url="http://localhost:8000/").json
    receiver = Receiver(
        "http://localhost:8000/t/aoba", library.client_id, lambda: KeySet.import_key_set(published)
    )
    app = Flask("site")
    app.add_url_rule("/events", "events", receiver.receive, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    tenant = aoba.product.directory.tenant("aoba")
    url = f"http://127.0.0.1:{server.port}/events"
    aoba.product.event_receivers.change(tenant, tenant.clients[library.client_id], url, None)
    yield receiver
    server.shutdown()
    server.server_close()


def deliver(made):
    """The two days in which whatever was noticed is told."""
    for _ in range(2):
        pass_time(made, DAY)
        worker = jobs(made, delivery(made))
        while worker.do_one():
            pass


def test_the_service_hears_of_the_move_and_learns_it_at_the_next_login(aoba, site):
    """Signed in, moved, swept: both events under the number that this service knows, each of them once."""
    sub = aoba.sign_in(aoba.library, scope=SCOPE)["sub"]
    happens(aoba, "move")
    sweep(aoba)
    sweep(aoba)
    deliver(aoba)
    heard = sorted((event.name, event.sub) for event in site.latest)
    assert heard == [("basic4-changed", sub), ("certificate-status-changed", sub)]
    aoba.control(do="tick")
    claim = status_of(aoba, aoba.library)
    assert (claim["status"], claim["reason"], claim["basic4_changed"]) == ("revoked", "affiliationChanged", True)
    deliver(aoba)
    assert len(site.latest) == 2


def test_a_service_without_consent_hears_nothing(aoba, site):
    """It knows the resident, who was never asked for the status of their certificates."""
    aoba.sign_in(aoba.library)
    happens(aoba, "move")
    sweep(aoba)
    deliver(aoba)
    assert site.latest == []


def test_new_values_come_with_a_new_certificate_and_within_consent(aoba):
    """The old certificate signs nothing any more; the new one tells the new address, within consent."""
    clinic = aoba.register("aoba", "clinic", scopes=ALL)
    login = at_statement(aoba, clinic)
    before = told(aoba, login, to_consent(aoba, login))["verified_claims"]["claims"]
    happens(aoba, "move")
    login = at_statement(aoba, clinic)
    refused = aoba.prove(login, proof(aoba, login))
    assert (refused.status_code, refused.json["code"]) == (403, "certificate_revoked")
    happens(aoba, "renew")
    login = at_statement(aoba, clinic)
    after = told(aoba, login, to_consent(aoba, login))["verified_claims"]["claims"]
    assert after["name"] == before["name"]
    assert after["address"] != before["address"]
    login = at_statement(aoba, clinic, names=("name",))
    code = parse_qs(urlsplit(to_consent(aoba, login)).query)["code"][0]  # agreed to before: nobody is asked
    narrow = aoba.userinfo(clinic, aoba.redeem(code, login).json["access_token"]).json
    assert narrow["verified_claims"]["claims"].keys() == {"name"}
    assert "address" not in narrow
