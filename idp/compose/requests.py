"""Authorization requests: pushed or brought by the browser, and which of their parameters count."""

import time

from connectors.municipal.request_objects import RequestObjectFetch
from idp.compose.ground import Ground
from idp.compose.work import reach
from idp.oidc.authorization.par import PushedRequestEndpoint
from idp.oidc.authorization.pushed import PushedRequests
from idp.oidc.authorization.request_objects import RequestObjects
from idp.oidc.authorization.request_references import RequestReferences
from idp.oidc.binding.proofs import Proofs
from idp.oidc.clients.client_authentication import ClientAuthentication
from idp.oidc.clients.key_sets import KeySets
from idp.oidc.clients.mistakes import Mistakes
from idp.web.certificate_hop import Hop


def request_objects_of(ground: Ground, key_sets: KeySets) -> RequestObjects:
    """How services' request objects are had, also from their own servers, and judged."""
    networks, ca_file = reach(ground.settings)
    references = RequestReferences(RequestObjectFetch(networks, ca_file=ca_file), time.monotonic)
    return RequestObjects(key_sets=key_sets, references=references, now=ground.now)


def par_of(
    ground: Ground,
    clients: ClientAuthentication,
    hop: Hop,
    *,
    request_objects: RequestObjects,
    pushed: PushedRequests,
    proofs: Proofs,
    mistakes: Mistakes,
) -> PushedRequestEndpoint:
    """Where requests are pushed."""
    return PushedRequestEndpoint(
        clients=clients,
        hop=hop,
        request_objects=request_objects,
        pushed=pushed,
        proofs=proofs,
        mistakes=mistakes,
        now=ground.now,
    )
