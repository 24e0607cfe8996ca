"""What J-LIS's latest-information service hears of consents: given and taken back, left for the worker.

The consent is the signed statement that the resident let a service receive; it stands with its pair, sealed, until
its ten years are over or it is taken back, and counts for those of its items that they still agree to hand over.
Here it ends at once; J-LIS hears of it as soon as it can be reached.

It goes along where a number changes into another of the same person. Of two people who were made one, the consent
goes where the grant goes, and ends where the number that stays has a grant of its own. Nobody knows whose it is of
two who were taken for one: a split ends it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog

from connectors.errors import Refused
from connectors.ports import CertificateKind, CertificateName, LatestConsent, LatestSource
from idp.basic4.statement import covered
from idp.consent_signing.signed import Signed, proof_place
from idp.consent_signing.statement import Purpose
from idp.events.outbox import JSON, Outbox
from idp.items import made_of
from idp.japan import day_in_japan
from idp.keys.sealing import SealBroken
from idp.oversight.audit import Action, Auditor
from idp.sources.latest_information import at_j_lis
from idp.store import consents, signed_statements
from idp.store.engine import Store, Transaction
from idp.store.signed_statements import StatementRow
from idp.tenants.tenancy import Tenant
from idp.worker.job import Abandon, Job

KIND = "latest-information"
TABLE = "signed_statement"
_LIVES_SECONDS = 30 * 24 * 3600
_log = structlog.get_logger("idp.basic4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Consents to it: of each pair one for each client, by whose client id J-LIS knows for whom it is."""

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
        self._leave(tx, tenant, {"transaction": transaction_id})
        self.auditor.record(
            tx, tenant.keys, Action.LATEST_AGREED, "agreed", client_id=client_id, items=list(items)
        )

    def of(self, tx: Transaction, client_id: str, pair_id: bytes) -> StatementRow | None:
        """The consent that counts, None where there is none."""
        today = day_in_japan(self.now())
        rows = signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION)
        return next((row for row in rows if row.proof_ends >= today), None)

    def end(
        self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes, *, stays: bytes | None = None
    ) -> int:
        """The consent is over, from now on; how many there were.

        `stays`: the pair that took the other's place and may have a consent of its own, which J-LIS is to keep.
        """
        rows = signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION)
        for row in rows:
            signed_statements.forget(tx, row.transaction_id)
            self.auditor.record(tx, tenant.keys, Action.LATEST_ENDED, "ended", client_id=client_id)
            if signed := self._opened(tenant, row):  # otherwise it counts no more all the same
                self._take_back(tx, tenant, stays or pair_id, row, signed, {"anew": stays is not None})
        return len(rows)

    def narrow(
        self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes, agreed: Collection[str]
    ) -> None:
        """The resident agrees to these items alone: J-LIS is to tell nothing else; nothing at all ends it."""
        left = made_of(agreed)
        for row in signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION):
            signed = self._opened(tenant, row)
            gone = [item for item in covered(signed.statement) if item not in left] if signed else []
            if signed is None or len(gone) == len(covered(signed.statement)):
                self.end(tx, tenant, client_id, pair_id)
            elif gone:
                self._take_back(tx, tenant, pair_id, row, signed, {"items": gone})

    def follow(
        self, tx: Transaction, tenant: Tenant, client_id: str, pairs: tuple[bytes, bytes], *, carried: bool
    ) -> None:
        """The first of the pairs is replaced by the second: its consent goes along, if the grant was `carried`."""
        replaced, stays = pairs
        if carried:
            signed_statements.carry(tx, replaced, stays, client_id, Purpose.LATEST_INFORMATION)
        else:
            self.end(tx, tenant, client_id, replaced, stays=stays)

    def _opened(self, tenant: Tenant, row: StatementRow) -> Signed | None:
        try:
            return opened(tenant, row)
        except SealBroken:
            _log.error("seal.broken", tenant=tenant.tenant_id, table=TABLE, client=row.client_id)
            return None

    def _take_back(
        self,
        tx: Transaction,
        tenant: Tenant,
        pair_id: bytes,
        row: StatementRow,
        signed: Signed,
        more: dict[str, JSON],
    ) -> None:
        named: list[JSON] = [signed.name.issuer_key_id.hex(), f"{signed.name.serial:x}"]
        said: dict[str, JSON] = {"client": row.client_id, "pair": pair_id.hex(), "certificate": named}
        self._leave(tx, tenant, said | more)

    def _leave(self, tx: Transaction, tenant: Tenant, payload: dict[str, JSON]) -> None:
        self.outbox.put(tx, tenant.keys, KIND, payload, lives_seconds=_LIVES_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellJlis:
    """The worker's part: J-LIS is told what counts by then, and nothing that has been overtaken meanwhile."""

    store: Store
    source: LatestSource
    auditor: Auditor

    def run(self, tenant: Tenant, job: Job) -> None:
        """See Handler."""
        if "transaction" in job.payload:
            self._agree(tenant, str(job.payload["transaction"]))
        else:
            self._withdraw(tenant, job)

    def _agree(self, tenant: Tenant, transaction_id: str) -> None:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = signed_statements.find(tx, transaction_id)
            agreed = _agreed(tx, row)
        if row is None or row.sealed_proof is None:
            return
        signed = opened(tenant, row)
        items = tuple(item for item in covered(signed.statement) if item in agreed)
        if not items:
            return
        consent = LatestConsent(
            row.client_id,
            tuple(map(at_j_lis, items)),
            signed.statement,
            signed.message,
            signed.signature,
            signed.certificate,
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
            rows = signed_statements.of_pair(tx, pair_id, client_id, Purpose.LATEST_INFORMATION)
            agreed = _agreed(tx, *rows)
        named, anew = cast(list[str], job.payload.get("items", [])), bool(job.payload.get("anew"))
        items = tuple(item for item in named if item not in agreed)
        if (named and not items) or (rows and not named and not anew):
            return  # given anew, which takes the place of the earlier one
        issuer, serial = cast(list[str], job.payload["certificate"])
        name = CertificateName(CertificateKind.SIGNATURE, bytes.fromhex(issuer), int(serial, 16))
        try:
            self.source.withdraw(name, client_id, tuple(map(at_j_lis, items)))
        except Refused as error:
            raise Abandon("refused") from error
        for row in rows if anew else ():  # to J-LIS both may be one person's, of whom it keeps one consent
            self._agree(tenant, row.transaction_id)


def _agreed(tx: Transaction, *rows: StatementRow | None) -> tuple[str, ...]:
    """Which of the Basic 4 the service may have now of the person whose statements these are."""
    given: set[str] = set()
    for row in rows:
        if row is not None and row.pair_id is not None:
            given |= set(consents.names(tx, row.pair_id, row.client_id) or ())
    return made_of(given)


def opened(tenant: Tenant, row: StatementRow) -> Signed:
    """What was signed. Raises SealBroken; ValueError once it is forgotten."""
    if row.sealed_proof is None:
        raise ValueError("the proof is forgotten")
    return Signed.from_json(tenant.keys.open(proof_place(row.transaction_id), row.sealed_proof))
