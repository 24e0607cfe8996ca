"""Client secrets: 256 random bits each, shown once, stored as SHA-256; two at a time, so that one can be replaced.

A service learns the new one, uses it, and then the old one is retired: nobody is locked out in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp import base64url
from idp.keys.sealing import digest
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.services.client_policies import SECRET_METHODS
from idp.store import tenants
from idp.store.engine import Store, Transaction
from idp.store.tenants import SecretRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant

SECRET_BYTES = 32
"""256 random bits, which is why a plain SHA-256 may be stored."""
MOST = 2
"""Secrets of one service that count at once."""
_ID_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was made. `text` is shown once."""

    secret_id: str
    text: str


def secret_id(row_digest: bytes) -> str:
    """What a secret is called: the beginning of its digest, of which nobody finds the secret."""
    return row_digest.hex()[:_ID_CHARACTERS]


def make(tx: Transaction, client_id: str, token_bytes: Callable[[int], bytes], *, now: datetime) -> NewSecret:
    """Make and store one more secret of a service."""
    text = base64url.encode(token_bytes(SECRET_BYTES))
    row = SecretRow(digest(text), now.date(), int(now.timestamp()))
    tenants.add_client_secret(tx, client_id, row)
    return NewSecret(secret_id(row.digest), text)


def settle(
    tx: Transaction, client_id: str, method: str, token_bytes: Callable[[int], bytes], *, now: datetime
) -> NewSecret | None:
    """Secrets as a service's method needs them: none, or at least one, which is returned where it is made."""
    held = tenants.client_secrets(tx, client_id)
    if method in SECRET_METHODS:
        return None if held else make(tx, client_id, token_bytes, now=now)
    forget(tx, client_id)
    return None


def forget(tx: Transaction, client_id: str) -> None:
    """Believe none of a service's secrets any longer."""
    for row in tenants.client_secrets(tx, client_id):
        tenants.remove_client_secret(tx, client_id, row.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecrets:
    """The acts, over the store: one transaction each, with its audit entry; running servers follow in seconds."""

    store: Store
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def all(self, tenant: Tenant, client: Client) -> Sequence[SecretRow]:
        """The secrets that count, the oldest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return tenants.client_secrets(tx, client.client_id)

    def add(self, tenant: Tenant, client: Client) -> NewSecret:
        """One more secret. Raises NotAllowed for a service without secrets, and for a third one."""
        _require_secrets(client)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            _hold(tx, client)
            if len(tenants.client_secrets(tx, client.client_id)) >= MOST:
                raise NotAllowed("a service has two secrets at most: retire the older one first")
            made = make(tx, client.client_id, self.token_bytes, now=self.now())
            self._note(tx, tenant, client, added=made.secret_id)
        self.directory.refresh()
        return made

    def retire(self, tenant: Tenant, client: Client, unwanted: str) -> None:
        """Believe a secret no longer. Raises NotAllowed for one that is none, and for the last one."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            _hold(tx, client)
            held = tenants.client_secrets(tx, client.client_id)
            found = [row for row in held if secret_id(row.digest) == unwanted]
            if not found:
                raise NotAllowed("the service has no such secret")
            if len(held) == 1:
                raise NotAllowed("this is the service's last secret: add another one first")
            tenants.remove_client_secret(tx, client.client_id, found[0].digest)
            self._note(tx, tenant, client, retired=unwanted)
        self.directory.refresh()

    def rotate(self, tenant: Tenant, client: Client) -> NewSecret:
        """One more secret beside the newest, which counts until the next rotation. Raises NotAllowed."""
        _require_secrets(client)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            _hold(tx, client)
            *older, _newest = tenants.client_secrets(tx, client.client_id)
            for row in older:
                tenants.remove_client_secret(tx, client.client_id, row.digest)
                self._note(tx, tenant, client, retired=secret_id(row.digest))
            made = make(tx, client.client_id, self.token_bytes, now=self.now())
            self._note(tx, tenant, client, added=made.secret_id)
        self.directory.refresh()
        return made

    def _note(self, tx: Transaction, tenant: Tenant, client: Client, **details: str) -> None:
        tenants.touch(tx)
        said = {f"secret_{what}": which for what, which in details.items()}
        self.auditor.record(tx, tenant.keys, Action.SERVICE_CHANGED, "done", client_id=client.client_id, **said)


def _require_secrets(client: Client) -> None:
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        raise NotAllowed("this service authenticates without a secret")


def _hold(tx: Transaction, client: Client) -> None:
    """Keep other changes of the service waiting. Raises NotAllowed for a service that is gone."""
    try:
        tenants.registration(tx, client.client_id)
    except LookupError as error:
        raise NotAllowed("there is no such service") from error
