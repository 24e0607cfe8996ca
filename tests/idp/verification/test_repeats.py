"""Idempotency-Key: the same request is done once and answered alike, in short and in long trouble."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from components.verifier import VERIFIES, Verifier

from idp.store import batches
from idp.verification.repeats import BATCH_SECONDS, LOST_SECONDS, VERDICT_SECONDS, KeyLost, Repeats, Written

BATCH = {"kind": "user", "serials": ["1a"]}


def keyed(service, path, body, key, **options):
    """POST with a key."""
    return service.post(path, body, headers={"Idempotency-Key": key, **options.pop("headers", {})}, **options)


def test_the_same_request_is_done_once(verifier):
    """The job of the first answer, byte by byte; one batch in the database."""
    before = verifier.town.rows("batch")
    first, second = (keyed(verifier, "/certificates/checks", BATCH, "once") for _ in range(2))
    assert (first.status_code, first.data) == (202, second.data)
    assert second.status_code == 202
    assert verifier.town.rows("batch") == before + 1
    assert keyed(verifier, "/certificates/checks", BATCH, "twice").data != first.data
    assert verifier.town.rows("batch") == before + 2


def test_a_repeated_authentication_gives_the_first_answer(fresh):
    """Although its challenge is spent; nobody is asked again."""
    proof = fresh.proof(fresh.challenge())
    first = keyed(fresh, "/authentications", proof, "k")
    asked = fresh.town.rows("meter")
    fresh.town.control(do="revoke", resident="hanako")
    second = keyed(fresh, "/authentications", proof, "k")
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert fresh.town.rows("meter") == asked == 2  # the user certificate, and the signature certificate beside it


def test_a_signed_answer_is_repeated_as_it_was(verifier):
    """The very token; asked for as JSON, it is another request."""
    proof = verifier.proof(verifier.challenge())
    jws = {"Accept": "application/jwt"}
    first, second = (keyed(verifier, "/authentications", proof, "signed", headers=jws) for _ in range(2))
    assert (first.mimetype, first.data) == ("application/jwt", second.data)
    assert keyed(verifier, "/authentications", proof, "signed").json["code"] == "idempotency_key_reused"


def test_a_refusal_is_repeated_too(verifier):
    """It is an answer like another."""
    proof = verifier.proof(verifier.challenge(), "shiro")
    first, second = (keyed(verifier, "/authentications", proof, "refused") for _ in range(2))
    assert first.json["code"] == "certificate_revoked"
    assert (first.data, first.mimetype) == (second.data, second.mimetype)


def test_what_may_be_better_next_time_is_not_kept(fresh):
    """503 lets the key go: the same request is done again."""
    fresh.town.control(do="ocsp", mode="down")
    fresh.town.control(do="crl", mode="stale")
    proof = fresh.proof(fresh.challenge())
    assert keyed(fresh, "/authentications", proof, "k").status_code == 503
    fresh.town.control(do="ocsp", mode="up")
    assert keyed(fresh, "/authentications", fresh.proof(fresh.challenge()), "k").status_code == 200


def test_another_request_with_the_same_key_is_refused(verifier):
    """422; the first answer stays."""
    key = secrets.token_hex(8)
    first = keyed(verifier, "/certificates/check", BATCH | {"serial": "1a"}, key)
    answer = keyed(verifier, "/certificates/check", BATCH | {"serial": "1b"}, key)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    answer = keyed(verifier, "/certificates/checks", BATCH | {"serial": "1a"}, key)
    assert answer.json["code"] == "idempotency_key_reused"
    assert keyed(verifier, "/certificates/check", BATCH | {"serial": "1a"}, key).data == first.data


def test_a_key_belongs_to_its_service(verifier, shared_town):
    """Two services may use the same one."""
    other = Verifier(shared_town, shared_town.register("aoba", "keyholder", **VERIFIES))
    assert (
        keyed(verifier, "/certificates/checks", BATCH, "same").data
        != keyed(other, "/certificates/checks", BATCH, "same").data
    )


def test_of_requests_at_once_one_is_done(verifier):
    """The others hear that it is under way, or its answer."""
    together, before = Barrier(4), verifier.town.rows("batch")

    def ask(_):
        together.wait()
        return keyed(verifier, "/certificates/checks", BATCH, "parallel")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    codes = {answer.status_code for answer in answers}
    assert 202 in codes
    assert codes <= {202, 409}
    assert {a.json["code"] for a in answers if a.status_code == 409} <= {"idempotency_in_progress"}
    assert verifier.town.rows("batch") == before + 1


def begun(service, body=BATCH):
    """A first request of the key "k", as a process has it in hand."""
    product = service.town.product
    tenant = product.directory.tenant("aoba")
    how = b"/certificates/checks application/json False"
    return Repeats(store=product.store, now=product.now).begin(
        tenant,
        tenant.clients[service.service.client_id],
        "k",
        how,
        json.dumps(body).encode(),
        kept_seconds=BATCH_SECONDS,
    )


def test_a_request_that_is_under_way_is_a_conflict_until_it_is_lost(fresh):
    """A process that died with it blocks its key for two minutes, no longer."""
    begun(fresh)
    answer = keyed(fresh, "/certificates/checks", BATCH, "k")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_in_progress")
    fresh.town.control(do="clock", seconds=LOST_SECONDS + 1)
    assert keyed(fresh, "/certificates/checks", BATCH, "k").status_code == 202


def finish(service, attempt, answer):
    """End a request that left its mark in the transaction of its answer; whether the mark is there."""
    store = service.town.product.store.for_tenant("aoba")
    before = service.town.rows("batch")
    with suppress(KeyLost), store.write() as tx:
        batches.add(
            tx,
            batches.Batch(
                batch_id=secrets.token_bytes(16),
                client_id=service.service.client_id,
                state=batches.DONE,
                total=1,
                created_at=0,
                expires_at=0,
            ),
        )
        attempt.keep(tx, Written(202, "application/json", answer))
    return service.town.rows("batch") > before


@pytest.mark.parametrize("second", [BATCH, BATCH | {"serials": ["2b"]}], ids=["the same", "another"])
def test_a_slow_first_request_does_nothing_twice(fresh, second):
    """Its key was given on, and the other was answered: what the first one did is rolled back."""
    slow = begun(fresh)
    fresh.town.control(do="clock", seconds=LOST_SECONDS + 1)
    answered = keyed(fresh, "/certificates/checks", second, "k")
    assert answered.status_code == 202
    assert not finish(fresh, slow, b'"slow"')
    slow.keep_alone(Written(403, "application/problem+json", b'"refused"'))
    slow.let_go()
    assert keyed(fresh, "/certificates/checks", second, "k").data == answered.data


def test_a_slow_first_request_does_not_answer_for_another(fresh):
    """Nor lets go of the key that is another's by now."""
    slow = begun(fresh)
    fresh.town.control(do="clock", seconds=LOST_SECONDS + 1)
    other = begun(fresh, BATCH | {"serials": ["2b"]})
    assert not finish(fresh, slow, b'"slow"')
    slow.let_go()
    assert finish(fresh, other, b'"other"')


def test_the_same_request_twice_under_way_is_done_once(fresh):
    """By whichever is first to end; the slow one's failure leaves the other its key."""
    slow = begun(fresh)
    fresh.town.control(do="clock", seconds=LOST_SECONDS + 1)
    second = begun(fresh)
    slow.let_go()
    assert finish(fresh, slow, b'"slow"')
    assert not finish(fresh, second, b'"second"')
    assert keyed(fresh, "/certificates/checks", BATCH, "k").data == b'"slow"'


def test_whoever_lost_the_key_is_told_so(fresh):
    """409 and no batch; what the other request is answered is for itself to keep."""
    fresh.town.change(
        "CREATE TRIGGER too_late AFTER INSERT ON batch"
        " BEGIN UPDATE idempotency SET request_digest = zeroblob(32); END",
    )
    answer = keyed(fresh, "/certificates/checks", BATCH, "k")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_in_progress")
    assert fresh.town.rows("batch") == 0
    assert open_claims(fresh) == 1


def open_claims(service):
    """Requests with a key that have no answer yet."""
    with service.town.product.store.engine.connect() as connection:
        statement = "SELECT count(*) FROM idempotency WHERE sealed_answer IS NULL"
        return connection.exec_driver_sql(statement).scalar_one()


def test_a_failure_of_ours_lets_the_key_go(fresh):
    """Nothing was written, so nothing is repeated."""
    fresh.town.change("ALTER TABLE batch_part RENAME TO elsewhere")
    assert keyed(fresh, "/certificates/checks", BATCH, "k").status_code == 503
    assert fresh.town.rows("batch") == 0
    fresh.town.change("ALTER TABLE elsewhere RENAME TO batch_part")
    assert keyed(fresh, "/certificates/checks", BATCH, "k").status_code == 202


def test_an_answer_is_kept_sealed_and_not_for_long(fresh):
    """Then the key is new; what is over is deleted by the worker."""
    proof = fresh.proof(fresh.challenge())
    sub = keyed(fresh, "/authentications", proof, "k").json["sub"]
    stored = b"".join(path.read_bytes() for path in fresh.town.folder.glob("idp.db*"))
    assert sub.encode() not in stored
    fresh.town.control(do="clock", seconds=VERDICT_SECONDS + 1)
    fresh.token = fresh.fetch_token().json["access_token"]
    assert keyed(fresh, "/authentications", proof, "k").json["code"] == "not_found"
    fresh.town.control(do="clock", seconds=2 * VERDICT_SECONDS + 2)
    fresh.town.product.worker.once()
    assert fresh.town.rows("idempotency") == 0


def test_a_verdict_is_not_repeated_when_it_is_old(fresh):
    """Within ten minutes it is; after them the certificate is asked about anew."""
    body = fresh.serial_body("hanako")
    assert keyed(fresh, "/certificates/check", body, "k").json["status"] == "valid"
    fresh.town.control(do="revoke", resident="hanako")
    fresh.town.control(do="tick")
    assert keyed(fresh, "/certificates/check", body, "k").json["status"] == "valid"
    fresh.town.control(do="clock", seconds=10 * 60 + 1)
    fresh.token = fresh.fetch_token().json["access_token"]
    assert keyed(fresh, "/certificates/check", body, "k").json["status"] == "revoked"


def test_a_batch_is_told_again_for_a_day(fresh):
    """Its job is no verdict, and grows no older."""
    first = keyed(fresh, "/certificates/checks", BATCH, "k")
    for seconds, same in ((BATCH_SECONDS - 60, True), (BATCH_SECONDS + 1, False)):
        fresh.town.control(do="clock", seconds=seconds)
        fresh.token = fresh.fetch_token().json["access_token"]
        assert (keyed(fresh, "/certificates/checks", BATCH, "k").data == first.data) is same


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
def test_a_key_is_printable_and_short(verifier, key):
    """Anything else is malformed."""
    answer = keyed(verifier, "/certificates/check", {"kind": "user", "serial": "1a"}, key)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_a_challenge_takes_no_key(verifier):
    """Two requests are two challenges: there is nothing to keep from happening twice."""
    assert keyed(verifier, "/challenges", {}, "k").data != keyed(verifier, "/challenges", {}, "k").data
