"""Request objects by reference: fetched from where they are registered to lie, judged, and forgotten."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Semaphore
from urllib.parse import parse_qs, urlsplit

import pytest
from components.assertions import signer
from components.forbidden_urls import FORBIDDEN
from components.peer import CLOSE, Peer, answer
from components.town import BASE_URL, REDIRECT_URI, b64url, whereto
from joserfc.jwk import ECKey

from connectors.municipal.request_objects import RequestObjectFetch
from idp.oidc.authorization.request_references import PAUSE_SECONDS, RequestReferences, RequestUriRefused
from idp.registration import NotAllowed

KEY, STRANGER = ECKey.generate_key("P-256", {"kid": "first"}), ECKey.generate_key("P-256", {"kid": "first"})
OUTSIDE = {"redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid", "state": "outside"}
NUMBERS = count(1)
"""Of services whose server is a test's own: a free port comes again, and a name may not."""


class Lying:
    """A service of aoba and the server on which its request objects lie: `steps` is what that answers."""

    def __init__(self, town, peer, name, **wishes):
        self.town, self.peer = town, peer
        self.uri = f"{peer.origin}/{name}"
        self.by = signer(town, name, KEY, **{"request_uris": (self.uri,), "require_pkce": False, **wishes})

    def request(self, **changes):
        """A request object that is right but for what is given."""
        claims = {
            "sub": None,
            "jti": None,
            "client_id": self.by.service.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "state": "inside",
        }
        return self.by.assertion(**{**claims, **changes})

    def publish(self, document=None, *headers):
        """From now on this document, a right request object where none is given; its hash."""
        body = (document or self.request()).encode()
        self.peer.steps = [answer("200 OK", body, *headers)]
        return b64url(hashlib.sha256(body).digest())

    def authorize(self, uri=None, method="GET", **outside):
        """What the browser brings: who asks, and where the rest lies."""
        query = {"client_id": self.by.service.client_id, "request_uri": uri or self.uri, **outside}
        options = {"query_string" if method == "GET" else "data": query}
        return self.town.browser().open("/t/aoba/authorize", method=method, base_url=BASE_URL + "/", **options)


@pytest.fixture
def peer():
    """The server."""
    with Peer(lambda _: peer.steps) as peer:
        yield peer


@pytest.fixture
def lying(shared_town, peer):
    """The service."""
    return Lying(shared_town, peer, f"lying-{next(NUMBERS)}")


def refused(answer):
    """The error of an answer to the service."""
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(REDIRECT_URI + "?")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["error"][0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_lies_elsewhere_begins_a_login(lying, method):
    """Fetched each time, so that what changes there is the next login's; what it is called matters to nobody."""
    lying.publish(None, "Content-Type: application/jose")
    for times in (1, 2):
        found = lying.authorize(method=method)
        if method == "POST":
            found = lying.town.get(lying.town.browser(), found.headers["Location"])
        assert "/login/" in whereto(found)
        assert len(lying.peer.requests) == times
    assert not {"cookie", "referer", "authorization"} & lying.peer.requests[0].headers.keys()


def test_what_stands_beside_the_reference_does_not_count(lying):
    """Neither state nor redirect URI nor what would make the request right."""
    lying.publish(lying.request(response_type=None))
    found = lying.authorize(**OUTSIDE | {"redirect_uri": "https://evil.example/", "login_hint": "x"})
    assert refused(found) == "invalid_request"
    assert "state=inside" in found.headers["Location"]


def test_a_hash_in_the_fragment_binds_the_document(shared_town, peer, lying):
    """Where it is added to what is registered without: another document is refused.

    Registered with it, it is a part of the name. What the suite registers is the hash of something else
    (`CreateRandomRequestUriWithFragment`), and Core 6.2 lets it tell caches that the document changed, no more.
    """
    hashed = lying.publish()
    assert "/login/" in whereto(lying.authorize(f"{lying.uri}#{hashed}"))
    assert refused(lying.authorize(f"{lying.uri}#{'A' * 43}", **OUTSIDE)) == "invalid_request_uri"
    uri = f"{peer.origin}/fixed"
    with_hash = Lying(
        shared_town, peer, f"fixed-{next(NUMBERS)}", request_uris=(f"{uri}#{'B' * 43}", f"{uri}/2#v2")
    )
    with_hash.publish()
    assert "/login/" in whereto(with_hash.authorize(f"{uri}/2#v2"))
    asked = len(peer.requests)
    for wrong in (uri, f"{uri}#{'C' * 43}", f"{uri}/2", f"{uri}/2#v3", f"{uri}/2#"):
        assert refused(with_hash.authorize(wrong, **OUTSIDE)) == "invalid_request_uri"
    assert len(peer.requests) == asked
    assert "/login/" in whereto(with_hash.authorize(f"{uri}#{'B' * 43}"))


def test_only_what_is_registered_is_asked_for(lying):
    """No spelling of it, no neighbour, no URN that is not ours, nothing inside: not one connection."""
    lying.publish()
    origin = lying.peer.origin
    other = [
        lying.uri + "/", lying.uri + "?", lying.uri + "?x=1", lying.uri.upper(), origin, origin + "/",
        lying.uri.replace("127.0.0.1", "localhost"), lying.uri.replace("http:", "https:"), " " + lying.uri,
        lying.uri + "/../" + lying.uri.rpartition("/")[2], "urn:example:request", "data:,x.y.z", "x" * 9000,
        *(url.format(port=lying.peer.port) for url in FORBIDDEN if url),
    ]  # fmt: skip
    for uri in other:
        assert (uri, refused(lying.authorize(uri, **OUTSIDE))) == (uri, "invalid_request_uri")
        assert (uri, lying.authorize(uri).status_code) == (uri, 400)
    assert lying.peer.connections == 0


def test_a_place_inside_is_registered_nowhere_and_reached_from_nowhere(shared_town, peer):
    """Refused where it can be seen; and a name that leads inside, when it is asked."""
    for url in ("http://10.0.0.1/", "file:///etc/passwd", "https://a@b.example/", "gopher://b.example/"):
        with pytest.raises(NotAllowed):
            Lying(shared_town, peer, "inside", request_uris=(url,))
    inside = (
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433:1/",
    )
    there = Lying(shared_town, peer, "inside", request_uris=inside)
    for url in inside:
        assert refused(there.authorize(url, **OUTSIDE)) == "invalid_request_uri"


FAULTS = {
    "absent": ([answer("404 Not Found")], "invalid_request_uri"),
    "elsewhere": ([answer("302 Found", b"", "Location: http://127.0.0.1:1/")], "invalid_request_uri"),
    "endless": ([answer("200 OK", b"x" * 70_000)], "invalid_request_uri"),
    "closed": ([CLOSE], "invalid_request_uri"),
    "no text": ([answer("200 OK", b"\xff\xfe")], "invalid_request_uri"),
    "empty": ([answer("200 OK", b"")], "invalid_request_object"),
    "a page": ([answer("200 OK", b"<html>")], "invalid_request_object"),
    "long": ([answer("200 OK", b"a." + b"x" * 60_000 + b".b")], "invalid_request_object"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_where_no_request_object_is_had_the_service_is_told(lying, name):
    """At the redirect URI beside the reference, or on our page where none is named."""
    lying.peer.steps, error = FAULTS[name]
    assert refused(lying.authorize(**OUTSIDE)) == error
    assert lying.authorize().status_code == 400


def test_what_is_had_is_judged_as_any_request_object(lying):
    """Its signature, its parties, what stands inside."""
    for wrong in (
        lying.request(key=STRANGER),
        lying.request(aud="https://other.example"),
        lying.request(client_id="nobody"),
        lying.request(request_uri=lying.uri),
        lying.request(request="x.y.z"),
        lying.request().rpartition(".")[0] + ".",
        json.dumps({"client_id": lying.by.service.client_id, **OUTSIDE}),
    ):
        lying.publish(wrong)
        assert refused(lying.authorize(**OUTSIDE)) == "invalid_request_object"


def test_a_reference_is_pushed_nowhere_and_not_given_twice(lying):
    """RFC 9126 section 2.1; two of them, and one beside an object, are none."""
    lying.publish()
    assert lying.by.push(request_uri=lying.uri).json["error"] == "invalid_request"
    query = [("client_id", lying.by.service.client_id), *[("request_uri", lying.uri)] * 2, *OUTSIDE.items()]
    found = lying.town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert refused(found) == "invalid_request_uri"
    assert refused(lying.authorize(request=lying.request(), **OUTSIDE)) == "invalid_request"
    assert lying.peer.connections == 0


def test_the_strictest_profile_pushes_its_requests(shared_town, peer):
    """It registers no reference, and one that it brings is fetched from nowhere."""
    with pytest.raises(NotAllowed, match="pushes its requests"):
        Lying(shared_town, peer, "strict", profile="fapi2", require_pkce=None)
    strict = Lying(shared_town, peer, "strict", profile="fapi2", request_uris=(), require_pkce=None)
    assert refused(strict.authorize(**OUTSIDE)) == "invalid_request"
    assert peer.connections == 0


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(lying):
    """One that answers wrongly is asked again at once: it holds nobody up."""
    tenant = lying.town.product.directory.tenant("aoba")
    client, at = tenant.clients[lying.by.service.client_id], [1000.0]
    references = RequestReferences(RequestObjectFetch(), lambda: at[0])

    def asked():
        before = len(lying.peer.requests)
        with pytest.raises(RequestUriRefused):
            references.fetched(tenant, client, lying.uri)
        return len(lying.peer.requests) - before

    lying.peer.steps = [answer("404 Not Found")]
    assert [asked(), asked()] == [1, 1]
    lying.peer.steps = [CLOSE]
    assert [asked(), asked()] == [1, 0]
    at[0] += PAUSE_SECONDS
    lying.publish("x.y.z")
    assert references.fetched(tenant, client, lying.uri) == "x.y.z"


def test_many_at_once_ask_once(lying):
    """Whoever comes while a document is fetched receives the same one; whoever comes later, the next."""
    tenant = lying.town.product.directory.tenant("aoba")
    client = tenant.clients[lying.by.service.client_id]
    references, begun = RequestReferences(RequestObjectFetch(), time.monotonic), Semaphore(0)

    def ask(_):
        begun.release()
        return references.fetched(tenant, client, lying.uri)

    def held():
        for _ in range(8):
            assert begun.acquire(timeout=10)
        yield 0.3  # from the word that they come to their question
        yield answer("200 OK", b"first")

    lying.peer.steps = held()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert (found, len(lying.peer.requests)) == (["first"] * 8, 1)
    lying.publish("second")
    assert references.fetched(tenant, client, lying.uri) == "second"


def test_a_closed_service_is_asked_nothing(lying):
    """Its requests are refused without a look at them, on our page."""
    lying.publish()
    lying.town.change(f"UPDATE client SET state = 'suspended' WHERE client_id = '{lying.by.service.client_id}'")
    lying.town.change("UPDATE tenant SET config_version = config_version + 1")
    lying.town.product.directory.refresh()
    answer = lying.authorize(**OUTSIDE)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert lying.peer.connections == 0
