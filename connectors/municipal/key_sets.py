"""Fetching the keys that a service publishes (`jwks_uri`, RFC 7591 section 2)."""

from connectors.municipal.documents import DocumentFetch
from connectors.ports import KeySetSource


class KeySetFetch(DocumentFetch, KeySetSource):
    """Key sets."""

    accepts = "application/jwk-set+json, application/json"
