"""What every way to a service's back channel promises: one form, a status, and three errors and no other."""

from urllib.parse import parse_qs

import pytest
from components.forbidden_urls import FORBIDDEN
from components.peer import CLOSE, Peer, answer
from components.ports import free_port

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.municipal.logouts import LogoutPush

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln-_"


@pytest.fixture
def receiver():
    """The one implementation of the port."""
    return LogoutPush()


@pytest.fixture
def service():
    """A service's server; `replies[0]` is what it answers."""
    replies = [[answer("200 OK")]]
    with Peer(lambda _: replies[0]) as peer:
        peer.replies = replies
        yield peer


def test_a_service_receives_one_form(receiver, service):
    """Back-Channel Logout 1.0, section 2.5: POST, the token as `logout_token`, and nothing that names anybody."""
    assert receiver.tell(f"{service.origin}/out?x=1", TOKEN, sandbox=True) == 200
    (request,) = service.requests
    assert request.line == "POST /out?x=1 HTTP/1.1"
    assert parse_qs(request.body.decode(), strict_parsing=True) == {"logout_token": [TOKEN.decode()]}
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert not {"authorization", "cookie", "referer", "origin"} & request.headers.keys()


def test_no_two_deliveries_share_a_connection(receiver, service):
    """Which of them belong together is nobody's business."""
    for _ in range(3):
        receiver.tell(service.origin, TOKEN, sandbox=True)
    assert (len(service.requests), service.connections) == (3, 3)


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "400 Bad Request", "404 Not Found"])
def test_the_status_comes_as_it_is(receiver, service, status):
    """Whether it is a success is the caller's to judge; what is written beside it is not kept."""
    service.replies[0] = [answer(status, b"" if status.startswith("204") else b'{"error": "personal"}')]
    assert receiver.tell(service.origin, TOKEN, sandbox=True) == int(status[:3])


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([CLOSE], Unreachable),
        ([b"garbage\r\n\r\n", CLOSE], Unreachable),
        ([answer("503 Service Unavailable")], Unreachable),
        ([answer("302 Found", b"", "Location: http://127.0.0.1:1/inside")], Garbled),
        ([answer("200 OK", b"x" * 20_000)], Garbled),
    ],
    ids=["closed", "garbage", "503", "redirect", "endless"],
)
def test_what_is_no_answer(receiver, service, steps, error):
    """Typed; no redirect is followed, and nothing is sent twice."""
    service.replies[0] = steps
    with pytest.raises(error):
        receiver.tell(service.origin, TOKEN, sandbox=True)
    assert len(service.requests) == 1


def test_a_service_that_is_out_is_unreachable(receiver):
    """Nobody listens."""
    with pytest.raises(Unreachable):
        receiver.tell(f"http://127.0.0.1:{free_port()}/", TOKEN, sandbox=True)


@pytest.mark.parametrize(
    ("uri", "sandbox"),
    [
        *((url, False) for url in FORBIDDEN),
        ("https://user@127.0.0.1:{port}/", True),
        ("ftp://127.0.0.1:{port}/", True),
        ("http://10.255.255.1:{port}/", True),
        ("https://[::1", True),
        ("", True),
    ],
)
def test_nothing_of_ours_is_reached_by_a_uri(receiver, service, uri, sandbox):
    """Https at public addresses, and loopback for a sandbox tenant; nothing is sent elsewhere."""
    with pytest.raises(ConnectorError if not sandbox else Refused):
        receiver.tell(uri.format(port=service.port), TOKEN, sandbox=sandbox)
    assert service.connections == 0
