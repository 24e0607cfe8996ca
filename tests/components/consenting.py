"""Consents of residents at services, seen from inside: whose they are, taking them back, what is told."""

import base64
import json

from idp.keys.sealing import Place, digest
from idp.login.pairwise import handle_place
from idp.store import pair_life

RECEIVER = "http://127.0.0.1:9/events"


def handle_of(town, service, sub) -> bytes:
    """The person whom a service knows by this number."""
    keys = town.product.directory.tenant(service.tenant_id).keys
    with town.product.store.for_tenant(service.tenant_id).read() as tx:
        pair = pair_life.by_digest(tx, digest(sub))
    return keys.open(handle_place(pair.pair_id), pair.sealed_handle)


def withdraw(town, service, sub, item=None) -> None:
    """Take one item back, or all of the service's consent, as the resident's own page does."""
    handle, tenant = handle_of(town, service, sub), town.product.directory.tenant(service.tenant_id)
    client, act = tenant.clients[service.client_id], town.product.people.withdrawal
    with town.product.store.for_tenant(tenant.tenant_id).write() as tx:
        if item is None:
            act.everything(tx, tenant, client, handle)
        else:
            act.item(tx, tenant, client, handle, item)


def events_left(town, service) -> list[dict]:
    """What waits to be told to a service: each event's claims, the oldest first."""
    keys = town.product.directory.tenant(service.tenant_id).keys
    with town.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT job_id, sealed_payload FROM outbox WHERE kind = 'event' ORDER BY run_at"
        ).all()
    payloads = [json.loads(keys.open(Place("outbox", job_id, "payload"), sealed)) for job_id, sealed in rows]
    tokens = [payload["token"] for payload in payloads if payload["client_id"] == service.client_id]
    return [json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")) for token in tokens]
