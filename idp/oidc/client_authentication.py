"""Who calls an endpoint of clients: the one function that authenticates services, for every such endpoint.

RFC 6749 section 2.3, by the method that the service is registered for and by no other.
"""

import hmac
from dataclasses import dataclass

from idp.client_policies import PUBLIC
from idp.directory import Directory
from idp.oidc.form import Credentials
from idp.sealing import digest
from idp.tenancy import ACTIVE, Client, Tenant


class ClientRefused(Exception):
    """Not authenticated. One sentence for an unknown service, wrong credentials and another method alike."""

    def __init__(self) -> None:
        super().__init__("client authentication failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthentication:
    """The function and everything it needs."""

    directory: Directory

    def authenticated(self, tenant: Tenant, credentials: Credentials) -> Client:
        """The active client whose credentials these are. Raises ClientRefused for anybody else."""
        client = self.directory.client(tenant, credentials.client_id)
        shown = _has_secret(client, credentials)
        if client is None or client.state != ACTIVE or client.token_endpoint_auth_method != credentials.method:
            raise ClientRefused
        if not (credentials.method == PUBLIC or shown):
            raise ClientRefused
        return client


def _has_secret(client: Client | None, credentials: Credentials) -> bool:
    """Whether that is one of the service's secrets: 256 random bits each, stored as SHA-256.

    In constant time, for a client that is none as well.
    """
    shown = digest(credentials.secret or "")
    known = client.secret_digests if client else ()
    matches = [hmac.compare_digest(shown, stored) for stored in known or (bytes(len(shown)),)]
    return any(matches)
