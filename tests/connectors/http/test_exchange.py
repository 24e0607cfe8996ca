"""One exchange over a connection that may be kept: how an answer ends, and when the connection is asked again."""

import pytest
from components.peer import CLOSE, Peer, answer

from connectors.errors import Refused, Unreachable
from connectors.http import Outbound

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def bodies(steps, *, method="GET", times=2):
    """(the bodies of the same question asked so often, how many connections that took)."""
    with Peer(lambda _: steps) as peer:
        client = Outbound([peer.origin], connect_seconds=10.0, read_seconds=10.0)
        found = [client.send(method, f"{peer.origin}/x").body for _ in range(times)]
        client.close()
        return found, peer.connections


@pytest.mark.parametrize(
    "steps",
    [
        [CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"],
        [CHUNKED + b"3\r", b"\nab", b"c\r\n2\r\nd", b"e\r\n0\r\nTrailer: x\r\n", b"\r\n"],
        [answer(body=b"abcde")],
        [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(body=b"abcde")],
    ],
    ids=["chunks", "chunks in pieces, with a trailer", "length", "after a word in between"],
)
def test_an_answer_that_tells_its_end_keeps_its_connection(steps):
    """The next question goes over the same one."""
    assert bodies(steps) == ([b"abcde"] * 2, 1)


@pytest.mark.parametrize(
    "steps",
    [
        [answer("200 OK", b"abcde", "Connection: close"), CLOSE],
        [answer(body=b"abcde").replace(b"HTTP/1.1", b"HTTP/1.0"), CLOSE],
        [b"HTTP/1.1 200 OK\r\n\r\nabcde", CLOSE],
        [answer(body=b"abcde") + answer(body=b"not asked for")],
    ],
    ids=["closing", "HTTP/1.0", "no length", "more than was asked for"],
)
def test_a_connection_that_is_over_or_says_too_much_is_not_asked_again(steps):
    """So that nobody takes what is left on it for the answer to another question."""
    assert bodies(steps) == ([b"abcde"] * 2, 2)


def test_an_answer_to_head_has_no_body_whatever_its_length():
    """And its connection is kept."""
    assert bodies([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"], method="HEAD") == ([b"", b""], 1)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Content-Length: " + b"5" * 21,
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"No header at all",
        b" Content-Length: 5",
    ],
)
def test_an_answer_whose_end_is_not_told_plainly_is_none(head):
    """Nobody guesses where it ends (RFC 9112 section 6.3)."""
    with pytest.raises(Unreachable):
        bodies([b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nabcde"])


def test_a_header_that_would_be_two_is_not_sent():
    """A line's end in a value begins no header of its own."""
    with Peer(lambda _: [answer()]) as peer:
        with pytest.raises(Refused):
            Outbound([peer.origin]).send("GET", f"{peer.origin}/x", headers={"X-A": "1\r\nX-B: 2"})
        assert peer.connections == 0


def test_a_path_is_sent_as_one_word():
    """Spaces and other letters are written as their octets, and what is written so already stays."""
    with Peer(lambda _: [answer()]) as peer:
        Outbound([peer.origin]).send("GET", f"{peer.origin}/a b/見?c=%20")
    assert peer.requests[0].line == "GET /a%20b/%E8%A6%8B?c=%20 HTTP/1.1"
