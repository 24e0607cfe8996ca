"""A batch as its service sees it: taken on, asked after, and collected while its results are kept."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.events.outbox import Outbox
from idp.oversight.audit import Action, Auditor
from idp.store import batches as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from idp.verification import batch, questions, shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.limits import Limits
from idp.verification.problems import ApiProblem
from idp.verification.questions import Group
from idp.verification.repeats import BATCH_SECONDS

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_UNFINISHED = 5
"""Batches of one service that wait or run at once."""
_RETRY_SECONDS = 60
CSV = "text/csv"
_ID_BYTES = 16
_Line = tuple[str | None, ...]
_COLUMNS = ("kind", "serial", "issuer_key_id", "status", "reason")
_JOB = "0123456789abcdef0123456789abcdef"
_LINE = {"kind": "user", "serial": "1a2b3c", "issuer_key_id": None, "status": "not_listed", "reason": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The three endpoints and what they need."""

    store: Store
    limits: Limits
    outbox: Outbox
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def endpoints(self) -> tuple[Endpoint, ...]:
        """`POST /certificates/checks`, `/jobs/status`, `/jobs/result`."""
        return (
            Endpoint(
                path="/certificates/checks",
                name="checks",
                run=self.accept,
                summary="Up to 1 000 000 serial numbers against revocation lists, later.",
                takes=shapes.SerialGroups,
                gives=shapes.JobAnswer,
                status=202,
                repeatable=True,
                kept_seconds=BATCH_SECONDS,
                max_bytes=MAX_BODY_BYTES,
                media_types={
                    JSON: {"kind": "user", "serials": ["1a2b3c", "4d5e6f"]},
                    CSV: f"{questions.CSV_HEADER}\nuser,1a2b3c,\n",
                },
                example={"job": _JOB},
            ),
            Endpoint(
                path="/jobs/status",
                name="job_status",
                run=self.status,
                summary="How far a batch is.",
                takes=shapes.JobRequest,
                gives=shapes.JobStatus,
                problems=("not_found",),
                media_types={JSON: {"job": _JOB}},
                example={"state": "running", "total": 1_000_000, "done": 150_000},
            ),
            Endpoint(
                path="/jobs/result",
                name="job_result",
                run=self.result,
                summary="The results of a batch that is done, for 24 hours; JSON or CSV.",
                takes=shapes.ResultRequest,
                gives=shapes.BatchResult,
                problems=("not_found", "not_done"),
                media_types={JSON: {"job": _JOB, "format": "json"}},
                example={"job": _JOB, "results": [_LINE]},
                streams=(CSV,),
            ),
        )

    def accept(self, call: Call) -> Answer:
        """Take a batch on: all of it, or nothing. Raises ApiProblem: malformed, too_large, rate_limited."""
        with self.store.for_tenant(call.tenant.tenant_id).read() as tx:  # before the body costs anything
            self._require_room(tx, call)
        read = questions.from_csv if call.mimetype == CSV else questions.from_json
        groups = read(call.unverified)
        total = questions.total(groups)
        self.limits.serials(call.tenant, call.client, total)
        batch_id = self.token_bytes(_ID_BYTES)
        with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
            self._require_room(tx, call)
            self._store(tx, call, batch_id, groups, total)
            self.auditor.record(
                tx,
                call.tenant.keys,
                Action.BATCH_ACCEPTED,
                "accepted",
                client_id=call.client.client_id,
                serials=total,
            )
            return call.keep(tx, Answer({"job": batch_id.hex()}, status=202))

    def status(self, call: Call) -> Answer:
        """How far it is. Raises Refusal with NOT_FOUND for a job that is over, or not this service's."""
        batch_id = bytes.fromhex(call.read(shapes.JobRequest).job)
        found, answered = self._find(call, batch_id)
        running = "running" if answered else "waiting"
        state = "done" if found.state == rows.DONE else running
        return Answer({"state": state, "total": found.total, "done": answered})

    def result(self, call: Call) -> Answer:
        """Its results, streamed part by part. Raises Refusal as `status` does, ApiProblem with not_done."""
        asked = call.read(shapes.ResultRequest)
        batch_id = bytes.fromhex(asked.job)
        found, _ = self._find(call, batch_id)
        if found.state != rows.DONE:
            raise ApiProblem("not_done", "the batch is not done yet")
        lines = self._lines(call.tenant, found)
        if asked.format == "csv":
            return Answer(stream=_as_csv(lines), mimetype=CSV)
        return Answer(stream=_as_json(asked.job, lines))

    def _require_room(self, tx: Transaction, call: Call) -> None:
        """Requests at the same moment may pass together on PostgreSQL: one more each, and no more after them."""
        since = int(self.now().timestamp()) - batch.LIVES_SECONDS
        if rows.unfinished(tx, call.client.client_id, since=since) >= MAX_UNFINISHED:
            detail = f"{MAX_UNFINISHED} batches are not done yet"
            raise ApiProblem("rate_limited", detail, headers={"Retry-After": str(_RETRY_SECONDS)})

    def _store(self, tx: Transaction, call: Call, batch_id: bytes, groups: list[Group], total: int) -> None:
        keys, moment = call.tenant.keys, int(self.now().timestamp())
        taken = rows.Batch(
            batch_id=batch_id,
            client_id=call.client.client_id,
            state=rows.OPEN,
            total=total,
            created_at=moment,
            expires_at=moment + batch.LOST_SECONDS,
        )
        rows.add(tx, taken)
        for number, part in enumerate(questions.parts(groups)):
            sealed = keys.seal(batch.questions_place(batch_id, number), questions.pack(part))
            rows.add_part(tx, batch_id, number, sealed)
        self.outbox.put(tx, keys, batch.KIND, {"batch": batch_id.hex()}, lives_seconds=batch.LIVES_SECONDS)
        batch.leave_forgetting(self.outbox, tx, call.tenant, batch_id, delay_seconds=batch.LOST_SECONDS)

    def _find(self, call: Call, batch_id: bytes) -> tuple[rows.Batch, int]:
        """A batch of this service with the number of its answers."""
        with self.store.for_tenant(call.tenant.tenant_id).read() as tx:
            found = rows.find(tx, batch_id)
            mine = found is not None and found.client_id == call.client.client_id
            if found is None or not mine or found.expires_at <= int(self.now().timestamp()):
                raise Refusal(Reason.NOT_FOUND, "no job of this service")
            return found, rows.answered(tx, batch_id)

    def _lines(self, tenant: Tenant, taken: rows.Batch) -> Iterator[list[_Line]]:
        """The results, one part at a time. Raises LookupError, which breaks the answer off, if one is gone."""
        number = told = 0
        while told < taken.total:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                part = rows.part(tx, taken.batch_id, number)
            if part is None or part.sealed_answers is None:
                raise LookupError("a part of the batch was deleted meanwhile")
            lines = _opened(tenant, taken.batch_id, part, part.sealed_answers)
            yield lines
            number, told = number + 1, told + len(lines)


def _opened(tenant: Tenant, batch_id: bytes, part: rows.Part, sealed_answers: bytes) -> list[_Line]:
    packed = tenant.keys.open(batch.questions_place(batch_id, part.number), part.sealed_questions)
    answers = questions.unpack_verdicts(
        tenant.keys.open(batch.answers_place(batch_id, part.number), sealed_answers)
    )
    asked = [
        (group.kind, serial, group.issuer_key_id) for group in questions.unpack(packed) for serial in group.serials
    ]
    return [(*question, *answer) for question, answer in zip(asked, answers, strict=True)]


def _as_csv(parts: Iterator[list[_Line]]) -> Iterator[bytes]:
    """RFC 4180, with a header."""
    yield (",".join(_COLUMNS) + "\r\n").encode()
    for part in parts:
        text = io.StringIO()
        csv.writer(text).writerows(part)
        yield text.getvalue().encode()


def _as_json(job: str, parts: Iterator[list[_Line]]) -> Iterator[bytes]:
    """One object, written as its parts come."""
    yield f'{{"job":"{job}","results":['.encode()
    comma = ""
    for part in parts:
        objects = (json.dumps(dict(zip(_COLUMNS, line, strict=True)), separators=(",", ":")) for line in part)
        yield (comma + ",\n".join(objects)).encode()
        comma = ",\n"
    yield b"]}\n"
