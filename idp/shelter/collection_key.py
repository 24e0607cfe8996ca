"""The tenant's collection key: its private half sealed in the database, its public half in a file for devices."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from idp.keys.tenant_keys import KeyPurpose, TenantKey, new_collection_key, open_key, sealed_key
from idp.oversight.audit import Action, Auditor
from idp.store import tenant_keys
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

FORMAT = "ppid-idp-collection-key/1"
MAX_BYTES = 16 * 1024


class KeyFileRefused(ValueError):
    """A file that is no public collection key of this version."""


@dataclass(frozen=True, slots=True)
class PublicCollectionKey:
    """What a device holds: the municipality's names, and the key that its records are encrypted to."""

    tenant_id: str
    names: Mapping[str, str]
    key: ECKey

    @property
    def key_id(self) -> str:
        """The key's id, which every line names."""
        return str(self.key.kid)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionKeys:
    """Makes and opens collection keys."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def current(self, tenant: Tenant, *, new: bool = False) -> PublicCollectionKey:
        """The tenant's key, made if there is none; with `new` another one, after which the old one only opens."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenant_keys.one_at_a_time(tx)
            live = tenant_keys.live(tx, KeyPurpose.COLLECTION)
            if live and not new:
                return _public(tenant, open_key(tenant.keys, live[0]))
            tenant_keys.retire(tx, KeyPurpose.COLLECTION)
            row = sealed_key(
                tenant.keys,
                KeyPurpose.COLLECTION,
                new_collection_key(),
                created=self.now().date(),
                token_bytes=self.token_bytes,
            )
            tenant_keys.add(tx, row)
            self.auditor.record(tx, tenant.keys, Action.COLLECTION_KEY_MADE, "done", key_id=row.key_id)
        return _public(tenant, open_key(tenant.keys, row))

    def private_keys(self, tenant: Tenant) -> dict[str, ec.EllipticCurvePrivateKey]:
        """All keys that ever were, by id. Raises SealBroken."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            rows = tenant_keys.of_purpose(tx, KeyPurpose.COLLECTION)
        return {row.key_id: _elliptic(open_key(tenant.keys, row)) for row in rows}


def write(key: PublicCollectionKey) -> dict[str, Any]:
    """The members of the file."""
    return {
        "format": FORMAT,
        "tenant": key.tenant_id,
        "names": dict(key.names),
        "key": key.key.as_dict(private=False),
    }


def text(key: PublicCollectionKey) -> str:
    """The file's text."""
    return json.dumps(write(key), ensure_ascii=False, indent=2) + "\n"


def read(path: Path) -> PublicCollectionKey:
    """Undo `write`. Raises KeyFileRefused, also for a file that holds a private key: no device may have one."""
    try:
        with path.open("rb") as file:
            members = json.loads(file.read(MAX_BYTES + 1))
        if members["format"] != FORMAT or "d" in members["key"] or members["key"]["crv"] != "P-256":
            raise KeyFileRefused("not a public collection key")
        key = ECKey.import_key(members["key"])
        found = PublicCollectionKey(str(members["tenant"]), dict(members["names"]), key)
    except OSError as error:
        raise KeyFileRefused(f"the key file cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError, JoseError) as error:
        raise KeyFileRefused("not a public collection key") from error
    if not key.kid or key.is_private:
        raise KeyFileRefused("not a public collection key")
    return found


def _public(tenant: Tenant, key: TenantKey) -> PublicCollectionKey:
    public = _elliptic(key).public_key()
    jwk = ECKey(public, public, {"kid": key.key_id, "use": "enc", "alg": "ECDH-ES"})
    return PublicCollectionKey(tenant.tenant_id, tenant.names, jwk)


def _elliptic(key: TenantKey) -> ec.EllipticCurvePrivateKey:
    if not isinstance(key.private_key, ec.EllipticCurvePrivateKey):
        raise TypeError("a collection key is on P-256")
    return key.private_key
