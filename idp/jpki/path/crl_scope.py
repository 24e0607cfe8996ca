"""For which certificate, and which revocation reasons, a CRL speaks (RFC 5280 section 6.3.3 (b) to (d))."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509

from idp.jpki.path import names
from idp.jpki.path.gate import Gated
from idp.jpki.path.lists import GatedList
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

ALL_REASONS = frozenset(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
_POINT_FORMS = (x509.DirectoryName, x509.UniformResourceIdentifier)

PointName = tuple[str, object]


@dataclass(frozen=True, slots=True)
class _Point:
    """One distribution point of the certificate; `issuers` is empty when its own issuer issues the list."""

    names: frozenset[PointName]
    issuers: frozenset[RdnKeys]
    reasons: frozenset[x509.ReasonFlags]


def reasons_covered(crl: GatedList, certificate: Gated) -> frozenset[x509.ReasonFlags]:
    """The reasons for which `crl` speaks about `certificate`: none when it is not in scope.

    Raises PathRefusal with EXTENSION_REFUSED for distribution points of a form that is not supported.
    """
    if crl.scope is not None and not _kind_in_scope(crl.scope, certificate):
        return frozenset()
    covered: frozenset[x509.ReasonFlags] = frozenset()
    for point in _points(certificate):
        if _issuer_in_scope(crl, point, certificate) and _name_in_scope(crl, point, certificate):
            some = crl.scope.only_some_reasons if crl.scope is not None else None
            covered |= point.reasons & (ALL_REASONS if some is None else some)
    return covered


def _kind_in_scope(scope: x509.IssuingDistributionPoint, certificate: Gated) -> bool:
    if scope.only_contains_attribute_certs:
        return False
    if certificate.is_authority:
        return not scope.only_contains_user_certs
    return not scope.only_contains_ca_certs


def _issuer_in_scope(crl: GatedList, point: _Point, certificate: Gated) -> bool:
    if point.issuers:
        return crl.issuer in point.issuers and crl.scope is not None and crl.scope.indirect_crl
    return crl.issuer == certificate.issuer


def _name_in_scope(crl: GatedList, point: _Point, certificate: Gated) -> bool:
    scope = crl.scope
    if scope is None or (scope.full_name is None and scope.relative_name is None):
        return True
    own = frozenset(_names(scope.full_name, scope.relative_name, crl.issuer))
    issuers = frozenset(("directory", issuer) for issuer in point.issuers)
    return bool(own & (point.names or issuers or {("directory", certificate.issuer)}))


def _points(certificate: Gated) -> Iterator[_Point]:
    """The certificate's distribution points, then the one that every issuer has: its own name."""
    for point in certificate.value(x509.CRLDistributionPoints) or ():
        issuers = frozenset(
            names.rdn_keys(issuer.value.public_bytes())
            for issuer in point.crl_issuer or ()
            if isinstance(issuer, x509.DirectoryName)
        )
        if point.crl_issuer and not issuers:
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "cRLIssuer is no directory name")
        parents = issuers or {certificate.issuer}
        if point.relative_name is not None and len(parents) > 1:
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "relative name under several issuers")
        held = frozenset(_names(point.full_name, point.relative_name, next(iter(parents))))
        yield _Point(held, issuers, frozenset(point.reasons or ALL_REASONS))
    yield _Point(frozenset({("directory", certificate.issuer)}), frozenset(), ALL_REASONS)


def _names(
    full: Iterable[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, parent: RdnKeys
) -> Iterator[PointName]:
    for name in full or ():
        if not isinstance(name, _POINT_FORMS):
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "distribution point name of another form")
        if isinstance(name, x509.DirectoryName):
            yield "directory", names.rdn_keys(name.value.public_bytes())
        else:
            yield "uri", name.value
    if relative is not None:
        yield "directory", parent + names.rdn_keys(x509.Name([relative]).public_bytes())
