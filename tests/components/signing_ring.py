"""The ring of a town's signing keys: what it holds, what is published of it, and time that passes."""

import base64
import json

from components.jobs import pass_time
from components.town import BASE_URL

from idp.custody.ring import DAY_SECONDS, PUBLISHED_SECONDS, ROTATE_DAYS


def tenant_of(made, tenant_id="aoba"):
    """The tenant as the town's process has it."""
    return made.product.directory.tenant(tenant_id)


def kids(made, state, tenant_id="aoba"):
    """Ids of the keys in a state, by algorithm; retired ones as a set of ids."""
    found = [key for key in tenant_of(made, tenant_id).signing_keys if key.state == state]
    if state == "retired":
        return {key.kid for key in found}
    return {key.alg: key.kid for key in found}


def with_next(made):
    """A town whose rings have their next keys, which everybody knows."""
    made.product.custody.signing_ring.turn_all()
    pass_time(made, PUBLISHED_SECONDS)
    return made


def grow_old(made):
    """The current keys are as old as they become."""
    pass_time(made, ROTATE_DAYS * DAY_SECONDS)


def key_set(made, tenant_id="aoba", **headers):
    """The answer of the key set's address."""
    return made.get(made.browser(), f"{BASE_URL}/t/{tenant_id}/jwks", headers=headers)


def published(made, tenant_id="aoba"):
    """Ids of the published keys, in their order."""
    return [key["kid"] for key in key_set(made, tenant_id).json["keys"]]


def header_of(token):
    """The header of a JWS, not verified."""
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
