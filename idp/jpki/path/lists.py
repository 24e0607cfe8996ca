"""Certificate revocation lists through the gate: canonical, of permitted algorithms, every extension understood.

A list tells nothing yet: `crl_scope` decides for which certificate it speaks, `status` who signed it.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.jpki.path import algorithms, der, entries, names
from idp.jpki.path.algorithms import SignatureAlgorithm
from idp.jpki.path.gate import PARSE_ERRORS, SignedParts, signed_parts
from idp.jpki.path.limits import MAX_CRL_BYTES, Budget
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

_CRITICAL_UNDERSTOOD = {ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR}


@dataclass(frozen=True, slots=True, eq=False)
class GatedList:
    """A list as lookup: `entries` maps (issuer of the certificate, serial) to a CRLReason name.

    `scope`: its issuingDistributionPoint; `scope_der` its encoding. `base`: BaseCRLNumber of a delta list.
    `freshest`: whether it says that delta lists exist.
    """

    tbs: bytes
    signature: bytes
    signed_with: SignatureAlgorithm
    issuer: RdnKeys
    this_update: datetime
    next_update: datetime
    number: int
    base: int | None
    freshest: bool
    authority_key_id: bytes | None
    scope: x509.IssuingDistributionPoint | None
    scope_der: bytes
    entries: dict[tuple[RdnKeys, int], str]

    @property
    def is_indirect(self) -> bool:
        """Whether it lists certificates of other issuers too."""
        return self.scope is not None and self.scope.indirect_crl


def read_list(unverified_der: bytes, budget: Budget, *, weak_ok: bool = False) -> GatedList:
    """Pass one CertificateList through the gate.

    Raises PathRefusal: TOO_LARGE; ALGORITHM_REFUSED; MALFORMED for anything that is not one canonical version 2
    list with nextUpdate and a crlNumber, or that holds a critical extension, an entry extension or a repeated
    serial which we cannot honour.
    """
    if len(unverified_der) > MAX_CRL_BYTES:
        raise PathRefusal(PathReason.TOO_LARGE, "CRL")
    parts = signed_parts(unverified_der)
    fields = der.children(unverified_der, parts.tbs_element)
    if [f.tag for f in fields[:3]] != [0x02, 0x30, 0x30]:
        raise PathRefusal(PathReason.MALFORMED, "not a version 2 CRL")
    if unverified_der[fields[1].start : fields[1].end] != parts.algorithm:
        raise PathRefusal(PathReason.MALFORMED, "signature algorithms differ")
    row = algorithms.signature_algorithm(parts.algorithm, weak_ok=weak_ok)
    revoked = next((f for f in fields[3:] if f.tag == 0x30), None)
    budget.spend_elements(der.walk(unverified_der, skip=revoked))
    issuer = names.rdn_keys(unverified_der[fields[2].start : fields[2].end], budget)
    try:
        crl = x509.load_der_x509_crl(unverified_der)
        found = _judged(crl, parts, row, issuer)
    except PARSE_ERRORS as error:
        raise PathRefusal(PathReason.MALFORMED, f"CRL: {type(error).__name__}") from error
    if revoked is not None:
        found.entries.update(entries.read(unverified_der, revoked, issuer, budget, indirect=found.is_indirect))
    return found


def _judged(
    crl: x509.CertificateRevocationList, parts: SignedParts, row: SignatureAlgorithm, issuer: RdnKeys
) -> GatedList:
    extensions = {type(e.value): e for e in crl.extensions}
    for extension in crl.extensions:
        if extension.critical and extension.oid not in _CRITICAL_UNDERSTOOD:
            raise _malformed("critical extension that is not processed")
    number, scope = extensions.get(x509.CRLNumber), extensions.get(x509.IssuingDistributionPoint)
    delta, key = extensions.get(x509.DeltaCRLIndicator), extensions.get(x509.AuthorityKeyIdentifier)
    if number is None or crl.next_update_utc is None:
        raise _malformed("no crlNumber or no nextUpdate")
    if any(e is not None and not e.critical for e in (scope, delta)):
        raise _malformed("extension that must be critical")
    return GatedList(
        tbs=parts.tbs,
        signature=parts.signature,
        signed_with=row,
        issuer=issuer,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        number=number.value.crl_number,
        base=None if delta is None else delta.value.crl_number,
        freshest=x509.FreshestCRL in extensions,
        authority_key_id=None if key is None else key.value.key_identifier,
        scope=None if scope is None else scope.value,
        scope_der=b"" if scope is None else scope.value.public_bytes(),
        entries={},
    )


def _malformed(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.MALFORMED, f"CRL: {detail}")
