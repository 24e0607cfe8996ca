"""Request objects by reference: fetched from where their service registered them (RFC 9101, OIDC Core 6.2).

Only exactly what is registered is fetched, over the guarded way to services' own servers, and nothing is kept: a
request object may name its resident. A fragment that is registered is a part of the name and promises nothing of
the document, which is made at each login; a hash that a request adds to a registered place does. A server that is
slow or dead holds one thread, not everybody's.
"""

import hashlib
import re
from collections.abc import Callable

import structlog

from connectors.errors import ConnectorError, Unreachable
from connectors.ports import RequestObjectSource
from idp import base64url
from idp.oidc.authorization.requests import AuthorizationError, require_active
from idp.revocation.single_flight import SingleFlight
from idp.tenants.tenancy import Client, Tenant

PAUSE_SECONDS = 10.0
"""How long a server that did not answer is left alone."""
PATIENCE_SECONDS = 1.0
"""How long others wait for a fetch of the same place that is under way."""
_HASH = re.compile(r"[A-Za-z0-9_-]{43}")
_log = structlog.get_logger("idp.clients")
_Place = tuple[str, str, str]


class RequestUriRefused(AuthorizationError):
    """A request URI behind which there is no request object: `invalid_request_uri`."""

    def __init__(self, description: str) -> None:
        super().__init__("invalid_request_uri", description)


class RequestReferences:
    """Request objects on the servers of every tenant's services, for one process."""

    def __init__(self, source: RequestObjectSource, monotonic: Callable[[], float]) -> None:
        self._source = source
        self._monotonic = monotonic
        self._failed: dict[_Place, float] = {}
        self._flights: SingleFlight[bytes] = SingleFlight()

    def fetched(self, tenant: Tenant, client: Client, unverified_uri: str) -> str:
        """The request object at a request URI of this client, unjudged.

        Raises RequestUriRefused for a URI that it has not registered, one from which nothing can be had now, and
        one to which the hash of another document is added; UnsafeRequest for a service that is closed.
        """
        require_active(client)
        place, _, fragment = unverified_uri.partition("#")
        as_it_stands = unverified_uri in client.request_uris
        if not as_it_stands and not (place in client.request_uris and _HASH.fullmatch(fragment)):
            raise RequestUriRefused("the request URI is not a registered one")
        document = self._document(tenant, client, place)
        if not as_it_stands and base64url.encode(hashlib.sha256(document).digest()) != fragment:
            raise RequestUriRefused("the document at the request URI has another hash than its fragment says")
        try:
            return document.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise RequestUriRefused("the document at the request URI is no JWT") from error

    def _document(self, tenant: Tenant, client: Client, url: str) -> bytes:
        place = (tenant.tenant_id, client.client_id, url)
        if self._monotonic() - self._failed.get(place, -PAUSE_SECONDS) < PAUSE_SECONDS:
            raise RequestUriRefused("the request URI did not answer a moment ago")

        def fetch() -> bytes:
            return self._source.fetch(url, sandbox=tenant.sandbox)

        try:
            return self._flights.run(place, fetch, patience=lambda: PATIENCE_SECONDS)
        except ConnectorError as error:
            if isinstance(error, Unreachable):
                self._failed[place] = self._monotonic()
            _log.warning("client.request-not-fetched", client=client.client_id, problem=str(error))
            raise RequestUriRefused("nothing can be had from the request URI") from error
        except TimeoutError as error:
            raise RequestUriRefused("the request URI does not answer soon enough") from error
