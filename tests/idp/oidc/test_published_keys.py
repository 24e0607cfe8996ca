"""Keys that a service publishes itself: fetched when needed, followed when they change, never in a storm."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from components.assertions import jwks, signer
from components.peer import CLOSE, Peer, answer
from joserfc.jwk import ECKey, OctKey, RSAKey

from connectors.errors import ConnectorError
from connectors.municipal.key_sets import KeySetFetch
from idp.oidc.clients.key_sets import FETCHES, FRESH_SECONDS, PER_SECONDS, STALE_SECONDS, KeySets
from idp.services.client_keys import MAX_PUBLISHED, KeysRefused, published
from idp.services.service_changes import ServiceChange

FIRST, SECOND = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("first", "second"))
NUMBERS = count(1)
"""Of services whose server is a test's own: a free port comes again, and a name may not."""


class Service:
    """A service's server, on which its keys lie: `steps` is what it answers."""

    def __init__(self) -> None:
        self.publish(FIRST)

    def publish(self, *keys, **members) -> None:
        """From now on these."""
        self.steps = [answer("200 OK", json.dumps(jwks(*keys, **members)).encode())]


@pytest.fixture
def server():
    """Its server, and what was asked there."""
    service = Service()
    with Peer(lambda _: service.steps) as peer:
        service.peer = peer
        yield service


def publisher(town, server, name, key=FIRST, **wishes):
    """A service whose keys lie there."""
    where = {"jwks_uri": f"{server.peer.origin}/jwks", "token_endpoint_auth_signing_alg": "ES256"}
    return signer(town, name, key, **where, **wishes)


def test_a_service_changes_its_keys_without_a_word(shared_town, server):
    """The next assertion by the new key is believed, and by then the old key's no longer."""
    by = publisher(shared_town, server, "changing")
    assert [by.push().status_code for _ in range(3)] == [201] * 3
    assert len(server.peer.requests) == 1
    server.publish(SECOND)
    assert by.push(by.assertion(key=SECOND, header={"kid": "second"})).status_code == 201
    assert len(server.peer.requests) == 2
    assert by.push().status_code == 401


def test_request_objects_are_signed_by_the_same_keys(shared_town, server):
    """Those of a service that publishes them as well."""
    by = publisher(shared_town, server, "asking")
    plain = {name: value for name, value in by.pushed().items() if not name.startswith("client_assertion")}
    claims = {"client_id": by.service.client_id, **plain}
    request = by.assertion(**claims, sub=None, jti=None)
    assert by.push(request=request).status_code == 201
    assert by.push(request=by.assertion(key=SECOND, **claims, sub=None)).status_code == 400


def test_made_up_key_ids_ask_a_service_a_few_times_a_minute(shared_town, server):
    """However many come: it is not we who flood it, and who signs rightly is let in meanwhile."""
    by = publisher(shared_town, server, "flooded")
    for number in range(20):
        assert by.push(by.assertion(header={"kid": f"made-up-{number}"})).status_code == 401
    assert len(server.peer.requests) == FETCHES
    assert by.push().status_code == 201


def test_a_service_that_does_not_answer_is_not_believed(shared_town, server):
    """Closed, garbage, a page, too much, a way elsewhere, a key of no use: refused as any other, no 500."""
    large = json.dumps(jwks(FIRST, x5c="x" * 70_000)).encode()
    for number, steps in enumerate(
        (
            [CLOSE],
            [b"garbage\r\n\r\n", CLOSE],
            [answer("200 OK", b"<html>")],
            [answer("200 OK", b"[]")],
            [answer("200 OK", b'{"keys": []}')],
            [answer("200 OK", large)],
            [answer("302 Found", b"", f"Location: {server.peer.origin}/elsewhere")],
            [answer("500 Internal Server Error")],
        )
    ):
        server.steps = steps
        by = publisher(shared_town, server, f"silent-{number}")
        assert by.push().json["error"] == "invalid_client"
    assert not [request for request in server.peer.requests if "elsewhere" in request.line]


def test_another_address_is_asked_at_once(shared_town, server):
    """Keys of the address before count no longer."""
    by = publisher(shared_town, server, "moving")
    assert by.push().status_code == 201
    elsewhere = Service()
    elsewhere.publish(SECOND)
    with Peer(lambda _: elsewhere.steps) as peer:
        tenant = shared_town.product.directory.tenant("aoba")
        client = tenant.clients[by.service.client_id]
        shared_town.product.service_changes.change(tenant, client, ServiceChange(jwks_uri=f"{peer.origin}/keys"))
        assert by.push().status_code == 401
        assert by.push(by.assertion(key=SECOND, header={"kid": "second"})).status_code == 201


class Watch:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watched(shared_town, server):
    """Key sets by a clock of ours over a real source; what they find by key id, and the clock."""
    by = publisher(shared_town, server, f"watched-{next(NUMBERS)}")
    tenant = shared_town.product.directory.tenant("aoba")
    watch = Watch()
    sets = KeySets(KeySetFetch(), watch)
    lookup = sets.of(tenant, tenant.clients[by.service.client_id])
    return lambda kid: [key.kid for key in lookup(kid)], watch


def test_a_set_is_looked_at_again_after_a_while(server, watched):
    """A withdrawn key counts no longer then."""
    found, watch = watched
    assert found("first") == ["first"]
    server.publish(SECOND)
    watch.at += FRESH_SECONDS - 1
    assert found("first") == ["first"]
    watch.at += 1
    assert (found("first"), found("second"), found(None)) == ([], ["second"], ["second"])


def test_while_a_service_is_away_its_last_keys_count_for_a_while(server, watched):
    """For an hour, and not for ever."""
    found, watch = watched
    assert found("first") == ["first"]
    server.steps = [CLOSE]
    watch.at += STALE_SECONDS - 1
    assert found("first") == ["first"]
    watch.at += 1
    assert found("first") == []
    server.publish(FIRST)
    watch.at += PER_SECONDS
    assert found("first") == ["first"]


def test_many_at_once_ask_once(server, watched):
    """Whoever comes meanwhile receives the same answer."""
    found, _ = watched
    server.steps = [0.3, *server.steps]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(found, ["first"] * 16)) == [["first"]] * 16
    assert len(server.peer.requests) == 1


def test_keys_for_other_uses_are_passed_over():
    """RFC 7517 section 5; one that is of use is enough, none is too little, and so is a crowd."""
    encryption = {**RSAKey.generate_key(2048).as_dict(private=False), "use": "enc", "alg": "RSA1_5"}
    unknown = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}
    secret = OctKey.generate_key(256).as_dict()
    own = FIRST.as_dict(private=False)
    read = published(json.dumps({"keys": [encryption, unknown, secret, 7, own]}).encode())
    assert [key.kid for key in read] == ["first"]
    for keys in ([encryption], [own] * 2, [unknown] * (MAX_PUBLISHED + 1), {}, None):
        with pytest.raises(KeysRefused):
            published(json.dumps({"keys": keys}).encode())


def test_a_source_fails_in_three_ways_alone():
    """So that no other exception reaches whoever authenticates."""
    with pytest.raises(ConnectorError):
        KeySetFetch().fetch("https://[", sandbox=False)
