"""The mapping file of one service: old number, new number, readable by that service and nobody else.

Lines. Each is a nested JWT (RFC 7519 section 11.2): signed with the tenant's token key, so that nobody can hand a
service numbers of their own choosing, then encrypted to the service's public key (RFC 7516). A line holds some
thousand residents, so neither side ever holds the whole; lines are numbered, and the last one says that it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwe

from idp.continuity import record
from idp.continuity.mapping_key import MappingKey, open_key, thumbprint
from idp.continuity.record import State
from idp.keys.signing import signed
from idp.login.pairwise import open_ppid
from idp.login.previous import open_previous
from idp.oversight.ledger import Ledger, Operation
from idp.registration import NotAllowed
from idp.store import migrating, moving
from idp.store.engine import Store
from idp.store.migrating import MovedRow, Previous
from idp.tenants.tenancy import Client, Tenant

TYPE = "number-mapping+jwt"
LINE = 2000
"""Residents of one line: about 400 KiB."""
_ALGS = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES+A256KW", "OKP": "ECDH-ES+A256KW"}
_READY = (State.TELLING, State.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFiles:
    """Writes the files."""

    store: Store
    ledger: Ledger
    now: Callable[[], datetime]

    def lines(self, tenant: Tenant, migration_id: str, client: Client) -> Iterator[bytes]:
        """The service's file, line by line; from the call on the service counts as told of every number.

        Raises NotAllowed when not every number has changed yet, and for a service without a key.
        """
        at = int(self.now().timestamp())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            migration = record.read(tx, tenant.keys, migration_id, held=True)
            stored = migration.plan.services.get(client.client_id)
            if client.client_id not in migration.plan.services or migration.state is State.RELEASED:
                raise NotAllowed("this migration is not about that service")
            if migration.state not in _READY:
                raise NotAllowed(f"there is a mapping when every number has changed; it is {migration.state}")
            if stored is None:
                raise NotAllowed("no key for the service's mapping file was approved")
            migrating.tell_all(tx, migration_id, client.client_id)
            migrating.mapped(tx, migration_id, client.client_id, at=at)
            details = {"migration": migration_id, "service": client.client_id, "key": thumbprint(stored)}
            self.ledger.record(tx, tenant.keys, Operation.MIGRATION_MAPPED, details)
        return self._written(tenant, migration_id, client, open_key(stored), at)

    def _written(
        self, tenant: Tenant, migration_id: str, client: Client, key: MappingKey, at: int
    ) -> Iterator[bytes]:
        for number, (numbers, last) in enumerate(self._parts(tenant, migration_id, client)):
            claims: dict[str, Any] = {
                "iss": tenant.issuer,
                "aud": client.client_id,
                "iat": at,
                "migration": migration_id,
                "line": number,
                "last": last,
                "numbers": numbers,
            }
            if client.window is not None and client.window.previous_iss:
                claims["previous_iss"] = client.window.previous_iss
            yield _nested(tenant, client, key, claims) + b"\n"

    def _parts(
        self, tenant: Tenant, migration_id: str, client: Client
    ) -> Iterator[tuple[list[tuple[str, str]], bool]]:
        """The numbers in the order of random ids, each as (old, new); with the last part: True."""
        after, waiting = b"", None
        while True:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                rows = migrating.moved(tx, migration_id, client.client_id, after=after, limit=LINE)
                sealed = moving.sealed_numbers(tx, [row.pair_id for row in rows])
            if waiting is not None:
                yield waiting, not rows
            if not rows:
                if waiting is None:
                    yield [], True
                return
            waiting = [_both(tenant, client, row, sealed[row.pair_id]) for row in rows]
            after = rows[-1].pair_id


def _nested(tenant: Tenant, client: Client, key: MappingKey, claims: dict[str, Any]) -> bytes:
    inner = signed(tenant.signing_key(client.id_token_signed_response_alg), TYPE, claims)
    alg = _ALGS[key.key_type]
    header = {"alg": alg, "enc": "A256GCM", "cty": "JWT", "kid": key.thumbprint()}
    return jwe.encrypt_compact(header, inner.encode(), key, algorithms=[alg, "A256GCM"]).encode("ascii")


def _both(tenant: Tenant, client: Client, row: MovedRow, sealed_number: bytes) -> tuple[str, str]:
    previous = open_previous(tenant, client, row.pair_id, Previous(row.sealed_previous, row.told))
    return previous.sub, open_ppid(tenant, row.pair_id, sealed_number)
