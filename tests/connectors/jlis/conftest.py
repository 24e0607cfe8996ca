"""Peers that answer as they are told, on real sockets of the loopback interface."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from connectors.http import Outbound


@dataclass
class Script:
    """What a peer answers, and how long it waits first (seconds)."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0


@pytest.fixture
def peer() -> Iterator[Callable[..., str]]:
    """Start a peer: `peer(body, status=..., headers=..., delay=...)` or `peer(app=...)`; returns its URL."""
    with ExitStack() as servers:

        def start(*told: Any, app: Any = None, **more: Any) -> str:
            return servers.enter_context(_served(app or _player(Script(*told, **more))))

        yield start


@pytest.fixture
def outbound() -> Callable[..., Outbound]:
    """An outbound client for one URL's origin, with patience for a machine that halts for a moment."""

    def make(url: str, **options: Any) -> Outbound:
        origin = "/".join(url.split("/")[:3])
        return Outbound([origin], **{"connect_seconds": 10.0, "read_seconds": 10.0, **options})

    return make


def _player(script: Script) -> Any:
    @Request.application
    def play(_request: Request) -> Response:
        time.sleep(script.delay)
        response = Response(script.body, status=script.status)
        response.headers.update(script.headers)
        return response

    return play


@contextmanager
def _served(application: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
