"""JPKI anchors: loaded and removed by two officers, each of whom has the fingerprint from elsewhere.

A sandbox tenant's are loaded and removed at once.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.jpki.trust import Anchor
from idp.oversight import audit
from idp.oversight.approval import Action, Approvals, Payload, Proposal
from idp.registration import NotAllowed
from idp.store import tenants
from idp.store.engine import Store, Transaction
from idp.tenants.administration import Administration, admissible_anchor, put_anchor
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.trust import reading

ADD, REMOVE = "anchor.add", "anchor.remove"
FINGERPRINT = "the certificate's SHA-256 fingerprint from an independent source"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorActs:
    """What two officers can do to a tenant's anchors."""

    auditor: audit.Auditor

    def actions(self) -> Mapping[str, Action]:
        """The actions by name."""
        return {
            ADD: Action(
                summary=lambda payload: f"trust a JPKI {_kind(payload)} certification authority",
                apply=self._add,
                facts=lambda payload: {"kind": _kind(payload), **facts(payload)},
                asks=FINGERPRINT,
                confirm=is_fingerprint,
            ),
            REMOVE: Action(
                summary=lambda payload: f"trust a JPKI {_kind(payload)} certification authority no more",
                apply=self._remove,
                facts=lambda payload: {"kind": _kind(payload), **facts(payload)},
            ),
        }

    def remove(self, tx: Transaction, tenant: Tenant, anchor: Anchor) -> None:
        """Trust an anchor no more from the end of the transaction on. Raises NotAllowed when nobody did."""
        if not tenants.remove_anchor(tx, anchor.spki_sha256):
            raise NotAllowed("this anchor is not loaded")
        tenants.touch(tx)
        named = {"kind": anchor.kind, "spki": anchor.spki_sha256.hex()}
        self.auditor.record(tx, tenant.keys, audit.Action.ANCHOR_REMOVED, "done", **named)

    def _add(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        put_anchor(tx, self.auditor, tenant, admissible_anchor(tenant, _kind(payload), der_of(payload)))

    def _remove(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        self.remove(tx, tenant, admissible_anchor(tenant, _kind(payload), der_of(payload)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Loading and removing a tenant's anchors."""

    store: Store
    directory: Directory
    administration: Administration
    approvals: Approvals
    acts: AnchorActs

    def add(self, tenant: Tenant, kind: CertificateKind, der: bytes) -> Proposal | None:
        """Propose an anchor, or load it into a sandbox tenant (None). Raises NotAllowed."""
        anchor = admissible_anchor(tenant, kind, der)
        if anchor.spki_sha256 in {known.spki_sha256 for known in tenant.anchors}:
            raise NotAllowed("an anchor with this key is loaded already")
        if tenant.sandbox:
            self.administration.load_anchor(tenant, kind, der)
            return None
        return self.approvals.propose(tenant, ADD, {"kind": kind, **payload_of(der)})

    def remove(self, tenant: Tenant, anchor: Anchor) -> Proposal | None:
        """Propose that an anchor be trusted no more, or remove it from a sandbox tenant (None)."""
        der = der_of_anchor(anchor)
        if not tenant.sandbox:
            return self.approvals.propose(tenant, REMOVE, {"kind": anchor.kind, **payload_of(der)})
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.acts.remove(tx, tenant, anchor)
        self.directory.refresh()
        return None


def payload_of(der: bytes) -> dict[str, str]:
    """A certificate inside a proposal."""
    return {"der": base64.b64encode(der).decode("ascii")}


def der_of(payload: Payload) -> bytes:
    """The certificate inside a proposal. Raises ValueError."""
    return base64.b64decode(payload["der"], validate=True)


def der_of_anchor(anchor: Anchor) -> bytes:
    """An anchor's certificate as it was loaded."""
    return anchor.certificate.public_bytes(Encoding.DER)


def facts(payload: Payload) -> Mapping[str, Any]:
    """What officers compare of a proposed certificate. Raises CertificateUnreadable."""
    return reading.essentials(der_of(payload))


def is_fingerprint(_tenant: Tenant, payload: Payload, confirmation: str) -> bool:
    """Whether an officer gave the SHA-256 fingerprint of this very certificate, however it was written."""
    right = reading.plain_fingerprint(reading.fingerprint(der_of(payload)))
    given = reading.plain_fingerprint(confirmation).encode("utf-8", "replace")
    return hmac.compare_digest(right.encode(), given)


def _kind(payload: Payload) -> CertificateKind:
    """The kind. Raises CertificateUnreadable too: nobody approves a certificate that cannot be read."""
    facts(payload)
    return CertificateKind(payload["kind"])
