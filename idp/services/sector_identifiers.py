"""Documents of sectors: which redirect URIs one operator holds together (OpenID Connect Registration 1.0, 5).

The host of `sector_identifier_uri` finds a sector and is never part of its id: that stays when the host changes
hands. What a document says is looked at whenever a service's redirect URIs are registered, and never at a login.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.ports import SectorSource
from idp import strict_json
from idp.registration import NotAllowed

URI = "sector_identifier_uri"


@dataclass(frozen=True, slots=True)
class SectorIdentifiers:
    """The documents, wherever they are."""

    source: SectorSource

    def require_listed(self, uri: str, redirect_uris: Sequence[str], *, sandbox: bool) -> None:
        """Raise NotAllowed unless the document at `uri` lists every one of these, character by character."""
        try:
            unverified = self.source.fetch(uri, sandbox=sandbox)
        except ConnectorError as error:
            raise NotAllowed(f"{URI}: {error}") from error
        require_listed(unverified, redirect_uris)


def require_listed(unverified: bytes, redirect_uris: Sequence[str]) -> None:
    """Raise NotAllowed unless that is a JSON array which lists every one of these."""
    try:
        listed = strict_json.parse(unverified)
    except ValueError as error:
        raise NotAllowed(f"{URI}: not JSON") from error
    if not isinstance(listed, list) or not all(isinstance(uri, str) for uri in listed):
        raise NotAllowed(f"{URI}: not an array of texts")
    if not set(redirect_uris) <= set(listed):
        raise NotAllowed(f"{URI}: its document does not list every redirect URI")
