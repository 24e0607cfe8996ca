"""The judgement of a certificate by one of the tenant's multi-tier stores, with the evidence it rests on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from connectors.ports import OcspSource
from idp.jpki.path import engine, limits
from idp.jpki.path.engine import Evidence
from idp.jpki.path.policy import ANY_POLICY, PathPolicy, Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.store import Purpose, TrustStore
from idp.oversight import authentic
from idp.store import trust as rows
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.trust import tiers
from idp.trust.purposes import PURPOSES, PurposePolicy, Required, path_policy, read_policy
from idp.trust.questions import TierQuestions
from idp.trust.tiers import TierEvidence

_ANY = frozenset({ANY_POLICY})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVerdict:
    """A certificate that may be relied on for a purpose. `path`: DER, from the leaf to the anchor.

    `tiers`: what shows that each certificate below the anchor is not revoked, in the path's order.
    """

    purpose: str
    path: tuple[bytes, ...]
    tiers: tuple[TierEvidence, ...]
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class StoreContent:
    """What a tenant has for one purpose, in DER."""

    policy: PurposePolicy
    anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    lists: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class KnownPath:
    """A path in DER, from the leaf to the anchor, and the lists that the tenant has for its purpose."""

    path: tuple[bytes, ...]
    lists: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStores:
    """The stores of all tenants. `responders`: the way to OCSP responders of these URLs."""

    store: Store
    responders: Callable[[Sequence[str]], OcspSource]
    token_bytes: Callable[[int], bytes]

    def content(self, tenant: Tenant, purpose: str) -> StoreContent:
        """What the tenant has loaded for a purpose. Raises PolicyRefused for a purpose that does not exist."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            policy = read_policy(purpose, authentic.policy(tx, tenant, purpose))
            certificates = [row for row in authentic.certificates(tx, tenant) if row.purpose == purpose]
            crls = tuple(row.der for row in rows.lists(tx, purpose))
        return StoreContent(
            policy,
            tuple(row.der for row in certificates if row.role == rows.ANCHOR),
            tuple(row.der for row in certificates if row.role == rows.INTERMEDIATE),
            crls,
        )

    def validate(self, tenant: Tenant, purpose: str, chain_der: Sequence[bytes], at: datetime) -> StoreVerdict:
        """Judge `chain_der[0]` for a purpose; the rest of the chain is an unordered pool of untrusted bytes.

        Raises PathRefusal with the reason, whose `public` is the reason outside; EVIDENCE_MISSING when a tier has
        no list and no responder answered. PolicyRefused for a purpose that does not exist.

        Where answers may count, the shortest valid path alone is asked about: a second one could only do better.
        """
        content = self.content(tenant, purpose)
        judge, policy = _judge_of(content, chain_der, at), path_policy(purpose, content.policy)
        path = judge(replace(policy, revocation=Revocation.OFF), (), ())
        crls, required = _fitting(content.lists, path), content.policy.revocation
        answers: tuple[bytes, ...] = ()
        if required is Required.CRL:
            path = judge(replace(policy, revocation=Revocation.CRL), crls, ())
        elif required is Required.OCSP:
            answers = tuple(self._answers(purpose, content.policy, path, range(len(path) - 1), at))
            path = judge(replace(policy, revocation=Revocation.OCSP), (), answers)
        else:
            missing = tiers.without_list(path, crls, at)
            answers = tuple(self._answers(purpose, content.policy, path, missing, at))
            tiers.require_answers(path, missing, answers, at)
        evidence = tiers.evidence_of(path, () if required is Required.OCSP else crls, answers)
        return StoreVerdict(purpose=purpose, path=path, tiers=evidence, checked_at=at)

    def path_of(self, tenant: Tenant, purpose: str, chain_der: Sequence[bytes], at: datetime) -> KnownPath:
        """The path as of that moment, about whose revocation nobody was asked. Raises as `validate`."""
        content = self.content(tenant, purpose)
        policy = replace(path_policy(purpose, content.policy), revocation=Revocation.OFF)
        return KnownPath(_judge_of(content, chain_der, at)(policy, (), ()), content.lists)

    def _answers(
        self, purpose: str, policy: PurposePolicy, path: tuple[bytes, ...], only: Iterable[int], at: datetime
    ) -> Iterator[bytes]:
        """What the responders say of these tiers of the path; nothing where none is configured."""
        if not policy.responders:
            return
        questions = TierQuestions(
            source=self.responders(policy.responders),
            token_bytes=self.token_bytes,
            max_age=PURPOSES[purpose].max_answer_age,
        )
        for tier in only:
            answer = questions.answer(path[tier], path[tier + 1], at)
            if answer is not None:
                yield answer


def _judge_of(content: StoreContent, chain_der: Sequence[bytes], at: datetime) -> Callable[..., tuple[bytes, ...]]:
    """`_judge` for that certificate among what the tenant has loaded."""
    if not chain_der:
        raise PathRefusal(PathReason.REQUEST_REFUSED, "no certificate")
    leaf, *pool = chain_der
    return partial(_judge, leaf, tuple(dict.fromkeys((*pool, *content.intermediates))), content.anchors, at)


def _judge(
    leaf: bytes,
    pool: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    at: datetime,
    policy: PathPolicy,
    crls: tuple[bytes, ...],
    answers: tuple[bytes, ...],
) -> tuple[bytes, ...]:
    """The path by the engine. Its `Purpose` is a label alone: the policy says everything."""
    if not anchors:
        raise PathRefusal(PathReason.ANCHOR_UNFIT, "no anchor is loaded for this purpose")
    if not policy.user_policies:
        raise PathRefusal(PathReason.POLICY_REFUSED, "no certificate policy is stated for this purpose")

    def validate(wanted: PathPolicy) -> tuple[bytes, ...]:
        evidence = Evidence(pool, crls, answers)
        return engine.validate(leaf, evidence, TrustStore(Purpose.LGPKI, wanted, anchors), at).path

    try:
        return validate(policy)
    except PathRefusal as refusal:
        if refusal.reason is not PathReason.PATH_INVALID:
            raise
        validate(replace(policy, user_policies=_ANY, explicit_policy=False, inhibit_mapping=False))
        raise PathRefusal(PathReason.POLICY_REFUSED, "not under a policy that this purpose accepts") from refusal


def _fitting(crls: tuple[bytes, ...], path: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """All lists, or those of the path's own authorities where all are more than the engine takes."""
    if len(crls) <= limits.MAX_CRLS and sum(map(len, crls)) <= limits.MAX_CRLS_BYTES:
        return crls
    return tiers.lists_of(path, crls)
