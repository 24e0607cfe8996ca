"""Who calls an endpoint of clients: the one function that authenticates services, for every such endpoint.

RFC 6749 section 2.3, RFC 7523, RFC 8705: by the method that the service is registered for and by no other.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from idp.keys.encryption import PublicKey
from idp.keys.sealing import digest
from idp.oidc.clients import client_assertion
from idp.oidc.clients.client_assertion import AssertionRefused
from idp.oidc.clients.key_sets import KeySets
from idp.oidc.tokens.form import Credentials
from idp.services import client_certificates, client_keys
from idp.services.client_policies import PUBLIC
from idp.store import one_time
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, Client, Tenant

_PURPOSE = "assertion"
_log = structlog.get_logger("idp.clients")


class ClientRefused(Exception):
    """Not authenticated. One sentence for an unknown service, wrong credentials and another method alike.

    `method`: what the request itself used, which many a library has chosen without telling its integrator.
    """

    def __init__(self, method: str) -> None:
        super().__init__(
            f"client authentication failed: unknown client, wrong credentials, or not registered for {method}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthentication:
    """The function and everything it needs."""

    directory: Directory
    store: Store
    key_sets: KeySets
    now: Callable[[], datetime]

    def authenticated(self, tenant: Tenant, credentials: Credentials) -> Client:
        """The active client whose credentials these are. Raises ClientRefused for anybody else.

        An assertion is spent by that: it is believed once, whatever becomes of the request.
        """
        client = self.directory.client(tenant, credentials.client_id)
        if client is None:
            _has_secret(None, credentials)  # takes the time that a secret takes
            raise ClientRefused(credentials.method)
        shown_by, is_proof = _METHODS[client.token_endpoint_auth_method]
        if client.state != ACTIVE or credentials.method != shown_by or not client.is_open(self.now()):
            raise ClientRefused(credentials.method)
        if not is_proof(self, tenant, client, credentials):
            raise ClientRefused(credentials.method)
        return client

    def _by_secret(self, _tenant: Tenant, client: Client, credentials: Credentials) -> bool:
        return _has_secret(client, credentials)

    def _by_assertion(self, tenant: Tenant, client: Client, credentials: Credentials) -> bool:
        keys = self.key_sets.of(tenant, client)
        try:
            shown = client_assertion.read(credentials.secret or "", tenant, client, keys, now=self.now())
        except AssertionRefused as refused:
            _log.info("client.assertion-refused", client=client.client_id, problem=str(refused))
            return False
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return one_time.spend(tx, _PURPOSE, shown.jti_digest, expires_at=shown.expires_at)

    def _by_name(self, tenant: Tenant, client: Client, credentials: Credentials) -> bool:
        shown, name = credentials.certificate, client.certificate_name
        return shown is not None and name is not None and shown.vouched and name.is_in(shown.certificate)

    def _by_key(self, tenant: Tenant, client: Client, credentials: Credentials) -> bool:
        shown = credentials.certificate
        if shown is None:
            return False
        certificate = shown.certificate

        def of_certificate(keys: Sequence[PublicKey]) -> Sequence[PublicKey]:
            return client_certificates.key_of(certificate, client_keys.for_signatures(keys))

        return bool(self.key_sets.matching(tenant, client, of_certificate))

    def _public(self, _tenant: Tenant, _client: Client, _credentials: Credentials) -> bool:
        return True


_METHODS: Mapping[str, tuple[str, Callable[[ClientAuthentication, Tenant, Client, Credentials], bool]]] = {
    "client_secret_basic": ("client_secret_basic", ClientAuthentication._by_secret),
    "client_secret_post": ("client_secret_post", ClientAuthentication._by_secret),
    "private_key_jwt": ("private_key_jwt", ClientAuthentication._by_assertion),
    "tls_client_auth": (PUBLIC, ClientAuthentication._by_name),
    "self_signed_tls_client_auth": (PUBLIC, ClientAuthentication._by_key),
    PUBLIC: (PUBLIC, ClientAuthentication._public),
}
"""Registered method -> what the request itself shows, and what proves it."""


def _has_secret(client: Client | None, credentials: Credentials) -> bool:
    """Whether that is one of the service's secrets: 256 random bits each, stored as SHA-256.

    In constant time, for a client that is none as well.
    """
    shown = digest(credentials.secret or "")
    known = client.secret_digests if client else ()
    matches = [hmac.compare_digest(shown, stored) for stored in known or (bytes(len(shown)),)]
    return any(matches)
