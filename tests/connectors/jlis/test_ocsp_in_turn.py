"""OCSP by GET, and by several responders of which some give no answer: the time is that of all together."""

import base64
import time
from urllib.parse import unquote

import pytest
from components.peer import Peer, answer

from connectors.errors import ConnectorError, Unreachable
from connectors.http import Outbound
from connectors.jlis.ocsp import OcspHttp, OcspInTurn

GOOD = answer("200 OK", b"an answer", "Content-Type: application/ocsp-response")
SILENT_SECONDS = 5.0
TOTAL_SECONDS = 1.2


def in_turn(*peers: Peer) -> OcspInTurn:
    """These responders, in this order."""
    origins = [peer.origin for peer in peers]
    outbound = Outbound(origins)
    return OcspInTurn([OcspHttp(f"{origin}/ocsp", outbound) for origin in origins], total_seconds=TOTAL_SECONDS)


def test_ocsp_is_asked_by_get_where_that_is_wished() -> None:
    """RFC 6960 appendix A.1: the request in base64 behind the URL, escaped where a path cannot hold it."""
    request = bytes(range(248, 256)) * 3
    with Peer(lambda _request: [GOOD]) as peer:
        source = OcspHttp(f"{peer.origin}/ocsp/", Outbound([peer.origin]), method="GET")
        assert source.ask(request) == b"an answer"
        (asked,) = peer.requests
    method, path, _ = asked.line.split()
    assert (method, asked.body, path.count("/")) == ("GET", b"", 2)
    assert base64.b64decode(unquote(path.removeprefix("/ocsp/")), validate=True) == request


def test_the_next_responder_is_asked_when_one_gives_no_answer() -> None:
    """And none behind the first that does."""
    with (
        Peer(lambda _request: [answer("500 Internal Server Error")]) as broken,
        Peer(lambda _request: [GOOD]) as good,
        Peer(lambda _request: [GOOD]) as spare,
    ):
        assert in_turn(broken, good, spare).ask(b"request") == b"an answer"
        assert [len(peer.requests) for peer in (broken, good, spare)] == [1, 1, 0]


def test_all_responders_share_one_time() -> None:
    """Two that are silent take no longer than one may."""
    with Peer(lambda _request: [SILENT_SECONDS]) as first, Peer(lambda _request: [SILENT_SECONDS]) as second:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            in_turn(first, second).ask(b"request")
        assert time.monotonic() - began < 2 * TOTAL_SECONDS


def test_whoever_answered_last_is_told_of() -> None:
    """With nobody to ask, and with somebody who refuses."""
    with pytest.raises(Unreachable):
        in_turn().ask(b"request")
    with Peer(lambda _request: [answer("403 Forbidden")]) as refusing, pytest.raises(ConnectorError, match="403"):
        in_turn(refusing).ask(b"request")
