"""A town whose services receive events: who emits them, who delivers them, and what a stranger reads in them."""

import base64
import json
import secrets
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from connectors.municipal.events import EventPush
from idp.events.events import KIND, EventName, Events
from idp.events.outbox import Outbox
from idp.worker.events import EventDelivery

SUB = "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg"
"""A number as a service knows a person by; no log may hold it."""


def emit(
    town, service, *, sub=SUB, event=EventName.CONSENT_WITHDRAWN, data=None, span_seconds=0, occurred_at=None
):
    """Emit one event to a service, committed."""
    tenant = town.product.directory.tenant(service.tenant_id)
    events = Events(
        outbox=Outbox(town.clock, secrets.token_bytes),
        now=town.clock,
        token_bytes=secrets.token_bytes,
        span_seconds=span_seconds,
    )
    client = tenant.clients[service.client_id]
    with town.product.store.for_tenant(service.tenant_id).write() as tx:
        events.emit(tx, tenant, client, sub, event, data or {}, occurred_at or town.clock())


def delivery(town, *, delay_seconds=0, **more):
    """The handler of a town's events, by kind."""
    parts = {"receiver": EventPush(), "monotonic": time.monotonic, "token_bytes": secrets.token_bytes, **more}
    handler = EventDelivery(now=town.clock, delay_seconds=delay_seconds, **parts)
    return {KIND: handler}


def read(town, token, service):
    """Header and claims as a stranger reads them, by the keys that the tenant publishes and RFC 7515 alone."""
    path = f"/t/{service.tenant_id}/jwks"
    published = town.browser().get(path, base_url="http://localhost:8000/").json["keys"]
    signed, _, signature = token.rpartition(b".")
    header, claims = (json.loads(_raw(part)) for part in signed.split(b"."))
    (key,) = [key for key in published if key["kid"] == header["kid"] and key["alg"] == header["alg"]]
    _verify(key, _raw(signature), signed)
    return header, claims


def _verify(key, signature, signed):
    if key["kty"] == "RSA":
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return
    numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    numbers.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def _number(text):
    return int.from_bytes(_raw(text.encode()), "big")


def _raw(text):
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
