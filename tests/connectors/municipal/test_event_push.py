"""Pushing a token to a receiver (RFC 8935), over real sockets."""

import json
import socket
import ssl
import threading

import pytest
from components.forbidden_urls import FORBIDDEN
from components.peer import CLOSE, Peer, answer
from components.tls import make_tls
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.municipal.events import ERRORS, EventPush
from connectors.ports import EventAnswer

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"


def push(endpoint, *, bearer=None, sandbox=True, receiver=None):
    """One delivery."""
    return (receiver or EventPush()).push(endpoint, TOKEN, bearer=bearer, sandbox=sandbox)


def pushed(status, body=b"", **options):
    """What a receiver's answer comes to."""
    with Peer(lambda _: [answer(status, body)]) as peer:
        return push(f"{peer.origin}/events", **options)


def test_what_a_receiver_sees():
    """RFC 8935 section 2.1: the token as the whole body, its type, what may come back, a bearer."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        assert push(f"{peer.origin}/events?x=1", bearer="t0k3n") == EventAnswer(202)
        assert push(f"{peer.origin}/events") == EventAnswer(202)
    first, second = peer.requests
    assert (first.line, first.body) == ("POST /events?x=1 HTTP/1.1", TOKEN)
    assert first.headers["content-type"] == "application/secevent+jwt"
    assert first.headers["accept"] == "application/json"
    assert first.headers["authorization"] == "Bearer t0k3n"
    assert first.headers["connection"] == "close"
    assert "authorization" not in second.headers
    assert "cookie" not in first.headers


def test_no_two_deliveries_share_a_connection():
    """Which service's events travel together is nobody's business."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        receiver = EventPush()
        for _ in range(3):
            push(f"{peer.origin}/events", receiver=receiver)
    assert (len(peer.requests), peer.connections) == (3, 3)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_refusal_in_rfc_8935s_form_names_its_code(code):
    """Section 2.3; its description is not kept."""
    body = json.dumps({"err": code, "description": "personal"}).encode()
    assert pushed("400 Bad Request", body) == EventAnswer(400, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"invalid_request"', b'{"err": 7}', b'{"err": "made_up"}', b"[" * 9000, b"\xff\xfe"],
)
def test_a_refusal_of_another_form_has_no_code(body):
    """However it is written: no exception, and nothing of it is kept."""
    assert pushed("400 Bad Request", body) == EventAnswer(400)


def test_other_statuses_come_as_they_are():
    """Even with a body that looks like a refusal."""
    for status in ("200 OK", "204 No Content", "401 Unauthorized", "429 Too Many Requests"):
        assert pushed(status, b"") == EventAnswer(int(status[:3]))
    assert pushed("404 Not Found", b'{"err": "invalid_request"}') == EventAnswer(404)


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([CLOSE], Unreachable),
        ([b"garbage\r\n\r\n", CLOSE], Unreachable),
        ([answer("503 Service Unavailable")], Unreachable),
        ([answer("302 Found", b"", "Location: http://127.0.0.1:1/inside")], Garbled),
        ([answer("202 Accepted", b"x" * 20_000)], Garbled),
    ],
    ids=["closed", "garbage", "503", "redirect", "endless"],
)
def test_what_is_no_answer(steps, error):
    """Typed, and no redirect is followed."""
    with Peer(lambda _: steps) as peer, pytest.raises(error):
        push(f"{peer.origin}/events")
    assert len(peer.requests) == 1


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_of_ours_is_reached_by_an_endpoint(url):
    """Outside the sandbox: a typed error, and not one connection."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        with pytest.raises(ConnectorError):
            push(url.format(port=peer.port), sandbox=False)
        assert peer.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://10.255.255.1:{port}/",
        "http://169.254.169.254/",
        "ftp://127.0.0.1:{port}/",
        "http://u@127.0.0.1:{port}/",
    ],
)
def test_the_sandbox_opens_loopback_alone(url):
    """Plain http elsewhere stays refused."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        with pytest.raises(Refused):
            push(url.format(port=peer.port))
        assert peer.connections == 0


def test_a_name_that_changes_its_address_is_reached_where_it_was_judged(monkeypatch):
    """DNS rebinding: what was judged is what is connected to, and the name is asked once."""
    asked, original = [], socket.getaddrinfo

    def rebinding(host, port, *rest, **named):
        if host != "receiver.example":
            return original(host, port, *rest, **named)
        asked.append(host)
        return [(2, 1, 6, "", ("10.9.9.9" if len(asked) > 1 else "127.0.0.1", port))]

    monkeypatch.setattr("socket.getaddrinfo", rebinding)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connected = threading.Thread(target=_accept_once, args=(listener,), daemon=True)
        connected.start()
        with pytest.raises(Unreachable):  # it speaks no TLS: the connection is what counts
            push(f"https://receiver.example:{listener.getsockname()[1]}/")
        connected.join(10)
        assert (len(asked), connected.is_alive()) == (1, False)


def _accept_once(listener):
    listener.accept()[0].close()


def test_the_certificate_is_checked_against_the_name(tmp_path):
    """By the authorities that are configured; an unknown one is no receiver."""
    files = make_tls(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    hosts = []

    @Request.application
    def accept(request):
        hosts.append(request.host)
        return Response(status=202)

    server = make_server("127.0.0.1", 0, accept, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        url = f"https://localhost:{server.server_port}/events"
        assert push(url, receiver=EventPush(ca_file=str(files.ca_file))) == EventAnswer(202)
        with pytest.raises(Unreachable):
            push(url)
        assert hosts == [f"localhost:{server.server_port}"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
