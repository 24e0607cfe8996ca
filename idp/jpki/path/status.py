"""Revocation on every tier: for each certificate of a path, evidence that it is not revoked, or a refusal.

Whatever authentic evidence says *revoked* wins, however old it is and whatever else says *good*.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from cryptography import x509
from cryptography.x509 import ocsp

from idp.jpki.path import responses
from idp.jpki.path.crl_scope import ALL_REASONS, Scopes
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import Budget
from idp.jpki.path.lists import GatedList
from idp.jpki.path.policy import Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.responses import CLOCK_SKEW, GatedResponse

_REMOVED = x509.ReasonFlags.remove_from_crl.value
SignerPaths = Callable[[Gated, Gated], Iterator[list[Gated]]]
"""(candidate CRL signer, anchor) -> valid paths from that candidate to that very anchor."""


class Judge:
    """The evidence of one run, and what it says about each tier.

    `indirect_covers`: whether an indirect list is evidence of a good certificate; of a revoked one it always is.
    """

    def __init__(
        self,
        *,
        lists: list[GatedList],
        answers: list[GatedResponse],
        certificates: list[Gated],
        signer_paths: SignerPaths,
        indirect_covers: bool,
        now: datetime,
        budget: Budget,
    ) -> None:
        self._lists = [crl for crl in lists if crl.base is None]
        self._deltas = [crl for crl in lists if crl.base is not None]
        self._answers = answers
        self._certificates = certificates
        self._signer_paths = signer_paths
        self._indirect_covers = indirect_covers
        self._now = now
        self._budget = budget
        self._scopes = Scopes(budget)
        self._signed: dict[tuple[int, int], bool] = {}

    def require_good(self, path: list[Gated], revocation: Revocation) -> None:
        """Judge every tier from the anchor's own issue down to the leaf; the anchor itself is never judged.

        Raises PathRefusal: REVOKED, STATUS_UNKNOWN, EVIDENCE_MISSING, EVIDENCE_TOO_OLD.
        """
        for tier in range(len(path) - 2, -1, -1):
            if revocation is Revocation.CRL:
                self._require_listed_nowhere(path[tier:], ())
            elif revocation is Revocation.OCSP:
                self._require_good_answer(path[tier], path[tier + 1])

    def _require_good_answer(self, certificate: Gated, issuer: Gated) -> None:
        good = unknown = stale = False
        for answer in self._answers:
            singles = responses.singles_for(answer, certificate, issuer, self._budget)
            if not singles or not responses.is_authorised(answer, issuer, self._now, self._budget):
                continue
            for single in singles:
                if single.status is ocsp.OCSPCertStatus.REVOKED:
                    raise PathRefusal(PathReason.REVOKED, "OCSP")
                if not self._is_fresh(single.this_update, single.next_update):
                    stale = True
                elif single.status is ocsp.OCSPCertStatus.GOOD:
                    good = True
                else:
                    unknown = True
        if unknown:
            raise PathRefusal(PathReason.STATUS_UNKNOWN, "OCSP")
        if not good:
            raise PathRefusal(PathReason.EVIDENCE_TOO_OLD if stale else PathReason.EVIDENCE_MISSING, "OCSP")

    def _is_fresh(self, this_update: datetime, next_update: datetime | None) -> bool:
        """Inside its life by our clock; an answer without an end is not evidence."""
        if next_update is None or next_update < this_update:
            return False
        return this_update - self._now <= CLOCK_SKEW and self._now <= next_update

    def _require_listed_nowhere(self, path: list[Gated], pending: tuple[Gated, ...]) -> None:
        """CRL evidence for `path[0]` below its issuers; `pending` are the signers being judged above us."""
        certificate = path[0]
        covered: frozenset[x509.ReasonFlags] = frozenset()
        stale = False
        for crl in self._lists:
            self._budget.spend_comparisons(1)
            reasons = self._scopes.reasons_covered(crl, certificate)
            signer = self._signer(crl, path, pending) if reasons else None
            if signer is None:
                continue
            delta = self._delta(crl, signer)
            if _is_listed(certificate, crl, delta):
                raise PathRefusal(PathReason.REVOKED, "CRL")
            if crl.is_indirect and not self._indirect_covers:
                continue
            wants_delta = crl.freshest or certificate.find(x509.FreshestCRL) is not None
            current = [crl] if delta is None else [crl, delta]
            if (wants_delta and delta is None) or not all(
                self._is_fresh(c.this_update, c.next_update) for c in current
            ):
                stale = True
            else:
                covered |= reasons
        if not covered >= ALL_REASONS:
            raise PathRefusal(PathReason.EVIDENCE_TOO_OLD if stale else PathReason.EVIDENCE_MISSING, "CRL")

    def _delta(self, crl: GatedList, signer: Gated) -> GatedList | None:
        """The newest delta list that builds on `crl` (RFC 5280 section 5.2.4), by the same signer."""
        fitting = [
            delta
            for delta in self._deltas
            if delta.issuer == crl.issuer
            and delta.scope_der == crl.scope_der
            and delta.authority_key_id == crl.authority_key_id
            and delta.base is not None
            and delta.base <= crl.number <= delta.number
            and self._is_signed(delta, signer)
        ]
        return max(fitting, key=lambda delta: delta.number, default=None)

    def _signer(self, crl: GatedList, path: list[Gated], pending: tuple[Gated, ...]) -> Gated | None:
        """Who signed the list with the right to: an authority of the path, or a certified CRL signer.

        A signer's own status is judged like a certificate's, but for its own list it needs no other: RFC 5280
        lets an authority list its CRL signing key in the list that this key signs.
        """
        for authority in path[1:]:
            if self._is_signed(crl, authority):
                return authority
        for candidate in self._certificates:
            if candidate is path[0] and candidate not in pending:
                continue
            if self._is_signed(crl, candidate) and self._is_certified(candidate, path[-1], pending):
                return candidate
        return None

    def _is_signed(self, crl: GatedList, signer: Gated) -> bool:
        self._budget.spend_comparisons(1)
        usage = signer.value(x509.KeyUsage)
        if (
            crl.issuer != signer.subject
            or crl.authority_key_id not in (None, signer.key_id)
            or (usage is not None and not usage.crl_sign)
        ):
            return False
        pair = (id(crl), id(signer))
        if pair not in self._signed:
            self._signed[pair] = signer.signed(crl.signed_with, crl.signature, crl.tbs, self._budget)
        return self._signed[pair]

    def _is_certified(self, signer: Gated, anchor: Gated, pending: tuple[Gated, ...]) -> bool:
        """Whether a path leads from this CRL signer to the same anchor, with evidence for each tier of it."""
        if signer in pending:
            return True
        for path in self._signer_paths(signer, anchor):
            try:
                for tier in range(len(path) - 2, -1, -1):
                    self._require_listed_nowhere(path[tier:], (*pending, signer))
            except PathRefusal as refusal:
                if refusal.reason is PathReason.SEARCH_EXHAUSTED:
                    raise
            else:
                return True
        return False


def _is_listed(certificate: Gated, crl: GatedList, delta: GatedList | None) -> bool:
    """Whether the list, as its delta changes it, holds the certificate; only a delta can take one out."""
    key = (certificate.issuer, certificate.serial)
    changed = None if delta is None else delta.entries.get(key)
    return changed != _REMOVED and (changed is not None or key in crl.entries)
