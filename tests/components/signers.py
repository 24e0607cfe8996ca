"""Signers of other authorities than JPKI's: companies and posts, whom a town trusts for a purpose."""

from dataclasses import replace

from components.signed import Signer
from components.tiers import OUR_POLICY
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from idp.trust.purposes import PURPOSES


def load(town, purpose, root, leaf_lists=(), tenant_id="aoba"):
    """An authority of a purpose, trusted at once in a sandbox, with its list."""
    product = town.product
    tenant = product.directory.tenant(tenant_id)
    product.trust.changes.add(tenant, purpose, "anchor", root.der)
    stated = replace(PURPOSES[purpose].default, user_policies=(OUR_POLICY,))
    product.trust.changes.state(tenant, purpose, stated)
    product.trust.lists.load(tenant, purpose, root.crl(*leaf_lists))


def of_root(root, folder, **wishes) -> Signer:
    """A certificate that the authority issued, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = x509.load_der_x509_certificate(root.leaf(key=key, **wishes))
    return Signer.made(folder, leaf, key, root.certificate)
