"""What is kept beside a service's number: values that are not over, what was signed, what the service was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.consent_signing.signed import Signed, proof_place
from idp.consent_signing.statement import Purpose
from idp.events.outbox import JSON
from idp.japan import JAPAN
from idp.login.release import Altered, Release
from idp.my.holdings import Holding
from idp.signature_status.watching import opened
from idp.store import signature_watches, signed_statements
from idp.store.engine import Store, Transaction
from idp.store.signed_statements import StatementRow
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Reads it, for the file of everything that is held about a resident."""

    store: Store
    release: Release

    def of(self, tenant: Tenant, one: Holding) -> dict[str, JSON]:
        """Of one service: members of its JSON object in that file."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            signed = [
                _statement(tenant, row)
                for purpose in Purpose
                for row in signed_statements.of_pair(tx, one.pair_id, one.client.client_id, purpose)
            ]
            told = _watched(tx, tenant, one)
        return {
            "signed": list[JSON](signed),
            "signature_certificate": told,
            "values": dict(self._values(tenant, one)),
        }

    def _values(self, tenant: Tenant, one: Holding) -> Mapping[str, str]:
        """Items by name, as they stand sealed; none of which was altered: of that the operator hears by itself."""
        try:
            return self.release.kept(tenant, one.client.client_id, one.pair_id, one.released)
        except Altered:
            return {}


def _statement(tenant: Tenant, row: StatementRow) -> dict[str, JSON]:
    """A statement whose proof is kept. The certificate that signed is named as in the list of certificates."""
    if row.sealed_proof is None:
        raise LookupError("its proof is forgotten")
    signed = Signed.from_json(tenant.keys.open(proof_place(row.transaction_id), row.sealed_proof))
    return {
        "for": row.purpose,
        "at": datetime.fromtimestamp(signed.signed_at, JAPAN).isoformat(),
        "statement": signed.statement,
        "certificate": f"{signed.name.serial:x}",
        "kept_until": row.proof_ends.isoformat(),
    }


def _watched(tx: Transaction, tenant: Tenant, one: Holding) -> JSON:
    held = signature_watches.held_of(tx, one.pair_id, one.client.client_id)
    if held is None:
        return None
    status = opened(tenant.keys, held.row).status
    return {
        "status": str(status.status),
        "reason": status.reason,
        "checked_at": datetime.fromtimestamp(status.checked_at, JAPAN).isoformat(),
    }
