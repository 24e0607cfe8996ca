"""Changes of the multi-tier stores: certificates and policies, by two officers; at once in a sandbox tenant."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.jpki.path import gate, rules
from idp.jpki.path.limits import MAX_ANCHORS, MAX_POOL_CERTIFICATES, Budget
from idp.jpki.path.reasons import PathRefusal
from idp.oversight import audit, authentic
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.registration import NotAllowed
from idp.store import trust as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from idp.trust.anchors import FINGERPRINT, der_of, facts, is_fingerprint, payload_of
from idp.trust.purposes import (
    PURPOSES,
    PolicyRefused,
    PurposePolicy,
    from_values,
    path_policy,
    require_purpose,
    values_of,
    write_policy,
)

ADD, REMOVE, POLICY = "trust.add", "trust.remove", "trust.policy"
ROLES = (rows.ANCHOR, rows.INTERMEDIATE)
MAX_INTERMEDIATES = MAX_POOL_CERTIFICATES // 2
"""The other half of the path engine's pool is for what comes with a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustActs:
    """What two officers can do to a tenant's stores."""

    auditor: audit.Auditor

    def actions(self) -> Mapping[str, Action]:
        """The actions by name."""
        return {
            ADD: Action(
                summary=lambda payload: f"load {_certificate(payload)} for {_purpose(payload)}",
                apply=self.add,
                facts=lambda payload: {"purpose": _purpose(payload), "role": _role(payload), **facts(payload)},
                asks=FINGERPRINT,
                confirm=is_fingerprint,
            ),
            REMOVE: Action(
                summary=lambda payload: f"remove {_certificate(payload)} from {_purpose(payload)}",
                apply=self.remove,
                facts=lambda payload: {"purpose": _purpose(payload), "role": _role(payload), **facts(payload)},
            ),
            POLICY: Action(
                summary=_stated,
                apply=self.state,
                facts=lambda payload: {"purpose": _purpose(payload), **values_of(_policy(payload))},
            ),
        }

    def add(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """Load a certificate. Raises NotAllowed when it is unfit, loaded already, or one too many."""
        purpose, role, der = _purpose(payload), _role(payload), der_of(payload)
        require_fit(purpose, role, der)
        rows.found(tx, authentic.signed(tenant.keys, rows.PolicyRow(purpose, rows.NOTHING_STATED)))
        rows.hold(tx, purpose)
        counting = [row for row in authentic.certificates(tx, tenant) if row.purpose == purpose]
        same = [row for row in counting if row.role == role]
        if len(same) >= (MAX_ANCHORS if role == rows.ANCHOR else MAX_INTERMEDIATES):
            raise NotAllowed("this purpose has as many certificates as can be judged")
        digest = hashlib.sha256(der).digest()
        if digest in {row.certificate_sha256 for row in counting}:
            raise NotAllowed("this certificate is loaded already")
        rows.remove_certificate(tx, purpose, digest)  # a row that does not count
        rows.add_certificate(tx, authentic.signed(tenant.keys, rows.CertificateRow(purpose, digest, role, der)))
        self._record(tx, tenant, audit.Action.TRUST_CERTIFICATE_LOADED, purpose, role=role, sha256=digest.hex())

    def remove(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """Take a certificate away. Raises NotAllowed when it is not loaded."""
        purpose, digest = _purpose(payload), hashlib.sha256(der_of(payload)).digest()
        if not rows.remove_certificate(tx, purpose, digest):
            raise NotAllowed("this certificate is not loaded")
        self._record(tx, tenant, audit.Action.TRUST_CERTIFICATE_REMOVED, purpose, sha256=digest.hex())

    def state(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        """State a policy."""
        purpose, text = _purpose(payload), write_policy(_policy(payload))
        rows.state_policy(tx, authentic.signed(tenant.keys, rows.PolicyRow(purpose, text)))
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._record(tx, tenant, audit.Action.TRUST_POLICY_STATED, purpose, sha256=digest)

    def _record(
        self, tx: Transaction, tenant: Tenant, action: audit.Action, purpose: str, **details: object
    ) -> None:
        self.auditor.record(tx, tenant.keys, action, "done", purpose=purpose, **details)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustChanges:
    """The wishes: proposed, or in a sandbox tenant done at once, which gives None."""

    store: Store
    approvals: Approvals
    acts: TrustActs

    def add(self, tenant: Tenant, purpose: str, role: str, der: bytes) -> Proposal | None:
        """A certificate for a purpose. Raises NotAllowed for an unknown purpose and an unfit certificate."""
        require_fit(known_purpose(purpose), role, der)
        return self._change(tenant, ADD, self.acts.add, {"purpose": purpose, "role": role, **payload_of(der)})

    def remove(self, tenant: Tenant, row: rows.CertificateRow) -> Proposal | None:
        """A certificate that is loaded shall be so no more."""
        payload = {"purpose": row.purpose, "role": row.role, **payload_of(row.der)}
        return self._change(tenant, REMOVE, self.acts.remove, payload)

    def state(self, tenant: Tenant, purpose: str, policy: PurposePolicy) -> Proposal | None:
        """What a purpose demands from now on. Raises NotAllowed."""
        payload = {"purpose": known_purpose(purpose), "policy": values_of(policy)}
        return self._change(tenant, POLICY, self.acts.state, payload)

    def certificates(self, tenant: Tenant) -> list[rows.CertificateRow]:
        """Those of all purposes."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return authentic.certificates(tx, tenant)

    def _change(
        self,
        tenant: Tenant,
        action: str,
        act: Callable[[Transaction, Tenant, Payload], None],
        payload: Mapping[str, Any],
    ) -> Proposal | None:
        if not tenant.sandbox:
            return self.approvals.propose(tenant, action, payload)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            act(tx, tenant, payload)
        return None


def require_fit(purpose: str, role: str, der: bytes) -> None:
    """The certificate can serve in that role. Raises NotAllowed; its time is looked at when it is used."""
    if role not in ROLES:
        raise NotAllowed("a certificate is an anchor or an intermediate")
    policy = path_policy(purpose, PURPOSES[purpose].default)
    try:
        gated = gate.read(der, Budget())
        rules.require_shape(gated, policy)
        if role == rows.ANCHOR:
            rules.require_anchor(gated, policy)
        else:
            rules.require_issued(gated)
            rules.require_authority(gated, policy)
    except PathRefusal as refusal:
        raise NotAllowed(f"the certificate cannot serve as an {role}: {refusal}") from refusal


def known_purpose(purpose: str) -> str:
    """The same name. Raises NotAllowed for one that is not in the table."""
    try:
        return require_purpose(purpose)
    except PolicyRefused as error:
        raise NotAllowed(str(error)) from error


def _purpose(payload: Payload) -> str:
    return known_purpose(payload["purpose"])


def _role(payload: Payload) -> str:
    if payload["role"] not in ROLES:
        raise NotAllowed("a certificate is an anchor or an intermediate")
    return str(payload["role"])


def _certificate(payload: Payload) -> str:
    """What is proposed, as a sentence names it. Raises CertificateUnreadable: nobody could compare it."""
    facts(payload)
    return f"an {_role(payload)}"


def _stated(payload: Payload) -> str:
    """The sentence, of a payload that is a policy."""
    _policy(payload)
    return f"state what {_purpose(payload)} demands"


def _policy(payload: Payload) -> PurposePolicy:
    try:
        return from_values(_purpose(payload), payload["policy"])
    except PolicyRefused as error:
        raise NotAllowed(str(error)) from error
