"""Delivering events: at least once, the same bytes each time, judged by RFC 8935, told to no log."""

import json
import random
from dataclasses import dataclass, replace
from itertools import count, pairwise

import pytest
from components.events import SUB, delivery, emit, read
from components.jobs import dead, jobs, pass_time
from components.peer import CLOSE, Peer, answer
from components.ports import free_port
from components.town import town
from structlog.testing import capture_logs

from connectors.ports import EventAnswer
from idp.events.events import LIVES_SECONDS
from idp.revocation.breaker import FAILURES
from idp.store import schema
from idp.worker.events import FINAL_ERRORS, judge
from idp.worker.job import Abandon, Postpone

ACCEPTED = [answer("202 Accepted")]
NUMBERS = count(1)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory, founded_world):
    """A town whose tests empty the outbox."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        yield made


@pytest.fixture
def receiving(quiet):
    """A service of its own with a receiver that says what `replies` says; `(town, service, receiver, replies)`."""
    replies = []
    with Peer(lambda _: replies[0]) as receiver:
        name = f"receiving-{next(NUMBERS)}"  # not by its port: a free one comes again
        service = quiet.register("aoba", name, event_endpoint=f"{receiver.origin}/events")
        yield quiet, service, receiver, replies
    with quiet.product.store.for_tenant("aoba").write() as tx:
        tx.connection.execute(schema.outbox.delete().where(schema.outbox.c.tenant_id == "aoba"))


@dataclass
class Known:
    """A directory that knows one tenant as a test wants it."""

    only: object

    def tenant(self, tenant_id):
        """See Directory."""
        return self.only if tenant_id == self.only.tenant_id else None


def waiting(made):
    """The problem of each job that waits."""
    with made.product.store.for_tenant("aoba").read() as tx:
        waits = schema.outbox.c.state == "waiting"
        return [row.problem for row in tx.connection.execute(schema.outbox.select().where(waits)).all()]


@pytest.mark.parametrize(
    "trouble",
    [
        [CLOSE],
        [answer("503 Service Unavailable")],
        [answer("500 Internal Server Error")],
        [answer("302 Found", b"", "Location: /other")],
        [answer("200 OK")],
        [answer("401 Unauthorized")],
        [answer("404 Not Found")],
        [answer("429 Too Many Requests")],
        [answer("400 Bad Request", b"what?")],
        [answer("400 Bad Request", b'{"err": "invalid_key"}')],
        [answer("400 Bad Request", b'{"err": "authentication_failed"}')],
        [answer("400 Bad Request", b'{"err": "access_denied"}')],
    ],
    ids=["closed", "503", "500", "302", "200", "401", "404", "429", "400", "key", "authentication", "access"],
)
def test_a_receiver_in_trouble_gets_the_same_token_until_it_takes_it(receiving, trouble):
    """Byte for byte, so with the same `jti`; after 202 never again."""
    made, service, receiver, replies = receiving
    replies[:] = [trouble]
    emit(made, service)
    doing = jobs(made, delivery(made))
    for _ in range(3):
        assert doing.do_one() is True
        pass_time(made, 3601)
    assert len(waiting(made)) == 1
    replies[:] = [ACCEPTED]
    assert doing.do_one() is True
    pass_time(made, 3601)
    assert doing.do_one() is False
    bodies = [request.body for request in receiver.requests]
    assert (len(bodies), len(set(bodies))) == (4, 1)
    assert read(made, bodies[0], service)[1]["sub_id"]["sub"] == SUB


@pytest.mark.parametrize("code", sorted(FINAL_ERRORS))
def test_a_token_that_is_wrong_for_its_receiver_is_buried(receiving, code):
    """Sending the same bytes again would change nothing; an operator sees the code and no more."""
    made, service, _, replies = receiving
    body = json.dumps({"err": code, "description": SUB}).encode()
    replies[:] = [[answer("400 Bad Request", body)]]
    emit(made, service)
    assert jobs(made, delivery(made)).do_one() is True
    assert list(dead(made).values()) == [f"refused: {code}"]


def test_an_event_is_tried_for_three_days(receiving):
    """Then it is buried, with what the receiver said at last."""
    made, service, receiver, replies = receiving
    replies[:] = [[answer("404 Not Found")]]
    emit(made, service)
    doing, hours = jobs(made, delivery(made)), 0
    while not dead(made):
        doing.do_one()
        pass_time(made, 3600)
        hours += 1
    assert LIVES_SECONDS / 3600 - 2 <= hours <= LIVES_SECONDS / 3600 + 2
    (problem,) = dead(made).values()
    assert problem in ("expired", "expired; at last: the receiver answered 404")
    assert len(receiver.requests) > 40


def test_a_receiver_that_is_away_is_reached_when_it_is_back(quiet):
    """Nothing listens, then something does, on the same port."""
    port = free_port()
    service = quiet.register("aoba", "away", event_endpoint=f"http://127.0.0.1:{port}/events")
    emit(quiet, service)
    doing = jobs(quiet, delivery(quiet))
    assert doing.do_one() is True
    assert len(waiting(quiet)) == 1
    pass_time(quiet, 60)
    with Peer(lambda _: ACCEPTED, port=port) as receiver:
        assert doing.do_one() is True
    assert (len(receiver.requests), waiting(quiet)) == (1, [])


def test_a_silent_receiver_is_left_alone_for_a_while(receiving):
    """After some failures its events wait without holding up a worker; then one is risked, and all arrive."""
    made, service, receiver, replies = receiving
    moment = [0.0]
    replies[:] = [[CLOSE]]
    for _ in range(FAILURES + 3):
        emit(made, service)
    doing = jobs(made, delivery(made, monotonic=lambda: moment[0]))
    while doing.do_one():
        pass
    assert len(receiver.requests) == FAILURES
    assert waiting(made).count("the receiver does not answer") == 3
    replies[:] = [ACCEPTED]
    moment[0] += 60
    pass_time(made, 3601)
    while doing.do_one():
        pass
    assert waiting(made) == []
    assert len(receiver.requests) == FAILURES + FAILURES + 3


def test_after_an_absence_the_delays_are_drawn_again(receiving):
    """A worker that finds many events due does not send them in the order in which they happened."""

    drawn = random.Random(1)

    def no_short_one(size):
        """Bytes that draw no delay below 37 s: none is due again while the others are still looked at."""
        return bytes([32 + drawn.randrange(224)]) + drawn.randbytes(size - 1)

    made, service, receiver, replies = receiving
    replies[:] = [ACCEPTED]
    numbers = list(range(40))
    for number in numbers:
        emit(made, service, data={"number": number})
        pass_time(made, 2)
    pass_time(made, 600)
    doing = jobs(made, delivery(made, delay_seconds=300, token_bytes=no_short_one))
    while doing.do_one():
        pass
    assert receiver.requests == []
    for _ in range(100):
        pass_time(made, 4)
        while doing.do_one():
            pass
    heard = [read(made, r.body, service)[1]["events"] for r in receiver.requests]
    order = [event["number"] for events in heard for event in events.values()]
    assert sorted(order) == numbers
    assert sum(a > b for a, b in pairwise(order)) > 5


@pytest.mark.parametrize("change", [{"event_endpoint": None}, {"state": "suspended"}, None])
def test_a_service_that_listens_no_more_gets_no_event(receiving, change):
    """Its endpoint or the service itself was taken away meanwhile; the event is buried."""
    made, service, receiver, _ = receiving
    emit(made, service)
    tenant = made.product.directory.tenant("aoba")
    clients = {key: client for key, client in tenant.clients.items() if key != service.client_id}
    if change is not None:
        clients[service.client_id] = replace(tenant.clients[service.client_id], **change)
    doing = jobs(made, delivery(made), directory=Known(replace(tenant, clients=clients)))
    assert doing.do_one() is True
    assert list(dead(made).values()) == ["the service takes no events any more"]
    assert receiver.requests == []


def test_no_log_holds_a_number_or_a_token(receiving):
    """Neither of a delivery, nor of a refusal, nor of a defect."""
    made, service, receiver, replies = receiving
    with capture_logs() as logs:
        for reply in (ACCEPTED, [answer("400 Bad Request", b'{"err": "invalid_key"}')], [CLOSE]):
            replies[:] = [reply]
            emit(made, service)
            jobs(made, delivery(made)).do_one()
    assert {line["event"] for line in logs} == {"event.delivered", "job.postponed"}
    written = json.dumps(logs)
    assert SUB not in written
    assert not any(request.body.decode() in written for request in receiver.requests)
    assert all(len(value) < 80 for line in logs for value in line.values() if isinstance(value, str))


def test_only_202_is_a_delivery():
    """RFC 8935 section 2.2; final are the refusals that no repetition changes."""
    judge(EventAnswer(202))
    for status in (200, 201, 204, 401, 403, 409, 429):
        with pytest.raises(Postpone):
            judge(EventAnswer(status, "invalid_request"))
    with pytest.raises(Postpone):
        judge(EventAnswer(400))
    with pytest.raises(Abandon):
        judge(EventAnswer(400, "invalid_audience"))
