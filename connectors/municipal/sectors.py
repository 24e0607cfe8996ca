"""Fetching the redirect URIs that a sector holds together (OpenID Connect Registration 1.0 section 5)."""

from connectors.municipal.documents import DocumentFetch
from connectors.ports import SectorSource


class SectorFetch(DocumentFetch, SectorSource):
    """Documents of sectors."""

    accepts = "application/json"
