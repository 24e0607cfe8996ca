"""The signature certificates of a town's residents, and what services are told of them."""

import json

from components.jobs import pass_time
from components.town import id_token_claims
from joserfc import jws

from idp.events.outbox import open_payload
from idp.store import schema

SCOPE = "openid jpki_status"
RECEIVER = "http://127.0.0.1:9/events"


def receiving(made, *services):
    """Those services want events."""
    for service in services:
        tenant = made.product.directory.tenant(service.tenant_id)
        made.product.event_receivers.change(tenant, tenant.clients[service.client_id], RECEIVER, None)
    made.product.directory.refresh()


def happens(made, do, resident="hanako", certificate="sign"):
    """Something at J-LIS, published at once."""
    made.control(do=do, resident=resident, certificate=certificate)
    made.control(do="tick")


def status_of(made, service, resident="hanako", scope=SCOPE, **parameters):
    """The claim of a whole login, in its ID token; UserInfo says the same."""
    answer = made.redeem(*made.code(service, resident, scope=scope, **parameters)).json
    claim = id_token_claims(answer["id_token"])["signature_certificate"]
    assert made.userinfo(service, answer["access_token"]).json["signature_certificate"] == claim
    return claim


def sweep(made, tenant_id="aoba", days=0):
    """The nightly task, after so many days."""
    if days:
        pass_time(made, days * 24 * 3600)
        made.control(do="tick")
    made.product.directory.refresh()
    return made.product.signature_sweep.sweep(made.product.directory.tenant(tenant_id))


def told(made, tenant_id="aoba"):
    """Events that wait for their moment: (service, name, what it says beside the day), and each one's moment."""
    made.product.directory.refresh()
    tenant, table = made.product.directory.tenant(tenant_id), schema.outbox
    with made.product.store.for_tenant(tenant_id).read() as tx:
        mine = table.select().where(table.c.tenant_id == tenant_id, table.c.kind == "event")
        rows = tx.connection.execute(mine).all()
    found = []
    for row in rows:
        token = open_payload(tenant.keys, row.job_id, row.sealed_payload)["token"]
        claims = json.loads(jws.extract_compact(token.encode()).payload)
        ((name, data),) = claims["events"].items()
        data.pop("occurred_on")
        said = (tenant.clients[claims["aud"]].service_id, name.rpartition("/")[2], data)
        found.append((said, claims["sub_id"]["sub"], row.run_at))
    return sorted(found, key=lambda one: (str(one[0]), one[2]))


def events(made, tenant_id="aoba"):
    """The same without numbers and moments."""
    return [said for said, _, _ in told(made, tenant_id)]
