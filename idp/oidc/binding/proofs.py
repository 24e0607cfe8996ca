"""DPoP proofs as requests show them: each once, with a nonce that we gave lately (RFC 9449 sections 8 and 11.1).

A nonce is kept nowhere: it is the keyed index of a span of time, the same for every client.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.oidc.binding import dpop
from idp.oidc.binding.dpop import Expected, NonceWanted, Proof, ProofRefused
from idp.store import one_time
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.web.request import here
from ppid.encoding import length_prefixed

_FIELD, NONCE_HEADER = "HTTP_DPOP", "DPoP-Nonce"
NONCE_SECONDS = 300
"""A nonce is good for the rest of its span and the whole next one: five to ten minutes."""
_PURPOSE = "dpop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Reading them, over the store that remembers which were shown."""

    store: Store
    now: Callable[[], datetime]

    def require_nonce(self, tenant: Tenant) -> None:
        """Raise NonceWanted for a proof that bears none of our nonces, before anything of its request is spent.

        Who learns the nonce by that may send the same assertion again (the certification's suite does). Whatever
        else is wrong with a proof, `shown` finds.
        """
        unverified = _unverified()
        if unverified is None:
            return
        try:
            nonce = dpop.nonce_in(unverified)
        except ProofRefused:
            return
        if not isinstance(nonce, str) or not self._is_nonce(tenant, nonce):
            raise NonceWanted("our nonce is missing, or too old")

    def shown(self, tenant: Tenant, path: str, *, access_token: str | None = None) -> Proof | None:
        """The proof of the request at hand to that path of the issuer; None where it shows none.

        Raises ProofRefused and NonceWanted as `dpop.read`, and for one that was shown before. It is spent by that,
        whatever becomes of the request.
        """
        unverified = _unverified()
        if unverified is None:
            return None
        expected = Expected(
            method=here().method,
            urls=_addresses(tenant, path),
            now=self._moment(),
            is_nonce=lambda nonce: self._is_nonce(tenant, nonce),
            access_token=access_token,
        )
        proof = dpop.read(unverified, expected)
        digest = hashlib.sha256(length_prefixed(proof.jkt.encode(), proof.jti.encode())).digest()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not one_time.spend(tx, _PURPOSE, digest, expires_at=proof.over_at):
                raise ProofRefused("it was shown before")
        return proof

    def next_nonce(self, tenant: Tenant) -> Mapping[str, str]:
        """The header that tells the nonce of now to who shows proofs; nothing to anybody else."""
        if _unverified() is None:
            return {}
        return {NONCE_HEADER: tenant.keys.dpop_nonce(self._moment() // NONCE_SECONDS)}

    def _is_nonce(self, tenant: Tenant, unverified: str) -> bool:
        """Whether we gave it lately."""
        span = self._moment() // NONCE_SECONDS
        known = (tenant.keys.dpop_nonce(span - ago) for ago in (0, 1))
        return any(hmac.compare_digest(unverified.encode(), nonce.encode()) for nonce in known)

    def _moment(self) -> int:
        return int(self.now().timestamp())


def _unverified() -> str | None:
    """What the request at hand shows as its proof; None for nothing.

    Two header fields reach us as one value with a comma between them (RFC 3875 section 4.1.18): no proof.
    """
    unverified: str | None = here().environ.get(_FIELD)
    return unverified


def _addresses(tenant: Tenant, path: str) -> tuple[str, ...]:
    """By which an endpoint is called: at the issuer, and at the host that asks for certificates."""
    alias = tenant.mtls_url(path)
    return (tenant.url(path), alias) if alias else (tenant.url(path),)
