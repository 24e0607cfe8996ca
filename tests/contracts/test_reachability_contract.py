"""What every way to find out whether a service answers: it changes nothing there, and reaches nothing of ours."""

import pytest
from components.forbidden_urls import FORBIDDEN
from components.peer import CLOSE, Peer, answer
from components.ports import free_port

from connectors.errors import ConnectorError, Unreachable
from connectors.municipal.reachability import Knock


@pytest.fixture
def way():
    """The one implementation of the port."""
    return Knock()


@pytest.mark.parametrize(
    "status", ["200 OK", "302 Found", "400 Bad Request", "404 Not Found", "405 Method Not Allowed"]
)
def test_whoever_answers_is_there(way, status):
    """Asked once, by HEAD, without anything that names who asks or why; no redirect is followed."""
    with Peer(lambda _: [answer(status, b"", "Location: http://127.0.0.1:1/inside")]) as peer:
        way.knock(f"{peer.origin}/callback?x=1", sandbox=True)
    assert [request.line for request in peer.requests] == ["HEAD /callback?x=1 HTTP/1.1"]
    assert not {"authorization", "cookie", "referer", "origin"} & peer.requests[0].headers.keys()


@pytest.mark.parametrize("steps", [[CLOSE], [answer("503 Service Unavailable")]], ids=["closed", "503"])
def test_whoever_fails_is_not(way, steps):
    """A server's own failure is no answer, and neither is silence."""
    with Peer(lambda _: steps) as peer, pytest.raises(Unreachable):
        way.knock(peer.origin, sandbox=True)
    with pytest.raises(Unreachable):
        way.knock(f"http://127.0.0.1:{free_port()}/", sandbox=True)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_of_ours_is_reached(way, url):
    """Outside the sandbox: a typed error, and not one connection (security O16)."""
    with Peer(lambda _: [answer("200 OK", b"{}")]) as peer:
        with pytest.raises(ConnectorError):
            way.knock(url.format(port=peer.port), sandbox=False)
        assert peer.connections == 0
