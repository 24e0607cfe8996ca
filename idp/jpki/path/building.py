"""Path building (RFC 4158): which certificate could have signed which, proved by signature, within a budget.

Only certificates that are fit by themselves take part, and only those that stand below an anchor are ever tried,
so that a pool of cross certificates can cost no more than the budget says.
"""

from collections.abc import Iterator
from datetime import datetime

from idp.jpki.path import rules
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import MAX_PATH_CERTIFICATES, Budget
from idp.jpki.path.policy import PathPolicy
from idp.jpki.path.reasons import PathReason, PathRefusal


class Graph:
    """The fit authorities of one run, the anchors, and who was proved to have signed whom."""

    def __init__(
        self, pool: list[Gated], anchors: list[Gated], policy: PathPolicy, now: datetime, budget: Budget
    ) -> None:
        self.anchors = [a for a in anchors if _is_fit_anchor(a, policy, now)]
        self.pool = [c for c in pool if is_fit_authority(c, policy, now)]
        self._budget = budget
        self._signed: dict[tuple[int, int], bool] = {}

    def issued(self, issuer: Gated, certificate: Gated) -> bool:
        """Whether `issuer` signed `certificate`, by what they say and by signature; checked and paid for once."""
        if not _could_have_issued(issuer, certificate):
            return False
        pair = (id(issuer), id(certificate))
        if pair not in self._signed:
            self._signed[pair] = issuer.signed(
                certificate.signed_with, certificate.signature, certificate.tbs, self._budget
            )
        return self._signed[pair]

    def paths(self, leaf: Gated) -> Iterator[list[Gated]]:
        """Candidate paths from `leaf` to an anchor, both included, those that look shortest first.

        No name and key stand twice in one path. Raises PathRefusal with SEARCH_EXHAUSTED.
        """
        yield from self._climb([leaf], self._distances())

    def _climb(self, path: list[Gated], distances: dict[int, int]) -> Iterator[list[Gated]]:
        top = path[-1]
        self._budget.spend_comparisons(len(self.pool))
        for anchor in self.anchors:
            self._budget.spend_step()
            if self.issued(anchor, top):
                yield [*path, anchor]
        if len(path) + 1 >= MAX_PATH_CERTIFICATES:
            return
        seen = {(c.subject, c.spki) for c in path}
        above = [c for c in self.pool if id(c) in distances and (c.subject, c.spki) not in seen]
        for issuer in sorted(above, key=lambda c: distances[id(c)]):
            self._budget.spend_step()
            if self.issued(issuer, top):
                yield from self._climb([*path, issuer], distances)

    def _distances(self) -> dict[int, int]:
        """How far below an anchor each pool certificate stands by what it says; absent: no anchor above it.

        No signature is checked for this: it only orders and prunes the search.
        """
        found: dict[int, int] = {}
        level, above = 0, self.anchors
        while above:
            level += 1
            self._budget.spend_comparisons(len(above) * (len(self.pool) - len(found)))
            below = [
                c
                for c in self.pool
                if id(c) not in found and any(_could_have_issued(issuer, c) for issuer in above)
            ]
            found.update((id(c), level) for c in below)
            above = below
        return found


def _could_have_issued(issuer: Gated, certificate: Gated) -> bool:
    """Name, key identifier and unique identifier fit (RFC 5280 section 6.1.3 (a) and 4.2.1.1)."""
    return (
        issuer.subject == certificate.issuer
        and (certificate.authority_key_id or issuer.key_id) == issuer.key_id
        and certificate.issuer_unique_id == issuer.subject_unique_id
    )


def is_fit_authority(certificate: Gated, policy: PathPolicy, now: datetime) -> bool:
    """Whether a pool certificate may stand between leaf and anchor."""
    try:
        rules.require_time(certificate, now)
        rules.require_shape(certificate, policy)
        rules.require_issued(certificate)
        rules.require_authority(certificate, policy)
    except PathRefusal:
        return False
    return True


def _is_fit_anchor(anchor: Gated, policy: PathPolicy, now: datetime) -> bool:
    try:
        rules.require_time(anchor, now)
        rules.require_shape(anchor, policy)
        rules.require_anchor(anchor, policy)
    except PathRefusal:
        return False
    return True


def no_path() -> PathRefusal:
    """The refusal when no candidate was found."""
    return PathRefusal(PathReason.ISSUER_UNKNOWN, "no path to an anchor")
