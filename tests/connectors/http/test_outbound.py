"""The one outbound client, against a peer that keeps none of the rules."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.peer import CLOSE, Peer, answer
from components.ports import free_port
from components.tls import make_tls
from components.virtual_reader import await_condition

from connectors.errors import Garbled, Refused, Unreachable
from connectors.http import Outbound, Redirected

LIMIT = 1000
SECONDS = 0.4
SLACK = 2.0
"""What a loaded machine may add; a client without limits would wait for 5 seconds at least."""
IMPATIENT = {"connect_seconds": 0.2, "read_seconds": 0.2}
"""For peers that never say enough. Where an answer comes, a machine that halts for a moment is waited for."""


def outbound(*origins, **options):
    return Outbound(origins, **{"connect_seconds": 10.0, "read_seconds": 10.0, "max_bytes": LIMIT, **options})


def get(steps, *, patience=None, **options):
    """What a GET brings from a peer that replies with `steps`."""
    with Peer(lambda _: steps) as peer:
        return outbound(peer.origin, **(patience or {})).send("GET", f"{peer.origin}/x", **options)


def failing(steps, **patience):
    """The error of a GET that must fail, and the seconds until then."""
    started = time.monotonic()
    with pytest.raises((Unreachable, Garbled, Refused)) as failed:
        get(steps, patience=patience)
    return failed.value, time.monotonic() - started


def test_an_answer_is_handed_over_whole():
    """Status, headers under lower-case names, and body come as the peer sent them."""
    got = get([answer("404 Not Found", b"\x00body", "Content-Type: application/x")])
    assert (got.status, got.headers["content-type"], got.body) == (404, "application/x", b"\x00body")


def test_a_request_arrives_whole():
    """Method, path, headers and body go out as given."""
    with Peer(lambda _: [answer()]) as peer:
        outbound(peer.origin).send("POST", f"{peer.origin}/a?b=1", body=b"\x00\xff", headers={"X-A": "1"})
    request = peer.requests[0]
    assert (request.line, request.headers["x-a"], request.body) == ("POST /a?b=1 HTTP/1.1", "1", b"\x00\xff")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}@evil.example/x",
        "http://evil.example:{port}/x",
        "http://user@127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}.evil.example/x",
        "HTTP://127.0.0.1/x",
        "//127.0.0.1:{port}/x",
        "file:///etc/passwd",
        "http://[::1",
        "",
    ],
)
def test_an_origin_not_on_the_list_is_refused(url):
    """Nothing is sent to an origin that was not listed, however alike it looks."""
    with Peer(lambda _: [answer()]) as peer, pytest.raises(Refused):
        outbound(peer.origin).send("GET", url.format(port=peer.port))
    assert peer.connections == 0


def test_a_question_is_asked_by_no_client_that_does_not_list_its_origin():
    """Whoever made it: what is on the list is the word of the client that asks."""
    with Peer(lambda _: [answer()]) as peer:
        question = outbound(peer.origin).question("POST", f"{peer.origin}/x")
        with pytest.raises(Refused):
            outbound("http://127.0.0.1:1").ask(question, b"body")
    assert peer.connections == 0


def test_a_question_is_asked_again_with_another_body():
    """The head is that of its body each time, also of one as long as an earlier one, and of none."""
    bodies = [b"one", b"two", b"three", b""]
    with Peer(lambda request: [answer(body=request.body)]) as peer:
        client = outbound(peer.origin)
        question = client.question("POST", f"{peer.origin}/x", headers={"X-A": "1"})
        assert [client.ask(question, body).body for body in bodies] == bodies
    assert [request.headers["content-length"] for request in peer.requests] == ["3", "3", "5", "0"]
    assert {request.headers["x-a"] for request in peer.requests} == {"1"}


def test_an_empty_list_allows_nothing():
    """Without origins no request leaves."""
    with pytest.raises(Refused):
        outbound().send("GET", "http://127.0.0.1:1/")


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P", "300 C"])
def test_a_redirect_is_not_followed(status):
    """A redirect, even to the same origin, ends the request with an error and reaches no second URL."""
    with Peer(lambda _: [answer(status, b"", "Location: /elsewhere")]) as peer, pytest.raises(Redirected):
        outbound(peer.origin).send("GET", f"{peer.origin}/x")
    assert [request.line for request in peer.requests] == ["GET /x HTTP/1.1"]


def test_not_modified_is_no_redirect():
    """304 is an answer for the caller."""
    assert get([b"HTTP/1.1 304 Not Modified\r\n\r\n"]).status == 304


def test_a_body_of_exactly_the_limit_is_taken():
    """The limit itself is allowed."""
    assert get([answer(body=bytes(LIMIT))]).body == bytes(LIMIT)


@pytest.mark.parametrize(
    "steps",
    [
        [answer(body=bytes(LIMIT + 1))],
        [b"HTTP/1.1 200 OK\r\n\r\n", bytes(LIMIT + 1), CLOSE],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"64\r\n" + bytes(100) + b"\r\n"] * 50],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", bytes(LIMIT * 10), 5.0],
    ],
    ids=["length", "no length", "chunked", "endless"],
)
def test_a_body_over_the_limit_is_garbled(steps):
    """One byte over the limit is too much, whatever the peer said of the length; the rest is not awaited."""
    error, took = failing(steps)
    assert isinstance(error, Garbled)
    assert took < SECONDS + SLACK


def test_compressed_bytes_are_not_unpacked():
    """Nothing is decompressed, so that no small answer can grow past the limit."""
    packed = b"\x1f\x8b\x08\x00"
    assert get([answer("200 OK", packed, "Content-Encoding: gzip")]).body == packed


def drip(data, every):
    """`data` one byte at a time."""
    for byte in data:
        yield bytes([byte])
        yield every


@pytest.mark.parametrize(
    "steps",
    [
        lambda: drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 900, 0.05),
        lambda: itertools.chain([b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"], drip(bytes(900), 0.05)),
        lambda: itertools.chain(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], drip(b"1\r\nx\r\n" * 200, 0.05)
        ),
        lambda: itertools.chain.from_iterable([b"HTTP/1.1 100 Continue\r\n\r\n", 0.05] for _ in range(400)),
        lambda: [5.0],
        lambda: [b"HTTP/1.1 200 OK\r\n", 5.0],
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", 5.0],
    ],
    ids=["headers", "body", "chunks", "continue", "silence", "half the headers", "half the body"],
)
def test_a_slow_answer_is_cut_off_by_the_time_of_the_whole(steps):
    """However steadily bytes come, the whole answer has the one time limit."""
    error, took = failing(steps(), **IMPATIENT)
    assert isinstance(error, Unreachable)
    assert 0.1 < took < SECONDS + SLACK


def test_the_time_limit_begins_anew_with_each_request():
    """A kept connection is not late because it was used before."""
    with Peer(lambda _: [0.5, answer(body=b"ok")]) as peer:
        client = outbound(peer.origin, read_seconds=1.6)
        bodies = [client.send("GET", f"{peer.origin}/{n}").body for n in range(4)]
    assert bodies == [b"ok"] * 4
    assert peer.connections == 1


@pytest.mark.parametrize("status", ["500 E", "502 B", "503 S", "599 X"])
def test_a_server_error_is_unreachable_unless_asked_for(status):
    """5xx means no answer for most callers; with `server_errors` it is an answer with its body."""
    error, _ = failing([answer(status, b"why")])
    assert isinstance(error, Unreachable)
    got = get([answer(status, b"why")], server_errors=True)
    assert (got.status, got.body) == (int(status[:3]), b"why")


@pytest.mark.parametrize(
    "steps",
    [
        [b"\x00\xff\x00\xff\r\n\r\n", CLOSE],
        [b"SSH-2.0-OpenSSH\r\n", CLOSE],
        [b"HTTP/1.1 abc\r\n\r\n", CLOSE],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", CLOSE],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", CLOSE],
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", CLOSE],
        [b"HTTP/1.1 200 " + b"x" * 100_000, CLOSE],
        [CLOSE],
    ],
    ids=["bytes", "ssh", "status", "short body", "chunk size", "many headers", "long line", "closed"],
)
def test_what_is_not_http_is_no_answer(steps):
    """Garbage, cut answers and closed connections are one of our errors, never another exception."""
    error, took = failing(steps)
    assert isinstance(error, (Unreachable, Garbled))
    assert took < SECONDS + SLACK


def test_a_closed_port_is_unreachable():
    """Nobody listening is no answer."""
    origin = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable):
        outbound(origin).send("GET", f"{origin}/")


def test_an_error_names_the_peer_and_no_more():
    """The text of an error has host and port, not the path or query, which may be a secret."""
    error, _ = failing([CLOSE])
    assert "127.0.0.1" in str(error)
    assert "/x" not in str(error)


def test_a_peer_that_closed_the_kept_connection_is_asked_anew():
    """A connection that the peer ended between two requests does not spoil the second."""
    with Peer(lambda _: [answer(body=b"ok"), CLOSE]) as peer:
        client = outbound(peer.origin)
        assert client.send("GET", f"{peer.origin}/1").body == b"ok"
        await_condition(lambda: peer.ended == 1)
        assert client.send("GET", f"{peer.origin}/2").body == b"ok"
    assert peer.connections == 2


def test_answers_do_not_mix_between_threads():
    """Twenty threads on one client each get the answer to their own question."""
    with Peer(lambda request: [answer(body=request.line.split()[1].encode())]) as peer:
        client = outbound(peer.origin, read_seconds=5.0)
        with ThreadPoolExecutor(20) as pool:
            bodies = list(pool.map(lambda n: client.send("GET", f"{peer.origin}/{n}").body, range(100)))
    assert bodies == [f"/{n}".encode() for n in range(100)]


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    """The machine's proxy settings do not lead our requests elsewhere."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert get([answer(body=b"direct")]).body == b"direct"


def test_an_unknown_authority_gets_no_request(tmp_path):
    """A server's certificate must come from the authority given or the machine's own."""
    tls = make_tls(tmp_path)
    with Peer(lambda _: [answer()]) as peer:
        origin = f"https://127.0.0.1:{peer.port}"
        for ca_file in (None, str(tls.ca_file)):
            with pytest.raises(Unreachable):  # the peer speaks no TLS: it must not be asked in clear instead
                outbound(origin, ca_file=ca_file, **IMPATIENT).send("GET", f"{origin}/secret")
    assert not any("secret" in request.line for request in peer.requests)
