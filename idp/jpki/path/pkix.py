"""RFC 5280 section 6.1 for one complete path, by pyhanko-certvalidator behind the gate.

It was chosen by score on public vectors and brings the policy graph of RFC 9618. Fetching is off, so that its
coroutine never waits and needs no event loop. Name constraints and revocation are hidden from it: it knows no
iPAddress constraint, verifies CRL and OCSP signatures under any algorithm, and trusts its memory of CRL
signers; `constraints` and `status` judge those.
"""

from datetime import datetime, timedelta

from asn1crypto import x509 as asn1
from pyhanko_certvalidator.authority import AuthorityWithCert, TrustAnchor
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    PKIXValidationParams,
)
from pyhanko_certvalidator.validate import async_validate_path

from idp.jpki.path import algorithms
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import MAX_POLICY_NODES, Budget
from idp.jpki.path.policy import ANY_POLICY, PathPolicy
from idp.jpki.path.reasons import PathReason, PathRefusal

_COST, _COST_PER_NAME_BYTE = 1200, 12


class _Certificate(asn1.Certificate):  # type: ignore[misc]
    """A certificate whose name constraints the engine does not see."""

    name_constraints_value = None


class Processor:
    """RFC 5280 path processing at one moment; each certificate is parsed, and paid for, once."""

    def __init__(self, now: datetime, budget: Budget) -> None:
        self._now = now
        self._budget = budget
        self._parsed: dict[int, _Certificate] = {}

    def require_valid(self, path: list[Gated], policy: PathPolicy) -> None:
        """Judge one path, from the leaf to the anchor. Raises PathRefusal with PATH_INVALID."""
        *certificates, anchor = [self._parse(c) for c in path]
        self._budget.spend_validation(_COST)
        self._budget.spend_signature(sum(algorithms.cost(authority.key) for authority in path[1:]))
        trusted = TrustAnchor(AuthorityWithCert(anchor))
        context = ValidationContext(
            trust_roots=[anchor],
            moment=self._now,
            allow_fetching=False,
            time_tolerance=timedelta(0),
            revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
            algorithm_usage_policy=AcceptAllAlgorithms(),  # the gate has already judged every algorithm
        )
        chain = ValidationPath(trusted, interm=certificates[:0:-1], leaf=certificates[0])
        try:
            # nothing is fetched, so the coroutine runs to its end without an event loop
            tuple(async_validate_path(context, chain, _parameters(policy)).__await__())
        except Exception as error:  # a path that trips the engine is refused, whatever it tripped over
            raise PathRefusal(PathReason.PATH_INVALID, type(error).__name__) from error

    def _parse(self, certificate: Gated) -> _Certificate:
        key = id(certificate)
        if key not in self._parsed:
            name_bytes = len(certificate.issuer_der) + len(certificate.subject_der)
            self._budget.spend_validation(_COST + _COST_PER_NAME_BYTE * name_bytes)
            self._parsed[key] = _Certificate.load(certificate.der, strict=True)
        return self._parsed[key]


def _parameters(policy: PathPolicy) -> PKIXValidationParams:
    policies = frozenset("any_policy" if oid == ANY_POLICY else oid for oid in policy.user_policies)
    return PKIXValidationParams(
        user_initial_policy_set=policies,
        initial_policy_mapping_inhibit=policy.inhibit_mapping,
        initial_explicit_policy=policy.explicit_policy,
        initial_any_policy_inhibit=policy.inhibit_any,
        max_policy_graph_nodes=MAX_POLICY_NODES,
    )
