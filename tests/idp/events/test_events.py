"""Events to services: what a token says, and what it does not let two services find out together."""

import re
from datetime import UTC, datetime

import pytest
from components.events import SUB, delivery, emit, read
from components.jobs import jobs, pass_time
from components.peer import Peer, answer
from components.town import BASE_URL, town

from idp.events.events import LIVES_SECONDS, EventName
from idp.store import schema

ISSUER = f"{BASE_URL}/t/aoba"
SPAN, DAY = 300, 24 * 3600


@pytest.fixture(scope="module")
def receiver():
    """Where all services of the town receive events."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        yield peer


@pytest.fixture(scope="module")
def listening(tmp_path_factory, founded_world, receiver):
    """A town with two services that receive events, one by each algorithm, and one with a secret."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        for name, more in {
            "notes": {},
            "taxes": {"id_token_signed_response_alg": "ES256"},
            "water": {"event_bearer": "s3cret.b34rer"},
        }.items():
            endpoint = f"{receiver.origin}/{name}"
            setattr(made, name, made.register("aoba", name, event_endpoint=endpoint, **more))
        yield made


@pytest.fixture
def told(listening, receiver):
    """What the receivers got of all that is emitted: `told()` -> requests."""
    receiver.requests.clear()

    def deliver(seconds=0):
        pass_time(listening, seconds)
        doing = jobs(listening, delivery(listening))
        while doing.do_one():
            pass
        return list(receiver.requests)

    return deliver


@pytest.mark.parametrize(("service", "alg"), [("notes", "RS256"), ("taxes", "ES256")])
def test_a_stranger_reads_a_security_event_token(listening, told, service, alg):
    """RFC 8417 and RFC 9493: typed, for one audience, about `sub_id`, without `sub`, `exp` or `nonce`."""
    to = getattr(listening, service)
    emit(listening, to, data={"reason": "revoked"}, occurred_at=datetime(2026, 4, 1, 15, 0, tzinfo=UTC))
    (request,) = told()
    header, claims = read(listening, request.body, to)
    assert (header["typ"], header["alg"], set(header)) == ("secevent+jwt", alg, {"typ", "alg", "kid"})
    assert set(claims) == {"iss", "aud", "iat", "jti", "sub_id", "events"}
    assert (claims["iss"], claims["aud"]) == (ISSUER, to.client_id)
    assert re.fullmatch(r"[0-9a-f]{32}", claims["jti"])
    assert claims["sub_id"] == {"format": "iss_sub", "iss": ISSUER, "sub": SUB}
    said = {"reason": "revoked", "occurred_on": "2026-04-02"}  # it was past midnight in Japan
    assert claims["events"] == {f"{ISSUER}/events/consent-withdrawn": said}


def test_a_migrated_person_is_told_by_the_new_number_with_the_old_one_beside(listening, told):
    """`sub_id` is what the service shall use from now on; `previous` what it knew, in the same form."""
    tenant = listening.product.directory.tenant("aoba")
    client = tenant.clients[listening.notes.client_id]
    for previous_iss in ("", "https://old.example"):
        with listening.product.store.for_tenant("aoba").write() as tx:
            listening.product.events.tell_migrated(tx, tenant, client, SUB, "old", previous_iss)
        (request,) = told(seconds=2 * DAY)[-1:]
        _, claims = read(listening, request.body, listening.notes)
        assert claims["sub_id"]["sub"] == SUB
        (said,) = claims["events"].values()
        assert said["previous"] == {"format": "iss_sub", "iss": previous_iss or ISSUER, "sub": "old"}


@pytest.mark.parametrize("event", EventName)
def test_every_event_has_its_uri(listening, told, event):
    """The issuer's own, but RISC's where RISC has one."""
    emit(listening, listening.notes, event=event)
    (request,) = told()
    _, claims = read(listening, request.body, listening.notes)
    own = f"{ISSUER}/events/{event}"
    risc = f"https://schemas.openid.net/secevent/risc/event-type/{event}"
    assert list(claims["events"]) == [risc if event.startswith("account-") else own]


def test_the_receivers_secret_travels_with_it_and_is_stored_sealed(listening, told):
    """In the header alone; the database holds it under the tenant's keys."""
    emit(listening, listening.water)
    (request,) = told()
    assert request.headers["authorization"] == "Bearer s3cret.b34rer"
    with listening.product.store.for_tenant("aoba").read() as tx:
        row = tx.connection.execute(schema.client.select().where(schema.client.c.service_id == "water")).one()
    assert "s3cret" not in row.registration
    assert "event" in row.registration


def test_a_service_without_receiver_is_told_nothing(listening, told):
    """No job is left for it."""
    before = listening.rows("outbox")
    emit(listening, listening.library)
    assert listening.rows("outbox") == before
    assert told() == []


def test_a_transaction_that_rolls_back_tells_nobody(listening, told):
    """What did not happen is not announced."""
    tenant = listening.product.directory.tenant("aoba")
    client = tenant.clients[listening.notes.client_id]

    def fail():
        with listening.product.store.for_tenant("aoba").write() as tx:
            events = listening.product.events
            events.emit(tx, tenant, client, SUB, EventName.SUBJECT_MIGRATED, {}, listening.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert told(LIVES_SECONDS) == []


def test_delays_are_drawn_for_each_service_by_itself(listening, told):
    """Over the whole next span, without any relation between two services or two events; `iat` says no more."""
    now = int(listening.clock().timestamp())
    started = now - now % SPAN + SPAN
    pass_time(listening, started - now - 60)
    for number in range(60):
        for service in (listening.notes, listening.taxes):
            emit(listening, service, data={"number": number}, span_seconds=SPAN)
    with listening.product.store.for_tenant("aoba").read() as tx:
        waits = [row.run_at - started for row in tx.connection.execute(schema.outbox.select()).all()]
    assert len(waits) == 120
    assert 0 <= min(waits) < 40
    assert 260 < max(waits) < SPAN
    claims = [read(listening, request.body, listening.notes)[1] for request in told(SPAN + 60)]
    planned = zip(sorted(c["iat"] - started for c in claims), sorted(waits), strict=True)
    assert all(abs(said - waited) <= 1 for said, waited in planned)  # a second may end between the two
    heard = {(c["aud"], *[e["number"] for e in c["events"].values()]): c["iat"] for c in claims}
    notes, taxes = (
        [heard[service.client_id, number] for number in range(60)]
        for service in (listening.notes, listening.taxes)
    )
    assert abs(correlation(notes, taxes)) < 0.6
    assert len({c["jti"] for c in claims}) == 120


def test_two_services_hear_of_one_thing_without_a_common_value(listening, told):
    """Nothing but the issuer, the day and what the event itself says is equal in what two services receive."""
    for service, sub in ((listening.notes, "a" * 43), (listening.taxes, "b" * 43)):
        emit(listening, service, sub=sub, data={"reason": "revoked"}, span_seconds=SPAN)
    requests = told(2 * SPAN)
    (first, one), (second, other) = (read(listening, r.body, listening.notes) for r in requests)
    assert first["kid"] != second["kid"]
    assert {name for name in one if one[name] == other[name]} <= {"iss", "events", "iat"}
    differing = {"content-length"}
    assert {n for n in requests[0].headers if requests[0].headers[n] != requests[1].headers[n]} <= differing


def correlation(one, other):
    """Pearson's coefficient."""
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    covariance = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return covariance / spread**0.5
