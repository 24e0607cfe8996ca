"""The path engine: size caps, gate, path building, our rules, RFC 5280 processing, revocation, in that order.

Pure and deterministic: the same bytes, anchors, policy and moment give the same verdict on every machine.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from idp.jpki.path import building, constraints, gate, limits, lists, peer, responses, rules
from idp.jpki.path.building import Graph
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import Budget
from idp.jpki.path.pkix import Processor
from idp.jpki.path.policy import PathPolicy, Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.status import Judge
from idp.jpki.path.store import TrustStore

_Item = TypeVar("_Item")
_FINAL = {PathReason.SEARCH_EXHAUSTED, PathReason.TOO_LARGE}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the caller gathered, in DER and untrusted: certificates in no order, CRLs, OCSP responses."""

    certificates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()
    ocsp: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A leaf that chains to an anchor under the policy. `path`: DER from the leaf to the anchor, both included."""

    path: tuple[bytes, ...]


def validate(leaf: bytes, evidence: Evidence, store: TrustStore, now: datetime) -> Verdict:
    """Judge one certificate against a trust store.

    Raises PathRefusal, and nothing else, for whatever bytes are handed in. With several candidate paths the
    reason is that of the first: the shortest.
    """
    return _Run(store.policy, now).verdict(leaf, evidence, store.anchors)


class _Run:
    """One validation: its budget and the parts that share it."""

    def __init__(self, policy: PathPolicy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._budget = Budget()
        self._processor = Processor(now, self._budget)
        self._constraints = constraints.NameConstraints(self._budget)

    def verdict(self, leaf_der: bytes, evidence: Evidence, anchors_der: Sequence[bytes]) -> Verdict:
        _require_sizes(evidence, anchors_der)
        leaf = self._read_leaf(leaf_der)
        anchors = list(self._passing(anchors_der, gate.read))
        pool = [c for c in self._passing(evidence.certificates, gate.read) if c.der != leaf.der]
        graph = Graph(pool, anchors, self._policy, self._now, self._budget)
        if not graph.anchors:
            raise PathRefusal(PathReason.ANCHOR_UNFIT, "no anchor is fit")
        judge = self._judge(graph, pool, evidence)
        first: PathRefusal | None = None
        for path in graph.paths(leaf):
            try:
                self._require_path(path)
                judge.require_good(path, self._policy.revocation)
            except PathRefusal as refusal:
                if refusal.reason in _FINAL:
                    raise
                first = first or refusal
            else:
                return Verdict(tuple(c.der for c in path))
        raise first or building.no_path()

    def _read_leaf(self, leaf_der: bytes) -> Gated:
        leaf = gate.read(leaf_der, self._budget, weak_ok=self._policy.weak_ok)
        rules.require_time(leaf, self._now)
        rules.require_shape(leaf, self._policy)
        rules.require_issued(leaf)
        rules.require_leaf(leaf, self._policy)
        peer.require_names(leaf, self._policy.expected_names)
        return leaf

    def _require_path(self, path: list[Gated], *, of_signer: bool = False) -> None:
        """What only the whole path shows. A CRL signer's path has no policies to satisfy."""
        _require_lengths(path, self._policy.max_depth)
        self._constraints.require_names_allowed(path)
        policy = PathPolicy() if of_signer else self._policy
        self._processor.require_valid(path, policy)

    def _judge(self, graph: Graph, pool: list[Gated], evidence: Evidence) -> Judge:
        revocation = self._policy.revocation
        crls = evidence.crls if revocation is Revocation.CRL else ()
        ocsp = evidence.ocsp if revocation is Revocation.OCSP else ()

        return Judge(
            lists=list(self._passing(crls, lists.read_list)),
            answers=list(self._passing(ocsp, responses.read_response)),
            certificates=pool,
            signer_paths=partial(self._signer_paths, graph),
            indirect_covers=not self._policy.is_for_use,
            now=self._now,
            budget=self._budget,
        )

    def _signer_paths(self, graph: Graph, signer: Gated, anchor: Gated) -> Iterator[list[Gated]]:
        try:
            rules.require_time(signer, self._now)
            rules.require_shape(signer, self._policy)
            rules.require_issued(signer)
        except PathRefusal:
            return
        for path in graph.paths(signer):
            if path[-1] is anchor and self._is_valid_signer_path(path):
                yield path

    def _is_valid_signer_path(self, path: list[Gated]) -> bool:
        try:
            self._require_path(path, of_signer=True)
        except PathRefusal as refusal:
            if refusal.reason in _FINAL:
                raise
            return False
        return True

    def _passing(self, items: Sequence[bytes], read: Callable[..., _Item]) -> Iterator[_Item]:
        """Those that pass their gate; junk in a pool helps nobody and is left out."""
        for item in dict.fromkeys(items):
            try:
                yield read(item, self._budget, weak_ok=self._policy.weak_ok)
            except PathRefusal as refusal:
                if self._budget.is_overdrawn:
                    raise refusal from None


def _require_sizes(evidence: Evidence, anchors: Sequence[bytes]) -> None:
    for items, count, total in (
        (evidence.certificates, limits.MAX_POOL_CERTIFICATES, limits.MAX_POOL_BYTES),
        (anchors, limits.MAX_ANCHORS, limits.MAX_POOL_BYTES),
        (evidence.crls, limits.MAX_CRLS, limits.MAX_CRLS_BYTES),
        (evidence.ocsp, limits.MAX_OCSP_RESPONSES, limits.MAX_POOL_BYTES),
    ):
        if len(items) > count or sum(map(len, items)) > total:
            raise PathRefusal(PathReason.TOO_LARGE, "too many or too large items")


def _require_lengths(path: list[Gated], max_depth: int) -> None:
    """Path lengths of every authority, the anchor too (RFC 5280 section 6.1.4 (l) and (m)), and our own depth."""
    below = 0
    for authority in path[1:]:
        allowed = authority.path_length
        if below > max_depth or (allowed is not None and below > allowed):
            raise PathRefusal(PathReason.PATH_TOO_LONG)
        below += not authority.self_issued
