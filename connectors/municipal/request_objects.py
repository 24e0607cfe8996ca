"""Fetching the request objects that a service lets lie on its own server (RFC 9101 section 5.2.3)."""

from connectors.municipal.documents import DocumentFetch
from connectors.ports import RequestObjectSource


class RequestObjectFetch(DocumentFetch, RequestObjectSource):
    """Request objects."""

    accepts = "application/oauth-authz-req+jwt, application/jwt, application/jose;q=0.9, */*;q=0.1"
