"""Answers that are read as they come: bounded as a whole, in every pause, and in size, though they never end."""

import itertools
import time

import pytest
from components.peer import CLOSE, Peer, answer

from connectors.errors import Garbled as TooMuch
from connectors.errors import Refused, Unreachable
from connectors.http import Outbound, Redirected

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x\r\n"
LENGTH = b"Content-Length: 1000\r\n\r\n"
FOR_EVER = itertools.repeat(b"x" * 4096)


def stream(steps, *, buffer=512, **options):
    """All the bytes of a streamed answer, by a client with patience for a machine that halts for a moment."""
    with Peer(lambda _: steps) as peer:
        outbound = Outbound([peer.origin], **{"connect_seconds": 10.0, "read_seconds": 10.0, **options})
        taken, into = bytearray(), memoryview(bytearray(buffer))
        with outbound.stream(f"{peer.origin}/list") as came:
            while size := came.readinto(into):
                taken += into[:size]
        return came.status, came.headers, bytes(taken)


def failing(steps, expected, **options):
    """The seconds until a stream fails as it must."""
    started = time.monotonic()
    with pytest.raises(expected):
        stream(steps, **options)
    return time.monotonic() - started


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 5000])
def test_an_answer_streams_whole(size):
    """Status, headers under lower-case names, and every byte."""
    body = bytes(n % 251 for n in range(size))
    status, headers, taken = stream([answer("404 Not Found", body, "X-A: 1")])
    assert (status, headers["x-a"], taken) == (404, "1", body)


def test_an_answer_in_chunks():
    """Transfer coding is undone."""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert stream([chunked])[2] == b"abcde"


def test_a_pause_ends_it():
    """Long before the whole would have to be there."""
    steps = [HEAD + LENGTH, b"x" * 600, 20.0]
    assert failing(steps, Unreachable, read_seconds=30.0, stall_seconds=0.2) < 5
    assert failing([20.0], Unreachable, read_seconds=30.0, stall_seconds=0.2) < 5


def test_a_drip_ends_with_the_whole():
    """No pause is long, and yet there is an end."""
    steps = itertools.chain([HEAD + LENGTH], itertools.cycle([b"x", 0.05]))
    assert failing(steps, Unreachable, read_seconds=0.5, stall_seconds=0.3) < 5


@pytest.mark.parametrize("cut", [0, 1, 999])
def test_an_answer_cut_short(cut):
    """Less than was promised is nothing."""
    failing([HEAD + LENGTH + b"x" * cut, CLOSE], Unreachable)


def test_an_answer_without_end():
    """No more than the limit is ever read; with no length told, too."""
    assert failing(itertools.chain([HEAD + b"\r\n"], FOR_EVER), TooMuch, max_bytes=100_000) < 5
    steps = itertools.chain([HEAD + b"Content-Length: 99999999999\r\n\r\n"], FOR_EVER)
    assert failing(steps, TooMuch, max_bytes=100_000) < 5


def test_the_limit_itself_is_allowed():
    """The last byte that is allowed comes, the one after does not."""
    assert len(stream([answer(body=b"x" * 1000)], max_bytes=1000)[2]) == 1000
    failing([answer(body=b"x" * 1001)], TooMuch, max_bytes=1000)


def test_no_redirect_and_no_other_origin():
    """As for every other request."""
    failing([answer("302 Found", b"", "Location: http://127.0.0.1:1/")], Redirected)
    failing([answer("503 Service Unavailable")], Unreachable)
    with pytest.raises(Refused), Outbound(["http://127.0.0.1:1"]).stream("http://127.0.0.1:2/"):
        pass
