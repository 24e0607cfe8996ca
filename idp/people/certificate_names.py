"""A certificate named again after its login: enough of it to look it up in a revocation list.

It stands sealed in the certificate's row, as in that of a session: a dump tells no serial number. It is written
when a certificate signs; one that J-LIS has only named, or that last signed before there were names, has none.
"""

import json
from dataclasses import dataclass, field

from connectors.ports import CertificateKind
from idp.jpki.trust import Anchor
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import Place, TenantKeys
from idp.store import certificates
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate's name. `anchor_spki`: SHA-256; `ends_at`: notAfter, seconds since 1970."""

    kind: CertificateKind
    anchor_spki: bytes
    serial: int = field(repr=False)
    ends_at: int

    def anchor(self, tenant: Tenant) -> Anchor | None:
        """Who issued it, if the tenant trusts them still."""
        for anchor in tenant.anchors:
            if anchor.kind is self.kind and anchor.spki_sha256 == self.anchor_spki:
                return anchor
        return None


def keep(tx: Transaction, keys: TenantKeys, cert_index: bytes, certificate: VerifiedCertificate) -> None:
    """Write the name into the certificate's row, if there is such a row and it has none."""
    named = {
        "kind": str(certificate.kind),
        "anchor": certificate.anchor.spki_sha256.hex(),
        "serial": f"{certificate.serial:040x}",
        "ends_at": int(certificate.leaf.certificate.not_valid_after_utc.timestamp()),
    }
    certificates.name(tx, cert_index, keys.seal(_place(cert_index), json.dumps(named).encode()))


def opened(keys: TenantKeys, row: certificates.NamedRow) -> Named | None:
    """The name in a row, None where it has none. Raises SealBroken."""
    if row.sealed_name is None:
        return None
    stored = json.loads(keys.open(_place(row.cert_index), row.sealed_name))
    kind, spki = CertificateKind(stored["kind"]), bytes.fromhex(stored["anchor"])
    return Named(kind, spki, int(stored["serial"], 16), stored["ends_at"])


def _place(cert_index: bytes) -> Place:
    return Place("certificate", cert_index, "name")
