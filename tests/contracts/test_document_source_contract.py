"""What every way to keys and request objects of services promises: a bearable document in time, or an error."""

import socket
import threading
import time

import pytest
from components.forbidden_urls import FORBIDDEN
from components.peer import CLOSE, Peer, answer
from components.ports import free_port

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.municipal.documents import MAX_BYTES, SECONDS
from connectors.municipal.key_sets import KeySetFetch
from connectors.municipal.request_objects import RequestObjectFetch


@pytest.fixture(params=[KeySetFetch, RequestObjectFetch])
def source(request):
    """The implementations of both ports, which promise the same."""
    return request.param()


def test_a_document_comes_as_it_is(source):
    """Asked for by GET, without anything that names who asks or why."""
    with Peer(lambda _: [answer("200 OK", b'{"keys": []}')]) as peer:
        assert source.fetch(f"{peer.origin}/jwks?x=1", sandbox=True) == b'{"keys": []}'
        source.fetch(peer.origin, sandbox=True)
    assert (len(peer.requests), peer.connections) == (2, 2)
    assert peer.requests[0].line == "GET /jwks?x=1 HTTP/1.1"
    assert not {"authorization", "cookie", "referer", "origin"} & peer.requests[0].headers.keys()


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([CLOSE], Unreachable),
        ([b"garbage\r\n\r\n", CLOSE], Unreachable),
        ([answer("503 Service Unavailable")], Unreachable),
        ([answer("404 Not Found")], Garbled),
        ([answer("204 No Content")], Garbled),
        ([answer("302 Found", b"", "Location: http://127.0.0.1:1/inside")], Garbled),
        ([answer("200 OK", b"x" * (MAX_BYTES + 1))], Garbled),
    ],
    ids=["closed", "garbage", "503", "404", "204", "redirect", "endless"],
)
def test_what_is_no_document(source, steps, error):
    """Typed; no redirect is followed, and nothing is asked twice."""
    with Peer(lambda _: steps) as peer, pytest.raises(error):
        source.fetch(peer.origin, sandbox=True)
    assert len(peer.requests) == 1


def test_whoever_drips_is_not_waited_for(source):
    """A byte now and then is no answer: the whole has one deadline."""
    dripping = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[0.4, b"x"] * 25]
    with Peer(lambda _: dripping) as peer:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            source.fetch(peer.origin, sandbox=True)
        assert time.monotonic() - began < SECONDS + 2


def test_nobody_at_the_address(source):
    """Nobody listens."""
    with pytest.raises(Unreachable):
        source.fetch(f"http://127.0.0.1:{free_port()}/", sandbox=True)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_of_ours_is_reached(source, url):
    """Outside the sandbox: a typed error, and not one connection (security O16)."""
    with Peer(lambda _: [answer("200 OK", b"{}")]) as peer:
        with pytest.raises(ConnectorError):
            source.fetch(url.format(port=peer.port), sandbox=False)
        assert peer.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://10.255.255.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[fe80::1]:{port}/",
        "ftp://127.0.0.1:{port}/",
        "http://u@127.0.0.1:{port}/",
    ],
)
def test_the_sandbox_opens_loopback_alone(source, url):
    """Plain http elsewhere stays refused, and what is inside stays inside."""
    with Peer(lambda _: [answer("200 OK", b"{}")]) as peer:
        with pytest.raises(Refused):
            source.fetch(url.format(port=peer.port), sandbox=True)
        assert peer.connections == 0


def test_a_name_that_changes_its_address_is_reached_where_it_was_judged(source, monkeypatch):
    """DNS rebinding: the name is asked once, and what was judged is what is connected to."""
    asked, original = [], socket.getaddrinfo

    def rebinding(host, port, *rest, **named):
        if host != "keys.example":
            return original(host, port, *rest, **named)
        asked.append(host)
        return [(2, 1, 6, "", ("10.9.9.9" if len(asked) > 1 else "127.0.0.1", port))]

    monkeypatch.setattr("socket.getaddrinfo", rebinding)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connected = threading.Thread(target=_accept_once, args=(listener,), daemon=True)
        connected.start()
        with pytest.raises(Unreachable):  # it speaks no TLS: the connection is what counts
            source.fetch(f"https://keys.example:{listener.getsockname()[1]}/", sandbox=True)
        connected.join(10)
        assert (len(asked), connected.is_alive()) == (1, False)


def _accept_once(listener):
    listener.accept()[0].close()
