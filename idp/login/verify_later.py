"""Accept now, verify later: the job that an acceptance without evidence leaves, and what comes of it.

Good: the evidence takes its place in the acceptance. Revoked, unknown, or nothing found out in time: the login is
overturned; its session and tokens end, and its services are told of that, one by an event of why.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idp.errors import Reason, Refusal
from idp.events.events import EventName, Events
from idp.events.outbox import JSON, Outbox
from idp.jpki.revocation import Evidence
from idp.jpki.verify import VerifiedCertificate
from idp.login import named_again
from idp.login.pairwise import Pairs
from idp.login.sign_out import SignOut
from idp.login.transaction import Attempt
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.check import RevocationCheck
from idp.revocation.deferral import NOTHING_FOUND_OUT, Deferred
from idp.revocation.recorded import recorded, written
from idp.revocation.tally import Asked, Tally
from idp.store import acceptances
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from idp.worker.job import Abandon, Job, Postpone

KIND = "verify-later"
FIRST_SECONDS = 120
"""Before the first attempt: J-LIS was asked a moment ago. A code that comes after an overturn is refused."""
_SPARE_SECONDS = 24 * 60 * 60
"""How much longer than its limit the job lives, so that the end itself is never given up for being late."""


def leave(
    outbox: Outbox,
    tx: Transaction,
    attempt: Attempt,
    certificate: VerifiedCertificate,
    deferred: Deferred,
    handle: bytes,
    beside: Mapping[str, object],
) -> None:
    """Leave the job inside the acceptance's transaction. `beside`: members that stay beside the evidence."""
    within = int((deferred.verify_by - deferred.checked_at).total_seconds())
    payload: dict[str, JSON] = {
        **named_again.members(certificate),
        "transaction_id": attempt.transaction.transaction_id,
        "client_id": attempt.client.client_id,
        "handle": base64.b64encode(handle).decode(),
        "verify_by": int(deferred.verify_by.timestamp()),
        "beside": json.dumps(beside),
    }
    outbox.put(
        tx,
        attempt.tenant.keys,
        KIND,
        payload,
        delay_seconds=min(FIRST_SECONDS, within),
        lives_seconds=within + _SPARE_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Login:
    """The login to be verified, as its job's payload says."""

    transaction_id: str
    client_id: str
    handle: bytes
    verify_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyLater:
    """Does the job."""

    store: Store
    revocation: RevocationCheck
    pairs: Pairs
    events: Events
    sign_out: SignOut
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def run(self, tenant: Tenant, job: Job) -> None:
        """Verify one login. Raises Postpone while nobody can tell and there is time left."""
        login = _read(job.payload)
        client = tenant.clients.get(login.client_id)
        if client is None:
            raise Abandon("the service is gone")
        tally = Tally.of_service(tenant.tenant_id, login.client_id)
        try:
            subject = named_again.subject(tenant, job.payload)
            evidence = self.revocation.evidence_for(subject, client.revocation, tally)
        except Refusal as refusal:
            if refusal.reason in NOTHING_FOUND_OUT and self._moment() < login.verify_by:
                raise Postpone from refusal
            self._overturn(tenant, login, refusal, tally.asked, job)
        else:
            self._confirm(tenant, login, evidence, tally.asked, job)

    def _confirm(
        self, tenant: Tenant, login: _Login, evidence: Evidence, asked: tuple[Asked, ...], job: Job
    ) -> None:
        members = recorded(evidence, partial(tenant.keys.evidence_tag, login.transaction_id))
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            beside = json.loads(str(job.payload.get("beside", "{}")))
            acceptances.set_evidence(tx, login.transaction_id, written(members | beside))
            self._record(tx, tenant, login, Action.LOGIN_VERIFIED, "verified", asked, revocation=members)
            job.finish(tx)

    def _overturn(
        self, tenant: Tenant, login: _Login, refusal: Refusal, asked: tuple[Asked, ...], job: Job
    ) -> None:
        client = tenant.clients[login.client_id]
        pair = self.pairs.find(tenant, client, login.handle)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.sign_out.end(tx, tenant, login.transaction_id)
            self._record(tx, tenant, login, Action.LOGIN_OVERTURNED, "ended", asked, reason=refusal.reason)
            if pair is not None and pair.consent is not None:
                data = {"certificate": "user", "status": _STATUS.get(refusal.reason, "unknown")}
                self.events.emit(
                    tx, tenant, client, pair.ppid, EventName.CERTIFICATE_STATUS_CHANGED, data, self.now()
                )
            job.finish(tx)

    def _record(
        self,
        tx: Transaction,
        tenant: Tenant,
        login: _Login,
        action: Action,
        outcome: str,
        asked: tuple[Asked, ...],
        **details: object,
    ) -> None:
        self.auditor.record(tx, tenant.keys, action, outcome, client_id=login.client_id, **details)
        self.meters.record(tx, login.client_id, Purpose.VERIFY_LATER, asked)

    def _moment(self) -> int:
        return int(self.now().timestamp())


_STATUS = {Reason.CERTIFICATE_REVOKED: "revoked"}


def _read(payload: Mapping[str, JSON]) -> _Login:
    """The payload, of ours by its seal."""
    return _Login(
        transaction_id=str(payload["transaction_id"]),
        client_id=str(payload["client_id"]),
        handle=base64.b64decode(str(payload["handle"])),
        verify_by=int(str(payload["verify_by"])),
    )
