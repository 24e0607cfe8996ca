"""A peer that answers late, in pieces, or with heads made to be slow: nobody else's question suffers."""

import time
from contextlib import nullcontext

import pytest
from components.peer import Peer, answer

from connectors.errors import Garbled, Unreachable
from connectors.http import Outbound

PATIENCE, LATE = 0.6, 1.2


def outbound(origin):
    return Outbound([origin], connect_seconds=PATIENCE, read_seconds=PATIENCE, max_bytes=1000)


@pytest.mark.parametrize(
    ("begun", "rest"),
    [
        (b"HTTP/1.1 102 Processing\r\n\r\n", answer(body=b"of the first")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", b"\r\n\r\n" + answer(body=b"of the first")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", answer(body=b"of the first")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answer(body=b"of the first")),
    ],
    ids=["still at work", "in the head", "too long", "chunks to come"],
)
def test_an_answer_that_came_too_late_is_never_the_next_ones(begun, rest):
    """What a question left behind on its connection is not what the next one, another person's, is told."""

    def reply(request):
        return [begun, LATE, rest] if request.line.split()[1] == "/first" else [answer(body=b"of the second")]

    with Peer(reply) as peer:
        client = outbound(peer.origin)
        with pytest.raises((Unreachable, Garbled)):
            client.send("GET", f"{peer.origin}/first")
        assert client.send("GET", f"{peer.origin}/second").body == b"of the second"
    assert peer.connections == 2


@pytest.mark.parametrize(
    ("line", "is_header"), [(b"X:" + b" " * 1500 + b"\r", False), (b"X: a" + b" " * 60_000 + b"b", True)]
)
def test_a_header_of_blanks_is_read_at_once(line, is_header):
    """A peer that sends thousands of blanks takes none of the time that all others share."""
    with Peer(lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + line + b"\r\n\r\n"]) as peer:
        client, started = outbound(peer.origin), time.thread_time()
        with nullcontext() if is_header else pytest.raises(Unreachable):
            client.send("GET", f"{peer.origin}/x")
        assert time.thread_time() - started < 0.2
