"""Whatever goes wrong on the way to J-LIS is one of the three errors of a connector, with nothing repeated."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from components.list_sources import whole

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.http import Outbound
from connectors.jlis import ocsp
from connectors.jlis.crl import CrlHttp
from connectors.jlis.lineage import LineageHttp
from connectors.jlis.ocsp import OcspHttp
from connectors.jlis.ties import TiesHttp
from connectors.jlis.unconfigured import NoLineage, NoOcsp, NoTies
from connectors.ports import CertificateKind, CertificateName

CERTIFICATE = CertificateName(CertificateKind.USER, bytes(range(20)), 0xDEADBEEF)


@dataclass(frozen=True)
class Way:
    """One of the four clients: how it is made and asked, and the media type it expects."""

    name: str
    make: Callable[[str, Outbound], Any]
    ask: Callable[[Any], Any]
    media_type: str


def read(client: CrlHttp) -> bytes:
    """All the bytes of a list."""
    return whole(client, bytes(20))


WAYS = [
    Way("ocsp", OcspHttp, lambda c: c.ask(b"request"), "application/ocsp-response"),
    Way("crl", CrlHttp, read, "application/pkix-crl"),
    Way("lineage", LineageHttp, lambda c: c.ask(CERTIFICATE), "application/json"),
    Way("ties", TiesHttp, lambda c: c.ask(CERTIFICATE), "application/json"),
]


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """Each client in turn."""
    return request.param


@pytest.fixture
def fails(way: Way, peer: Any, outbound: Any) -> Callable[..., ConnectorError]:
    """Ask a peer that answers as told; returns the connector's error."""

    def ask(*told: Any, **more: Any) -> ConnectorError:
        url = peer(*told, **more)
        with pytest.raises(ConnectorError) as failure:
            way.ask(way.make(url, outbound(url)))
        return failure.value

    return ask


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_unreachable(fails: Any, status: int) -> None:
    """A peer that cannot answer now has not answered."""
    assert Unreachable is type(fails(b"down", status=status))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429])
def test_a_client_error_is_refused(fails: Any, status: int) -> None:
    """A peer that says no has understood."""
    assert Refused is type(fails(b"no", status=status))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_garbled(fails: Any, peer: Any, way: Way, status: int) -> None:
    """No redirect is followed, even to a peer that would answer."""
    elsewhere = peer(b"good", headers={"Content-Type": way.media_type})
    assert isinstance(fails(b"", status=status, headers={"Location": elsewhere}), Garbled)


@pytest.mark.parametrize("status", [201, 202, 204, 206, 304])
def test_another_success_is_garbled(fails: Any, way: Way, status: int) -> None:
    """Only 200 carries the agreed answer."""
    assert Garbled is type(fails(b"", status=status, headers={"Content-Type": way.media_type}))


@pytest.mark.parametrize("media_type", ["text/html", "application/octet-stream", "application/json5", ""])
def test_another_media_type_is_garbled(fails: Any, media_type: str) -> None:
    """A page of a proxy is not an answer, whatever its status."""
    assert Garbled is type(fails(b'{"answer":"first"}', headers={"Content-Type": media_type}))


@pytest.mark.parametrize("way", [way for way in WAYS if way.name != "crl"], ids=lambda way: way.name)
def test_an_empty_answer_is_garbled(fails: Any, way: Way) -> None:
    """An answer without a body is none. A list is judged as it streams: an empty one is no list."""
    assert Garbled is type(fails(b"", headers={"Content-Type": way.media_type}))


def test_an_answer_over_the_outbound_limit_is_garbled(way: Way, peer: Any, outbound: Any) -> None:
    """What the outbound client will not read is not handed on."""
    url = peer(b"x" * 2000, headers={"Content-Type": way.media_type})
    with pytest.raises(Garbled):
        way.ask(way.make(url, outbound(url, max_bytes=1999)))


def test_an_answer_over_the_ports_limit_is_garbled(peer: Any, outbound: Any) -> None:
    """32 KiB of OCSP answer are taken, one byte more is not, even if the outbound client would read it."""
    headers = {"Content-Type": "application/ocsp-response"}
    url = peer(b"x" * ocsp.MAX_BYTES, headers=headers)
    assert len(OcspHttp(url, outbound(url)).ask(b"request")) == 32 * 1024
    url = peer(b"x" * (ocsp.MAX_BYTES + 1), headers=headers)
    with pytest.raises(Garbled):
        OcspHttp(url, outbound(url)).ask(b"request")


def test_a_slow_peer_is_unreachable(way: Way, peer: Any, outbound: Any) -> None:
    """Who does not answer in time has not answered."""
    url = peer(b"late", headers={"Content-Type": way.media_type}, delay=0.6)
    with pytest.raises(Unreachable):
        way.ask(way.make(url, outbound(url, read_seconds=0.2)))


def test_a_closed_port_is_unreachable(way: Way, outbound: Any) -> None:
    """Where nobody listens, nobody answers."""
    with socket.socket() as unlistened:
        unlistened.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unlistened.getsockname()[1]}"
        with pytest.raises(Unreachable):
            way.ask(way.make(url, outbound(url)))


@pytest.fixture
def mumbler() -> Iterator[str]:
    """A peer that speaks no HTTP: it takes a connection, writes a line and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def mumble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 mail ready\r\n")

        thread = Thread(target=mumble)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_a_peer_without_http_is_unreachable(way: Way, outbound: Any, mumbler: str) -> None:
    """Another protocol behind the address is no answer."""
    with pytest.raises(Unreachable):
        way.ask(way.make(mumbler, outbound(mumbler)))


def test_an_address_that_is_not_listed_is_refused(way: Way, peer: Any, outbound: Any) -> None:
    """Only listed origins are asked, even when another would answer."""
    url = peer(b"good", headers={"Content-Type": way.media_type})
    with pytest.raises(Refused):
        way.ask(way.make(url, outbound("http://127.0.0.1:1")))


def test_an_error_repeats_nothing(fails: Any, way: Way) -> None:
    """Neither the peer's words nor the serial number we asked about stand in an error's text."""
    body = b"very secret words"
    media_type = {"Content-Type": way.media_type}
    errors = [
        fails(body, status=404),
        fails(body, status=503),
        fails(body, headers={"Content-Type": "text/plain"}),
    ]
    if way.name in ("lineage", "ties"):
        errors.append(fails(b'{"answer":"secret","certificates":[{"serial":"deadbeef"}]}', headers=media_type))
    for error in errors:
        assert "secret" not in str(error)
        assert "deadbeef" not in str(error)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: NoOcsp().ask(b"request"),
        lambda: NoLineage().ask(CERTIFICATE),
        lambda: NoTies().ask(CERTIFICATE),
    ],
    ids=["ocsp", "lineage", "ties"],
)
def test_a_source_without_address_is_unreachable(ask: Callable[[], object]) -> None:
    """What is not configured does not answer, so that nothing is taken for good."""
    with pytest.raises(Unreachable, match="configured"):
        ask()
