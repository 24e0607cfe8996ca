"""Batches: taken on, answered part by part by the worker, collected, deleted; nobody else's business."""

import csv
import io
import json
import secrets
import time
import tracemalloc

import pytest
from components.scale import FULL, against, scaled
from components.verifier import VERIFIES, Verifier, issuer_of

from idp.verification import questions
from idp.verification.batch import FORGET, KEPT_SECONDS, KIND, LIVES_SECONDS, LOST_SECONDS, AnswerBatch
from idp.verification.batches import MAX_UNFINISHED
from idp.worker.job import Job, LeaseLost
from idp.worker.jobs import Jobs


def work(service):
    """Do everything that is due."""
    jobs = service.jobs()
    while jobs.do_one():
        pass


def result(service, job, form="json"):
    """The answer of /jobs/result."""
    return service.post("/jobs/result", {"job": job, "format": form})


def lines_of(service, job):
    """The results as JSON."""
    answer = result(service, job)
    assert answer.status_code == 200, answer.text
    assert answer.json["job"] == job
    return answer.json["results"]


def test_every_status_of_a_batch(verifier):
    """Revoked with its reason, not listed, refused for an issuer of nobody; in the order of the questions."""
    shiro = f"{verifier.certificate('shiro').serial_number:x}"
    issuer = issuer_of(verifier.certificate("shiro"))
    job = verifier.submit(
        [
            {"kind": "user", "serials": ["1a", shiro]},
            {"kind": "user", "issuer_key_id": issuer, "serials": [shiro]},
            {"kind": "signature", "serials": [shiro, "f" * 39]},
            {"kind": "user", "issuer_key_id": "00" * 20, "serials": ["1a"]},
        ]
    )
    assert verifier.status(job) == {"state": "waiting", "total": 6, "done": 0}
    assert result(verifier, job).json["code"] == "not_done"
    work(verifier)
    assert verifier.status(job) == {"state": "done", "total": 6, "done": 6}
    told = [tuple(line.values()) for line in lines_of(verifier, job)]
    assert told == [
        ("user", "1a", None, "not_listed", None),
        ("user", shiro, None, "revoked", "certificateHold"),
        ("user", shiro, issuer, "revoked", "certificateHold"),
        ("signature", shiro, None, "not_listed", None),
        ("signature", "f" * 39, None, "not_listed", None),
        ("user", "1a", "00" * 20, "refused", None),
    ]


def test_csv_in_and_out(verifier):
    """The same columns, and what was found out."""
    body = f"{questions.CSV_HEADER}\r\nuser,1a,\r\nsignature,2b,\r\n".encode()
    job = verifier.submit(body, content_type="text/csv")
    work(verifier)
    answer = result(verifier, job, "csv")
    assert answer.mimetype == "text/csv"
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["kind", "serial", "issuer_key_id", "status", "reason"],
        ["user", "1a", "", "not_listed", ""],
        ["signature", "2b", "", "not_listed", ""],
    ]


def test_without_fresh_lists_the_evidence_is_missing(fresh):
    """Of any live generation; what is revoked in an old list stays revoked."""
    fresh.submit({"kind": "user", "serials": ["1a"]})
    work(fresh)
    fresh.town.control(do="crl", mode="stale")
    shiro = f"{fresh.certificate('shiro').serial_number:x}"
    job = fresh.submit({"kind": "user", "serials": ["1a", shiro]})
    work(fresh)
    assert [line["status"] for line in lines_of(fresh, job)] == ["evidence_missing", "revoked"]
    assert (metered(fresh), metered(fresh, answered=False)) == (2, 1)


def test_a_worker_that_dies_costs_one_part(fresh, monkeypatch):
    """Parts that are answered stay answered, are asked about once, and are on the meter once."""
    monkeypatch.setattr(questions.parts, "__defaults__", (100,))
    count = 1000
    job = fresh.submit({"kind": "user", "serials": [f"{n:x}" for n in range(1, count + 1)]})
    assert fresh.jobs(**{KIND: Dies(fresh.handlers()[KIND], after=4)}).do_one()
    assert fresh.status(job) == {"state": "running", "total": count, "done": 400}
    assert result(fresh, job).json["code"] == "not_done"
    fresh.town.control(do="clock", seconds=300)
    fresh.jobs().do_one()
    assert fresh.status(job) == {"state": "done", "total": count, "done": count}
    assert [line["serial"] for line in lines_of(fresh, job)] == [f"{n:x}" for n in range(1, count + 1)]
    assert metered(fresh) == count


def alternating(count):
    """A CSV whose kind changes with every line."""
    lines = [f"{('user', 'signature')[n % 2]},{n:x}," for n in range(1, count + 1)]
    return "\n".join([questions.CSV_HEADER, *lines]).encode()


def test_a_batch_that_alternates_costs_no_more_than_another(fresh):
    """Two rows on the meter, one for each kind; the results in the order of the questions."""
    job = fresh.submit(alternating(200), content_type="text/csv")
    work(fresh)
    assert [line["serial"] for line in lines_of(fresh, job)] == [f"{n:x}" for n in range(1, 201)]
    assert (metered(fresh), fresh.town.rows("meter")) == (200, 2)


def test_a_job_is_held_anew_inside_a_part(fresh):
    """Between two sets that are looked up: who lost it there writes nothing of that part."""
    job = fresh.submit(alternating(4), content_type="text/csv")
    assert fresh.jobs(**{KIND: Dies(fresh.handlers()[KIND], after=1)}).do_one()
    assert fresh.status(job) == {"state": "waiting", "total": 4, "done": 0}
    assert fresh.town.rows("meter") == 0


def test_five_batches_may_be_unfinished(fresh):
    """429 with Retry-After until one is done, before its body is read; a service alone is told so."""
    body = {"kind": "user", "serials": ["1a"]}
    for _ in range(MAX_UNFINISHED):
        fresh.submit(body)
    for asked in (body, b"garbage"):
        answer = fresh.post("/certificates/checks", asked)
        assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
        assert int(answer.headers["Retry-After"]) > 0
    assert fresh.town.rows("batch") == MAX_UNFINISHED
    fresh.jobs().do_one()
    fresh.submit(body)
    assert fresh.post("/certificates/checks", body).status_code == 429
    Verifier(fresh.town, fresh.town.register("aoba", "other", **VERIFIES)).submit(body)


def test_batches_that_were_given_up_take_no_place(fresh):
    """After a day nobody answers them any more."""
    body = {"kind": "user", "serials": ["1a"]}
    for _ in range(MAX_UNFINISHED):
        fresh.submit(body)
    fresh.town.control(do="clock", seconds=LIVES_SECONDS + 1)
    fresh.token = fresh.fetch_token().json["access_token"]
    fresh.submit(body)


class Dies:
    """A worker that loses its life after some parts: the handler itself, held no longer."""

    def __init__(self, handler: AnswerBatch, after: int) -> None:
        self._handler, self._left = handler, after

    def run(self, tenant, job):
        def renew():
            self._left -= 1
            return self._left > 0

        held = Job(
            job_id=job.job_id,
            kind=job.kind,
            payload=job.payload,
            attempts=job.attempts,
            expires_at=job.expires_at,
            renew=renew,
            finish=job.finish,
        )
        try:
            self._handler.run(tenant, held)
        except LeaseLost:
            raise RuntimeError("killed") from None


def metered(service, answered=True):
    """Serial numbers of batches on the meter."""
    which = f"purpose = 'batch' AND method = 'crl' AND answered = {int(answered)}"
    with service.town.product.store.engine.connect() as connection:
        statement = f"SELECT coalesce(sum(count), 0) FROM meter WHERE {which}"
        return connection.exec_driver_sql(statement).scalar_one()


def test_another_services_job_is_not_found(verifier):
    """Nor another tenant's, nor one that never was."""
    job = verifier.submit({"kind": "user", "serials": ["1a"]})
    work(verifier)
    others = [
        Verifier(verifier.town, verifier.town.register(tenant, "other", **VERIFIES))
        for tenant in ("aoba", "wakaba")
    ]
    for service, asked in ((others[0], job), (others[1], job), (verifier, secrets.token_hex(16))):
        for path in ("/jobs/status", "/jobs/result"):
            answer = service.post(path, {"job": asked})
            assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_results_stay_a_day_and_are_deleted_then(fresh):
    """Not found from that moment on, and gone from the database when the worker comes by."""
    job = fresh.submit({"kind": "user", "serials": ["1a"]})
    work(fresh)
    fresh.town.control(do="clock", seconds=KEPT_SECONDS - 60)
    fresh.token = fresh.fetch_token().json["access_token"]
    assert len(lines_of(fresh, job)) == 1
    fresh.town.control(do="clock", seconds=KEPT_SECONDS + 60)
    assert result(fresh, job).json["code"] == "not_found"
    assert fresh.town.rows("batch_part") == 1
    work(fresh)
    assert (fresh.town.rows("batch_part"), fresh.town.rows("batch")) == (0, 0)


def test_a_batch_that_nobody_answers_is_deleted_too(fresh):
    """Two days after it came, whatever became of it."""
    fresh.submit({"kind": "user", "serials": ["1a"]})
    fresh.town.control(do="clock", seconds=LOST_SECONDS + 60)
    product = fresh.town.product
    only = Jobs(
        store=product.store,
        directory=product.directory,
        handlers={FORGET: fresh.handlers()[FORGET]},
        now=product.now,
        token_bytes=secrets.token_bytes,
    )
    assert only.do_one()
    assert (fresh.town.rows("batch_part"), fresh.town.rows("batch")) == (0, 0)


def test_results_that_go_meanwhile_break_off(fresh, monkeypatch):
    """Better no answer than one that looks whole and is not."""
    monkeypatch.setattr(questions.parts, "__defaults__", (2,))
    job = fresh.submit({"kind": "user", "serials": ["1", "2", "3"]})
    work(fresh)
    answer = result(fresh, job)
    with fresh.town.product.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM batch_part WHERE part = 1")
    with pytest.raises(LookupError):
        b"".join(answer.response)


def test_an_issuer_of_nobody_is_not_metered(fresh):
    """Nobody was asked."""
    fresh.submit({"kind": "user", "issuer_key_id": "00" * 20, "serials": ["1", "2"]})
    work(fresh)
    assert (metered(fresh), metered(fresh, answered=False)) == (0, 0)


def test_what_is_stored_of_a_batch_is_sealed(fresh):
    """No serial number in clear, in no table."""
    serial = secrets.token_hex(16).lstrip("0")
    fresh.submit({"kind": "user", "serials": [serial]})
    work(fresh)
    stored = b"".join(path.read_bytes() for path in fresh.town.folder.glob("idp.db*"))
    assert serial.encode() not in stored
    assert bytes.fromhex(serial.zfill(32)) not in stored


def test_a_batch_is_in_the_audit_trail(fresh):
    """How many, for whom; not which."""
    fresh.submit({"kind": "user", "serials": ["1a", "2b"]})
    with fresh.town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'batch.accepted'"
        body = json.loads(connection.exec_driver_sql(statement).scalar_one())
    assert body == {"client_id": fresh.service.client_id, "serials": 2}


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_another_media_type_is_unsupported(verifier, content_type):
    """Neither JSON nor CSV."""
    answer = verifier.post("/certificates/checks", b"x", content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


def test_a_body_over_its_route_s_limit_is_too_large(verifier):
    """32 MiB for batches, 64 KiB elsewhere."""
    small = b'{"challenge": "' + b"A" * 70_000 + b'"}'
    assert verifier.post("/authentications", small).json["code"] == "too_large"
    assert verifier.post("/certificates/checks", b" " * 200_000).json["code"] == "malformed"
    answer = verifier.post("/certificates/checks", b" " * (32 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_large_batch_in_time_and_memory(verifier):
    """At full scale a million serial numbers, in and out, in under a minute and in bounded memory."""
    count = scaled(1000, 1_000_000)
    body = json.dumps(
        {"kind": "user", "serials": [f"{n:x}" for n in range(0x10000000, 0x10000000 + count)]}
    ).encode()
    began = time.perf_counter()
    job = verifier.submit(body)
    if FULL:
        tracemalloc.start()
    work(verifier)
    answer = result(verifier, job, "csv")
    rows = sum(chunk.count(b"\n") for chunk in answer.response)
    peak = tracemalloc.get_traced_memory()[1] if FULL else 0
    tracemalloc.stop()
    assert rows == count + 1
    against("a batch, in, answered and out", time.perf_counter() - began, scaled(20, 60), "s")
    against("memory of answering and collecting it", peak / 2**20, 200, "MiB")
