"""What the verification API stores, on SQLite and on a real PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from components.town import town
from components.verifier import VERIFIES, Verifier

from idp.store import batches, idempotency
from idp.store.engine import WriteConflict
from idp.store.idempotency import Claim


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request, tmp_path, founded_world):
    """A service that may verify, in a town on one of the two databases."""
    more = {}
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").database()
        crl = {"IDP_CRL_DIRECTORY": str(tmp_path / "crl")}
        more = {"environment": {**database.environment, **crl}, "owner_url": database.owner_url}
    with town(tmp_path, founded_world, **more) as made:
        yield Verifier(made, made.register("aoba", "verifier", **VERIFIES))


def write(service, tenant_id="aoba"):
    """A transaction of a tenant."""
    return service.town.product.store.for_tenant(tenant_id).write()


def claim(service, **changes):
    """A claim of the key 1 for the request 2, until the moment 100."""
    wishes = {
        "client_id": service.service.client_id,
        "key_digest": b"1" * 32,
        "request_digest": b"2" * 32,
        "expires_at": 100,
    }
    return Claim(**wishes | changes)


def test_the_whole_way(service):
    """Challenge, proof, answer; a batch, its worker, its results; the same key twice."""
    first = service.authenticate()
    assert first.status_code == 200, first.text
    assert service.authenticate().json["sub"] == first.json["sub"]
    key = {"Idempotency-Key": "k"}
    job = service.submit({"kind": "user", "serials": ["1a", "2b"]}, headers=key)
    assert service.submit({"kind": "user", "serials": ["1a", "2b"]}, headers=key) == job
    service.jobs().do_one()
    assert service.status(job) == {"state": "done", "total": 2, "done": 2}
    lines = service.post("/jobs/result", {"job": job}).json["results"]
    assert [line["status"] for line in lines] == ["not_listed"] * 2


def test_first_proofs_at_once_are_one_person(service):
    """Eight at once: one number, one certificate row, one pair."""
    proofs = [service.proof(service.challenge()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda proof: service.post("/authentications", proof), proofs))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({answer.json["sub"] for answer in answers}) == 1


def test_a_key_is_claimed_once_until_it_is_over(service):
    """What is over is claimed anew, without the old answer."""
    wanted = claim(service)
    with write(service) as tx:
        assert idempotency.claim(tx, wanted, now=10)
        assert not idempotency.claim(tx, wanted, now=99)
        assert idempotency.find(tx, wanted.client_id, wanted.key_digest).sealed_answer is None
        assert idempotency.settle(tx, wanted, b"sealed", expires_at=200)
        assert not idempotency.claim(tx, wanted, now=199)
        assert idempotency.find(tx, wanted.client_id, wanted.key_digest).sealed_answer == b"sealed"
        assert idempotency.claim(tx, claim(service, request_digest=b"3" * 32), now=200)
        kept = idempotency.find(tx, wanted.client_id, wanted.key_digest)
        assert (kept.request_digest, kept.sealed_answer) == (b"3" * 32, None)


def test_only_what_has_no_answer_is_released(service):
    """A kept answer stays, whoever lets go of the key."""
    wanted = claim(service)
    with write(service) as tx:
        idempotency.claim(tx, wanted, now=10)
        idempotency.release(tx, wanted)
        assert idempotency.find(tx, wanted.client_id, wanted.key_digest) is None
        idempotency.claim(tx, wanted, now=10)
        idempotency.settle(tx, wanted, b"sealed", expires_at=200)
        idempotency.release(tx, wanted)
        assert idempotency.find(tx, wanted.client_id, wanted.key_digest) is not None
        assert idempotency.forget(tx, now=199) == 0
        assert idempotency.forget(tx, now=200) == 1


def test_a_claim_that_was_lost_settles_nothing_of_anothers(service):
    """Neither another request's, nor its own a second time; nor does it release what came after it."""
    lost, same, other = claim(service), claim(service, expires_at=220), claim(service, request_digest=b"3" * 32)
    with write(service) as tx:
        idempotency.claim(tx, lost, now=10)
        idempotency.claim(tx, same, now=100)
        idempotency.release(tx, lost)
        assert idempotency.settle(tx, same, b"sealed", expires_at=300)
        assert not idempotency.settle(tx, lost, b"late", expires_at=400)
        assert idempotency.find(tx, lost.client_id, lost.key_digest).sealed_answer == b"sealed"
        idempotency.claim(tx, other, now=300)
        assert not idempotency.settle(tx, lost, b"late", expires_at=400)
        idempotency.release(tx, lost)
        assert idempotency.settle(tx, other, b"other", expires_at=500)


def test_unfinished_batches_are_one_services_young_open_ones(service):
    """Neither those that are done, nor those that were given up."""
    client_id = service.service.client_id
    with write(service) as tx:
        for number, (state, created_at) in enumerate(((batches.OPEN, 5), (batches.OPEN, 6), (batches.DONE, 6))):
            batches.add(
                tx,
                batches.Batch(
                    batch_id=bytes([number]) * 16,
                    client_id=client_id,
                    state=state,
                    total=1,
                    created_at=created_at,
                    expires_at=100,
                ),
            )
        assert [batches.unfinished(tx, client_id, since=since) for since in (4, 5, 6)] == [2, 1, 0]
        assert batches.unfinished(tx, "another", since=4) == 0


def test_no_tenant_sees_anothers(service):
    """Neither keys nor batches; a batch of another tenant's client cannot be stored."""
    batch = batches.Batch(
        batch_id=b"b" * 16,
        client_id=service.service.client_id,
        state=batches.OPEN,
        total=1,
        created_at=1,
        expires_at=100,
    )
    with write(service) as tx:
        idempotency.claim(tx, claim(service), now=10)
        batches.add(tx, batch)
    with write(service, "wakaba") as tx:
        assert idempotency.find(tx, service.service.client_id, b"1" * 32) is None
        assert batches.find(tx, batch.batch_id) is None
        batches.drop(tx, batch.batch_id)
        assert idempotency.forget(tx, now=1000) == 0
    with pytest.raises(WriteConflict), write(service, "wakaba") as tx:
        batches.add(tx, batch)
    with write(service) as tx:
        assert batches.find(tx, batch.batch_id) == batch


def test_a_part_is_answered_once(service):
    """Of two workers the second writes nothing; the batch is done once."""
    client_id = service.service.client_id
    batch = batches.Batch(
        batch_id=b"b" * 16, client_id=client_id, state=batches.OPEN, total=2, created_at=1, expires_at=100
    )
    with write(service) as tx:
        batches.add(tx, batch)
        for number in range(2):
            batches.add_part(tx, batch.batch_id, number, b"questions")
        assert batches.next_part(tx, batch.batch_id).number == 0
        assert batches.answer(tx, batch.batch_id, 0, b"first", count=1)
        assert not batches.answer(tx, batch.batch_id, 0, b"second", count=1)
        assert batches.part(tx, batch.batch_id, 0).sealed_answers == b"first"
        assert (batches.next_part(tx, batch.batch_id).number, batches.answered(tx, batch.batch_id)) == (1, 1)
        batches.answer(tx, batch.batch_id, 1, b"first", count=1)
        assert batches.next_part(tx, batch.batch_id) is None
        assert batches.finish(tx, batch.batch_id, expires_at=500)
        assert not batches.finish(tx, batch.batch_id, expires_at=900)
        assert batches.find(tx, batch.batch_id).expires_at == 500
        batches.drop(tx, batch.batch_id)
        assert batches.find(tx, batch.batch_id) is None
        assert batches.part(tx, batch.batch_id, 0) is None
