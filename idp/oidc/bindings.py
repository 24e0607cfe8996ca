"""To which key the tokens of a request are bound: by what it shows, and what its service has registered."""

from dataclasses import dataclass

from idp.oidc.binding import UNBOUND, Binding, to_dpop_key
from idp.oidc.proofs import Proofs
from idp.tenancy import Client, Tenant


class BindingWanted(Exception):
    """The service's tokens are bound to a key, and the request shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The rule, over the proofs of requests."""

    proofs: Proofs

    def shown(self, tenant: Tenant, client: Client, path: str) -> Binding:
        """The key that the request at hand to that path shows.

        Raises ProofRefused for a proof that shows nothing, BindingWanted for a request without any where the
        service's tokens are always bound.
        """
        proof = self.proofs.shown(tenant, path)
        if proof is not None:
            return to_dpop_key(proof.jkt)
        if client.binds_tokens:
            raise BindingWanted("the tokens of this service are bound to a key: show a DPoP proof")
        return UNBOUND
