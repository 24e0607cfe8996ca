"""Cookies of other applications below the municipality's domain: nginx keeps back what the product cannot read."""

import json
import socket
import ssl

import pytest
from components.nginx import Fronts, fronts
from components.serving import served
from components.tls import make_tls
from werkzeug.wrappers import Request, Response

from idp.web.request import PlainRequest

OURS = b"tx_AAECAwQF=abc.DEF-_~"


@Request.application
def cookies(request: Request) -> Response:
    """What arrives: the header, and the cookies that the product reads of it."""
    read = dict(PlainRequest(request.environ).cookies)
    return Response(json.dumps([request.environ.get("HTTP_COOKIE", ""), read]), mimetype="application/json")


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """The issuer's host before that."""
    folder = tmp_path_factory.mktemp("front")
    tls = make_tls(folder)
    with (
        served(cookies) as base,
        fronts(
            folder, tls, upstream=base.partition("//")[2], issuer_host="localhost", authorities=tls.ca_file
        ) as made,
    ):
        yield made


def arrived(front: Fronts, header: bytes) -> tuple[str, dict[str, str]]:
    """With a Cookie header in whatever bytes a browser sends."""
    context = ssl.create_default_context(cafile=str(front.tls.ca_file))
    with (
        socket.create_connection(("127.0.0.1", front.issuer_port), 20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wire,
    ):
        wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + header + b"\r\n\r\n")
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    header_text, read = json.loads(answer[answer.index(b"[") : answer.rindex(b"]") + 1])
    return header_text, read


FOREIGN = "city=青葉市".encode()
SHIFT_JIS = b"old=" + "青葉".encode("shift_jis")


@pytest.mark.parametrize(
    "header",
    [
        OURS,
        FOREIGN + b"; " + OURS,
        OURS + b"; " + FOREIGN,
        b"a=1; " + FOREIGN + b"; " + OURS + b"; b=2",
        FOREIGN + b";" + OURS + b";" + SHIFT_JIS,
        b"; ".join([FOREIGN, SHIFT_JIS, b"a=1", FOREIGN, OURS, SHIFT_JIS]),
        "名=x; ".encode() + OURS,
        b"bell=\x7f; " + OURS,
    ],
)
def test_our_cookie_arrives_beside_any_other(front, header):
    """In a header that is ASCII, with every other cookie that is."""
    text, read = arrived(front, header)
    assert text.isascii()
    assert read["tx_AAECAwQF"] == "abc.DEF-_~"
    assert {name for name in ("a", "b") if f"{name}=".encode() in header} <= read.keys()
    assert not read.keys() & {"city", "old", "bell"}


@pytest.mark.parametrize("header", [FOREIGN, FOREIGN + b"; " + SHIFT_JIS])
def test_foreign_cookies_alone_are_none(front, header):
    """Nothing of them arrives."""
    assert arrived(front, header)[1] == {}
