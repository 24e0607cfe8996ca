"""Whether a tenant's multi-tier stores can say *valid* at all."""

from cryptography import x509

from idp.doctor.finding import Finding, ok, warn
from idp.trust.judging import StoreContent
from idp.trust.purposes import Required


def store(tenant_id: str, purpose: str, content: StoreContent) -> Finding | None:
    """What keeps a store from working; None for one in which nothing is loaded."""
    if not content.anchors:
        return None
    check = f"{purpose} of {tenant_id}"
    if not content.policy.user_policies:
        return warn(check, "no certificate policy is stated: every certificate is refused", "idp anchor policy")
    silent = len(_authorities(content) - _listed(content))
    if content.policy.revocation is Required.CRL and silent:
        return warn(check, f"{silent} authorities have no list", "idp crl load --purpose")
    return ok(check, f"{len(content.anchors)} anchors, {len(content.lists)} lists, policies are stated")


def _authorities(content: StoreContent) -> set[x509.Name]:
    loaded = (*content.anchors, *content.intermediates)
    return {x509.load_der_x509_certificate(der).subject for der in loaded}


def _listed(content: StoreContent) -> set[x509.Name]:
    return {x509.load_der_x509_crl(der).issuer for der in content.lists}
