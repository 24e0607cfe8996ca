"""The worker's half of a batch: part after part looked up in lists, and everything deleted when its time is over.

A part's answers and their count on the meter are one transaction: a worker that dies costs one part's time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idp.events.outbox import Outbox
from idp.jpki.revocation import Method
from idp.keys.sealing import Place
from idp.metering.record import Meters, Purpose
from idp.revocation.serials import SerialLists, by_lists, generations
from idp.revocation.tally import Asked
from idp.store import batches
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from idp.verification import part, questions
from idp.verification.questions import Group
from idp.worker.job import Job, LeaseLost

KIND, FORGET = "batch", "batch-forget"
KEPT_SECONDS = 24 * 60 * 60
"""How long results stay after the batch is done."""
LIVES_SECONDS = 24 * 60 * 60
"""A batch that is not done by then is given up."""
LOST_SECONDS = LIVES_SECONDS + KEPT_SECONDS
"""When a batch is deleted whatever became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBatch:
    """The handler of KIND. Payload: `batch`, its id in hexadecimal."""

    store: Store
    lists: SerialLists
    outbox: Outbox
    meters: Meters
    now: Callable[[], datetime]

    def run(self, tenant: Tenant, job: Job) -> None:
        """Answer the parts that have no answers yet, then mark the batch as done. Raises LeaseLost."""
        batch_id = bytes.fromhex(str(job.payload["batch"]))
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            batch = batches.find(tx, batch_id)
        while batch is not None and self._answer_next(tenant, batch, job):
            _hold(job)
        self._finish(tenant, batch_id)

    def _answer_next(self, tenant: Tenant, batch: batches.Batch, job: Job) -> bool:
        """Answer one part; False when none is left."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = batches.next_part(tx, batch.batch_id)
        if row is None:
            return False
        groups = questions.unpack(
            tenant.keys.open(questions_place(batch.batch_id, row.number), row.sealed_questions)
        )
        answered = part.answer(groups, _Lookup(lists=self.lists, tenant=tenant, job=job, now=self.now))
        sealed = tenant.keys.seal(answers_place(batch.batch_id, row.number), answered.answers)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if batches.answer(tx, batch.batch_id, row.number, sealed, count=len(answered.answers)):
                for (kind, some), count in answered.counts.items():
                    asked = Asked(kind, Method.CRL, remembered=False, answered=some)
                    self.meters.record(tx, batch.client_id, Purpose.BATCH, [asked], count=count)
        return True

    def _finish(self, tenant: Tenant, batch_id: bytes) -> None:
        ends = int(self.now().timestamp()) + KEPT_SECONDS
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if batches.finish(tx, batch_id, expires_at=ends):
                leave_forgetting(self.outbox, tx, tenant, batch_id, delay_seconds=KEPT_SECONDS)


@dataclass(slots=True, kw_only=True)
class _Lookup:
    """What is asked about each set of a part; between two sets that take time the job is held anew."""

    lists: SerialLists
    tenant: Tenant
    job: Job
    now: Callable[[], datetime]
    begun: bool = False

    def __call__(self, group: Group) -> bytes:
        """See `part.answer`. Raises LeaseLost."""
        key_id = None if group.issuer_key_id is None else bytes.fromhex(group.issuer_key_id)
        anchors = generations(self.tenant.anchors, group.kind, key_id, now=self.now())
        if not anchors:
            return questions.REFUSED * len(group.serials)
        if self.begun:
            _hold(self.job)
        self.begun = True
        numbers = list(map(partial(int, base=16), group.serials))
        return questions.pack_verdicts(by_lists(self.lists, anchors, numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetBatch:
    """The handler of FORGET: deletes a batch with its questions and answers. Payload as of KIND."""

    store: Store

    def run(self, tenant: Tenant, job: Job) -> None:
        """Delete it, if it is still there."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            batches.drop(tx, bytes.fromhex(str(job.payload["batch"])))


def _hold(job: Job) -> None:
    if not job.renew():
        raise LeaseLost


def leave_forgetting(
    outbox: Outbox, tx: Transaction, tenant: Tenant, batch_id: bytes, *, delay_seconds: int
) -> None:
    """Have a batch deleted after the delay."""
    lives = delay_seconds + LIVES_SECONDS
    payload = {"batch": batch_id.hex()}
    outbox.put(tx, tenant.keys, FORGET, payload, delay_seconds=delay_seconds, lives_seconds=lives)


def questions_place(batch_id: bytes, number: int) -> Place:
    """Where a part's questions are sealed."""
    return Place("batch_part", batch_id + number.to_bytes(4, "big"), "questions")


def answers_place(batch_id: bytes, number: int) -> Place:
    """Where a part's answers are sealed."""
    return Place("batch_part", batch_id + number.to_bytes(4, "big"), "answers")
