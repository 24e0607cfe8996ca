"""What J-LIS's latest-information service hears of consents: given and taken back, left for the worker.

The consent is the signed statement that the resident let a service receive; it stands with its pair, sealed, until
its ten years are over or it is taken back. Here it ends at once; J-LIS hears of it as soon as it can be reached.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog

from connectors.errors import Refused
from connectors.ports import CertificateKind, CertificateName, LatestConsent, LatestSource
from idp.audit import Action, Auditor
from idp.consent_signing.signed import Signed, proof_place
from idp.consent_signing.statement import Purpose
from idp.japan import day_in_japan
from idp.outbox import JSON, Outbox
from idp.sealing import SealBroken
from idp.store import signed_statements
from idp.store.engine import Store, Transaction
from idp.store.signed_statements import StatementRow
from idp.tenancy import Tenant
from idp.worker.job import Abandon, Job

KIND = "latest-information"
TABLE = "signed_statement"
_LIVES_SECONDS = 30 * 24 * 3600
_log = structlog.get_logger("idp.basic4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Consents to the service: one for each service of a pair. J-LIS knows a service by its client id."""

    outbox: Outbox
    auditor: Auditor
    now: Callable[[], datetime]

    def given(
        self,
        tx: Transaction,
        tenant: Tenant,
        client_id: str,
        pair_id: bytes,
        transaction_id: str,
        items: Sequence[str],
    ) -> None:
        """The statement of that transaction is consent to these of the Basic 4, in the place of an earlier one."""
        for row in signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION):
            if row.transaction_id != transaction_id:
                signed_statements.forget(tx, row.transaction_id)
        if not items:
            signed_statements.forget(tx, transaction_id)
            return
        self._leave(tx, tenant, {"transaction": transaction_id, "items": list(items)})
        self.auditor.record(
            tx, tenant.keys, Action.LATEST_AGREED, "agreed", client_id=client_id, items=list(items)
        )

    def of(self, tx: Transaction, client_id: str, pair_id: bytes) -> StatementRow | None:
        """The consent that counts, None where there is none."""
        today = day_in_japan(self.now())
        rows = signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION)
        return next((row for row in rows if row.proof_ends >= today), None)

    def end(self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes) -> int:
        """The consent is over, from now on; how many there were."""
        rows = signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION)
        for row in rows:
            signed_statements.forget(tx, row.transaction_id)
            self.auditor.record(tx, tenant.keys, Action.LATEST_ENDED, "ended", client_id=client_id)
            try:
                name = opened(tenant, row).name
            except SealBroken:  # it counts no more all the same
                _log.error("seal.broken", tenant=tenant.tenant_id, table=TABLE, client=client_id)
                continue
            named = [name.issuer_key_id.hex(), f"{name.serial:x}"]
            self._leave(tx, tenant, {"client": client_id, "pair": pair_id.hex(), "certificate": named})
        return len(rows)

    def _leave(self, tx: Transaction, tenant: Tenant, payload: dict[str, JSON]) -> None:
        self.outbox.put(tx, tenant.keys, KIND, payload, lives_seconds=_LIVES_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellJlis:
    """The worker's part. What has been overtaken meanwhile is told no more."""

    store: Store
    source: LatestSource
    auditor: Auditor

    def run(self, tenant: Tenant, job: Job) -> None:
        """See Handler."""
        if "transaction" in job.payload:
            self._agree(tenant, str(job.payload["transaction"]), cast(list[str], job.payload["items"]))
        else:
            self._withdraw(tenant, job)

    def _agree(self, tenant: Tenant, transaction_id: str, items: Sequence[str]) -> None:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = signed_statements.find(tx, transaction_id)
        if row is None or row.sealed_proof is None:
            return
        signed = opened(tenant, row)
        consent = LatestConsent(
            row.client_id, tuple(items), signed.statement, signed.message, signed.signature, signed.certificate
        )
        try:
            self.source.agree(consent)
        except Refused as error:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                signed_statements.forget(tx, transaction_id)
                action, client_id = Action.LATEST_ENDED, row.client_id
                self.auditor.record(tx, tenant.keys, action, "refused", client_id=client_id)
            raise Abandon("refused") from error

    def _withdraw(self, tenant: Tenant, job: Job) -> None:
        client_id, pair_id = str(job.payload["client"]), bytes.fromhex(str(job.payload["pair"]))
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            if signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION):
                return  # given anew, which takes the place of the earlier one
        issuer, serial = cast(list[str], job.payload["certificate"])
        name = CertificateName(CertificateKind.SIGNATURE, bytes.fromhex(issuer), int(serial, 16))
        try:
            self.source.withdraw(name, client_id)
        except Refused as error:
            raise Abandon("refused") from error


def opened(tenant: Tenant, row: StatementRow) -> Signed:
    """What was signed. Raises SealBroken; ValueError once it is forgotten."""
    if row.sealed_proof is None:
        raise ValueError("the proof is forgotten")
    return Signed.from_json(tenant.keys.open(proof_place(row.transaction_id), row.sealed_proof))
