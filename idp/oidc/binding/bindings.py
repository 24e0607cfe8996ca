"""To which key the tokens of a request are bound, and whether a request shows the key of the token that it brings.

RFC 9449, RFC 8705 section 3. What a service's tokens must be bound to, its profile and its registration say.
"""

from dataclasses import dataclass

from idp.oidc.binding.binding import UNBOUND, Binding, to_certificate, to_dpop_key
from idp.oidc.binding.dpop import ProofRefused
from idp.oidc.binding.proofs import Proofs
from idp.oidc.clients import client_request
from idp.oidc.tokens.form import ClientCertificate, FormRefused
from idp.oidc.tokens.shown_token import DPOP, ShownToken, TokenRefused
from idp.services.client_certificates import thumbprint
from idp.tenants.tenancy import Client, Tenant
from idp.web.certificate_hop import Hop


class BindingWanted(Exception):
    """The service's tokens are bound to a key, and the request shows none, or one of another kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The rule, over the proofs of requests and the certificates of their handshakes."""

    proofs: Proofs
    hop: Hop

    def shown(self, tenant: Tenant, client: Client, path: str, certificate: ClientCertificate | None) -> Binding:
        """The key that the request at hand to that path shows: by a proof or, for some services, a certificate.

        Raises ProofRefused for a proof that shows nothing, BindingWanted for a request without any where the
        service's tokens are always bound.
        """
        proof = self.proofs.shown(tenant, path)
        if proof is not None:
            if client.tls_client_certificate_bound_access_tokens:
                raise BindingWanted("the tokens of this service are bound to its certificate: show no DPoP proof")
            return to_dpop_key(proof.jkt)
        if certificate is not None and client.binds_to_certificates:
            return to_certificate(thumbprint(certificate.certificate))
        if client.binds_tokens:
            raise BindingWanted(f"the tokens of this service are bound to a key: {_wanted(client)}")
        return UNBOUND

    def require(self, tenant: Tenant, path: str, shown: ShownToken, binding: Binding) -> None:
        """Raise TokenRefused unless the request at hand shows the key to which its token is bound, by its scheme.

        A bound token under another scheme would be one that needs no proof (RFC 9449 section 7.2).
        """
        if shown.scheme != binding.token_type:
            raise TokenRefused("invalid_token", binding.token_type)
        if binding.is_dpop:
            self._require_proof(tenant, path, shown, binding)
        elif binding and binding != self._certificate():
            raise TokenRefused("invalid_token", shown.scheme)

    def _require_proof(self, tenant: Tenant, path: str, shown: ShownToken, binding: Binding) -> None:
        try:
            proof = self.proofs.shown(tenant, path, access_token=shown.token)
        except ProofRefused as refused:
            raise TokenRefused(refused.error, DPOP) from refused
        if proof is None:
            raise TokenRefused("invalid_dpop_proof", DPOP)
        if to_dpop_key(proof.jkt) != binding:
            raise TokenRefused("invalid_token", DPOP)

    def _certificate(self) -> Binding:
        """The certificate of the request's handshake; UNBOUND for none, and for one that cannot be read."""
        try:
            shown = client_request.certificate(self.hop)
        except FormRefused:
            return UNBOUND
        return UNBOUND if shown is None else to_certificate(thumbprint(shown.certificate))


def _wanted(client: Client) -> str:
    """What the service has to show."""
    if not client.binds_to_certificates:
        return "show a DPoP proof"
    if client.tls_client_certificate_bound_access_tokens:
        return "show its certificate at the mTLS host"
    return "show a DPoP proof, or a certificate at the mTLS host"
