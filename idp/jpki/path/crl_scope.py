"""For which certificate, and which revocation reasons, a CRL speaks (RFC 5280 section 6.3.3 (b) to (d))."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509

from idp.jpki.path import names
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import Budget
from idp.jpki.path.lists import GatedList
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

ALL_REASONS = frozenset(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
_NAME_COST = 20
"""Reading a directory name, in comparisons."""
_POINT_FORMS = (x509.DirectoryName, x509.UniformResourceIdentifier)

PointName = tuple[str, object]


@dataclass(frozen=True, slots=True)
class _Point:
    """One distribution point of the certificate; `issuers` is empty when its own issuer issues the list."""

    names: frozenset[PointName]
    issuers: frozenset[RdnKeys]
    reasons: frozenset[x509.ReasonFlags]


class Scopes:
    """Lists and certificates of one run, compared once per pair; their names are read and paid for once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._covered: dict[tuple[int, int], frozenset[x509.ReasonFlags]] = {}
        self._points: dict[int, tuple[_Point, ...]] = {}
        self._names: dict[int, frozenset[PointName]] = {}

    def reasons_covered(self, crl: GatedList, certificate: Gated) -> frozenset[x509.ReasonFlags]:
        """The reasons for which `crl` speaks about `certificate`: none when it is not in scope.

        Raises PathRefusal: EXTENSION_REFUSED for distribution points of a form that is not supported,
        SEARCH_EXHAUSTED or TOO_LARGE for too many names.
        """
        pair = (id(crl), id(certificate))
        if pair not in self._covered:
            self._covered[pair] = self._judge(crl, certificate)
        return self._covered[pair]

    def _judge(self, crl: GatedList, certificate: Gated) -> frozenset[x509.ReasonFlags]:
        if crl.scope is not None and not _kind_in_scope(crl.scope, certificate):
            return frozenset()
        covered: frozenset[x509.ReasonFlags] = frozenset()
        for point in self._points_of(certificate):
            self._budget.spend_comparisons(1)
            if _issuer_in_scope(crl, point, certificate) and self._name_in_scope(crl, point, certificate):
                some = crl.scope.only_some_reasons if crl.scope is not None else None
                covered |= point.reasons & (ALL_REASONS if some is None else some)
        return covered

    def _points_of(self, certificate: Gated) -> tuple[_Point, ...]:
        key = id(certificate)
        if key not in self._points:
            self._points[key] = tuple(_points(certificate, self._budget))
        return self._points[key]

    def _name_in_scope(self, crl: GatedList, point: _Point, certificate: Gated) -> bool:
        scope = crl.scope
        if scope is None or (scope.full_name is None and scope.relative_name is None):
            return True
        key = id(crl)
        if key not in self._names:
            self._names[key] = frozenset(_names(scope.full_name, scope.relative_name, crl.issuer, self._budget))
        issuers = frozenset(("directory", issuer) for issuer in point.issuers)
        held = point.names or issuers or {("directory", certificate.issuer)}
        self._budget.spend_comparisons(min(len(held), len(self._names[key])))
        return not self._names[key].isdisjoint(held)


def _kind_in_scope(scope: x509.IssuingDistributionPoint, certificate: Gated) -> bool:
    if scope.only_contains_attribute_certs:
        return False
    if certificate.is_authority:
        return not scope.only_contains_user_certs
    return not scope.only_contains_ca_certs


def _issuer_in_scope(crl: GatedList, point: _Point, certificate: Gated) -> bool:
    if point.issuers:
        return crl.issuer in point.issuers and crl.is_indirect
    return crl.issuer == certificate.issuer


def _points(certificate: Gated, budget: Budget) -> Iterator[_Point]:
    """The certificate's distribution points, then the one that every issuer has: its own name."""
    for point in certificate.value(x509.CRLDistributionPoints) or ():
        issuers = frozenset(
            _directory(issuer.value, budget)
            for issuer in point.crl_issuer or ()
            if isinstance(issuer, x509.DirectoryName)
        )
        if point.crl_issuer and not issuers:
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "cRLIssuer is no directory name")
        parents = issuers or {certificate.issuer}
        if point.relative_name is not None and len(parents) > 1:
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "relative name under several issuers")
        held = frozenset(_names(point.full_name, point.relative_name, next(iter(parents)), budget))
        yield _Point(held, issuers, frozenset(point.reasons or ALL_REASONS))
    yield _Point(frozenset({("directory", certificate.issuer)}), frozenset(), ALL_REASONS)


def _names(
    full: Iterable[x509.GeneralName] | None,
    relative: x509.RelativeDistinguishedName | None,
    parent: RdnKeys,
    budget: Budget,
) -> Iterator[PointName]:
    for name in full or ():
        if not isinstance(name, _POINT_FORMS):
            raise PathRefusal(PathReason.EXTENSION_REFUSED, "distribution point name of another form")
        budget.spend_comparisons(1)
        if isinstance(name, x509.DirectoryName):
            yield "directory", _directory(name.value, budget)
        else:
            yield "uri", name.value
    if relative is not None:
        yield "directory", parent + _directory(x509.Name([relative]), budget)


def _directory(name: x509.Name, budget: Budget) -> RdnKeys:
    budget.spend_comparisons(_NAME_COST)
    return names.rdn_keys(name.public_bytes(), budget)
