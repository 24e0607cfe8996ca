"""In the demo an event can be watched: emitted into its database, it appears on the sample service's page."""

import secrets
import time

import requests
from components.demo import Demo

from idp.cli.context import build
from idp.events.events import EventName

DEADLINE = 40


def test_an_event_arrives_at_the_sample_service(tmp_path):
    """Delivered by a thread of the server, checked by the sample with the published keys."""
    sub, demo = secrets.token_urlsafe(32), Demo(tmp_path)
    demo.start()
    try:
        product = build(demo.data)
        tenant = product.directory.tenant("aoba")
        client = tenant.clients[demo.service("school")["client_id"]]
        with product.store.for_tenant("aoba").write() as tx:
            product.events.emit(tx, tenant, client, sub, EventName.CONSENT_WITHDRAWN, {}, product.now())
        product.store.engine.dispose()
        deadline = time.monotonic() + DEADLINE
        while sub not in (page := requests.get(demo.home("school"), timeout=10).text):
            assert time.monotonic() < deadline, "no event came"
            time.sleep(0.1)
        assert "consent-withdrawn" in page
    finally:
        demo.stop()
